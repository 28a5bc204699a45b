/*
 * The container that a create request would make: what the request says, merged and completed as dockerd does
 * between decoding it and storing the container.
 *
 * Source: moby 20.10 and later, api/server/router/container postContainersCreate, runconfig
 * DecodeContainerConfig, daemon adaptContainerSettings, merge (commit.go), createContainerOSSpecificSettings.
 * The differential test holds this against a real dockerd.
 */
#include "json.h"
#include "schema.h"
#include "subject_internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define SHM_SIZE (64LL << 20)

/* Docker's own default lists (oci/defaults.go). */
static const char *const masked_paths[] = {"/proc/asound",
					   "/proc/acpi",
					   "/proc/kcore",
					   "/proc/keys",
					   "/proc/latency_stats",
					   "/proc/timer_list",
					   "/proc/timer_stats",
					   "/proc/sched_debug",
					   "/proc/scsi",
					   "/sys/firmware",
					   NULL};
static const char *const readonly_paths[] = {"/proc/bus",	    "/proc/fs", "/proc/irq", "/proc/sys",
					     "/proc/sysrq-trigger", NULL};

struct making {
	const struct create_request *request;
	const struct docker_facts *facts;
	const struct lookup *lookup;
	struct json_object *config, *host, *image;
	bool given_host; /* the request has a HostConfig */
	unsigned api;	 /* of the request */
};

static size_t length(struct json_object *array)
{
	return json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;
}

static void copy_if_empty(struct json_object *to, struct json_object *from, const char *key)
{
	struct json_object *theirs = json_get(from, key);

	if (theirs)
		json_object_object_add(to, key, json_object_get(theirs));
}

static void default_str(struct json_object *j, const char *key, const char *value)
{
	if (!*json_get_str(j, key))
		json_add_str(j, key, value);
}

/* ---- the request's HostConfig ---- */

/* Up to Engine 26 HostConfig's fields count at the top level of the body too; Engine 27 (API 1.46) ignores
 * them. */
static void merge_top_level(struct making *m)
{
	static const char *const filled[] = {"Memory", "MemorySwap", "CpuShares"};
	static const char *const filled_texts[] = {"CpusetCpus", "VolumeDriver"};
	AUTO(json_putp) struct json_object *top = schema_pick(&schema_host_config, m->request->body);

	if (m->facts->api >= 146)
		return;
	if (top && !m->given_host) {
		json_object_put(m->host);
		m->host = json_object_get(top);
		m->given_host = true;
	} else if (top) {
		for (size_t i = 0; i < ARRAY_LEN(filled); i++)
			if (!json_get_int(m->host, filled[i]))
				copy_if_empty(m->host, top, filled[i]);
		for (size_t i = 0; i < ARRAY_LEN(filled_texts); i++)
			if (!*json_get_str(m->host, filled_texts[i]))
				copy_if_empty(m->host, top, filled_texts[i]);
	}
	if (m->given_host && *json_get_str(m->request->body, "Cpuset"))
		default_str(m->host, "CpusetCpus", json_get_str(m->request->body, "Cpuset"));
}

/* What dockerd does for clients of older API versions. */
static void adapt_to_version(struct making *m)
{
	struct json_object *mounts = json_get(m->host, "Mounts");

	if (m->api < 125)
		json_object_object_add(m->host, "AutoRemove", json_object_new_boolean(false));
	if (m->api < 140) {
		json_add_int(m->host, "KernelMemoryTCP", 0);
		if (m->given_host)
			default_str(m->host, "IpcMode", "shareable");
	}
	for (size_t i = 0; m->api < 140 && i < length(mounts); i++) {
		struct json_object *options = json_get(json_object_array_get_idx(mounts, i), "BindOptions");

		if (options)
			json_object_object_add(options, "NonRecursive", json_object_new_boolean(false));
	}
	if (m->api < 141 && !m->facts->cgroup_v2 && m->given_host)
		default_str(m->host, "CgroupnsMode", "host");
	if (m->api >= 142)
		json_add_int(m->host, "KernelMemory", 0);
	if (m->api < 143 || (m->facts->api && m->facts->api < 143))
		json_object_object_del(m->host, "Annotations");
	if (json_get(m->host, "PidsLimit") && json_get_int(m->host, "PidsLimit") <= 0)
		json_object_object_add(m->host, "PidsLimit", NULL);
}

static struct json_object *list_of(const char *const *words)
{
	struct json_object *list = json_object_new_array();

	for (; *words; words++)
		json_object_array_add(list, json_object_new_string(*words));
	return list;
}

