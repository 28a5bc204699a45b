/*
 * A rule on intervals: each part of it is either what it is now, or a number between two, or anything. What
 * it could be as a whole follows; the greatest limit below which it could not be true is found by halving.
 */
#include "rules/bound.h"
#include "logic_internal.h"

#include <math.h>
#include <stdlib.h>

/* What a truth may be. Neither: it fails, and there is none. */
struct truth {
	bool yes, no;
};

struct range {
	long double lo, hi;
};

/* A part that does not change is evaluated once. */
struct fixed {
	struct fixed *next;
	const struct logic_node *node;
	struct truth truth;
	bool is_number;
	struct range range;
};

struct bounding {
	const struct bound_inputs *in;
	struct logic_ctx *ctx;
	uint64_t below;	    /* of the figure */
	struct arena arena; /* of the fixed parts */
	struct fixed *fixed;
};

static const struct truth unknown = {true, true};
static const struct range anything = {-INFINITY, INFINITY};

static struct truth truth_of(struct bounding *b, const struct logic_node *node);
static bool range_of(struct bounding *b, const struct logic_node *node, struct range *out);

/* ---- what does not change ---- */

static enum bound_input look(struct bounding *b, const struct logic_node *node, struct range *out)
{
	if (!node->has_path || (node->from_root && !node->path.len))
		return BOUND_UNKNOWN;
	/* an element of a list that is iterated, or what is above it but below the root */
	return node->from_root ? b->in->look(b->in, &node->path, b->below, &out->lo, &out->hi) : BOUND_FIXED;
}

static bool is_fixed(struct bounding *b, const struct logic_node *node)
{
	struct range unused;

	if (node->kind == NODE_CONST)
		return true;
	if (node->kind == NODE_OP) {
		if (node->op->flags & (OP_DOTTED | OP_PATH) && look(b, node, &unused) != BOUND_FIXED)
			return false;
		if (node->op->flags & OP_PATHS)
			return false;
	}
	for (size_t i = 0; i < node->n; i++)
		if (!is_fixed(b, node->args[i]))
			return false;
	return true;
}

static void evaluate_fixed(struct bounding *b, struct fixed *f)
{
	struct value v, number;

	b->ctx->steps = 0;
	if (!eval_node(b->ctx, f->node,
		       &v)) { /* it fails in every evaluation, unless that was for want of time */
		f->truth = b->ctx->late ? unknown : (struct truth){0};
		return;
	}
	f->truth = (struct truth){value_truthy(v), !value_truthy(v)};
	f->is_number = v.type != V_NULL && value_to_number(v, &number);
	if (f->is_number)
		f->range = (struct range){value_number(number), value_number(number)};
}

static const struct fixed *find_fixed(struct bounding *b, const struct logic_node *node)
{
	struct fixed *f = b->fixed;

	while (f && f->node != node)
		f = f->next;
	if (f)
		return f;
	f = arena_alloc(&b->arena, sizeof(*f));
	*f = (struct fixed){.next = b->fixed, .node = node};
	b->fixed = f;
	evaluate_fixed(b, f);
	return f;
}

/* ---- numbers ---- */

/* Rounded outwards by more than any of the evaluator's own roundings (double has 53 bits). */
static struct range widen(long double lo, long double hi)
{
	const long double part = 1.0L / (1ULL << 50);

	if (isnan(lo) || isnan(hi))
		return anything;
	return (struct range){lo - fabsl(lo) * part, hi + fabsl(hi) * part};
}

static struct range join(struct range a, struct range b)
{
	return (struct range){fminl(a.lo, b.lo), fmaxl(a.hi, b.hi)};
}

static long double product(long double a, long double b)
{
	return a == 0 || b == 0 ? 0 : a * b;
}

static struct range multiply(struct range a, struct range b)
{
	long double ends[] = {product(a.lo, b.lo), product(a.lo, b.hi), product(a.hi, b.lo),
			      product(a.hi, b.hi)};
	struct range r = {ends[0], ends[0]};

	for (size_t i = 1; i < ARRAY_LEN(ends); i++)
		r = join(r, (struct range){ends[i], ends[i]});
	return widen(r.lo, r.hi);
}

static struct range divide(struct range a, struct range b)
{
	if (b.lo <= 0 && b.hi >= 0)
		return anything;
	return multiply(a, widen(1 / b.hi, 1 / b.lo));
}

