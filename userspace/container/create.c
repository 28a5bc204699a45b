/* The container that a create request would make, as a document of inspect's shape. */
#include "create_internal.h"
#include "base/text.h"
#include "container/create.h"
#include "rules/needs.h"
#include "versions_internal.h"

#include <stdlib.h>
#include <string.h>

void create_copy(struct json_object *to, struct json_object *from, const char *key)
{
	struct json_object *theirs = json_get(from, key);

	if (theirs)
		json_object_object_add(to, key, json_object_get(theirs));
}

void create_default_text(struct json_object *j, const char *key, const char *value)
{
	if (!*json_get_str(j, key))
		json_add_str(j, key, value);
}

bool create_is_empty(struct json_object *v)
{
	switch (json_object_get_type(v)) {
	case json_type_array:
		return !json_object_array_length(v);
	case json_type_object:
		return !json_object_object_length(v);
	case json_type_string:
		return !json_object_get_string_len(v);
	case json_type_int:
		return !json_object_get_int64(v);
	case json_type_null:
	case json_type_boolean:
	case json_type_double:
		break;
	}
	return !v;
}

/* What Docker leaves out of its documents where it is empty. */
void create_drop_empty(struct json_object *j)
{
	static const char *const keys[] = {"StorageOpt", "Tmpfs",	 "Sysctls", "Annotations",
					   "Mounts",	 "ExposedPorts", "Shell"};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (create_is_empty(json_get(j, keys[i])))
			json_object_object_del(j, keys[i]);
}

/* Path and Args: the entrypoint's words and the command's, in one row. */
static void add_command(struct json_object *doc, struct json_object *config)
{
	struct json_object *parts[] = {json_get(config, "Entrypoint"), json_get(config, "Cmd")};
	struct json_object *args = json_object_new_array();
	bool first = true;

	for (size_t p = 0; p < ARRAY_LEN(parts); p++)
		for (size_t i = 0; i < json_count(parts[p]); i++) {
			struct json_object *word = json_object_array_get_idx(parts[p], i);

			if (first)
				json_object_object_add(doc, "Path", json_object_get(word));
			else
				json_object_array_add(args, json_object_get(word));
			first = false;
		}
	json_object_object_add(doc, "Args", args);
}

static bool is_user_defined(const char *mode)
{
	static const char *const known[] = {"", "default", "bridge", "host", "none"};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (!strcmp(mode, known[i]))
			return false;
	return !str_starts_with(mode, "container:");
}

/* The container's own network counts by its name, by whatever else it was asked for. */
static int name_network(struct creation *m, struct json_object *networks, struct err *err)
{
	const char *mode = json_get_str(m->host, "NetworkMode"), *name, *id;
	AUTO(json_putp) struct json_object *found = NULL;
	struct json_object *endpoint = NULL;

	if (!is_user_defined(mode) || lookup_network(m->lookup, mode, &found, err))
		return is_user_defined(mode) ? -1 : 0;
	name = json_get_str(found, "Name");
	id = json_object_object_get_ex(networks, mode, NULL) ? mode : json_get_str(found, "Id");
	if (!found || json_object_object_get_ex(networks, name, NULL) ||
	    !json_object_object_get_ex(networks, id, &endpoint))
		return 0;
	json_object_object_add(networks, name, json_object_get(endpoint));
	json_object_object_del(networks, id);
	return 0;
}

/* The networks that the container would join, by name. */
static struct json_object *make_networks(struct creation *m)
{
	struct json_object *networks = json_object_new_object();
	const char *mode = json_get_str(m->host, "NetworkMode");

	if (json_object_get_boolean(json_get(m->config, "NetworkDisabled")))
		return networks;
	json_object_object_foreach (m->endpoints, name, endpoint) {
		json_object_object_add(networks, name,
				       endpoint ? json_object_get(endpoint) : json_object_new_object());
	}
	if (!json_object_object_length(networks) && !str_starts_with(mode, "container:"))
		json_object_object_add(networks, strcmp(mode, "default") ? mode : "bridge",
				       json_object_new_object());
	return networks;
}

static struct json_object *make_network_settings(struct json_object *networks)
{
	struct json_object *settings = json_object_new_object();

	/* the default network's are shown once more (daemon/inspect.go getDefaultNetworkSettings) */
	json_add_str(settings, "MacAddress", json_get_str(json_get(networks, "bridge"), "MacAddress"));
	json_object_object_add(settings, "Networks", networks);
	json_object_object_add(settings, "Ports", json_object_new_object());
	return settings;
}

/* The profile that SecurityOpt asks for. */
static const char *find_apparmor(struct json_object *host)
{
	struct json_object *options = json_get(host, "SecurityOpt");
	const char *profile = "";

	for (size_t i = 0; i < json_count(options); i++) {
		const char *text = json_str_at(options, i);

		if (str_starts_with(text, "apparmor=") || str_starts_with(text, "apparmor:"))
			profile = text + strlen("apparmor=");
	}
	return profile;
}

