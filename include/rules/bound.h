/*
 * bound - from which value of a figure on a rule could become true, whatever else changes: for tripwires,
 * which are set there (DESIGN section 10). Pure.
 */
#ifndef DE_RULES_BOUND_H
#define DE_RULES_BOUND_H

#include "rules/logic.h"

/* What a path of a rule may be found to be while the figure is below a limit. */
enum bound_input {
	BOUND_FIXED,   /* what it is now: it does not change by itself */
	BOUND_RANGE,   /* a number from *lo to *hi */
	BOUND_UNKNOWN, /* anything */
};

struct bound_inputs {
	enum bound_input (*look)(const struct bound_inputs *in, const struct logic_path *path, uint64_t below,
				 long double *lo, long double *hi);
};

/* Values beyond are none: a limit there is no limit. */
#define BOUND_MOST (1ULL << 62)

/*
 * The least value at which `p` could be true of `data`, with all paths that are not fixed as `in` has them.
 * It may be too low, never too high: below it the rule is false or fails. 0: it could be true at any value;
 * BOUND_MOST: at none. `ctx` is the thread's own, as for logic_eval().
 */
uint64_t logic_bound(const struct logic_program *p, struct logic_ctx *ctx, struct value data,
		     const struct bound_inputs *in);

#endif
