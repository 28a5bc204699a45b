/* policy_check - all that is to be said of the rule files of a folder, for `check`. */
#ifndef DE_ENFORCE_POLICY_CHECK_H
#define DE_ENFORCE_POLICY_CHECK_H

#include "rules/findings.h"

struct policy_checked {
	char *file;
	size_t index; /* in the file */
	char *name;   /* "" where it has none */
	char *words;  /* in plain words (rules/plain.h); "" of one that does not compile */
};

struct policy_report {
	struct findings findings;
	struct policy_checked *rules; /* in the order in which they are read */
	size_t count;
};

/* Reads the rule files of `dir` as a load would, and does not stop at the first problem. */
void policy_check(const char *dir, struct policy_report *out);
void policy_report_free(struct policy_report *r);

#endif
