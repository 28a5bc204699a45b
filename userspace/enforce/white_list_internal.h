/*
 * white_list - WHITE_LIST and IMAGE_WHITE_LIST: names or regular expressions, each for one rule or for all. A
 * part of the policy; for policy.c only. Immutable once filled.
 */
#ifndef DE_ENFORCE_WHITE_LIST_INTERNAL_H
#define DE_ENFORCE_WHITE_LIST_INTERNAL_H

#include "base/err.h"
#include "enforce/policy.h"
#include "rules/logic.h"

/* Adds the entries of an option's value, comma-separated. -1 with *err, which names the option and the entry.
 */
int white_list_add(struct white_list *list, const char *option, const char *value, bool image,
		   struct err *err);

/* Whether an entry exempts from `rule`. One that takes too long to match exempts nothing, and is said once.
 */
bool white_list_exempts(const struct white_list *list, struct logic_ctx *ctx, const char *name,
			const char *image, const char *rule);

/* The rule that entry `i` is for; NULL: it is for all. */
const char *white_list_rule(const struct white_list *list, size_t i);

void white_list_free(struct white_list *list);

#endif
