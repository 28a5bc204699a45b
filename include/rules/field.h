/*
 * field - what is known of a value that a rule reads: what it holds, its unit, the values and forms that it
 * can have, and its name in plain words. A binding describes paths so (rules/logic.h); notes (rules/notes.h)
 * and plain words (rules/plain.h) go by it. The table is view/fields.c. Pure, immutable.
 */
#ifndef DE_RULES_FIELD_H
#define DE_RULES_FIELD_H

#include <stdbool.h>
#include <stddef.h>

enum field_type { FIELD_UNKNOWN, FIELD_TEXT, FIELD_NUMBER, FIELD_FLAG, FIELD_LIST, FIELD_MAP, FIELD_OBJECT };

enum field_unit {
	UNIT_NONE,
	UNIT_BYTES,
	UNIT_SECONDS,
	UNIT_MICROSECONDS,
	UNIT_NANOSECONDS,
	UNIT_NANO_CPUS,
	UNIT_PERCENT,
};

/* A form that texts have. */
struct field_form {
	const char *says; /* "begins with a slash, as in \"/web\"" */
	/* Whether a text has it; not `whole`: whether one that has it may begin so. */
	bool (*fits)(const char *s, size_t len, bool whole);
};

/* All that is known of a path beyond its type; what is 0 or NULL is not known. */
struct field_meaning {
	const char *path;     /* from the root; "*" is any element of a list or key of a map */
	enum field_type type; /* FIELD_UNKNOWN: as Docker's types or the views' say */
	enum field_unit unit;
	const char *words;		  /* "memory use" */
	const char *const *values;	  /* all that there are; NULL-terminated */
	const char *const *(*list)(void); /* or who has them */
	const struct field_form *form;	  /* of a text, or of a list's elements */
	const struct field_form *keys;	  /* of a map's keys */
	long double least, most;	  /* of a number; both 0: any */
	const char *missed;		  /* a value that means less than it seems ("*": each) … */
	const char *advice;		  /* … and what to read instead */
	const char *beside;  /* only means what it says together with this one: a mount's `type` */
	const char *unknown; /* the value that stands for "nobody knows" */
	bool unset;	     /* 0, "" or null means that nobody set it */
};

#define FIELD_PATH_MAX 200

struct field {
	enum field_type type;
	bool nullable;			     /* it may be null */
	const struct field_meaning *meaning; /* never NULL */
	bool of_keys;			     /* it is the list of the keys of the map that this describes */
	const void *below;		     /* the binding's own: where it goes on */
	char path[FIELD_PATH_MAX];	     /* as the table has it */
};

#endif
