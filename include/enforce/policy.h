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
#include "container/container.h"
#include "rules/ruleset.h"

#include <stdatomic.h>
#include <stdint.h>

/* WHITE_LIST and IMAGE_WHITE_LIST, compiled. */
struct white_list {
	struct white_list_entry *items;
	size_t count;
};

struct policy {
	atomic_int refs;
	struct rule_list lists[RULE_FILES];
	char *source[RULE_FILES]; /* the files as loaded, one array, as text: /rules and its kin */
	struct json_object
		*files; /* their names within RULES_DIR, an array in the order in which they are read */
	struct white_list white_list;
	unsigned needs; /* of all rules and exemptions on containers together */
	uint64_t hash;	/* of the files' text */
};

/*
 * Reads the rule files of DIR, rules.json and then rules.d/ *.json in order of their names and so for each
 * kind, and the white lists of the configuration. rules.json or a file in rules.d must be there, and so must
 * what `last`, the policy in force, was loaded from (NULL: there is none); another file that is absent has no
 * rules. NULL with *err: "file:line: /pointer: problem". In KILL mode files that others than root can write
 * are refused.
 */
struct policy *policy_load(const struct config *config, const char *dir, const struct policy *last,
			   struct err *err);

/* What is to be kept of a policy, so that policy_load_kept() makes the same of it. Caller frees. */
char *policy_keep(const struct policy *p);

/* The policy of which policy_keep() gave `text`, from nothing but that; `origin` stands in errors for where
 * it was. NULL with *err, also where it is not whole. */
struct policy *policy_load_kept(const struct config *config, const char *text, const char *origin,
				struct err *err);

struct policy *policy_get(struct policy *p);
void policy_put(struct policy *p);

/* What a reload changed, for the log: "rules: 1 added ("a"), 2 changed (…)"; "nothing" if all is the same. */
void policy_compare(const struct policy *old, const struct policy *fresh, struct buf *out);

/* Whether a container's name, or the image that was asked for, is on a white list for `rule`; `ctx` bounds
 * it. */
bool policy_exempts(const struct policy *p, struct logic_ctx *ctx, const struct container *c,
		    const char *rule);

/* True if some rule, under its own or the global mode, may act. */
bool policy_can_act(const struct policy *p, int mode);

/* True if some rule sets limits ("action": "update"), under its own or the global mode. */
bool policy_sets_limits(const struct policy *p, int mode);

/* ---- the policy in force ---- */

struct policy_slot;

/* Takes over the reference to `first`. */
struct policy_slot *policy_slot_new(struct policy *first);
void policy_slot_free(struct policy_slot *slot);

/* A reference to what is in force now. Any thread; the slot's lock guards the pointer alone. */
struct policy *policy_slot_get(struct policy_slot *slot);

/* Takes over the reference to `fresh`, which is in force from now on. */
void policy_slot_swap(struct policy_slot *slot, struct policy *fresh);

#endif
