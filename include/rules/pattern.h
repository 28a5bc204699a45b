/*
 * pattern - regular expressions (PCRE2, with JIT) whose work is bounded and counted: subjects are written by
 * users, and a pattern may backtrack for hours. For rules and white lists. Immutable once compiled; any
 * thread may match, each with its own matcher.
 */
#ifndef DE_RULES_PATTERN_H
#define DE_RULES_PATTERN_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct pattern;

/* `whole`: it has to match all of a subject, not a part of it. `$` is the very end. NULL with *err. */
struct pattern *pattern_compile(const char *text, size_t len, bool whole, struct err *err);
void pattern_free(struct pattern *p);

/* What one thread needs to match; starts as {0}. */
struct matcher {
	void *data, *limits; /* pcre2_match_data, pcre2_match_context: made when first needed */
};

void matcher_free(struct matcher *m);

enum match { MATCH_NO, MATCH_YES, MATCH_TOO_COSTLY };

/*
 * Adds to *work what it took, in steps of an evaluation (LOGIC_MAX_STEPS); gives up, as MATCH_TOO_COSTLY,
 * where a single match takes more than any sensible one.
 */
enum match pattern_match(const struct pattern *p, struct matcher *m, const char *s, size_t len, size_t *work);

#endif
