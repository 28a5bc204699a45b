/*
 * change - the container that a request about an existing one would leave behind, as dockerd would have it.
 * What does not change it (an unpause) is container_from_change() of its document.
 * For the authorization plugin and `judge`. Any thread.
 *
 * Each function takes over `doc`, the container's inspect document as it is now, and asks `docker` (may be
 * NULL) what that only names. NULL with *err where the outcome cannot be seen with certainty.
 */
#ifndef DE_CONTAINER_CHANGE_H
#define DE_CONTAINER_CHANGE_H

#include "container/container.h"

/* `update` is decoded as schema_update_body; `api`: the request's version, 0 for dockerd's own. */
struct container *container_after_update(struct json_object *doc, struct json_object *update, unsigned api,
					 struct docker *docker, struct err *err);

struct container *container_after_rename(struct json_object *doc, const char *name, struct docker *docker,
					 struct err *err);

/* To join a network (or leave it), named as the request does. */
struct network_change {
	const char *network;
	struct json_object *endpoint; /* its settings, or NULL; borrowed */
	bool connects;
};

struct container *container_after_connect(struct json_object *doc, const struct network_change *change,
					  struct docker *docker, struct err *err);

/* Started as it is, with what its mounts name now. */
struct container *container_after_restart(struct json_object *doc, struct docker *docker, struct err *err);

/* `body` is decoded as schema_create_body; NULL: the container is started as it is. */
struct container *container_after_start(struct json_object *doc, struct json_object *body,
					struct docker *docker, struct err *err);

#endif
