/* `metrics` as rules see it: Docker's stats JSON and ready values, each computed from struct usage when read.
 */
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "rules/needs.h"
#include "view/figures.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum metric {
	M_CPU_TOTAL,
	M_ONLINE_CPUS,
	M_PERIODS,
	M_THROTTLED_PERIODS,
	M_THROTTLED_TIME,
	M_CPU_PERCENT,
	M_MEMORY,
	M_MEMORY_LIMIT,
	M_INACTIVE_FILE,
	M_OOM_KILLS,
	M_WORKING_SET,
	M_MEMORY_PERCENT,
	M_PIDS,
	M_PIDS_LIMIT,
	M_RX_BYTES,
	M_TX_BYTES,
	M_RX_PACKETS,
	M_TX_PACKETS,
	M_PRESSURE,
};

static const struct metric_name {
	const char *path;
	enum metric metric;
	int row, window; /* of M_PRESSURE */
} names[] = {
	{"cpu_stats.cpu_usage.total_usage", M_CPU_TOTAL, 0, 0},
	{"cpu_stats.online_cpus", M_ONLINE_CPUS, 0, 0},
	{"cpu_stats.throttling_data.periods", M_PERIODS, 0, 0},
	{"cpu_stats.throttling_data.throttled_periods", M_THROTTLED_PERIODS, 0, 0},
	{"cpu_stats.throttling_data.throttled_time", M_THROTTLED_TIME, 0, 0},
	{"cpu_percent", M_CPU_PERCENT, 0, 0},
	{"memory_stats.usage", M_MEMORY, 0, 0},
	{"memory_stats.limit", M_MEMORY_LIMIT, 0, 0},
	{"memory_stats.stats.inactive_file", M_INACTIVE_FILE, 0, 0},
	{"memory_stats.stats.total_inactive_file", M_INACTIVE_FILE, 0, 0},
	{"memory_stats.oom_kills", M_OOM_KILLS, 0, 0},
	{"memory_working_set", M_WORKING_SET, 0, 0},
	{"memory_percent", M_MEMORY_PERCENT, 0, 0},
	{"pids_stats.current", M_PIDS, 0, 0},
	{"pids_stats.limit", M_PIDS_LIMIT, 0, 0},
	{"network_rx_bytes", M_RX_BYTES, 0, 0},
	{"network_tx_bytes", M_TX_BYTES, 0, 0},
	{"network_rx_packets", M_RX_PACKETS, 0, 0},
	{"network_tx_packets", M_TX_PACKETS, 0, 0},
#define PRESSURE(resource, kind, row)                                                                        \
	{"pressure." resource "." kind "_avg10", M_PRESSURE, row, 0},                                        \
		{"pressure." resource "." kind "_avg60", M_PRESSURE, row, 1},                                \
	{                                                                                                    \
		"pressure." resource "." kind "_avg300", M_PRESSURE, row, 2                                  \
	}
	PRESSURE("cpu", "some", PRESSURE_CPU_SOME),
	PRESSURE("cpu", "full", PRESSURE_CPU_FULL),
	PRESSURE("memory", "some", PRESSURE_MEMORY_SOME),
	PRESSURE("memory", "full", PRESSURE_MEMORY_FULL),
	PRESSURE("io", "some", PRESSURE_IO_SOME),
	PRESSURE("io", "full", PRESSURE_IO_FULL),
#undef PRESSURE
};

int metric_find(const char *path)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (!strcasecmp(names[i].path, path))
			return (int)i;
	return -1;
}

const char *const *metric_names(void)
{
	static _Thread_local const char *list[ARRAY_LEN(names) + 1];

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		list[i] = names[i].path;
	return list;
}

unsigned metric_needs(int slot)
{
	enum metric m = names[slot].metric;

	return NEED_METRICS | (m >= M_RX_BYTES && m <= M_TX_PACKETS ? NEED_NETWORK : 0U) |
	       (m == M_CPU_PERCENT ? NEED_RATE : 0U);
}

/* Asked for once: it is a system call, and this is read in every tick for every container. */
static uint64_t host_memory(void)
{
	static atomic_ullong known;
	uint64_t bytes = atomic_load_explicit(&known, memory_order_relaxed);

	if (!bytes) {
		bytes = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
		atomic_store_explicit(&known, bytes, memory_order_relaxed);
	}
	return bytes;
}

/* As Docker does: without a limit of its own a container may use what the host has. */
static uint64_t effective_limit(const struct usage *u)
{
	uint64_t host = host_memory();

	return u->memory_limit < host ? u->memory_limit : host;
}

static uint64_t working_set(const struct usage *u)
{
	return u->memory > u->inactive_file ? u->memory - u->inactive_file : 0;
}

/* Of one CPU, as `docker stats`: two busy CPUs are 200. */
static bool cpu_percent(const struct usage *now, const struct usage *base, struct value *out)
{
	if (!(base->fields & USAGE_CPU) || now->sampled_ns <= base->sampled_ns || now->cpu_ns < base->cpu_ns)
		return false;
	*out = value_double((double)(now->cpu_ns - base->cpu_ns) * 100.0 /
			    (double)(now->sampled_ns - base->sampled_ns));
	return true;
}

static bool memory_percent(const struct usage *u, const struct usage *base, struct value *out)
{
	(void)base;
	*out = value_double((double)working_set(u) * 100.0 / (double)effective_limit(u));
	return true;
}