static struct range compute(enum arithmetic_variant op, struct range a, struct range b)
{
	switch (op) {
	case ARITH_ADD:
		return widen(a.lo + b.lo, a.hi + b.hi);
	case ARITH_SUBTRACT:
		return widen(a.lo - b.hi, a.hi - b.lo);
	case ARITH_MULTIPLY:
		return multiply(a, b);
	case ARITH_DIVIDE:
		return divide(a, b);
	case ARITH_MODULO:
		break;
	}
	return anything;
}

static bool range_of_arithmetic(struct bounding *b, const struct logic_node *node, struct range *out)
{
	enum arithmetic_variant op = (enum arithmetic_variant)node->op->variant;
	struct range next;

	if (!node->list || node->n < 2)
		return false;
	if (!range_of(b, node->args[0], out))
		return false;
	for (size_t i = 1; i < node->n; i++) {
		if (!range_of(b, node->args[i], &next))
			return false;
		*out = compute(op, *out, next);
	}
	return true;
}

static bool range_of_extreme(struct bounding *b, const struct logic_node *node, struct range *out)
{
	bool max = node->op->variant == EXTREME_MAX;
	struct range next;

	if (!node->list || !node->n || !range_of(b, node->args[0], out))
		return false;
	for (size_t i = 1; i < node->n; i++) {
		if (!range_of(b, node->args[i], &next))
			return false;
		out->lo = max ? fmaxl(out->lo, next.lo) : fminl(out->lo, next.lo);
		out->hi = max ? fmaxl(out->hi, next.hi) : fminl(out->hi, next.hi);
	}
	return true;
}

static bool range_of_fixed(struct bounding *b, const struct logic_node *node, struct range *out)
{
	const struct fixed *f = find_fixed(b, node);

	*out = f->range;
	return f->is_number;
}

/* False: it need not be a number, or is not known to be one. */
static bool range_of(struct bounding *b, const struct logic_node *node, struct range *out)
{
	if (is_fixed(b, node))
		return range_of_fixed(b, node, out);
	if (node->kind != NODE_OP)
		return false;
	if (node->op->flags & (OP_DOTTED | OP_PATH))
		return node->op->fn != op_exists && (node->op->fn != op_var || node->n < 2) &&
		       look(b, node, out) == BOUND_RANGE;
	if (node->op->fn == op_arithmetic)
		return range_of_arithmetic(b, node, out);
	return node->op->fn == op_min_max && range_of_extreme(b, node, out);
}

/* ---- truths ---- */

static struct truth compare_ranges(enum compare_variant which, struct range x, struct range y)
{
	struct truth less = {x.lo < y.hi, x.hi >= y.lo}, at_most = {x.lo <= y.hi, x.hi > y.lo};
	struct truth more = {x.hi > y.lo, x.lo <= y.hi}, at_least = {x.hi >= y.lo, x.lo < y.hi};
	bool meet = x.lo <= y.hi && y.lo <= x.hi, same = x.lo == x.hi && y.lo == y.hi && x.lo == y.lo;

	switch (which) {
	case CMP_LT:
		return less;
	case CMP_LE:
		return at_most;
	case CMP_GT:
		return more;
	case CMP_GE:
		return at_least;
	case CMP_EQ:
		return (struct truth){meet, !same};
	case CMP_NE:
		return (struct truth){!same, meet};
	case CMP_SEQ: /* a text, or a truth, is no number */
		return (struct truth){meet, true};
	case CMP_SNE:
		break;
	}
	return (struct truth){true, meet};
}

static struct truth truth_of_pair(struct bounding *b, enum compare_variant which, const struct logic_node *x,
				  const struct logic_node *y)
{
	struct range left, right;

	if (!range_of(b, x, &left) || !range_of(b, y, &right))
		return unknown;
	return compare_ranges(which, left, right);
}

/* All pairs hold, or the first that does not decides. */
static struct truth truth_of_comparison(struct bounding *b, const struct logic_node *node)
{
	struct truth all = {true, false};

	for (size_t i = 1; i < node->n; i++) {
		struct truth pair = truth_of_pair(b, (enum compare_variant)node->op->variant,
						  node->args[i - 1], node->args[i]);

		all.yes = all.yes && pair.yes;
		all.no = all.no || pair.no;
	}
	return all;
}

static struct truth truth_of_and(struct bounding *b, const struct logic_node *node)
{
	struct truth all = {node->n > 0, node->n == 0};

