/*
 * subject_internal - how a container's views are made from a document; for subject/ only.
 */
#ifndef DE_CONTAINER_CONTAINER_INTERNAL_H
#define DE_CONTAINER_CONTAINER_INTERNAL_H

#include "docker/docker.h"
#include "container/container.h"

/*
 * What a document only names - volumes, images, other containers - looked up in Docker. Each call gives 0
 * with a new reference in *out, or with NULL where there is no such thing (or nobody to ask), or -1 with *err
 * where no answer came, or none is awaited any more.
 */
struct lookup {
	struct docker *docker; /* NULL: nothing is known of anything */
	uint64_t deadline_ns;  /* monotonic; 0: each call has docker's own time limit only */
	bool strict; /* it is a request, which can be refused for what cannot be seen with certainty */
};

int lookup_volume(const struct lookup *l, const char *name, struct json_object **out, struct err *err);
int lookup_container(const struct lookup *l, const char *name, struct json_object **out, struct err *err);
int lookup_network(const struct lookup *l, const char *name, struct json_object **out, struct err *err);
int lookup_image(const struct lookup *l, const char *ref, struct json_object **out, struct err *err);

/* What an image is called that a container refers to by its id; NULL where `ref` is no id, or has no name. */
int lookup_image_name(const struct lookup *l, const char *ref, char **out, struct err *err);

/*
 * A new list of mounts (the shape is in view_types.c), sorted by target, from a document of inspect's shape.
 * `requested`: the document is a request, so that VolumesFrom has yet to be followed. NULL with *err if a
 * lookup failed, or if it is `strict` and cannot be seen where a source leads. Reads the host's symbolic
 * links.
 */
struct json_object *mounts_list(struct json_object *params, const struct lookup *lookup, bool requested,
				struct err *err);

/*
 * Adds to each of a running container's mounts what the kernel has mounted there: as `actual`, and for a bind
 * as `resolved`, too. Where that cannot be seen they stay as they are. Reads /proc.
 */
void mounts_add_actual(struct json_object *list, pid_t pid, const char *id);

/*
 * Says of each mount, as `engine`, whether it shows the container engine's data or a socket that commands it,
 * or a folder that holds one: those of the dockerd that `lookup` asks, and the usual ones.
 */
void mounts_mark_engine(struct json_object *list, const struct lookup *lookup,
			const struct docker_facts *facts);

/* Whether a symbolic link below a source in `list` leads elsewhere now. */
bool mounts_moved(struct value list);

/* What a container is made of. */
struct container_parts {
	struct json_object *doc;       /* of inspect's shape; taken over */
	struct json_object *mounts;    /* taken over */
	const char *image;	       /* NULL: as the document has it */
	struct json_object *image_doc; /* its inspect document, borrowed; NULL: not known */
	struct docker_facts facts;
	struct json_object *unknown; /* of a request: what of it is not known; borrowed */
	unsigned needs;		     /* enum need: views that no rule needs are not made */
};

/* Completes the document and derives the other views from it. NULL with *err if one cannot be made. */
struct container *container_from_parts(const struct container_parts *parts, const struct lookup *lookup,
				       struct err *err);

#endif
