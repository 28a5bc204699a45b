/*
 * schema - Docker's own types, as far as they describe a container: which fields a struct has, what they hold
 * and what they are where a request leaves them out. One table serves three ends: rules' paths are checked
 * against it (subject/), requests are decoded by it as Go's encoding/json does, and inspect documents are
 * completed with it, so that a field that Docker leaves out reads as its default and never as "missing".
 *
 * Source: api/types of the Docker Engine, API 1.24 to 1.54. Pure and immutable; thread-safe.
 */
#ifndef DE_CONTAINER_SCHEMA_H
#define DE_CONTAINER_SCHEMA_H

#include "base/err.h"
#include "base/text.h"

#include <json-c/json.h>
#include <stdbool.h>

enum schema_kind {
	SCHEMA_STRING,
	SCHEMA_BOOL,
	SCHEMA_INT,  /* int64 */
	SCHEMA_UINT, /* no larger than `max` */
	SCHEMA_STRUCT,
	SCHEMA_LIST,
	SCHEMA_MAP,
	SCHEMA_WORDS, /* a list of strings that may be written as one string (strslice.StrSlice) */
	SCHEMA_ANY,   /* a document of its own */
};

struct schema {
	enum schema_kind kind;
	bool nullable; /* a pointer in Go: null where left out. Lists and maps are so anyway. */
	uint64_t max;
	const struct schema *element;	      /* of a list or map */
	const struct schema_field *fields;    /* of a struct; ends with a NULL name */
	const struct schema *const *embedded; /* structs whose fields are this one's too; ends with NULL */
};

struct schema_field {
	const char *name;
	const struct schema *type;
};

extern const struct schema schema_container;	   /* what inspect shows */
extern const struct schema schema_host_config;	   /* HostConfig */
extern const struct schema schema_config;	   /* Config */
extern const struct schema schema_create_body;	   /* POST /containers/create */
extern const struct schema schema_update_body;	   /* POST /containers/{id}/update */
extern const struct schema schema_exec_body;	   /* POST /containers/{id}/exec */
extern const struct schema schema_exec_start_body; /* POST /exec/{id}/start */
extern const struct schema schema_volume_body;	   /* POST /volumes/create */
extern const struct schema schema_network_body;	   /* POST /networks/create */
extern const struct schema schema_connect_body;	   /* POST /networks/{id}/connect and /disconnect */

/* The field that Go would store `key` in: the same name, or one that is equal under Unicode case folding. */
const struct schema_field *schema_find(const struct schema *type, const char *key);

/* Every field's name, its own and the embedded ones', for suggestions: NULL-terminated, at most `max`. */
size_t schema_names(const struct schema *type, const char **out, size_t max);

/*
 * What Go's encoding/json would store from `in`, with the fields' own spelling; only what `in` gives, null
 * where null means nothing left out. Unknown keys are ignored, as dockerd ignores them. NULL with *err for
 * what dockerd would refuse, and for what two readers could take differently (two keys for one field, null
 * in a list of structs, NUL in a string): *pointer is where. New reference.
 */
struct json_object *schema_decode(const struct schema *type, struct json_object *in, struct buf *pointer,
				  struct err *err);

/*
 * The JSON pointers of `in`'s keys that no field of `type` takes, at any depth, in a new list: what a newer
 * dockerd might read, and we do not know. At most SCHEMA_MOST_UNKNOWN of them.
 */
#define SCHEMA_MOST_UNKNOWN 100
struct json_object *schema_unknown(const struct schema *type, struct json_object *in);

/* Adds to `doc`, of a struct type, every field that is absent, with its default, at every depth. */
void schema_fill(const struct schema *type, struct json_object *doc);

/* Those members of a decoded `doc` that are fields of `type`, in a new object; NULL if there are none. */
struct json_object *schema_pick(const struct schema *type, struct json_object *doc);

#endif
