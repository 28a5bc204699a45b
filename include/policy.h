/*
 * policy - what the administrator decided: rules and exemptions, compiled, as one immutable snapshot.
 *
 * A reload makes a new policy and swaps it whole; whoever judges holds a reference for as long as it takes.
 * Thread-safe as that: nothing in a policy changes after policy_load().
 */
#ifndef DE_POLICY_H
#define DE_POLICY_H

#include "config.h"
#include "err.h"
#include "logic.h"

#include <stdatomic.h>
#include <stdint.h>

enum action { ACTION_STOP, ACTION_KILL, ACTION_PAUSE };
const char *action_name(enum action a);

struct rule {
	char *name, *description, *message, *severity;
	int mode; /* enum config_mode, or -1: as MODE says */
	enum action action;
	uint64_t for_ns;
	bool enabled;
	uint64_t hash;	/* of the rule's text: the same rule in a later policy keeps its `for` timers */
	unsigned needs; /* enum subject_need */
	struct logic_program *program;
};

/* A name or anchored regular expression from WHITE_LIST or IMAGE_WHITE_LIST, for one rule or for all. */
struct exemption {
	void *regex;
	char *pattern;
	char *rule; /* NULL: all rules */
	bool image; /* matched against the image instead of the name */
};

struct policy {
	atomic_int refs;
	struct rule *rules;
	size_t count;
	struct exemption *exemptions;
	size_t exemption_count;
	unsigned needs; /* of all rules together */
	char *source;	/* rules.json as loaded, as text: /rules */
};

/*
 * Reads DIR/rules.json (absent: no rules, with a warning by the caller) and the white lists of the
 * configuration. NULL with *err: "file: /pointer: problem". In KILL mode a rule file that others than root
 * can write is refused.
 */
struct policy *policy_load(const struct config *config, const char *dir, struct err *err);
struct policy *policy_get(struct policy *p);
void policy_put(struct policy *p);

/* Every problem in DIR's rule files, one per line, to `out`; the number of them. For `check`. */
size_t policy_check(const char *dir, struct buf *out);

/* Whether container `name` (a leading slash is ignored) or its image is exempt from `rule`. */
bool policy_exempts(const struct policy *p, const char *name, const char *image, const char *rule);

/* True if some rule, under its own or the global mode, may act. */
bool policy_can_act(const struct policy *p, int mode);

#endif
