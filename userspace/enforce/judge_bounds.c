/* Where the wires of a container belong. */
#include "enforce/judge.h"
#include "base/clock.h"
#include "rules/bound.h"

#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static bool has(const uint64_t *values, size_t n, uint64_t value)
{
	for (size_t i = 0; i < n; i++)
		if (values[i] == value)
			return true;
	return false;
}

static bool is_late(void *until_ns)
{
	return clock_monotonic_ns() > *(uint64_t *)until_ns;
}

static size_t add_bounds(const struct rule_list *rules, const struct judge_options *o, struct logic_ctx *ctx,
			 const struct subject *s, bool enforced, uint64_t *out, size_t n, size_t most)
{
	for (size_t i = 0; i < rules->count && n < most; i++) {
		const struct rule *r = &rules->items[i];
		uint64_t least;

		if (!r->enabled || !(r->needs & NEED_METRICS) || rule_is_enforced(r, o->mode) != enforced)
			continue;
		least = logic_bound(r->program, ctx, subject_value(s), &s->memory);
		if (least && least < BOUND_MOST && !has(out, n, least))
			out[n++] = least;
	}
	return n;
}

size_t judge_find_bounds(const struct policy *p, const struct judge_options *o, struct logic_ctx *ctx,
			 const struct subject *s, uint64_t *out, size_t most)
{
	const struct rule_list *rules = &p->lists[FILE_RULES];
	uint64_t until_ns = clock_monotonic_ns() + VERDICT_NS;
	size_t n;

	ctx->is_late = is_late;
	/* cppcheck-suppress autoVariables; it is taken back below */
	ctx->late_arg = &until_ns;
	n = add_bounds(rules, o, ctx, s, true, out, 0, most);
	n = add_bounds(rules, o, ctx, s, false, out, n, most);
	ctx->is_late = NULL;
	ctx->late_arg = NULL;
	qsort(out, n, sizeof(*out), by_value);
	return n;
}
