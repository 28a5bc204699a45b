/*
 * json - reading JSON strictly, and small helpers around json-c. Thread-safe.
 *
 * json-c forgives much (duplicate keys, trailing text, bad UTF-8, numbers out of range). What an
 * administrator or a client wrote must mean one thing only, so a parser of our own (RFC 8259) makes json-c's
 * objects, and says where a document is wrong.
 */
#ifndef DE_BASE_JSON_H
#define DE_BASE_JSON_H

#include "base/err.h"
#include "base/memory.h"

#include <json-c/json.h>

#define JSON_MAX_DEPTH 256

/*
 * Parses a whole document into *out, which the caller puts and which is NULL for the document `null` too; -1
 * with *err ("line 3, column 7: …") and *out NULL if the text is not exactly one.
 */
int json_parse(const char *s, size_t len, struct json_object **out, struct err *err)
	__attribute__((warn_unused_result));

/* The same, of at most so many values, lists and objects among them: an object takes hundreds of times the
 * memory of its text. */
int json_parse_within(const char *s, size_t len, size_t most, struct json_object **out, struct err *err)
	__attribute__((warn_unused_result));

/* Reads a file of up to `max` bytes ("-": standard input); NULL with *err. Caller frees. */
char *json_read_text(const char *path, size_t max, size_t *len, struct err *err);

/* json_read_text() and json_parse(); *err names the file. */
int json_read_file(const char *path, struct json_object **out, struct err *err)
	__attribute__((warn_unused_result));

/*
 * The line (from 1) of what `pointer` leads to in the text of a document: of a member that of its key. Where
 * it leads nowhere, as far as it goes.
 */
size_t json_line(const char *text, size_t len, const char *pointer);

/* The same for many pointers into one list: those of its later elements are found from the earlier ones on.
 */
struct json_cursor {
	const char *text;
	size_t len;
	const char *p; /* at element `index`, in `line`; NULL: not begun */
	size_t index, line;
};

struct json_cursor json_cursor(const char *text, size_t len);
size_t json_line_next(struct json_cursor *c, const char *pointer);

void json_putp(struct json_object **j); /* for AUTO() */

/* A string, or "" of what is none (null too). Borrowed. */
const char *json_str(struct json_object *j);

/* A member's value, or NULL / "" / 0 where it is absent or of another type. Borrowed. */
struct json_object *json_get(struct json_object *j, const char *key);
const char *json_get_str(struct json_object *j, const char *key);
int64_t json_get_int(struct json_object *j, const char *key);

/* Elements of an array; 0 of what is none. */
size_t json_count(struct json_object *array);

/* An element of an array as json_str(). */
const char *json_str_at(struct json_object *array, size_t i);

/* Adds "key": string, replacing bytes that are not UTF-8 by U+FFFD, so that our output is always JSON. */
void json_add_str(struct json_object *j, const char *key, const char *s);
void json_add_int(struct json_object *j, const char *key, int64_t i);
void json_add_uint(struct json_object *j, const char *key, uint64_t u);

#endif
