/*
 * views_internal - the views that leave nothing to spelling: what dockerd makes of a container's parameters,
 * whatever way they were written. For container/ only; each function's source is named beside it, and
 * tests/differential holds them against real engines.
 *
 * A view is a new document of the shape in views.h. NULL with *err if a lookup failed, or if a request holds
 * what cannot be read with certainty.
 */
#ifndef DE_CONTAINER_VIEWS_INTERNAL_H
#define DE_CONTAINER_VIEWS_INTERNAL_H

#include "container_internal.h"
#include "docker/docker.h"

/* What a view is made of. All borrowed. */
struct view_source {
	struct json_object *params; /* a document of inspect's shape, completed */
	const struct docker_facts *facts;
	const struct lookup *lookup;
	struct json_object *image;   /* its inspect document; NULL: not known */
	struct json_object *unknown; /* what is not known of the request; NULL: nothing is */
};

struct json_object *view_env(const struct view_source *s, struct err *err);
struct json_object *view_labels(const struct view_source *s, struct err *err);
struct json_object *view_image_names(const struct view_source *s, struct err *err);
struct json_object *view_image_id(const struct view_source *s, struct err *err);
struct json_object *view_image_digests(const struct view_source *s, struct err *err);
struct json_object *view_unknown_fields(const struct view_source *s, struct err *err);
struct json_object *view_capabilities(const struct view_source *s, struct err *err);
struct json_object *view_user(const struct view_source *s, struct err *err);
struct json_object *view_healthcheck(const struct view_source *s, struct err *err);
struct json_object *view_security(const struct view_source *s, struct err *err);
struct json_object *view_devices(const struct view_source *s, struct err *err);
struct json_object *view_ports(const struct view_source *s, struct err *err);
struct json_object *view_namespaces(const struct view_source *s, struct err *err);
struct json_object *view_networks(const struct view_source *s, struct err *err);

#endif
