/* Comparisons and arithmetic. Integers stay integers while they fit; what is not a number throws. */
#include "logic_internal.h"

#include <math.h>
#include <string.h>

static bool is_numeric(struct value v)
{
	return value_is_number(v) || v.type == V_BOOL;
}

/* One pair under the operator `name`. False if it throws. */
static bool compare_pair(struct logic_ctx *ctx, const char *name, struct value a, struct value b, bool *holds)
{
	bool equality = name[1] == '=' && (name[0] == '=' || name[0] == '!');
	int cmp;

	if (name[0] != '<' && name[0] != '>' && name[2] == '=') {
		*holds = value_strict_equal(a, b) == (name[0] == '=');
		return true;
	}
	/* Null counts as 0 beside a number, as the suite has it; an absent label equals no text, and is no
	 * error. */
	if (equality && (a.type == V_NULL || b.type == V_NULL) && !is_numeric(a) && !is_numeric(b)) {
		*holds = (a.type == b.type) == (name[0] == '=');
		return true;
	}
	if (!value_compare(a, b, &cmp))
		return THROW_NAN(ctx);
	if (equality)
		*holds = (cmp == 0) == (name[0] == '=');
	else if (name[0] == '<')
		*holds = name[1] ? cmp <= 0 : cmp < 0;
	else
		*holds = name[1] ? cmp >= 0 : cmp > 0;
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
		if (!eval_node(ctx, node->args[i], &b) || !compare_pair(ctx, node->op->name, a, b, &holds))
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

static bool divide_integers(char op, __int128 x, __int128 y, struct value *out)
{
	if (op == '/' && x % y)
		return false;
	*out = from_integer(op == '/' ? x / y : x % y);
	return true;
}

static bool arithmetic_pair(struct logic_ctx *ctx, char op, struct value a, struct value b, struct value *out)
{
	__int128 x, y;
	double d;

	if ((op == '/' || op == '%') && value_number(b) == 0)
		return THROW_NAN(ctx);
	if (to_integer(a, &x) && to_integer(b, &y)) {
		if (op == '+' || op == '-' || op == '*') {
			*out = from_integer(op == '+' ? x + y : op == '-' ? x - y : x * y);
			return true;
		}
		if (divide_integers(op, x, y, out))
			return true;
	}
	switch (op) {
	case '+':
		d = to_double(a) + to_double(b);
		break;
	case '-':
		d = to_double(a) - to_double(b);
		break;
	case '*':
		d = to_double(a) * to_double(b);
		break;
	case '/':
		d = to_double(a) / to_double(b);
		break;
	default:
		d = fmod(to_double(a), to_double(b));
	}
	if (!isfinite(d))
		return THROW_NAN(ctx);
	*out = from_double(d);
	return true;
}

/* A single argument: -x is the negative, /x the reciprocal, +x and *x the number itself. */
static bool arithmetic_unary(struct logic_ctx *ctx, char op, struct value v, struct value *out)
{
	if (op == '%')
		return THROW_ARGS(ctx);
	if (op == '-')
		return arithmetic_pair(ctx, '-', value_int(0), v, out);
	if (op == '/')
		return arithmetic_pair(ctx, '/', value_int(1), v, out);
	*out = v;
	return true;
}

bool op_arithmetic(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	struct value args, v;
	char op = node->op->name[0];
	size_t n;

	if (!eval_args(ctx, node, &args))
		return false;
	n = value_len(args);
	if (!n) {
		*out = value_int(op == '*');
		return op == '+' || op == '*' || THROW_ARGS(ctx);
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
	bool max = node->op->name[1] == 'a';
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
