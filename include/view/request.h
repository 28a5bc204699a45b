/*
 * request - what request rules see: one API request, as dockerd reads it.
 */
#ifndef DE_VIEW_REQUEST_H
#define DE_VIEW_REQUEST_H

#include "rules/logic.h"

/* One API request; strings are borrowed, as are the objects, which may be NULL. */
struct request_parts {
	const char *method, *uri; /* as the client wrote them */
	const char *path;	  /* decoded and cleaned */
	const char *endpoint;	  /* the same without a version */
	const char *route;	  /* its name, "container_create" */
	const char *query;	  /* as written */
	struct json_object *parameters, *headers, *body;
	struct json_object *unknown; /* JSON pointers into the body */
	struct json_object *target;  /* what the request is about */
	struct json_object *targets; /* that, and what it names beside it */
	struct json_object *groups;  /* names of those that the person who asks is in */
	const char *owner;	     /* to whom who asks is accounted */
	const char *user, *authn_method;
};

/* What request rules see; a new reference. `request_binding` knows its fields. */
struct json_object *request_view(const struct request_parts *r);
const struct logic_binding *request_binding(void);

#endif
