/* What documents only name, looked up in Docker. */
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "container_internal.h"

#include <errno.h>
#include <string.h>

typedef struct json_object *(*inspect_fn)(struct docker *d, const char *name, struct err *err);

static int look_up(const struct lookup *l, inspect_fn inspect, const char *name, struct json_object **out,
		   struct err *err)
{
	*out = NULL;
	if (!l || !l->docker)
		return 0;
	if (l->deadline_ns && clock_monotonic_ns() > l->deadline_ns)
		return err_set(err, 0, "docker: \"%.100s\" could not be looked up in time; try again", name);
	*out = inspect(l->docker, name, err);
	return *out || err->code == 404 || err->code == 400 ? 0 : -1;
}

int lookup_volume(const struct lookup *l, const char *name, struct json_object **out, struct err *err)
{
	int r = look_up(l, docker_inspect_volume, name, out, err);

	if (r && err->code == ETIMEDOUT) {
		AUTO(free_charp) char *what = mem_strdup(err->msg);

		err_set(err, ETIMEDOUT,
			"%s; dockerd asks every volume plugin for a name that it does not know, and a dead "
			"one holds it up: remove its file from /etc/docker/plugins or /run/docker/plugins",
			what);
	}
	return r;
}

/* dockerd takes "/web" and "web" for the same (daemon/names.go); a path of its API does not. */
int lookup_container(const struct lookup *l, const char *name, struct json_object **out, struct err *err)
{
	return look_up(l, docker_inspect, name + (*name == '/'), out, err);
}

int lookup_network(const struct lookup *l, const char *name, struct json_object **out, struct err *err)
{
	return look_up(l, docker_inspect_network, name, out, err);
}

int lookup_image(const struct lookup *l, const char *ref, struct json_object **out, struct err *err)
{
	return look_up(l, docker_inspect_image, ref, out, err);
}

int lookup_image_name(const struct lookup *l, const char *ref, char **out, struct err *err)
{
	bool digest = str_starts_with(ref, "sha256:");
	const char *hex = digest ? ref + 7 : ref;
	AUTO(json_putp) struct json_object *image = NULL;
	struct json_object *tags;
	const char *id;

	*out = NULL;
	if (!*hex || strspn(hex, "0123456789abcdef") != strlen(hex))
		return 0;
	if (lookup_image(l, ref, &image, err))
		return -1;
	id = json_get_str(image, "Id");
	id += str_starts_with(id, "sha256:") ? 7 : 0;
	if (!str_starts_with(id, hex)) /* a repository may be called "cafe": then that is its name */
		return 0;
	tags = json_get(image, "RepoTags");
	for (size_t i = 0; i < json_count(tags) && !*out; i++)
		*out = *json_str_at(tags, i) ? mem_strdup(json_str_at(tags, i)) : NULL;
	return 0;
}
