/*
 * ruleset - rule files: JSON arrays of rules, exemptions or triggers, checked and compiled. Pure: the JSON
 * comes from the caller. What is compiled is immutable but for `said`.
 */
#ifndef DE_RULES_RULESET_H
#define DE_RULES_RULESET_H

#include "base/err.h"
#include "base/text.h"
#include "rules/findings.h"
#include "rules/logic.h"
#include "rules/update.h"

#include <json-c/json.h>
#include <stdatomic.h>
#include <stdint.h>

/* The four files of RULES_DIR. */
enum rule_file { FILE_RULES, FILE_REQUEST_RULES, FILE_WHITELIST_RULES, FILE_TRIGGERS, RULE_FILES };
const char *rule_file_name(enum rule_file f);	/* "rules.json" */
const char *rule_folder_name(enum rule_file f); /* "rules.d": more of the same, a file each */

enum action { ACTION_STOP, ACTION_KILL, ACTION_PAUSE, ACTION_UPDATE };
const char *action_name(enum action a);

/* The greater, the more it does: kill, stop, pause. */
int action_strength(enum action a);

/* What a trigger does: exactly one of these. */
struct trigger {
	char **exec;		     /* program and arguments, NULL-terminated */
	char *url;		     /* webhook */
	struct json_object *headers; /* of the webhook, or NULL */
	struct logic_program *log;   /* the line to log, a template */
	uint64_t timeout_ns;	     /* of exec and webhook */
};

struct rule {
	char *name, *description, *severity;
	char *owner, *reason;	       /* of an exemption */
	struct logic_program *message; /* what the user is told, a template; NULL: nothing */
	int mode;		       /* enum config_mode, or -1: as MODE says */
	enum action action;
	struct update *update; /* what ACTION_UPDATE sets; else NULL */
	uint64_t for_ns;
	uint64_t grace_ns;   /* how long a violation is only reported, before it is acted upon; 0: not */
	uint64_t remind_ns;  /* how often a violation that lasts is reported again; 0: once */
	uint64_t expires_ns; /* wall clock, when an exemption ends; 0: never */
	bool enabled;
	uint64_t hash;	/* of the rule's text: the same rule in a later policy keeps its timers */
	unsigned needs; /* enum subject_need */
	struct logic_program *program; /* NULL: a trigger without a filter */
	struct logic_program *per;     /* what the containers of a group have in common; NULL: no groups */
	struct logic_program *pick;    /* of those that it holds for the greatest are meant; NULL: all */
	uint64_t take;		       /* so many of them */
	struct trigger *trigger;       /* in triggers.json only */
	atomic_bool said;	       /* a warning about it was logged */
};

/* Under its own mode, or else under `mode`. */
bool rule_is_enforced(const struct rule *rule, int mode);

/* Whether it is an exemption that exempts nothing any more. */
bool rule_has_expired(const struct rule *rule, uint64_t wall_ns);

struct rule_list {
	struct rule *items;
	size_t count;
};

/*
 * Compiles the array of file `kind`, whose rules see what `binding` knows. Problems go to `findings`; returns
 * their number. *out is for ruleset_free(), also after problems.
 */
size_t ruleset_compile(enum rule_file kind, struct json_object *array, const char *file,
		       const struct logic_binding *binding, struct rule_list *out, struct findings *findings);
void ruleset_free(struct rule_list *list);

/* Moves what is in `from` behind what is in `to`. */
void ruleset_append(struct rule_list *to, struct rule_list *from);

/*
 * A text with values in it: "{name} has {params.HostConfig.Memory} bytes"; {{ and }} are braces. Compiled to
 * a program that gives the text. NULL with *err.
 */
struct logic_program *template_compile(const char *text, const struct logic_binding *binding,
				       struct err *err);

#endif
