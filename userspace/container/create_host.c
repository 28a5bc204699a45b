/* The HostConfig that dockerd makes of a request. */
#include "base/text.h"
#include "container/schema.h"
#include "create_internal.h"

#include <stdlib.h>
#include <string.h>

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

/* Up to Engine 26 HostConfig's fields count at the top level of the body too; Engine 27 (API 1.46) ignores
 * them. */
static void merge_top_level(struct creation *m)
{
	static const char *const filled[] = {"Memory", "MemorySwap", "CpuShares"};
	static const char *const filled_texts[] = {"CpusetCpus", "VolumeDriver"};
	AUTO(json_putp) struct json_object *top = NULL;

	if (m->facts->api >= 146)
		return;
	top = schema_pick(&schema_host_config, m->request->body);
	if (top && !m->given_host) {
		json_object_put(m->host);
		m->host = json_object_get(top);
		m->given_host = true;
	} else if (top) {
		for (size_t i = 0; i < ARRAY_LEN(filled); i++)
			if (!json_get_int(m->host, filled[i]))
				create_copy(m->host, top, filled[i]);
		for (size_t i = 0; i < ARRAY_LEN(filled_texts); i++)
			if (!*json_get_str(m->host, filled_texts[i]))
				create_copy(m->host, top, filled_texts[i]);
	}
	if (m->given_host && *json_get_str(m->request->body, "Cpuset"))
		create_default_text(m->host, "CpusetCpus", json_get_str(m->request->body, "Cpuset"));
}

static int64_t clamp(int64_t v, int64_t min, int64_t max)
{
	return v < min ? min : v > max ? max : v;
}

/* What dockerd does for clients of older API versions. */
static void adapt_to_version(struct creation *m)
{
	struct json_object *mounts = json_get(m->host, "Mounts");

	if (m->api < 125)
		json_object_object_add(m->host, "AutoRemove", json_object_new_boolean(false));
	if (m->api < 140) {
		json_add_int(m->host, "KernelMemoryTCP", 0);
		if (m->given_host)
			create_default_text(m->host, "IpcMode", "shareable");
	}
	for (size_t i = 0; m->api < 140 && i < json_count(mounts); i++) {
		struct json_object *options = json_get(json_object_array_get_idx(mounts, i), "BindOptions");

		if (options)
			json_object_object_add(options, "NonRecursive", json_object_new_boolean(false));
	}
	if (m->api < 141 && !m->facts->cgroup_v2 && m->given_host)
		create_default_text(m->host, "CgroupnsMode", "host");
	if (m->api < 119 && json_get_int(m->host, "CpuShares") > 0)
		json_add_int(m->host, "CpuShares", clamp(json_get_int(m->host, "CpuShares"), 2, 262144));
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

static void adapt_paths(struct creation *m)
{
	if (json_object_get_boolean(json_get(m->host, "Privileged")))
		return;
	if (!json_get(m->host, "MaskedPaths"))
		json_object_object_add(m->host, "MaskedPaths", list_of(masked_paths));
	if (!json_get(m->host, "ReadonlyPaths"))
		json_object_object_add(m->host, "ReadonlyPaths", list_of(readonly_paths));
}

static void adapt_memory(struct creation *m)
{
	int64_t memory = json_get_int(m->host, "Memory");
	struct json_object *swappiness = json_get(m->host, "MemorySwappiness");

	if (memory > 0 && !json_get_int(m->host, "MemorySwap"))
		json_add_int(m->host, "MemorySwap", (int64_t)((uint64_t)memory * 2));
	if (!json_get_int(m->host, "ShmSize"))
		json_add_int(m->host, "ShmSize", SHM_SIZE);
	if (swappiness && json_object_get_int64(swappiness) == -1)
		json_object_object_add(m->host, "MemorySwappiness", NULL);
	if (!json_get(m->host, "OomKillDisable"))
		json_object_object_add(m->host, "OomKillDisable", json_object_new_boolean(false));
}

/* SELinux labels are off for what shares the host's processes or memory, unless labels were asked for. */
static void adapt_labels(struct creation *m)
{
	struct json_object *options = json_get(m->host, "SecurityOpt");
	bool shares = json_object_get_boolean(json_get(m->host, "Privileged")) ||
		      !strcmp(json_get_str(m->host, "IpcMode"), "host") ||
		      !strcmp(json_get_str(m->host, "PidMode"), "host");

	for (size_t i = 0; i < json_count(options); i++) {
		const char *text = json_str_at(options, i);

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
static int adapt_joined(struct creation *m, struct err *err)
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

static void adapt_cgroupns(struct creation *m)
{
	bool privileged = json_object_get_boolean(json_get(m->host, "Privileged"));

	if (privileged && !m->facts->cgroup_v2)
		create_default_text(m->host, "CgroupnsMode", "host");
	else
		create_default_text(m->host, "CgroupnsMode", m->facts->cgroup_v2 ? "private" : "host");
}

static void adapt_log(struct creation *m)
{
	struct json_object *log = json_get(m->host, "LogConfig");

	if (!log) {
		log = json_object_new_object();
		json_object_object_add(m->host, "LogConfig", log);
	}
	create_default_text(log, "Type", *m->facts->log_driver ? m->facts->log_driver : "json-file");
	if (!json_get(log, "Config"))
		json_object_object_add(log, "Config", json_object_new_object());
}

static void adapt_restart(struct creation *m)
{
	struct json_object *policy = json_get(m->host, "RestartPolicy");

	if (m->facts->api < 144) /* Engine 25 writes the default out */
		return;
	if (!policy) {
		policy = json_object_new_object();
		json_object_object_add(m->host, "RestartPolicy", policy);
	}
	create_default_text(policy, "Name", "no");
}

int create_host_config(struct creation *m, struct err *err)
{
	struct json_object *given = json_get(m->request->body, "HostConfig");

	m->given_host = given != NULL;
	m->host = given ? json_object_get(given) : json_object_new_object();
	merge_top_level(m);
	adapt_to_version(m);
	adapt_memory(m);
	adapt_cgroupns(m);
	create_default_text(m->host, "IpcMode", "private");
	create_default_text(m->host, "NetworkMode", "default");
	if (m->facts->api >= 144 && !strcmp(json_get_str(m->host, "NetworkMode"), "default"))
		json_add_str(m->host, "NetworkMode", "bridge");
	create_default_text(m->host, "Runtime", *m->facts->runtime ? m->facts->runtime : "runc");
	adapt_log(m);
	adapt_restart(m);
	adapt_paths(m);
	if (adapt_joined(m, err))
		return -1;
	adapt_labels(m);
	create_drop_empty(m->host);
	if (!json_get(m->host, "ConsoleSize")) {
		static const char *const none[] = {NULL};
		struct json_object *size = list_of(none);

		json_object_array_add(size, json_object_new_int(0));
		json_object_array_add(size, json_object_new_int(0));
		json_object_object_add(m->host, "ConsoleSize", size);
	}
	return 0;
}
