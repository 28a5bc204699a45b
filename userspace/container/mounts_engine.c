/* Which mounts show something of the container engine itself: its data, or a socket by which it is commanded.
 */
#include "base/json.h"
#include "base/text.h"
#include "container/hostpath.h"
#include "container_internal.h"

#include <stdlib.h>
#include <string.h>

/* What engines have where nothing else is said. */
static const char *const usual[] = {"/run/docker.sock",	    "/run/docker",	"/run/containerd",
				    "/run/podman",	    "/run/crio",	"/run/buildkit",
				    "/run/docker-enforcer", "/var/lib/docker",	"/var/lib/containerd",
				    "/var/lib/containers",  "/var/lib/kubelet", "/var/lib/docker-enforcer"};

/* One way or the other: a folder above it holds it too. */
static bool touches(const char *path, const char *engine)
{
	return *engine == '/' && (str_path_below(path, engine) || str_path_below(engine, path));
}

/* One that was bound or moved elsewhere is known by its name. */
static bool is_socket(const char *path)
{
	static const char *const names[] = {"docker.sock", "containerd.sock", "crio.sock", "podman.sock",
					    "buildkitd.sock"};
	const char *slash = strrchr(path, '/');

	for (size_t i = 0; slash && i < ARRAY_LEN(names); i++)
		if (!strcmp(slash + 1, names[i]))
			return true;
	return false;
}

static char *resolve(const char *path)
{
	AUTO(free_charp) char *clean = mem_calloc(strlen(path) + 2, 1);
	struct err err;
	char *resolved;

	str_clean_path(path, clean);
	resolved = hostpath_resolve(clean, &err);
	return resolved ? resolved : mem_strdup(path);
}

/* What the engine in use has, links followed: its socket and its data. */
struct engine {
	char *socket, *root;
};

static bool shows(const struct engine *e, const char *path)
{
	bool found = is_socket(path) || touches(path, e->socket) || touches(path, e->root);

	for (size_t k = 0; !found && k < ARRAY_LEN(usual); k++)
		found = touches(path, usual[k]);
	return found;
}

void mounts_mark_engine(struct json_object *list, const struct lookup *lookup,
			const struct docker_facts *facts)
{
	const char *socket = lookup->docker ? docker_socket(lookup->docker) : NULL;
	struct engine e = {NULL, NULL};

	for (size_t i = 0; i < json_count(list); i++) {
		struct json_object *m = json_object_array_get_idx(list, i);
		const char *path = json_get_str(m, "resolved");

		if (*path == '/' && !e.socket) {
			e.socket = resolve(socket ? socket : usual[0]);
			e.root = resolve(*facts->root_dir ? facts->root_dir : "/var/lib/docker");
		}
		json_object_object_add(m, "engine", json_object_new_boolean(*path == '/' && shows(&e, path)));
	}
	free(e.socket);
	free(e.root);
}