static void adapt_paths(struct making *m)
{
	if (json_object_get_boolean(json_get(m->host, "Privileged")))
		return;
	if (!json_get(m->host, "MaskedPaths"))
		json_object_object_add(m->host, "MaskedPaths", list_of(masked_paths));
	if (!json_get(m->host, "ReadonlyPaths"))
		json_object_object_add(m->host, "ReadonlyPaths", list_of(readonly_paths));
}

static void adapt_memory(struct making *m)
{
	int64_t memory = json_get_int(m->host, "Memory");
	struct json_object *swappiness = json_get(m->host, "MemorySwappiness");

	if (memory > 0 && !json_get_int(m->host, "MemorySwap"))
		json_add_int(m->host, "MemorySwap", (int64_t)((uint64_t)memory * 2));
	if (!json_get_int(m->host, "ShmSize"))
		json_add_int(m->host, "ShmSize", SHM_SIZE);
	if (swappiness && json_object_get_int64(swappiness) == -1)
		json_object_object_add(m->host, "MemorySwappiness", NULL);
	if (!json_get(m->host, "OomKillDisable") && !m->facts->cgroup_v2)
		json_object_object_add(m->host, "OomKillDisable", json_object_new_boolean(false));
}

/* SELinux labels are off for what shares the host's processes or memory, unless labels were asked for. */
static void adapt_labels(struct making *m)
{
	struct json_object *options = json_get(m->host, "SecurityOpt");
	bool shares = json_object_get_boolean(json_get(m->host, "Privileged")) ||
		      !strcmp(json_get_str(m->host, "IpcMode"), "host") ||
		      !strcmp(json_get_str(m->host, "PidMode"), "host");

	for (size_t i = 0; i < length(options); i++) {
		const char *text = json_object_get_string(json_object_array_get_idx(options, i));

		if (!strcmp(text, "label") || !strncmp(text, "label=", 6))
			return;
	}
	if (!shares)
		return;
	if (!options) {
		options = json_object_new_array();
		json_object_object_add(m->host, "SecurityOpt", options);
	}
	json_object_array_add(options, json_object_new_string("label=disable"));
}

/* "container:name" becomes "container:id" in the modes that can join another container. */
static int adapt_joined(struct making *m, struct err *err)
{
	static const char *const modes[] = {"PidMode", "IpcMode", "NetworkMode"};

	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		const char *mode = json_get_str(m->host, modes[i]);
		AUTO(json_putp) struct json_object *other = NULL;

		if (!str_starts_with(mode, "container:"))
			continue;
		if (lookup_container(m->lookup, mode + 10, &other, err))
			return -1;
		if (!other)
			continue;
		AUTO(free_charp) char *joined = mem_printf("container:%s", json_get_str(other, "Id"));
		json_add_str(m->host, modes[i], joined);
	}
	return 0;
}

static void adapt_cgroupns(struct making *m)
{
	bool privileged = json_object_get_boolean(json_get(m->host, "Privileged"));

	if (privileged && !m->facts->cgroup_v2)
		default_str(m->host, "CgroupnsMode", "host");
	else
		default_str(m->host, "CgroupnsMode", m->facts->cgroup_v2 ? "private" : "host");
}

static void adapt_log(struct making *m)
{
	struct json_object *log = json_get(m->host, "LogConfig");

	if (!log) {
		log = json_object_new_object();
		json_object_object_add(m->host, "LogConfig", log);
	}
	default_str(log, "Type", *m->facts->log_driver ? m->facts->log_driver : "json-file");
	if (!json_get(log, "Config"))
		json_object_object_add(log, "Config", json_object_new_object());
}

static void adapt_restart(struct making *m)
{
	struct json_object *policy = json_get(m->host, "RestartPolicy");

	if (m->facts->api < 144) /* Engine 25 writes the default out */
		return;
	if (!policy) {
		policy = json_object_new_object();
		json_object_object_add(m->host, "RestartPolicy", policy);
	}
	default_str(policy, "Name", "no");
}

