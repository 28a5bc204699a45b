/*
 * api - requests to dockerd's API as dockerd itself reads them: the target as Go's HTTP server and dockerd's
 * router take it, the body as Go's encoding/json does. For the authorization plugin and `judge`. Pure.
 *
 * Source: Go net/url, net/http, encoding/json; gorilla/mux cleanPath; moby api/server/server.go
 * (versionMatcher) and pkg/authorization.
 */
#ifndef DE_REQUEST_API_H
#define DE_REQUEST_API_H

#include "base/err.h"
#include "container/schema.h"

#include <json-c/json.h>
#include <stdbool.h>

/* A request's target, taken apart. */
struct api_target {
	char *path;			/* percent-decoded, without dots, double and trailing slashes */
	char *endpoint;			/* the same without the version: "/containers/create" */
	const char *query;		/* as written, in the request's own text */
	unsigned api;			/* 141 for /v1.41/…; 0: no version, dockerd's own */
	struct json_object *parameters; /* of the query, decoded: name to its first value */
};

/*
 * Takes `uri` apart, in origin-form or absolute-form. -1 with *err where Go refuses it, where two readers
 * could differ, or where a version prefix is no version. `uri` must outlive *out; api_target_free() also
 * after failure.
 */
int api_target_parse(const char *uri, struct api_target *out, struct err *err);
void api_target_free(struct api_target *t);

enum api_kind { API_OTHER, API_CREATE, API_UPDATE, API_RENAME, API_START, API_EXEC };

/* What an endpoint is. */
struct api_endpoint {
	enum api_kind kind;
	char *container;	   /* the container that it names, or NULL; owned */
	const struct schema *body; /* what its body is decoded into; NULL: JSON as it is */
	bool body_needed;
};

void api_endpoint_find(const char *method, const char *endpoint, struct api_endpoint *out);
void api_endpoint_free(struct api_endpoint *e);

/*
 * The body of a request to `e`; *out is a new reference, or NULL if there is none and none is needed. -1 with
 * *err, saying what a client should change, if dockerd could take it for something else than we do.
 */
int api_body_decode(const struct api_endpoint *e, const char *body, size_t len, struct json_object **out,
		    struct err *err);

/* What dockerd sends to /AuthZPlugin.AuthZReq. */
struct api_message {
	struct json_object *doc; /* holds the strings below */
	const char *method, *uri, *user, *authn_method;
	struct json_object *headers; /* NULL if there are none */
	char *body;		     /* decoded from base64, owned; NULL: none was sent */
	size_t body_len;
};

int api_message_parse(const char *text, size_t len, struct api_message *out, struct err *err);
void api_message_free(struct api_message *m);

/* A header's value, whatever its case; "" if there is none. Borrowed. */
const char *api_message_header(const struct api_message *m, const char *name);

#endif