static struct json_object *make_document(struct creation *m, struct json_object *networks)
{
	struct json_object *doc = json_object_new_object();
	AUTO(free_charp)
	char *name = mem_printf("%s%s", *m->request->name == '/' ? "" : "/", m->request->name);

	json_add_str(doc, "Name", *m->request->name ? name : "");
	json_add_str(doc, "Platform", "linux");
	json_add_str(doc, "Driver", m->facts->storage_driver);
	json_add_str(doc, "Image", json_get_str(m->image, "Id"));
	json_add_str(doc, "AppArmorProfile", find_apparmor(m->host));
	add_command(doc, m->config);
	json_object_object_add(doc, "NetworkSettings", make_network_settings(networks));
	json_object_object_add(doc, "Config", json_object_get(m->config));
	json_object_object_add(doc, "HostConfig", json_object_get(m->host));
	return doc;
}

/* params.Mounts, as far as it is known before the container exists: `mounts` says it all. */
static void add_mount_points(struct json_object *doc, struct json_object *mounts)
{
	struct json_object *points = json_object_new_array();

	for (size_t i = 0; i < json_count(mounts); i++) {
		struct json_object *m = json_object_array_get_idx(mounts, i), *p = json_object_new_object();
		bool volume = !strcmp(json_get_str(m, "type"), "volume");
		bool read_only = json_object_get_boolean(json_get(m, "read_only"));

		json_add_str(p, "Type", json_get_str(m, "type"));
		json_add_str(p, volume ? "Name" : "Source", json_get_str(m, "source"));
		json_add_str(p, "Destination", json_get_str(m, "target"));
		json_object_object_add(p, "RW", json_object_new_boolean(!read_only));
		json_object_array_add(points, p);
	}
	json_object_object_add(doc, "Mounts", points);
}

/* The document and its views; what no rule reads of the mounts is not found out. */
static struct container *make_container(struct creation *m, unsigned needs, struct err *err)
{
	struct json_object *networks = make_networks(m), *doc, *mounts;
	AUTO(free_charp) char *image = NULL;

	if (needs & NEED_NETWORKS && name_network(m, networks, err)) {
		json_object_put(networks);
		return NULL;
	}
	doc = make_document(m, networks);
	mounts = needs & NEED_MOUNTS ? mounts_list(doc, m->lookup, true, err) : json_object_new_array();
	if (!mounts || lookup_image_name(m->lookup, json_get_str(m->config, "Image"), &image, err)) {
		json_object_put(mounts);
		json_object_put(doc);
		return NULL;
	}
	add_mount_points(doc, mounts);
	return container_from_parts(&(struct container_parts){.doc = doc,
							      .mounts = mounts,
							      .image = image,
							      .image_doc = m->image,
							      .facts = *m->facts,
							      .unknown = m->request->unknown,
							      .needs = needs},
				    m->lookup, err);
}

/* Whether HostConfig's fields at the top level count depends on the daemon's version. */
static bool is_version_wanted(const struct creation *m)
{
	AUTO(json_putp) struct json_object *top = NULL;

	if (!m->lookup->docker || m->facts->api)
		return false;
	top = schema_pick(&schema_host_config, m->request->body);
	return top != NULL;
}

/* The parts of the request, as dockerd decodes them. */
static void create_read(struct creation *m)
{
	struct json_object *networking = json_get(m->request->body, "NetworkingConfig");
	struct json_object *endpoints = json_get(networking, "EndpointsConfig");
	bool given = json_object_is_type(endpoints, json_type_object);

	create_read_host(m);
	create_read_config(m);
	m->endpoints = given ? json_object_get(endpoints) : json_object_new_object();
}

struct container *container_from_create(const struct create_request *request,
					const struct docker_facts *facts, struct docker *docker,
					uint64_t deadline_ns, unsigned needs, struct err *err)
{
	const struct lookup lookup = {docker, deadline_ns, true};
	struct creation m = {.request = request, .facts = facts, .lookup = &lookup};
	struct container *c = NULL;

	if (is_version_wanted(&m)) {
		err_set(err, 0,
			"fields of HostConfig at the top level are read differently by versions of dockerd, "
			"and "
			"this one's is not known yet; put them into HostConfig");
		return NULL;
	}
	m.api = versions_of_request(request, facts);
	create_read(&m);
	versions_adapt(&m);
	if (!create_host_config(&m, err) && !create_config(&m, needs, err))
		c = make_container(&m, needs, err);
	json_object_put(m.config);
	json_object_put(m.host);
	json_object_put(m.image);
	json_object_put(m.endpoints);
	return c;
}