	for (size_t i = 0; i < node->n && all.yes; i++) {
		struct truth one = truth_of(b, node->args[i]);

		all.yes = one.yes;
		all.no = all.no || one.no;
	}
	return all;
}

static struct truth truth_of_or(struct bounding *b, const struct logic_node *node)
{
	struct truth any = {false, true};

	for (size_t i = 0; i < node->n && any.no; i++) {
		struct truth one = truth_of(b, node->args[i]);

		any.yes = any.yes || one.yes;
		any.no = one.no;
	}
	return any;
}

static struct truth truth_of_if(struct bounding *b, const struct logic_node *node)
{
	struct truth out = {0};
	size_t i = 0;

	for (; i + 1 < node->n; i += 2) {
		struct truth condition = truth_of(b, node->args[i]), then = {0};

		if (condition.yes)
			then = truth_of(b, node->args[i + 1]);
		out = (struct truth){out.yes || then.yes, out.no || then.no};
		if (!condition.no)
			return out;
	}
	if (i < node->n) {
		struct truth last = truth_of(b, node->args[i]);

		return (struct truth){out.yes || last.yes, out.no || last.no};
	}
	return (struct truth){out.yes, true};
}

static struct truth truth_of_number(struct bounding *b, const struct logic_node *node)
{
	struct range r;

	if (!range_of(b, node, &r))
		return unknown;
	return (struct truth){r.lo != 0 || r.hi != 0, r.lo <= 0 && r.hi >= 0};
}

static struct truth truth_of_not(struct bounding *b, const struct logic_node *node)
{
	struct truth t = truth_of(b, node->args[0]);

	return (struct truth){t.no, t.yes};
}

static struct truth truth_of_truthy(struct bounding *b, const struct logic_node *node)
{
	return truth_of(b, node->args[0]);
}

/* Those that decide, and read nothing but their arguments; of all others: anything, or a number. */
static const struct known {
	logic_fn fn;
	struct truth (*truth)(struct bounding *b, const struct logic_node *node);
	size_t min; /* arguments */
} known[] = {
	{op_compare, truth_of_comparison, 2},
	{op_and, truth_of_and, 0},
	{op_or, truth_of_or, 0},
	{op_not, truth_of_not, 1},
	{op_truthy, truth_of_truthy, 1},
	{op_if, truth_of_if, 0},
	{op_arithmetic, truth_of_number, 2},
	{op_min_max, truth_of_number, 1},
	{op_var, truth_of_number, 1},
	{op_val, truth_of_number, 1},
};

static struct truth truth_of(struct bounding *b, const struct logic_node *node)
{
	if (is_fixed(b, node))
		return find_fixed(b, node)->truth;
	if (node->kind != NODE_OP)
		return unknown;
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		bool fits =
			node->list || known[i].min == 1; /* not written as a list: one, which may be many */

		if (known[i].fn == node->op->fn && fits && node->n >= known[i].min)
			return known[i].truth(b, node);
	}
	return unknown;
}

/* ---- the bound ---- */

static bool may_hold(struct bounding *b, const struct logic_program *p, struct value data, uint64_t below)
{
	struct logic_scope root = {data, NULL};
	struct truth t;

	arena_reset(&b->ctx->arena);
	b->ctx->root = data;
	b->ctx->scope = &root;
	b->ctx->steps = 0;
	b->ctx->late = false;
	b->below = below;
	t = truth_of(b, p->root);
	b->ctx->scope = NULL;
	return t.yes;
}

static uint64_t find_least(struct bounding *b, const struct logic_program *p, struct value data)
{
	uint64_t cannot = 0, may = BOUND_MOST; /* below the first it cannot hold, below the second it may */

	if (!may_hold(b, p, data, BOUND_MOST))
		return BOUND_MOST;
	while (may - cannot > 1) {
		uint64_t middle = cannot + (may - cannot) / 2;

		if (may_hold(b, p, data, middle))
			may = middle;
		else
			cannot = middle;
	}
	return cannot;
}

uint64_t logic_bound(const struct logic_program *p, struct logic_ctx *ctx, struct value data,
		     const struct bound_inputs *in)
{
	struct bounding *b = mem_calloc(1, sizeof(*b));
	uint64_t least;

	b->in = in;
	b->ctx = ctx;
	arena_init(&b->arena);
	least = find_least(b, p, data);
	arena_reset(&b->arena);
	free(b);
	return least;
}
