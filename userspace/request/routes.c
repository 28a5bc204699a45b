/*
 * Every route of dockerd's API, by the name that rules know it by.
 *
 * Source: moby api/server/router (from Engine 29 daemon/server/router) of 20.10, 26.1, 28.5 and 29, in their
 * order; what of a path is "{name:.*}" there is a star here.
 */
#include "container/schema.h"
#include "request/target.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const struct route {
	const char *method, *path, *name;
	enum request_kind kind;
	const struct schema *body;
	bool body_needed;
} routes[] = {
	/* container: api/server/router/container/container.go, checkpoint/checkpoint.go */
	{"GET", "/containers/*/checkpoints", "checkpoint_list", REQUEST_OTHER, NULL, false},
	{"POST", "/containers/*/checkpoints", "checkpoint_create", REQUEST_OTHER, NULL, false},
	{"DELETE", "/containers/*/checkpoints/*", "checkpoint_remove", REQUEST_OTHER, NULL, false},
	{"HEAD", "/containers/*/archive", "container_archive_stat", REQUEST_OTHER, NULL, false},
	{"GET", "/containers/json", "container_list", REQUEST_OTHER, NULL, false},
	{"GET", "/containers/*/export", "container_export", REQUEST_OTHER, NULL, false},
	{"GET", "/containers/*/changes", "container_changes", REQUEST_OTHER, NULL, false},
	{"GET", "/containers/*/json", "container_inspect", REQUEST_OTHER, NULL, false},
	{"GET", "/containers/*/top", "container_top", REQUEST_OTHER, NULL, false},
	{"GET", "/containers/*/logs", "container_logs", REQUEST_OTHER, NULL, false},
	{"GET", "/containers/*/stats", "container_stats", REQUEST_OTHER, NULL, false},
	{"GET", "/containers/*/attach/ws", "container_attach", REQUEST_OTHER, NULL, false},
	{"GET", "/exec/*/json", "exec_inspect", REQUEST_OTHER, NULL, false},
	{"GET", "/containers/*/archive", "container_archive_get", REQUEST_OTHER, NULL, false},
	{"POST", "/containers/create", "container_create", REQUEST_CREATE, &schema_create_body, true},
	{"POST", "/containers/*/kill", "container_kill", REQUEST_OTHER, NULL, false},
	{"POST", "/containers/*/pause", "container_pause", REQUEST_OTHER, NULL, false},
	{"POST", "/containers/*/unpause", "container_unpause", REQUEST_UNPAUSE, NULL, false},
	{"POST", "/containers/*/restart", "container_restart", REQUEST_RESTART, NULL, false},
	{"POST", "/containers/*/start", "container_start", REQUEST_START, &schema_create_body, false},
	{"POST", "/containers/*/stop", "container_stop", REQUEST_OTHER, NULL, false},
	{"POST", "/containers/*/wait", "container_wait", REQUEST_OTHER, NULL, false},
	{"POST", "/containers/*/resize", "container_resize", REQUEST_OTHER, NULL, false},
	{"POST", "/containers/*/attach", "container_attach", REQUEST_OTHER, NULL, false},
	{"POST", "/containers/*/copy", "container_copy", REQUEST_OTHER, NULL, false},
	{"POST", "/containers/*/exec", "exec_create", REQUEST_EXEC, &schema_exec_body, true},
	{"POST", "/exec/*/start", "exec_start", REQUEST_OTHER, &schema_exec_start_body, false},
	{"POST", "/exec/*/resize", "exec_resize", REQUEST_OTHER, NULL, false},
	{"POST", "/containers/*/rename", "container_rename", REQUEST_RENAME, NULL, false},
	{"POST", "/containers/*/update", "container_update", REQUEST_UPDATE, &schema_update_body, true},
	{"POST", "/containers/prune", "container_prune", REQUEST_OTHER, NULL, false},
	{"POST", "/commit", "container_commit", REQUEST_OTHER, &schema_config, false},
	{"PUT", "/containers/*/archive", "container_archive_put", REQUEST_OTHER, NULL, false},
	{"DELETE", "/containers/*", "container_remove", REQUEST_OTHER, NULL, false},
	/* image/image.go, distribution, build/build.go, session, grpc */
	{"GET", "/images/json", "image_list", REQUEST_OTHER, NULL, false},
	{"GET", "/images/search", "image_search", REQUEST_OTHER, NULL, false},
	{"GET", "/images/get", "image_save", REQUEST_OTHER, NULL, false},
	{"GET", "/images/*/get", "image_save", REQUEST_OTHER, NULL, false},
	{"GET", "/images/*/history", "image_history", REQUEST_OTHER, NULL, false},
	{"GET", "/images/*/json", "image_inspect", REQUEST_OTHER, NULL, false},
	{"GET", "/images/*/attestations", "image_attestations", REQUEST_OTHER, NULL, false},
	{"POST", "/images/load", "image_load", REQUEST_OTHER, NULL, false},
	{"POST", "/images/create", "image_pull", REQUEST_OTHER, NULL, false},
	{"POST", "/images/*/push", "image_push", REQUEST_OTHER, NULL, false},
	{"POST", "/images/*/tag", "image_tag", REQUEST_OTHER, NULL, false},
	{"POST", "/images/prune", "image_prune", REQUEST_OTHER, NULL, false},
	{"DELETE", "/images/*", "image_remove", REQUEST_OTHER, NULL, false},
	{"GET", "/distribution/*/json", "distribution_inspect", REQUEST_OTHER, NULL, false},
	{"POST", "/build", "build", REQUEST_OTHER, NULL, false},
	{"POST", "/build/prune", "build_prune", REQUEST_OTHER, NULL, false},
	{"POST", "/build/cancel", "build_cancel", REQUEST_OTHER, NULL, false},
	{"POST", "/session", "session", REQUEST_OTHER, NULL, false},
	{"POST", "/grpc", "grpc", REQUEST_OTHER, NULL, false},
	/* system/system.go, debug */
	{"OPTIONS", "*", "options", REQUEST_OTHER, NULL, false},
	{"GET", "/_ping", "ping", REQUEST_OTHER, NULL, false},
	{"HEAD", "/_ping", "ping", REQUEST_OTHER, NULL, false},
	{"GET", "/events", "events", REQUEST_OTHER, NULL, false},
	{"GET", "/info", "info", REQUEST_OTHER, NULL, false},
	{"GET", "/version", "version", REQUEST_OTHER, NULL, false},
	{"GET", "/system/df", "disk_usage", REQUEST_OTHER, NULL, false},
	{"POST", "/auth", "auth", REQUEST_OTHER, NULL, false},
	{"GET", "/debug/*", "debug", REQUEST_OTHER, NULL, false},
	/* volume/volume.go, network/network.go */
	{"GET", "/volumes", "volume_list", REQUEST_OTHER, NULL, false},
	{"GET", "/volumes/*", "volume_inspect", REQUEST_OTHER, NULL, false},
	{"POST", "/volumes/create", "volume_create", REQUEST_OTHER, &schema_volume_body, true},
	{"POST", "/volumes/prune", "volume_prune", REQUEST_OTHER, NULL, false},
	{"PUT", "/volumes/*", "volume_update", REQUEST_OTHER, NULL, false},
	{"DELETE", "/volumes/*", "volume_remove", REQUEST_OTHER, NULL, false},
	{"GET", "/networks", "network_list", REQUEST_OTHER, NULL, false},
	{"GET", "/networks/*", "network_inspect", REQUEST_OTHER, NULL, false},
	{"POST", "/networks/create", "network_create", REQUEST_OTHER, &schema_network_body, true},
	{"POST", "/networks/*/connect", "network_connect", REQUEST_CONNECT, &schema_connect_body, true},
	{"POST", "/networks/*/disconnect", "network_disconnect", REQUEST_DISCONNECT, &schema_connect_body, true},
	{"POST", "/networks/prune", "network_prune", REQUEST_OTHER, NULL, false},
	{"DELETE", "/networks/*", "network_remove", REQUEST_OTHER, NULL, false},
	/* plugin/plugin.go, swarm/cluster.go */
	{"GET", "/plugins", "plugin_list", REQUEST_OTHER, NULL, false},
	{"GET", "/plugins/privileges", "plugin_privileges", REQUEST_OTHER, NULL, false},
	{"GET", "/plugins/*/json", "plugin_inspect", REQUEST_OTHER, NULL, false},
	{"DELETE", "/plugins/*", "plugin_remove", REQUEST_OTHER, NULL, false},
	{"POST", "/plugins/*/enable", "plugin_enable", REQUEST_OTHER, NULL, false},
	{"POST", "/plugins/*/disable", "plugin_disable", REQUEST_OTHER, NULL, false},
	{"POST", "/plugins/pull", "plugin_pull", REQUEST_OTHER, NULL, false},
	{"POST", "/plugins/*/push", "plugin_push", REQUEST_OTHER, NULL, false},
	{"POST", "/plugins/*/upgrade", "plugin_upgrade", REQUEST_OTHER, NULL, false},
	{"POST", "/plugins/*/set", "plugin_set", REQUEST_OTHER, NULL, false},
	{"POST", "/plugins/create", "plugin_create", REQUEST_OTHER, NULL, false},
	{"POST", "/swarm/init", "swarm_init", REQUEST_OTHER, NULL, true},
	{"POST", "/swarm/join", "swarm_join", REQUEST_OTHER, NULL, true},
	{"POST", "/swarm/leave", "swarm_leave", REQUEST_OTHER, NULL, false},
	{"GET", "/swarm", "swarm_inspect", REQUEST_OTHER, NULL, false},
	{"GET", "/swarm/unlockkey", "swarm_unlock_key", REQUEST_OTHER, NULL, false},
	{"POST", "/swarm/update", "swarm_update", REQUEST_OTHER, NULL, false},
	{"POST", "/swarm/unlock", "swarm_unlock", REQUEST_OTHER, NULL, false},
	{"GET", "/services", "service_list", REQUEST_OTHER, NULL, false},
	{"GET", "/services/*/logs", "service_logs", REQUEST_OTHER, NULL, false},
	{"GET", "/services/*", "service_inspect", REQUEST_OTHER, NULL, false},
	{"POST", "/services/create", "service_create", REQUEST_OTHER, NULL, true},
	{"POST", "/services/*/update", "service_update", REQUEST_OTHER, NULL, true},
	{"DELETE", "/services/*", "service_remove", REQUEST_OTHER, NULL, false},
	{"GET", "/nodes", "node_list", REQUEST_OTHER, NULL, false},
	{"GET", "/nodes/*", "node_inspect", REQUEST_OTHER, NULL, false},
	{"DELETE", "/nodes/*", "node_remove", REQUEST_OTHER, NULL, false},
	{"POST", "/nodes/*/update", "node_update", REQUEST_OTHER, NULL, false},
	{"GET", "/tasks", "task_list", REQUEST_OTHER, NULL, false},
	{"GET", "/tasks/*/logs", "task_logs", REQUEST_OTHER, NULL, false},
	{"GET", "/tasks/*", "task_inspect", REQUEST_OTHER, NULL, false},
	{"GET", "/secrets", "secret_list", REQUEST_OTHER, NULL, false},
	{"POST", "/secrets/create", "secret_create", REQUEST_OTHER, NULL, false},
	{"DELETE", "/secrets/*", "secret_remove", REQUEST_OTHER, NULL, false},
	{"GET", "/secrets/*", "secret_inspect", REQUEST_OTHER, NULL, false},
	{"POST", "/secrets/*/update", "secret_update", REQUEST_OTHER, NULL, false},
	{"GET", "/configs", "config_list", REQUEST_OTHER, NULL, false},
	{"POST", "/configs/create", "config_create", REQUEST_OTHER, NULL, false},
	{"DELETE", "/configs/*", "config_remove", REQUEST_OTHER, NULL, false},
	{"GET", "/configs/*", "config_inspect", REQUEST_OTHER, NULL, false},
	{"POST", "/configs/*/update", "config_update", REQUEST_OTHER, NULL, false},
};
/* clang-format on */

