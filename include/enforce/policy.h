/*
 * policy - what the administrator decided: rules and exemptions, compiled, as one immutable snapshot.
 *
 * A reload makes a new policy and swaps it whole; whoever judges holds a reference for as long as it takes.
 * Thread-safe as that: nothing in a policy changes after policy_load().
 */
#ifndef DE_ENFORCE_POLICY_H
#define DE_ENFORCE_POLICY_H

#include "base/config.h"
#include "base/err.h"
#include "base/text.h"
#include "rules/ruleset.h"

#include <stdatomic.h>
#include <stdint.h>

/* A name or anchored regular expression from WHITE_LIST or IMAGE_WHITE_LIST, for one rule or for all. */
struct exemption {
	void *regex;
	char *pattern;
	char *rule; /* NULL: all rules */
	bool image; /* matched against the image instead of the name */
};

struct policy {
	atomic_int refs;
	struct rule_list lists[RULE_FILES];
	char *source[RULE_FILES]; /* the files as loaded, as text: /rules and its kin */
	bool present[RULE_FILES]; /* which of them there were */
	struct exemption *exemptions;
	size_t exemption_count;
	unsigned needs; /* of all rules and exemptions on containers together */
};

/*
 * Reads the rule files of DIR and the white lists of the configuration. rules.json must be there, and so must
 * what `last`, the policy in force, was loaded from (NULL: there is none); another file that is absent has no
 * rules. NULL with *err: "file: /pointer: problem". In KILL mode files that others than root can write are
 * refused.
 */
struct policy *policy_load(const struct config *config, const char *dir, const struct policy *last,
			   struct err *err);
struct policy *policy_get(struct policy *p);
void policy_put(struct policy *p);

/*
 * Every problem in DIR's rule files, one per line, to `out`; the number of them. To `notes` (may be NULL)
 * what is no problem but should be known. For `check`.
 */
size_t policy_check(const char *dir, struct buf *out, struct buf *notes);

/* What a reload changed, for the log: "rules: 1 added ("a"), 2 changed (…)"; "nothing" if all is the same. */
void policy_compare(const struct policy *old, const struct policy *fresh, struct buf *out);

/* Whether container `name` (a leading slash is ignored) or its image is on a white list for `rule`. */
bool policy_exempts(const struct policy *p, const char *name, const char *image, const char *rule);

/* True if some rule, under its own or the global mode, may act. */
bool policy_can_act(const struct policy *p, int mode);

#endif
