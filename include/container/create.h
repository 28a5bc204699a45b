/*
 * create - the container that a create request would make, as dockerd would have it. For the authorization
 * plugin and `judge`. Any thread; asks Docker what a request only names.
 */
#ifndef DE_CONTAINER_CREATE_H
#define DE_CONTAINER_CREATE_H

#include "container/container.h"

/* A request to create a container, as dockerd would read it. */
struct create_request {
	struct json_object *body;    /* decoded as schema_create_body; borrowed, and used up */
	const char *name;	     /* "" where dockerd is to choose */
	struct json_object *unknown; /* JSON pointers to what is in it and not known; borrowed, NULL: none */
	unsigned api;		     /* the request's API version, 141 for 1.41; 0: dockerd's own */
};

/*
 * The container that dockerd would make of a request, in the shape of an inspect document. What is only known
 * later (id, generated names, addresses) is empty. `facts` may be all zero. Looks up in `docker` (may be
 * NULL) what `needs` (enum need) asks for, until `deadline_ns` (monotonic; 0: none). NULL with *err
 * if an answer did not come.
 */
struct container *container_from_create(const struct create_request *request,
					const struct docker_facts *facts, struct docker *docker,
					uint64_t deadline_ns, unsigned needs, struct err *err);

#endif
