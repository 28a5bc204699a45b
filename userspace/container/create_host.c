/* The HostConfig that dockerd makes of a request. */
#include "base/text.h"
#include "container/schema.h"
#include "create_internal.h"
#include "versions_internal.h"

#include <stdlib.h>
#include <string.h>

#define SHM_SIZE (64LL << 20)

/* What the body says beside HostConfig, as far as it counts. */
static void merge_top_level(struct creation *m)
{
	static const char *const filled[] = {"Memory", "MemorySwap", "CpuShares"};
	static const char *const filled_texts[] = {"CpusetCpus", "VolumeDriver"};
	AUTO(json_putp) struct json_object *top = NULL;

	if (!versions_has(m->facts, TRAIT_TOP_LEVEL))
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

/* 0 and less is no limit, in every version. */
static void adapt_pids(struct creation *m)
{
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
		json_object_object_add(m->host, "MaskedPaths", versions_masked_paths(m->facts));
	if (!json_get(m->host, "ReadonlyPaths"))
		json_object_object_add(m->host, "ReadonlyPaths", versions_readonly_paths());
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

	if (!versions_has(m->facts, TRAIT_NAMED_RESTART))
		return;
	if (!policy) {
		policy = json_object_new_object();
		json_object_object_add(m->host, "RestartPolicy", policy);
	}
	create_default_text(policy, "Name", "no");
}

void create_read_host(struct creation *m)
{
	struct json_object *given = json_get(m->request->body, "HostConfig");

	m->given_host = given != NULL;
	m->host = given ? json_object_get(given) : json_object_new_object();
	merge_top_level(m);
}

int create_host_config(struct creation *m, struct err *err)
{
	adapt_pids(m);
	adapt_memory(m);
	adapt_cgroupns(m);
	create_default_text(m->host, "IpcMode", "private");
	create_default_text(m->host, "NetworkMode", "default");
	if (versions_has(m->facts, TRAIT_NAMED_BRIDGE) &&
	    !strcmp(json_get_str(m->host, "NetworkMode"), "default"))
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
