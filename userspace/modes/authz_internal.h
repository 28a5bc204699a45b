/* authz_internal - what authz*.c share. */
#ifndef DE_MODES_AUTHZ_INTERNAL_H
#define DE_MODES_AUTHZ_INTERNAL_H

#include "modes/authz.h"

/* ---- authz_names.c: pure ---- */

struct name {
	enum owned_kind kind;
	char *name; /* as the client calls it; of a volume, its name */
};

struct names {
	struct name *items;
	size_t count;
};

void names_add(struct names *n, enum owned_kind kind, const char *name, size_t len);
void names_free(struct names *n);

/* Adds what the request is about; false: nothing. */
bool names_subject(const struct request_endpoint *e, const struct request_target *t, struct json_object *body,
		   struct names *out);

/* Adds what its body, or a build's query, names beside that. */
void names_of_body(const struct request_endpoint *e, const struct request_target *t, struct json_object *body,
		   struct names *out);

/* Of these, the volumes that a container's configuration names. */
void names_volumes(struct json_object *body, struct names *out);

/* Adds what a container, by its inspect document, shares in when it starts. */
void names_of_container(struct json_object *doc, struct names *out);

/* ---- authz_limits.c ---- */

/* Sets what rules with "action": "update" want of a container that is there. -1 with *err: not all is set. */
int authz_set_limits(struct docker *docker, const struct container *c, const struct verdict *v,
		     struct err *err);

/* The same of one that dockerd has just made, before its client knows: judged as it is. */
void authz_limit_created(const struct authz_context *c, const char *id);

/* ---- authz_learn.c ---- */

/*
 * Volumes that a request would make, for they are not there: whoever asks first has them. -1 with *err where
 * dockerd gives no answer.
 */
int authz_claim_volumes(const struct authz_context *c, const struct request_endpoint *e,
			struct json_object *body, struct err *err);

#endif
