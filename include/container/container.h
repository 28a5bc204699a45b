/*
 * container - a container as dockerd has or would have it: what one document of inspect's shape says, and the
 * views derived from it (container/views.h). Immutable and reference-counted: any
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
	char *id, *name;	   /* name with its leading slash */
	char *owner;		   /* whose it is; NULL: not known */
	char *image, *image_asked; /* the latter is what exemptions go by (image.h) */
	pid_t pid;
	uint64_t started_ns; /* wall clock */
	uint64_t created_ns; /* wall clock; 0: not made yet, or not known */
	bool unreadable;  /* its document is larger than DOCKER_DOCUMENT_MAX, or than there is room for: there
			     are no views */
	bool own_network; /* /proc/PID/net/dev of its first process is its own: not the host's, not another
			     host's */
	/* What rules see; null where it is not known (all but labels with DISABLE_PARAMS). */
	struct value params, labels, env, capabilities, mounts, security, devices, ports, user, healthcheck,
		namespaces, networks, unknown_fields, image_names, image_id, image_digests;
	struct json_object *documents; /* holds these, or once it is packed: */
	struct value *packed;
	size_t kept_bytes; /* of it */
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

/* One whose document is too large; `doc` (may be NULL) has Name and State, as far as they could be made out.
 */
struct container *container_unreadable(const char *id, struct json_object *doc);

/* Whether a symbolic link below a bind's source leads elsewhere now than when `c` was read. Reads the host's
 * files. */
bool container_links_moved(const struct container *c);

/*
 * For a container that is kept, before it is shared: all views in one piece, in a third of the memory, which
 * any number of threads may read at once (json-c's objects count their references without care for others).
 * Without `params` there are none; and where all that are kept take 256 MiB, one of more than 256 KiB is
 * unreadable.
 */
void container_pack(struct container *c, bool params);

struct container *container_get(struct container *c);
void container_put(struct container *c);

#endif
