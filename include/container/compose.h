/*
 * compose - the services of a compose file, each as the create request that compose makes of it. What is not
 * understood is an error that names its place, never left out. For `judge --as compose`. Pure.
 *
 * Source: the Compose Specification (compose-spec.io), docker-compose 1.29's config/ and service.py,
 * compose-go.
 */
#ifndef DE_CONTAINER_COMPOSE_H
#define DE_CONTAINER_COMPOSE_H

#include "base/err.h"

#include <json-c/json.h>
#include <stddef.h>

/* What is around a compose file. */
struct compose_context {
	const char *folder;  /* that it lies in, absolute: relative paths begin there */
	const char *project; /* its name, unless the file says one */
	/* A variable's value for ${NAME}; NULL: it is not set. */
	const char *(*variable)(void *arg, const char *name);
	/* The text of a file that it names (env_file), for free(); NULL with *err. */
	char *(*read)(void *arg, const char *path, struct err *err);
	void *arg;
};

struct compose_service {
	char *name;		  /* of the service */
	char *container;	  /* of the container, without a slash */
	struct json_object *body; /* of POST /containers/create */
};

struct compose_services {
	struct compose_service *items;
	size_t count;
};

/* All services of a file (as JSON). -1 with *err ("services.web.ports: …"). For compose_free() in any case.
 */
int compose_read(struct json_object *file, const struct compose_context *c, struct compose_services *out,
		 struct err *err);
void compose_free(struct compose_services *s);

/* The copy of a document with ${…} in its texts replaced; NULL with *err. */
struct json_object *compose_interpolate(struct json_object *doc, const struct compose_context *c,
					struct err *err);

#endif