static int make_host_config(struct making *m, struct err *err)
{
	struct json_object *given = json_get(m->request->body, "HostConfig");

	m->given_host = given != NULL;
	m->host = given ? json_object_get(given) : json_object_new_object();
	merge_top_level(m);
	adapt_to_version(m);
	adapt_memory(m);
	adapt_cgroupns(m);
	default_str(m->host, "IpcMode", "private");
	default_str(m->host, "NetworkMode", "default");
	if (m->facts->api >= 144 && !strcmp(json_get_str(m->host, "NetworkMode"), "default"))
		json_add_str(m->host, "NetworkMode", "bridge");
	default_str(m->host, "Runtime", *m->facts->runtime ? m->facts->runtime : "runc");
	adapt_log(m);
	adapt_restart(m);
	adapt_paths(m);
	if (adapt_joined(m, err))
		return -1;
	adapt_labels(m);
	if (!json_get(m->host, "ConsoleSize")) {
		static const char *const none[] = {NULL};
		struct json_object *size = list_of(none);

		json_object_array_add(size, json_object_new_int(0));
		json_object_array_add(size, json_object_new_int(0));
		json_object_object_add(m->host, "ConsoleSize", size);
	}
	return 0;
}

/* ---- Config, with what the image adds ---- */

static bool is_empty(struct json_object *v)
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

/* Members of the image's object that the request's has not (or all, where `all`: the image's values count).
 */
static void merge_object(struct json_object *config, struct json_object *image, const char *key, bool all)
{
	struct json_object *theirs = json_get(image, key), *ours = json_get(config, key);

	if (!theirs)
		return;
	if (!ours) {
		ours = json_object_new_object();
		json_object_object_add(config, key, ours);
	}
	json_object_object_foreach (theirs, name, value) {
		if (all || !json_object_object_get_ex(ours, name, NULL))
			json_object_object_add(ours, name, json_object_get(value));
	}
}

static bool names_variable(struct json_object *list, const char *entry)
{
	size_t len = strcspn(entry, "=");

	for (size_t i = 0; i < length(list); i++) {
		const char *other = json_object_get_string(json_object_array_get_idx(list, i));

		if (strcspn(other, "=") == len && !strncmp(other, entry, len))
			return true;
	}
	return false;
}

static void merge_env(struct json_object *config, struct json_object *image)
{
	struct json_object *ours = json_get(config, "Env"), *theirs = json_get(image, "Env");
	size_t n = length(theirs);

	if (!length(ours)) {
		copy_if_empty(config, image, "Env");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		struct json_object *entry = json_object_array_get_idx(theirs, i);

		if (!names_variable(ours, json_object_get_string(entry)))
			json_object_array_add(ours, json_object_get(entry));
	}
}

static void merge_command(struct json_object *config, struct json_object *image)
{
	struct json_object *entrypoint = json_get(config, "Entrypoint");

	if (length(entrypoint))
		return;
	if (!length(json_get(config, "Cmd")))
		copy_if_empty(config, image, "Cmd");
	if (!entrypoint)
		copy_if_empty(config, image, "Entrypoint");
}

static void merge_healthcheck(struct json_object *config, struct json_object *image)
{
	static const char *const keys[] = {"Test", "Interval", "Timeout", "StartPeriod", "Retries"};
	struct json_object *ours = json_get(config, "Healthcheck"), *theirs = json_get(image, "Healthcheck");

	if (!ours) {
		copy_if_empty(config, image, "Healthcheck");
		return;
	}
	for (size_t i = 0; theirs && i < ARRAY_LEN(keys); i++)
		if (is_empty(json_get(ours, keys[i])))
			copy_if_empty(ours, theirs, keys[i]);
}

static void merge_image(struct json_object *config, struct json_object *image)
{
	static const char *const texts[] = {"User", "WorkingDir", "StopSignal"};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (!*json_get_str(config, texts[i]))
			copy_if_empty(config, image, texts[i]);
	merge_object(config, image, "ExposedPorts", false);
	merge_object(config, image, "Labels", false);
	merge_object(config, image, "Volumes", true);
	merge_env(config, image);
	merge_command(config, image);
	merge_healthcheck(config, image);
}

static int make_config(struct making *m, unsigned needs, struct err *err)
{
	struct json_object *entrypoint;
	const char *image;

	m->config = schema_pick(&schema_config, m->request->body);
	if (!m->config)
		m->config = json_object_new_object();
	image = json_get_str(m->config, "Image");
	if (*image && needs & NEED_IMAGE && lookup_image(m->lookup, image, &m->image, err))
		return -1;
	if (is_empty(json_get(m->config, "Volumes")))
		json_object_object_del(m->config, "Volumes");
	merge_image(m->config, json_get(m->image, "Config"));
	if (!json_get(m->config, "Labels"))
		json_object_object_add(m->config, "Labels", json_object_new_object());
	entrypoint = json_get(m->config, "Entrypoint");
	if (length(entrypoint) == 1 && is_empty(json_object_array_get_idx(entrypoint, 0)))
		json_object_object_add(m->config, "Entrypoint", NULL);
	if (!strcmp(json_get_str(m->host, "NetworkMode"), "host")) {
		char name[256] = "";

		if (!gethostname(name, sizeof(name) - 1))
			default_str(m->config, "Hostname", name);
	}
	return 0;
}

