/*
 * verdict - a verdict as triggers, the audit log and the journal see it: flat, with one table of fields that
 * names, types and places come from. Pure.
 */
#ifndef DE_VIEW_VERDICT_H
#define DE_VIEW_VERDICT_H

#include "rules/logic.h"
#include "rules/value.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * What is told of a verdict is written by those it is on, and kept, queued and sent on in numbers: so each
 * text of it (of a name, an image, a message) has that many bytes at most, and ends with "…" where it was
 * cut.
 */
#define VERDICT_TEXT_MAX 2048

/* A container's labels that are told: of all together so many bytes, 64 for each counted in. */
#define VERDICT_LABELS_MAX 8192
#define VERDICT_LABEL_COST 64

/* As many of them as fit, each cut to 256 bytes; how many were left out is the member "…". A new reference.
 */
struct json_object *verdict_labels(struct value labels);

/* Strings are borrowed and never NULL: "" where there is nothing to say. */
struct verdict_view {
	const char *time; /* local, as the original's isoformat() */
	const char *id, *name, *image, *owner, *source;
	struct value labels; /* an object, or null for none */
	const char *request; /* "POST /v1.41/…", as the client wrote it */
	const char *mode;    /* "kill" or "warn": of the rule that stands for the verdict, as what follows */
	const char *action;  /* what is done: "stop", "refuse" */
	const char *action_at; /* RFC 3339, when it will be done if the violation lasts (grace); "": not put
				  off */
	bool enforced;
	const char *violated_rule, *message, *description, *severity, *error;
	const char *const *violated_rules; /* NULL-terminated */
	uint64_t count;			   /* how often it was found */
	const char *first;		   /* when that was for the first time */
};

enum verdict_kind { VERDICT_TEXT, VERDICT_FLAG, VERDICT_NUMBER, VERDICT_VALUE, VERDICT_TEXTS };

struct verdict_field {
	const char *name;
	enum verdict_kind kind;
	size_t offset;	      /* in struct verdict_view */
	const char *variable; /* a program's environment has it as this; NULL: not */
};

/* Ends with a NULL name. */
const struct verdict_field *verdict_fields(void);

/* A field's text; NULL for one that is none. */
const char *verdict_text(const struct verdict_view *v, const struct verdict_field *f);

/* A new reference. */
struct json_object *verdict_view_to_json(const struct verdict_view *v);

/* What the compiler knows of it, for the filters and templates of triggers.json. */
const struct logic_binding *verdict_binding(void);

#endif
