/*
 * value - what a rule computes with: JSON's types, with integers exact over int64 and uint64.
 *
 * Pure. A value is small and passed by copy; what it points to (strings, arrays, json-c objects) is borrowed
 * from the data under evaluation, the compiled rule, or the evaluation's arena, and lives as long as these.
 * Coercions are those of the json-logic organisation's specification (JavaScript's, without its surprises:
 * what is not a number is an error, never NaN).
 */
#ifndef DE_RULES_VALUE_H
#define DE_RULES_VALUE_H

#include "base/text.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum value_type {
	V_NULL,
	V_BOOL,
	V_INT,	  /* int64 */
	V_UINT,	  /* uint64 above INT64_MAX only */
	V_DOUBLE, /* not an integer, or beyond both */
	V_STRING,
	V_ARRAY,  /* computed: elements in an arena */
	V_RECORD, /* computed: a few named fields in an arena */
	V_JARRAY, /* json-c array */
	V_JOBJECT,
	V_PACKED, /* an object of value_pack(): fields sorted by name */
	V_VIEW,	  /* an object that answers by name: the subject's root, metrics */
};

struct value {
	enum value_type type;
	union {
		bool b;
		int64_t i;
		uint64_t u;
		double d;
		size_t len; /* V_STRING, V_ARRAY, V_RECORD, V_PACKED */
	};
	union {
		const char *s;
		const struct value *items;
		const struct value_field *fields;
		struct json_object *json;
		const struct value_view *view;
	};
};

struct value_field {
	const char *name;
	struct value v;
};

/* An object whose fields are computed when asked for. `get` returns false for a name that it has not. */
struct value_view {
	bool (*get)(const struct value_view *view, const char *key, size_t len, struct value *out);
	/* By number, for paths that the binding resolved to a slot. NULL where the binding gives no slots. */
	bool (*fetch)(const struct value_view *view, int slot, struct value *out);
	struct json_object *(*to_json)(const struct value_view *view); /* a new reference */
};

struct value value_null(void);
struct value value_bool(bool b);
struct value value_int(int64_t i);
struct value value_uint(uint64_t u); /* V_INT where it fits */
struct value value_double(double d);
struct value value_str(const char *s); /* NULL is null */
struct value value_strn(const char *s, size_t len);
struct value value_from_json(struct json_object *j); /* borrowed */

/* A compact copy of a document, to be kept for long; free() frees it whole. Its objects' keys are sorted. */
struct value *value_pack(struct json_object *j);

/* A new json-c reference (the caller puts it); strings must be UTF-8 as they came. */
struct json_object *value_to_json(struct value v);

bool value_is_number(struct value v);
bool value_is_array(struct value v);
bool value_is_object(struct value v);
bool value_truthy(struct value v);
size_t value_len(struct value v); /* of an array */
struct value value_at(struct value v, size_t i);

/* A member by key, or by decimal index in an array. False where there is none. */
bool value_get(struct value v, const char *key, size_t len, struct value *out);

/* Coerces to a number: null 0, booleans 0/1, "" 0, numeric strings. False for what is not a number. */
bool value_to_number(struct value v, struct value *out);
long double value_number(struct value v); /* of a number; exact for every type here */

/* The text `cat` makes of it: null is "", numbers shortest, arrays comma-separated. */
void value_to_text(struct value v, struct buf *out);

bool value_strict_equal(struct value a, struct value b);

/*
 * Soft comparison: strings with strings by bytes, else as numbers. `*cmp` is <0, 0 or >0.
 * False if either cannot be compared (NaN error).
 */
bool value_compare(struct value a, struct value b, int *cmp);

/* A copy whose strings, arrays and records live in `arena`; json-c objects stay borrowed. */
struct value value_copy(struct arena *arena, struct value v);

#endif
