/*
 * target - requests to dockerd's API as dockerd itself reads them: the target as Go's HTTP server and
 * dockerd's router take it, the body as Go's encoding/json does. For the authorization plugin and `judge`.
 * Pure.
 *
 * Source: Go net/url, net/http, encoding/json; gorilla/mux cleanPath; moby api/server/server.go
 * (versionMatcher) and pkg/authorization.
 */
#ifndef DE_REQUEST_TARGET_H
#define DE_REQUEST_TARGET_H

#include "base/err.h"
#include "container/schema.h"

#include <json-c/json.h>
#include <stdbool.h>

/* A request's target, taken apart. */
struct request_target {
	char *path;			/* percent-decoded, without dots, double and trailing slashes */
	char *endpoint;			/* the same without the version: "/containers/create" */
	const char *query;		/* as written, in the request's own text */
	unsigned api;			/* 141 for /v1.41/…; 0: no version, dockerd's own */
	struct json_object *parameters; /* of the query, decoded: name to its first value */
};

/*
 * Takes `uri` apart, in origin-form or absolute-form. -1 with *err where Go refuses it, where two readers
 * could differ, or where a version prefix is no version. `uri` must outlive *out; request_target_free() also
 * after failure.
 */
int request_target_parse(const char *uri, struct request_target *out, struct err *err);
void request_target_free(struct request_target *t);

enum request_kind {
	REQUEST_OTHER,
	REQUEST_CREATE,
	REQUEST_UPDATE,
	REQUEST_RENAME,
	REQUEST_START,
	REQUEST_RESTART,
	REQUEST_UNPAUSE,
	REQUEST_CONNECT,
	REQUEST_DISCONNECT,
	REQUEST_EXEC
};

/* What an endpoint is. */
struct request_endpoint {
	enum request_kind kind;
	const char *name; /* "container_create"; "" for what dockerd has no route for, as far as we know */
	char *named;	  /* what its path names, or NULL; owned */
	const struct schema *body; /* what its body is decoded into; NULL: JSON as it is */
	bool body_needed;
};

void request_endpoint_find(const char *method, const char *endpoint, struct request_endpoint *out);
/* Every name that an endpoint can have, "" too; NULL-terminated. */
const char *const *request_endpoint_names(void);

void request_endpoint_free(struct request_endpoint *e);

/*
 * The body of a request to `e`; *out is a new reference, or NULL if there is none and none is needed. In
 * *unknown (may be NULL) comes a new list of JSON pointers to what is in it and not known; NULL: no body. -1
 * with *err, saying what a client should change, if dockerd could take it for something else than we do.
 */
int request_body_decode(const struct request_endpoint *e, const char *body, size_t len,
			struct json_object **out, struct json_object **unknown, struct err *err);

#endif
