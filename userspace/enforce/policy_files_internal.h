/*
 * policy_files - the rule files of a folder: which there are, in which order, and what is in them. For
 * policy.c.
 */
#ifndef DE_ENFORCE_POLICY_FILES_INTERNAL_H
#define DE_ENFORCE_POLICY_FILES_INTERNAL_H

#include "base/err.h"
#include "base/text.h"
#include "rules/ruleset.h"

#include <json-c/json.h>
#include <stddef.h>

struct policy_file {
	enum rule_file kind;
	char *path;
	const char *name; /* the end of `path`, within the folder: "rules.d/10-team.json" */
	struct json_object *rules;
	char *text; /* what they were read from */
	size_t len;
};

struct policy_files {
	struct policy_file *items;
	size_t count;
};

/*
 * Reads the files of `dir` as they stand; each of `last` (an array of names, or NULL) must be among them.
 * Problems go to `findings`; returns their number. *out is for policy_files_free(), also after problems.
 */
size_t policy_files_read(const char *dir, struct json_object *last, struct policy_files *out,
			 struct findings *findings);
void policy_files_free(struct policy_files *files);

/* One more, whose rules are taken over, as is their text. */
void policy_files_add(struct policy_files *files, enum rule_file kind, const char *dir, const char *name,
		      struct json_object *rules, char *text);

/* -1 with *err if anybody but root can change what is read from `dir`. */
int policy_files_check_rights(const char *dir, const struct policy_files *files, struct err *err);

/* Calls `found` with the path of each file that lies among the rule files and is not read: by its name. */
void policy_files_find_others(const char *dir, void (*found)(void *arg, const char *path), void *arg);

#endif
