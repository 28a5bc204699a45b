/*
 * container - a container as dockerd has or would have it: what one document of inspect's shape says, and the
 * views derived from it (image, labels, env, mounts, capabilities). Immutable and reference-counted: any
 * thread may read it.
 */
#ifndef DE_CONTAINER_H
#define DE_CONTAINER_H

#include "docker/docker.h"
#include "rules/value.h"

#include <json-c/json.h>
#include <stdatomic.h>
#include <sys/types.h>

struct container {
	atomic_int refs;
	char *id, *name; /* name with its leading slash */
	char *image;
	pid_t pid;
	uint64_t started_ns;	      /* wall clock */
	struct value params;	      /* V_NULL with DISABLE_PARAMS */
	struct json_object *document; /* what params shows, or NULL where it is packed */
	struct value *packed;
	bool own_network; /* /proc/PID/net/dev of its first process is its own: not the host's, not another
			     host's */
	struct json_object *labels, *env, *capabilities, *mounts;
	char *labels_text; /* the labels as JSON: json-c may not print one object in two threads */
};

/*
 * From an inspect document, whose reference is taken over; NULL with *err where it is none. Volumes, and an
 * image that is only named by its id, are looked up in `docker` (may be NULL: shown as they are). Follows
 * symbolic links of bind sources on this host as they are now.
 */
struct container *container_from_inspect(struct json_object *doc, struct docker *docker, struct err *err);

/* The same of a document that a request changes: a bind source of which cannot be seen where it leads fails.
 */
struct container *container_from_change(struct json_object *doc, struct docker *docker, struct err *err);

/* From an entry of GET /containers/json, for DISABLE_PARAMS: name, id, image, labels. */
struct container *container_from_list(struct json_object *entry, struct err *err);

/* Whether a symbolic link below a bind's source leads elsewhere now than when `c` was read. Reads the host's
 * files. */
bool container_links_moved(const struct container *c);

/* For a container that is kept: params in a third of the memory, or without `params` none. Before it is
 * shared. */
void container_pack(struct container *c, bool params);

struct container *container_get(struct container *c);
void container_put(struct container *c);

#endif