/* ---- the document ---- */

/* Path and Args: the entrypoint's words and the command's, in one row. */
static void add_command(struct json_object *doc, struct json_object *config)
{
	struct json_object *parts[] = {json_get(config, "Entrypoint"), json_get(config, "Cmd")};
	struct json_object *args = json_object_new_array();
	bool first = true;

	for (size_t p = 0; p < ARRAY_LEN(parts); p++)
		for (size_t i = 0; i < length(parts[p]); i++) {
			struct json_object *word = json_object_array_get_idx(parts[p], i);

			if (first)
				json_object_object_add(doc, "Path", json_object_get(word));
			else
				json_object_array_add(args, json_object_get(word));
			first = false;
		}
	json_object_object_add(doc, "Args", args);
}

/* The networks that the container would join, by name. */
static struct json_object *make_networks(struct making *m)
{
	struct json_object *asked =
		json_get(json_get(m->request->body, "NetworkingConfig"), "EndpointsConfig");
	struct json_object *networks = json_object_new_object();
	const char *mode = json_get_str(m->host, "NetworkMode");

	if (json_object_is_type(asked, json_type_object)) {
		json_object_object_foreach (asked, name, endpoint) {
			json_object_object_add(networks, name,
					       endpoint ? json_object_get(endpoint)
							: json_object_new_object());
		}
	}
	if (!json_object_object_length(networks) && !str_starts_with(mode, "container:"))
		json_object_object_add(networks, strcmp(mode, "default") ? mode : "bridge",
				       json_object_new_object());
	return networks;
}

static struct json_object *make_document(struct making *m)
{
	struct json_object *doc = json_object_new_object(), *network = json_object_new_object();
	AUTO(free_charp)
	char *name = mem_printf("%s%s", *m->request->name == '/' ? "" : "/", m->request->name);

	json_add_str(doc, "Name", *m->request->name ? name : "");
	json_add_str(doc, "Platform", "linux");
	json_add_str(doc, "Driver", m->facts->storage_driver);
	json_add_str(doc, "Image", json_get_str(m->image, "Id"));
	add_command(doc, m->config);
	json_object_object_add(network, "Networks", make_networks(m));
	json_object_object_add(network, "Ports", json_object_new_object());
	json_object_object_add(doc, "NetworkSettings", network);
	json_object_object_add(doc, "Config", json_object_get(m->config));
	json_object_object_add(doc, "HostConfig", json_object_get(m->host));
	return doc;
}

/* params.Mounts, as far as it is known before the container exists: `mounts` says it all. */
static void add_mount_points(struct container *c)
{
	struct json_object *points = json_object_new_array();

	for (size_t i = 0; i < length(c->mounts); i++) {
		struct json_object *m = json_object_array_get_idx(c->mounts, i),
				   *p = json_object_new_object();
		bool volume = !strcmp(json_get_str(m, "type"), "volume");

		json_add_str(p, "Type", json_get_str(m, "type"));
		json_add_str(p, volume ? "Name" : "Source", json_get_str(m, "source"));
		json_add_str(p, "Destination", json_get_str(m, "target"));
		json_object_object_add(
			p, "RW", json_object_new_boolean(!json_object_get_boolean(json_get(m, "read_only"))));
		json_object_array_add(points, p);
	}
	json_object_object_add(c->params, "Mounts", points);
	schema_fill(&schema_container, c->params);
}

struct container *container_from_create(const struct create_request *request,
					const struct docker_facts *facts, struct docker *docker,
					uint64_t deadline_ns, unsigned needs, struct err *err)
{
	const struct lookup lookup = {docker, deadline_ns};
	struct making m = {.request = request, .facts = facts, .lookup = &lookup};
	struct container *c = NULL;

	m.api = request->api ? request->api : facts->api ? facts->api : 141;
	if (!make_host_config(&m, err) && !make_config(&m, needs, err)) {
		AUTO(free_charp) char *image = NULL;

		if (!lookup_image_name(&lookup, json_get_str(m.config, "Image"), &image, err))
			c = container_from_document(make_document(&m), image,
						    needs & NEED_MOUNTS ? &lookup : NULL, true, err);
		if (c)
			add_mount_points(c);
	}
	json_object_put(m.config);
	json_object_put(m.host);
	json_object_put(m.image);
	return c;
}
