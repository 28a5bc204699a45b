/*
 * create_internal - the parts of making a container of a request; for create*.c only. Each part does what
 * dockerd does between decoding a request and storing the container. The differential test holds them against
 * a real dockerd.
 *
 * Source: moby 20.10 and later, api/server/router/container postContainersCreate, runconfig
 * DecodeContainerConfig, daemon adaptContainerSettings, merge (commit.go), createContainerOSSpecificSettings.
 */
#ifndef DE_CONTAINER_CREATE_INTERNAL_H
#define DE_CONTAINER_CREATE_INTERNAL_H

#include "base/json.h"
#include "container/create.h"
#include "container/schema.h"
#include "container_internal.h"

struct creation {
	const struct create_request *request;
	const struct docker_facts *facts;
	const struct lookup *lookup;
	struct json_object *config, *host, *image;
	struct json_object *endpoints; /* settings of networks by their names */
	bool given_host;	       /* the request has a HostConfig */
	unsigned api;		       /* of the request */
};

/* The request's HostConfig and Config, as they are given, into m->host and m->config. */
void create_read_host(struct creation *m);
void create_read_config(struct creation *m);

/* What would be stored of m->host; then of m->config, with what the image adds. */
int create_host_config(struct creation *m, struct err *err);
int create_config(struct creation *m, unsigned needs, struct err *err);

/* ---- what they share ---- */

bool create_is_empty(struct json_object *v); /* null, 0, "", [] or {} */
void create_copy(struct json_object *to, struct json_object *from, const char *key); /* unless it is null */
void create_default_text(struct json_object *j, const char *key, const char *value); /* where it is empty */
void create_drop_empty(struct json_object *j); /* what Docker leaves out of documents where it is empty */

#endif