static bool memory_limit(const struct usage *u, const struct usage *base, struct value *out)
{
	(void)base;
	*out = value_uint(effective_limit(u));
	return true;
}

static bool memory_working_set(const struct usage *u, const struct usage *base, struct value *out)
{
	(void)base;
	*out = value_uint(working_set(u));
	return true;
}

static bool online_cpus(const struct usage *u, const struct usage *base, struct value *out)
{
	(void)u;
	(void)base;
	*out = value_int(sysconf(_SC_NPROCESSORS_ONLN));
	return true;
}

/* How each is had: the fields it needs, and a member of struct usage as it is, or a function. */
static const struct {
	unsigned required;
	size_t offset;
	bool (*compute)(const struct usage *now, const struct usage *base, struct value *out);
} how[] = {
#define MEMBER(metric, field, member) [metric] = {field, offsetof(struct usage, member), NULL}
	MEMBER(M_CPU_TOTAL, USAGE_CPU, cpu_ns),
	MEMBER(M_PERIODS, USAGE_THROTTLING, periods),
	MEMBER(M_THROTTLED_PERIODS, USAGE_THROTTLING, throttled_periods),
	MEMBER(M_THROTTLED_TIME, USAGE_THROTTLING, throttled_ns),
	MEMBER(M_MEMORY, USAGE_MEMORY, memory),
	MEMBER(M_INACTIVE_FILE, USAGE_INACTIVE_FILE, inactive_file),
	MEMBER(M_OOM_KILLS, USAGE_OOM_KILLS, oom_kills),
	MEMBER(M_PIDS, USAGE_PIDS, pids),
	MEMBER(M_PIDS_LIMIT, USAGE_PIDS_LIMIT, pids_limit),
	MEMBER(M_RX_BYTES, USAGE_NETWORK, rx_bytes),
	MEMBER(M_TX_BYTES, USAGE_NETWORK, tx_bytes),
	MEMBER(M_RX_PACKETS, USAGE_NETWORK, rx_packets),
	MEMBER(M_TX_PACKETS, USAGE_NETWORK, tx_packets),
	MEMBER(M_PRESSURE, USAGE_PRESSURE, pressure),
#undef MEMBER
	[M_ONLINE_CPUS] = {0, 0, online_cpus},
	[M_CPU_PERCENT] = {USAGE_CPU, 0, cpu_percent},
	[M_MEMORY_LIMIT] = {USAGE_MEMORY_LIMIT, 0, memory_limit},
	[M_WORKING_SET] = {USAGE_MEMORY | USAGE_INACTIVE_FILE, 0, memory_working_set},
	[M_MEMORY_PERCENT] = {USAGE_MEMORY | USAGE_MEMORY_LIMIT | USAGE_INACTIVE_FILE, 0, memory_percent},
};

bool metric_read(const struct usage *u, const struct usage *base, int slot, struct value *out)
{
	const struct metric_name *name = &names[slot];
	enum metric m = name->metric;

	if ((u->fields & how[m].required) != how[m].required)
		return false;
	if (how[m].compute)
		return how[m].compute(u, base, out);
	if (m == M_PRESSURE)
		*out = value_double((double)u->pressure[name->row][name->window] / 2048.0);
	else
		*out = value_uint(*(const __u64 *)(const void *)((const char *)u + how[m].offset));
	return true;
}

bool metric_find_saved(struct json_object *doc, int slot, struct value *out)
{
	const char *path = names[slot].path;
	struct value v = value_from_json(doc);

	for (;;) {
		size_t len = strcspn(path, ".");

		if (!value_get(v, path, len, &v))
			return false;
		if (!path[len])
			break;
		path += len + 1;
	}
	*out = v;
	return true;
}

/* Puts a value at a dotted path, making the objects on the way. */
static void put_at_path(struct json_object *root, const char *path, struct json_object *v)
{
	char key[64];

	for (const char *dot; (dot = strchr(path, '.')); path = dot + 1) {
		struct json_object *child;

		snprintf(key, sizeof(key), "%.*s", (int)(dot - path), path);
		if (!json_object_object_get_ex(root, key, &child)) {
			child = json_object_new_object();
			json_object_object_add(root, key, child);
		}
		root = child;
	}
	json_object_object_add(root, path, v);
}

struct json_object *metrics_to_json(const struct usage *now, const struct usage *base)
{
	struct json_object *j = json_object_new_object();

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct value v;

		if (metric_read(now, base, (int)i, &v))
			put_at_path(j, names[i].path, value_to_json(v));
	}
	return j;
}

struct json_object *metrics_read_networks(pid_t pid)
{
	static const char *const columns[] = {"rx_bytes", "rx_packets", "rx_errors", "rx_dropped",
					      "tx_bytes", "tx_packets", "tx_errors", "tx_dropped"};
	struct json_object *networks = json_object_new_object();
	char path[64], line[512], name[64];
	unsigned long long v[8];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/net/dev", (int)pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		struct json_object *net;

		if (sscanf(line, " %63[^:]: %llu %llu %llu %llu %*u %*u %*u %*u %llu %llu %llu %llu", name,
			   &v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &v[6], &v[7]) != 9 ||
		    !strcmp(name, "lo"))
			continue;
		net = json_object_new_object();
		for (size_t i = 0; i < ARRAY_LEN(columns); i++)
			json_add_uint(net, columns[i], v[i]);
		json_object_object_add(networks, name, net);
	}
	if (f)
		fclose(f);
	return networks;
}
