/* Docker's stats JSON to struct usage. */
#include "client_internal.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"

#include <stdio.h>

/* A number below nested objects; absent is false. */
static bool find_number(struct json_object *j, const char *const *path, __u64 *out)
{
	for (; *path; path++)
		j = json_get(j, *path);
	if (!json_object_is_type(j, json_type_int))
		return false;
	*out = json_object_get_uint64(j);
	return true;
}

#define FIND(j, out, ...) find_number(j, (const char *const[]){__VA_ARGS__, NULL}, out)

static void read_networks(struct json_object *networks, struct usage *u)
{
	if (!json_object_is_type(networks, json_type_object))
		return;
	u->fields |= USAGE_NETWORK;
	json_object_object_foreach (networks, name, net) {
		(void)name;
		u->rx_bytes += (uint64_t)json_get_int(net, "rx_bytes");
		u->rx_packets += (uint64_t)json_get_int(net, "rx_packets");
		u->tx_bytes += (uint64_t)json_get_int(net, "tx_bytes");
		u->tx_packets += (uint64_t)json_get_int(net, "tx_packets");
	}
}

static void read_usage(struct json_object *j, struct usage *u)
{
	const struct {
		bool found;
		enum usage_field field;
	} found[] = {
		{FIND(j, &u->cpu_ns, "cpu_stats", "cpu_usage", "total_usage"), USAGE_CPU},
		{FIND(j, &u->periods, "cpu_stats", "throttling_data", "periods") &&
			 FIND(j, &u->throttled_periods, "cpu_stats", "throttling_data",
			      "throttled_periods") &&
			 FIND(j, &u->throttled_ns, "cpu_stats", "throttling_data", "throttled_time"),
		 USAGE_THROTTLING},
		{FIND(j, &u->memory, "memory_stats", "usage"), USAGE_MEMORY},
		/* without a limit Docker shows the host's memory; that is what it then is */
		{FIND(j, &u->memory_limit, "memory_stats", "limit"), USAGE_MEMORY_LIMIT},
		{FIND(j, &u->inactive_file, "memory_stats", "stats", "total_inactive_file") ||
			 FIND(j, &u->inactive_file, "memory_stats", "stats", "inactive_file"),
		 USAGE_INACTIVE_FILE},
		{FIND(j, &u->pids, "pids_stats", "current"), USAGE_PIDS},
	};

	for (size_t i = 0; i < ARRAY_LEN(found); i++)
		if (found[i].found)
			u->fields |= found[i].field;
	u->pids_limit = USAGE_UNLIMITED; /* 20.10 leaves the key out where there is none */
	if (u->fields & USAGE_PIDS && (FIND(j, &u->pids_limit, "pids_stats", "limit") || true))
		u->fields |= USAGE_PIDS_LIMIT;
	read_networks(json_get(j, "networks"), u);
}

int docker_read_stats(struct docker *d, const char *id, struct usage *out, struct err *err)
{
	struct json_object *j = NULL;
	char path[256];

	snprintf(path, sizeof(path), "/containers/%.64s/stats?stream=false&one-shot=true", id);
	if (client_request(d, NULL, path, d->timeout_s, &j, err))
		return err_wrap(err, "docker: stats %.64s", id);
	*out = (struct usage){.sampled_ns = clock_monotonic_ns()};
	read_usage(j, out);
	json_object_put(j);
	return out->fields ? 0
			   : err_set(err, 0, "docker: stats %.64s: no figures; it may just have stopped", id);
}
