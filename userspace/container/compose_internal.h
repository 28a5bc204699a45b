/* compose_internal - what the files that read a compose service share. For compose*.c. */
#ifndef DE_CONTAINER_COMPOSE_INTERNAL_H
#define DE_CONTAINER_COMPOSE_INTERNAL_H

#include "base/json.h"
#include "base/text.h"
#include "container/compose.h"

#include <stdbool.h>

/* One service on its way to a create request. */
struct making {
	const struct compose_context *c;
	const char *project;
	struct json_object *file, *service; /* borrowed */
	const char *name;		    /* of the service */
	struct json_object *body, *host;    /* host is within body */
	struct json_object *env;	    /* by name; NULL: not there yet */
	struct err *err;
};

/* Each takes one key's value; -1 with *err, without the key's name. */
int compose_take_ports(struct making *m, struct json_object *v);
int compose_take_expose(struct making *m, struct json_object *v);
int compose_take_volumes(struct making *m, struct json_object *v);
int compose_take_tmpfs(struct making *m, struct json_object *v);
int compose_take_volumes_from(struct making *m, struct json_object *v);
int compose_take_networks(struct making *m, struct json_object *v);
int compose_take_links(struct making *m, struct json_object *v);
int compose_take_environment(struct making *m, struct json_object *v);
int compose_take_env_file(struct making *m, struct json_object *v);
int compose_take_secrets(struct making *m, struct json_object *v);
int compose_take_configs(struct making *m, struct json_object *v);
int compose_take_deploy(struct making *m, struct json_object *v);
int compose_take_gpus(struct making *m, struct json_object *v);
int compose_take_devices(struct making *m, struct json_object *v);
int compose_take_ulimits(struct making *m, struct json_object *v);
int compose_take_healthcheck(struct making *m, struct json_object *v);
int compose_take_logging(struct making *m, struct json_object *v);
int compose_take_restart(struct making *m, struct json_object *v);

/* The create request of m->service, into m->body; compose_service.c. */
int compose_make_body(struct making *m);

/* The variables, `environment` before env_file; after all keys. */
void compose_settle_environment(struct making *m);

/* A path as it stands in a compose file, from its folder on; NULL: it is none, but a volume's name. */
char *compose_host_path(struct making *m, const char *source);

/* The network that the service is made in; after all keys. */
int compose_settle_network(struct making *m);

/* Fails with "what is supported" where `v` has keys beyond `known` (NULL-terminated). */
int compose_only_keys(struct json_object *v, const char *const *known, struct err *err);

/* Scalars: a number, true or false, or a text; as texts, numbers as they are written. NULL for a list or
 * mapping. */
char *compose_text(struct json_object *v);
int compose_bytes(struct json_object *v, struct json_object **out, struct err *err);
int compose_seconds(struct json_object *v, double *out, struct err *err);
int compose_integer(struct json_object *v, struct json_object **out, struct err *err);
int compose_number(struct json_object *v, double *out, struct err *err);
int compose_bool(struct json_object *v, bool *out, struct err *err);

/* A text alone, or a list of texts. New list. */
int compose_texts(struct json_object *v, struct json_object **out, struct err *err);

/* {"a": "b"} or ["a=b"]; what has no "=" has `absent`, NULL: it is an error. New object. */
int compose_map(struct json_object *v, const char *absent, struct json_object **out, struct err *err);

/* A list of the body (or of its HostConfig), made where there is none yet. */
struct json_object *compose_list(struct json_object *in, const char *key);
struct json_object *compose_object(struct json_object *in, const char *key);

/* What the top level says of a volume or network: its own name, or project_name. Caller frees. NULL with
 * *err. */
char *compose_resource_name(struct making *m, const char *kind, const char *name);

/* "1-3" or "7". False for what is none. */
bool compose_range(const char *text, unsigned *first, unsigned *last);

#endif
