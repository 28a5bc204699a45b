/* Comparisons and arithmetic. Integers stay integers while they fit; what is not a number throws. */
#include "logic_internal.h"

#include <math.h>
#include <string.h>

static bool is_numeric(struct value v)
{
	return value_is_number(v) || v.type == V_BOOL;
}

static bool is_equality(enum compare_variant which)
{
	return which == CMP_EQ || which == CMP_NE;
}

static bool holds_for(enum compare_variant which, int cmp)
{
	switch (which) {
	case CMP_EQ:
		return cmp == 0;
	case CMP_NE:
		return cmp != 0;
	case CMP_LT:
		return cmp < 0;
	case CMP_LE:
		return cmp <= 0;
	case CMP_GT:
		return cmp > 0;
	case CMP_GE:
		return cmp >= 0;
	case CMP_SEQ:
	case CMP_SNE:
		break; /* not by order */
	}
	return false;
}

/* One pair. False if it throws. */
static bool compare_pair(struct logic_ctx *ctx, enum compare_variant which, struct value a, struct value b,
			 bool *holds)
{
	int cmp;

	if (which == CMP_SEQ || which == CMP_SNE) {
		*holds = value_strict_equal(a, b) == (which == CMP_SEQ);
		return true;
	}
	/* Null counts as 0 beside a number, as the suite has it; an absent label equals no text, and is no
	 * error. */
	if (is_equality(which) && (a.type == V_NULL || b.type == V_NULL) && !is_numeric(a) &&
	    !is_numeric(b)) {
		*holds = (a.type == b.type) == (which == CMP_EQ);
		return true;
	}
	if (!value_compare(a, b, &cmp))
		return THROW_NAN(ctx);
	*holds = holds_for(which, cmp);
	return true;
}

bool op_compare(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	struct value a, b;
	bool holds = true;

	if (!node->list || node->n < 2)
		return THROW_ARGS(ctx);
	if (!eval_node(ctx, node->args[0], &a))
		return false;
	for (size_t i = 1; i < node->n && holds; i++) {
		if (!eval_node(ctx, node->args[i], &b) ||
		    !compare_pair(ctx, (enum compare_variant)node->op->variant, a, b, &holds))
			return false;
		a = b;
	}
	*out = value_bool(holds);
	return true;
}

static bool to_integer(struct value v, __int128 *i)
{
	*i = v.type == V_INT ? (__int128)v.i : (__int128)v.u;
	return v.type == V_INT || v.type == V_UINT;
}

static double to_double(struct value v)
{
	return v.type == V_INT ? (double)v.i : v.type == V_UINT ? (double)v.u : v.d;
}

static struct value from_integer(__int128 i)
{
	if (i >= INT64_MIN && i <= INT64_MAX)
		return value_int((int64_t)i);
	if (i > 0 && i <= (__int128)UINT64_MAX)
		return value_uint((uint64_t)i);
	return value_double((double)i);
}

static struct value from_double(double d)
{
	if (d == floor(d) && fabs(d) < 9007199254740992.0)
		return value_int((int64_t)d);
	return value_double(d);
}

/* Exact; false where the result is no integer. */
static bool compute_integers(enum arithmetic_variant op, __int128 x, __int128 y, __int128 *out)
{
	switch (op) {
	case ARITH_ADD:
		*out = x + y;
		return true;
	case ARITH_SUBTRACT:
		*out = x - y;
		return true;
	case ARITH_MULTIPLY: /* of two uint64 it may not fit */
		return !__builtin_mul_overflow(x, y, out);
	case ARITH_DIVIDE:
		*out = x / y;
		return x % y == 0;
	case ARITH_MODULO:
		*out = x % y;
		return true;
	}
	return false;
}

static double compute(enum arithmetic_variant op, double x, double y)
{
	switch (op) {
	case ARITH_ADD:
		return x + y;
	case ARITH_SUBTRACT:
		return x - y;
	case ARITH_MULTIPLY:
		return x * y;
	case ARITH_DIVIDE:
		return x / y;
	case ARITH_MODULO:
		break;
	}
	return fmod(x, y);
}

static bool arithmetic_pair(struct logic_ctx *ctx, enum arithmetic_variant op, struct value a, struct value b,
			    struct value *out)
{
	__int128 x, y, z;
	double d;

	if ((op == ARITH_DIVIDE || op == ARITH_MODULO) && value_number(b) == 0)
		return THROW_NAN(ctx);
	if (to_integer(a, &x) && to_integer(b, &y) && compute_integers(op, x, y, &z)) {
		*out = from_integer(z);
		return true;
	}
	d = compute(op, to_double(a), to_double(b));
	if (!isfinite(d))
		return THROW_NAN(ctx);
	*out = from_double(d);
	return true;
}

/* A single argument: -x is the negative, /x the reciprocal, +x and *x the number itself. */
static bool arithmetic_unary(struct logic_ctx *ctx, enum arithmetic_variant op, struct value v,
			     struct value *out)
{
	if (op == ARITH_MODULO)
		return THROW_ARGS(ctx);
	if (op == ARITH_SUBTRACT)
		return arithmetic_pair(ctx, op, value_int(0), v, out);
	if (op == ARITH_DIVIDE)
		return arithmetic_pair(ctx, op, value_int(1), v, out);
	*out = v;
	return true;
}

bool op_arithmetic(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	struct value args, v;
	enum arithmetic_variant op = (enum arithmetic_variant)node->op->variant;
	size_t n;

	if (!eval_args(ctx, node, &args))
		return false;
	n = value_len(args);
	if (!n) {
		*out = value_int(op == ARITH_MULTIPLY);
		return op == ARITH_ADD || op == ARITH_MULTIPLY || THROW_ARGS(ctx);
	}
	if (!value_to_number(value_at(args, 0), out))
		return THROW_NAN(ctx);
	if (n == 1)
		return arithmetic_unary(ctx, op, *out, out);
	for (size_t i = 1; i < n; i++) {
		if (!value_to_number(value_at(args, i), &v))
			return THROW_NAN(ctx);
		if (!arithmetic_pair(ctx, op, *out, v, out))
			return false;
	}
	return true;
}

bool op_min_max(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	bool max = node->op->variant == EXTREME_MAX;
	struct value args;

	if (!eval_args(ctx, node, &args))
		return false;
	if (!value_len(args))
		return THROW_ARGS(ctx);
	for (size_t i = 0; i < value_len(args); i++) {
		struct value v = value_at(args, i);

		if (!value_is_number(v))
			return THROW_ARGS(ctx);
		if (!i || (max ? value_number(v) > value_number(*out) : value_number(v) < value_number(*out)))
			*out = v;
	}
	return true;
}