static const struct route *find_route(const char *method, const char *endpoint)
{
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if (!strcmp(routes[i].method, method) && !fnmatch(routes[i].path, endpoint, FNM_NOESCAPE))
			return &routes[i];
	return NULL;
}

/* What stands for the path's star; of two stars the first, up to what is between them. */
static char *name_in(const struct route *r, const char *endpoint)
{
	size_t before = strcspn(r->path, "*"), len;
	const char *after = r->path + before, *second;

	if (!*after || !strcmp(r->method, "OPTIONS"))
		return NULL;
	after++;
	second = strchr(after, '*');
	if (!second)
		len = strlen(endpoint) - before - strlen(after);
	else
		len = strcspn(endpoint + before, "/");
	return strndup(endpoint + before, len);
}

void request_endpoint_find(const char *method, const char *endpoint, struct request_endpoint *out)
{
	const struct route *r = find_route(method, endpoint);

	*out = (struct request_endpoint){.kind = REQUEST_OTHER, .name = ""};
	if (r)
		*out = (struct request_endpoint){r->kind, r->name, name_in(r, endpoint), r->body,
						 r->body_needed};
}

const char *const *request_endpoint_names(void)
{
	static _Thread_local const char *names[sizeof(routes) / sizeof(routes[0]) + 2];
	size_t n = sizeof(routes) / sizeof(routes[0]);

	for (size_t i = 0; i < n; i++)
		names[i] = routes[i].name;
	names[n] = "";
	return names;
}

void request_endpoint_free(struct request_endpoint *e)
{
	free(e->named);
}
