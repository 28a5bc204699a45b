/*
 * white_list - WHITE_LIST and IMAGE_WHITE_LIST: names or regular expressions, each for one rule or for all. A
 * part of the policy; for policy.c only. Immutable once filled.
 */
#ifndef DE_ENFORCE_WHITE_LIST_INTERNAL_H
#define DE_ENFORCE_WHITE_LIST_INTERNAL_H

#include "base/err.h"
#include "container/container.h"
#include "enforce/policy.h"
#include "rules/logic.h"

/*
 * Adds the entries of an option's value, comma-separated; `rules` are those that an entry may name. -1 with
 * *err, which names the option and the entry, for one that is not wholly a name or an expression, or not for
 * a rule that there is: what was meant must not be guessed, for it exempts.
 */
int white_list_add(struct white_list *list, const char *option, const char *value, bool image,
		   const struct rule_list *rules, struct err *err);

/* What has to be found out of a container, enum need: an id or a digest is the image's. */
unsigned white_list_needs(const struct white_list *list);

/* Whether an entry exempts `c` from `rule`. One that takes too long to match exempts nothing, and is said
 * once. */
bool white_list_exempts(const struct white_list *list, struct logic_ctx *ctx, const struct container *c,
			const char *rule);

void white_list_free(struct white_list *list);

/* ---- white_list_parse.c ---- */

/* An entry as it is written. */
struct white_list_text {
	const char *pattern, *rule; /* within the option's value; rule: NULL where it is for all */
	size_t pattern_len, rule_len;
};

/*
 * The entry at **s, which is left behind it: 1; 0 where there is none any more; -1 with *err where what is
 * there is none.
 */
int white_list_next(const char **s, const struct rule_list *rules, struct white_list_text *out,
		    struct err *err);

#endif
