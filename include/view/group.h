/*
 * group - what a rule with `per` sees of the containers that are together: `group`. Pure.
 */
#ifndef DE_VIEW_GROUP_H
#define DE_VIEW_GROUP_H

#include "rules/value.h"

#include <stdbool.h>

/* Sums over its containers. A container without a limit adds nothing to that sum. */
struct group {
	char *key;
	uint64_t count, measured; /* how many there are; whose usage is known */
	uint64_t memory, pids;	  /* what is used, as far as it is measured */
	double cpu_percent;
	uint64_t memory_limit, pids_limit;
	double cpus_limit;
	uint64_t unlimited; /* how many have no limit of memory */
};

/* The member `group` of a struct subject (view/subject.h), as a view. */
struct value_view group_view(void);

/* Whether there is such a field ("group.limits.memory"), or fields below that; else *nearest, or NULL. */
bool group_has(const char *path, const char **nearest);

/* Every field's path; NULL-terminated. Each has a row in view/fields.c. */
const char *const *group_names(void);

#endif
