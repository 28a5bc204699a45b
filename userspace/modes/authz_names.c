/*
 * What a request names: the container, exec, volume or network that it is about, and all those that the
 * container which it makes would have a part of.
 *
 * Source: moby daemon/container_operations.go (getNetworkID: a NetworkID within an endpoint's settings comes
 * before the network's name), volume/mounts/linux_parser.go (a bind's source that is no path is a volume).
 */
#include "authz_internal.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

void names_add(struct names *n, enum owned_kind kind, const char *name, size_t len)
{
	if (!len)
		return;
	n->items = mem_realloc(n->items, (n->count + 1) * sizeof(*n->items));
	n->items[n->count++] = (struct name){kind, strndup(name, len)};
	if (!n->items[n->count - 1].name)
		mem_fail();
}

void names_free(struct names *n)
{
	for (size_t i = 0; i < n->count; i++)
		free(n->items[i].name);
	free(n->items);
	*n = (struct names){0};
}

static void add(struct names *n, enum owned_kind kind, const char *name)
{
	names_add(n, kind, name, strlen(name));
}

/* ---- by the route ---- */

/* By the beginning of an endpoint's name; the first that fits. */
static const struct way {
	const char *endpoints;
	enum owned_kind kind;
} ways[] = {
	{"container_", OWNED_CONTAINER},
	{"exec_create", OWNED_CONTAINER},
	{"checkpoint_", OWNED_CONTAINER},
	{"exec_", OWNED_EXEC},
	{"volume_", OWNED_VOLUME},
	{"network_connect", OWNED_CONTAINER},
	{"network_disconnect", OWNED_CONTAINER},
	{"network_", OWNED_NETWORK},
};

/* A commit names its container in the query. */
static const char *subject_of(const struct request_endpoint *e, const struct request_target *t,
			      struct json_object *body)
{
	if (!strcmp(e->name, "container_commit"))
		return json_get_str(t->parameters, "container");
	if (!strcmp(e->name, "volume_create"))
		return json_get_str(body, "Name");
	return e->named ? authz_container_of(e, body) : "";
}

bool names_subject(const struct request_endpoint *e, const struct request_target *t, struct json_object *body,
		   struct names *out)
{
	const char *name = subject_of(e, t, body);

	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		if (!str_starts_with(e->name, ways[i].endpoints))
			continue;
		add(out, ways[i].kind, name);
		return *name != 0;
	}
	return false;
}

/* ---- by the configuration of a container ---- */

static void add_before_colon(struct names *n, enum owned_kind kind, const char *text)
{
	text += *text == '/';
	names_add(n, kind, text, strcspn(text, ":"));
}

/* "container:NAME", in any of the namespaces that may be another's. */
static bool add_joined(struct names *n, const char *mode)
{
	if (!str_starts_with(mode, "container:"))
		return false;
	mode += strlen("container:");
	add(n, OWNED_CONTAINER, mode + (*mode == '/'));
	return true;
}

static void add_network(struct names *n, const char *mode)
{
	static const char *const of_nobody[] = {"", "default", "bridge", "host", "none", "private"};

	if (add_joined(n, mode))
		return;
	for (size_t i = 0; i < ARRAY_LEN(of_nobody); i++)
		if (!strcmp(mode, of_nobody[i]))
			return;
	add(n, OWNED_NETWORK, mode);
}

static void add_each(struct names *n, enum owned_kind kind, struct json_object *list)
{
	for (size_t i = 0; i < json_count(list); i++)
		add_before_colon(n, kind, json_str_at(list, i));
}

static void add_volumes(struct names *n, struct json_object *host)
{
	struct json_object *binds = json_get(host, "Binds"), *mounts = json_get(host, "Mounts");

	for (size_t i = 0; i < json_count(binds); i++)
		if (*json_str_at(binds, i) != '/' && strchr(json_str_at(binds, i), ':'))
			add_before_colon(n, OWNED_VOLUME, json_str_at(binds, i));
	for (size_t i = 0; i < json_count(mounts); i++) {
		struct json_object *m = json_object_array_get_idx(mounts, i);

		if (!strcmp(json_get_str(m, "Type"), "volume"))
			add(n, OWNED_VOLUME, json_get_str(m, "Source"));
	}
}

static void add_modes(struct names *n, struct json_object *host)
{
	add_network(n, json_get_str(host, "NetworkMode"));
	add_joined(n, json_get_str(host, "PidMode"));
	add_joined(n, json_get_str(host, "IpcMode"));
	add_joined(n, json_get_str(host, "UTSMode"));
	add_joined(n, json_get_str(host, "UsernsMode"));
	add_joined(n, json_get_str(host, "CgroupnsMode"));
}

static void add_endpoint(struct names *n, const char *name, struct json_object *settings)
{
	add_network(n, name);
	add_network(n, json_get_str(settings, "NetworkID"));
	add_each(n, OWNED_CONTAINER, json_get(settings, "Links"));
}

static void add_endpoints(struct names *n, struct json_object *endpoints)
{
	if (!json_object_is_type(endpoints, json_type_object))
		return;
	json_object_object_foreach (endpoints, name, settings) {
		add_endpoint(n, name, settings);
	}
}

static void add_host_config(struct names *n, struct json_object *host)
{
	add_modes(n, host);
	add_volumes(n, host);
	add_each(n, OWNED_CONTAINER, json_get(host, "VolumesFrom"));
	add_each(n, OWNED_CONTAINER, json_get(host, "Links"));
}

void names_volumes(struct json_object *body, struct names *out)
{
	add_volumes(out, json_get(body, "HostConfig"));
	add_volumes(out, body);
}

void names_of_body(const struct request_endpoint *e, const struct request_target *t, struct json_object *body,
		   struct names *out)
{
	switch (e->kind) {
	case REQUEST_CREATE:
	case REQUEST_START: /* a HostConfig, which its fields may also be without */
		add_host_config(out, json_get(body, "HostConfig"));
		add_host_config(out, body);
		add_endpoints(out, json_get(json_get(body, "NetworkingConfig"), "EndpointsConfig"));
		break;
	case REQUEST_CONNECT:
	case REQUEST_DISCONNECT:
		add_endpoint(out, e->named, json_get(body, "EndpointConfig"));
		break;
	case REQUEST_UPDATE:
	case REQUEST_RENAME:
	case REQUEST_RESTART:
	case REQUEST_UNPAUSE:
	case REQUEST_EXEC:
	case REQUEST_OTHER:
		if (!strcmp(e->name, "network_create"))
			add(out, OWNED_NETWORK, json_get_str(json_get(body, "ConfigFrom"), "Network"));
		if (!strcmp(e->name, "build"))
			add_network(out, json_get_str(t->parameters, "networkmode"));
	}
}

void names_of_container(struct json_object *doc, struct names *out)
{
	/* by these names, not by what they were when it was made, dockerd finds them at each start */
	add_modes(out, json_get(doc, "HostConfig"));
	add_endpoints(out, json_get(json_get(doc, "NetworkSettings"), "Networks"));
}
