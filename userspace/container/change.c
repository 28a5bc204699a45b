/* What becomes of a container by a request about it. */
#include "container/change.h"
#include "base/json.h"
#include "base/text.h"
#include "container/schema.h"
#include "container_internal.h"

#include <string.h>

/* moby container.UpdateContainer: of these what is not zero replaces what is there; the rest stays. */
static void apply_update(struct json_object *host, struct json_object *update, unsigned api)
{
	static const char *const numbers[] = {"BlkioWeight",	   "CpuShares",		"NanoCpus",
					      "CpuPeriod",	   "CpuQuota",		"Memory",
					      "MemorySwap",	   "MemoryReservation", "KernelMemory",
					      "CpuRealtimePeriod", "CpuRealtimeRuntime"};
	static const char *const texts[] = {"CpusetCpus", "CpusetMems"};
	struct json_object *restart = json_get(update, "RestartPolicy"),
			   *pids = json_get(update, "PidsLimit");

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		if (json_get_int(update, numbers[i]))
			json_add_int(host, numbers[i], json_get_int(update, numbers[i]));
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (*json_get_str(update, texts[i]))
			json_add_str(host, texts[i], json_get_str(update, texts[i]));
	if (pids && (!api || api >= 140)) /* 0 and less: no limit */
		json_add_int(host, "PidsLimit",
			     json_object_get_int64(pids) > 0 ? json_object_get_int64(pids) : 0);
	if (*json_get_str(restart, "Name"))
		json_object_object_add(host, "RestartPolicy", json_object_get(restart));
}

struct container *container_after_update(struct json_object *doc, struct json_object *update, unsigned api,
					 struct docker *docker, struct err *err)
{
	apply_update(json_get(doc, "HostConfig"), update, api);
	return container_from_change(doc, docker, err);
}

struct container *container_after_rename(struct json_object *doc, const char *name, struct docker *docker,
					 struct err *err)
{
	AUTO(free_charp) char *slashed = mem_printf("%s%s", *name == '/' ? "" : "/", name);

	json_add_str(doc, "Name", slashed);
	return container_from_change(doc, docker, err);
}

struct container *container_after_connect(struct json_object *doc, const struct network_change *change,
					  struct docker *docker, struct err *err)
{
	struct json_object *networks = json_get(json_get(doc, "NetworkSettings"), "Networks");
	AUTO(json_putp) struct json_object *network = NULL;
	const char *name = change->network;

	if (!json_object_is_type(networks, json_type_object)) {
		err_set(err, 0, "docker: inspect: the container's document shows no networks");
		json_object_put(doc);
		return NULL;
	}
	if (lookup_network(&(struct lookup){.docker = docker}, name, &network, err)) {
		json_object_put(doc);
		return NULL;
	}
	if (*json_get_str(network, "Name"))
		name = json_get_str(network, "Name");
	if (!change->connects)
		json_object_object_del(networks, name);
	else
		json_object_object_add(networks, name,
				       change->endpoint ? json_object_get(change->endpoint)
							: json_object_new_object());
	return container_from_change(doc, docker, err);
}

/* What it was made of is looked for anew: links may lead elsewhere than when it last ran. */
static void forget_process(struct json_object *doc)
{
	json_add_int(json_get(doc, "State"), "Pid", 0);
}

struct container *container_after_restart(struct json_object *doc, struct docker *docker, struct err *err)
{
	forget_process(doc);
	return container_from_change(doc, docker, err);
}

/* Before API 1.24 a start may bring a HostConfig, which replaces the container's own. */
struct container *container_after_start(struct json_object *doc, struct json_object *body,
					struct docker *docker, struct err *err)
{
	AUTO(json_putp) struct json_object *top = body ? schema_pick(&schema_host_config, body) : NULL;
	struct json_object *given = json_get(body, "HostConfig"), *host = given ? given : top;

	if (json_count(json_get(host, "VolumesFrom"))) {
		json_object_put(doc);
		err_set(err, 0,
			"a start with VolumesFrom is not judged; give it when the container is created");
		return NULL;
	}
	if (host)
		json_object_object_add(doc, "HostConfig", json_object_get(host));
	return container_after_restart(doc, docker, err);
}
