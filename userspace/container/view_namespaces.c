/*
 * Which namespaces a container has to itself, and which it shares with whom.
 *
 * Source: moby daemon/oci_linux.go WithNamespaces, api/types/container/hostconfig.go (IsHost, IsContainer:
 * words are compared to the letter, and what follows the first colon is the container).
 */
#include "base/json.h"
#include "base/text.h"
#include "views_internal.h"

#include <string.h>

#define JOINED	 "container:"
#define MAX_JOIN 32 /* containers that join one another's namespace, in a row */

enum mode { PRIVATE, HOST, CONTAINER };

static const char *const mode_names[] = {[PRIVATE] = "private", [HOST] = "host", [CONTAINER] = "container"};

static enum mode mode_of(const char *text)
{
	return !strcmp(text, "host") ? HOST : str_starts_with(text, JOINED) ? CONTAINER : PRIVATE;
}

/*
 * What the namespace is that is joined as `text` says: the host's, or another container's own. One that is
 * not there lets nobody join it; but if it is somebody else who has joined it, nobody knows what that is, so
 * it counts as the host's.
 */
static int look_through(const struct view_source *s, const char *key, const char *text, enum mode *out,
			struct err *err)
{
	AUTO(free_charp) char *name = mem_strdup(text + strlen(JOINED));

	*out = CONTAINER;
	for (int i = 0; i < MAX_JOIN; i++) {
		AUTO(json_putp) struct json_object *other = NULL;
		const char *mode;

		if (!s->lookup->docker)
			return 0;
		if (lookup_container(s->lookup, name, &other, err))
			return -1;
		if (!other) {
			*out = i ? HOST : CONTAINER;
			return 0;
		}
		mode = json_get_str(json_get(other, "HostConfig"), key);
		if (mode_of(mode) != CONTAINER) {
			*out = mode_of(mode) == HOST ? HOST : CONTAINER;
			return 0;
		}
		free(name);
		name = mem_strdup(mode + strlen(JOINED));
	}
	*out = HOST;
	return 0;
}

/* Those that a container may join. */
static const struct joinable {
	const char *name, *key;
} joinable[] = {{"pid", "PidMode"}, {"ipc", "IpcMode"}, {"net", "NetworkMode"}};

static int add_joinable(const struct view_source *s, const struct joinable *j, struct json_object *out,
			struct json_object *effective, struct err *err)
{
	const char *text = json_get_str(json_get(s->params, "HostConfig"), j->key);
	enum mode mode = mode_of(text), really;

	/* what has no network has its own, whatever the mode */
	if (!strcmp(j->name, "net") &&
	    json_object_get_boolean(json_get(json_get(s->params, "Config"), "NetworkDisabled")))
		mode = PRIVATE;
	really = mode;
	if (mode == CONTAINER && look_through(s, j->key, text, &really, err))
		return -1;
	json_add_str(out, j->name, mode_names[mode]);
	json_add_str(effective, j->name, mode_names[really]);
	return 0;
}

static void add_mode(struct json_object *out, struct json_object *effective, const char *name,
		     enum mode asked, enum mode really)
{
	json_add_str(out, name, mode_names[asked]);
	json_add_str(effective, name, mode_names[really]);
}

struct json_object *view_namespaces(const struct view_source *s, struct err *err)
{
	struct json_object *host = json_get(s->params, "HostConfig");
	struct json_object *out = json_object_new_object(), *effective = json_object_new_object();
	enum mode uts = mode_of(json_get_str(host, "UTSMode")),
		  user = mode_of(json_get_str(host, "UsernsMode"));
	enum mode cgroup = strcmp(json_get_str(host, "CgroupnsMode"), "private") ? HOST : PRIVATE;

	json_object_object_add(out, "effective", effective);
	for (size_t i = 0; i < ARRAY_LEN(joinable); i++)
		if (add_joinable(s, &joinable[i], out, effective, err)) {
			json_object_put(out);
			return NULL;
		}
	add_mode(out, effective, "uts", uts, uts);
	/* without userns-remap there is only the host's */
	add_mode(out, effective, "user", user, s->facts->remaps_users ? user : HOST);
	add_mode(out, effective, "cgroup", cgroup, cgroup);
	return out;
}
