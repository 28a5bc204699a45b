#include "view/figures.h"
#include "base/json.h"
#include "base/memory.h"
#include "metrics/metrics.h"
#include "rules/needs.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* ---- what takes more than a member ---- */

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

static bool own_memory_limit(const struct usage *u, const struct usage *base, struct value *out)
{
	(void)base;
	*out = value_uint(u->memory_limit == USAGE_UNLIMITED ? 0 : u->memory_limit);
	return true;
}

static bool online_cpus(const struct usage *u, const struct usage *base, struct value *out)
{
	(void)u;
	(void)base;
	*out = value_int(sysconf(_SC_NPROCESSORS_ONLN));
	return true;
}

/* ---- the table ---- */

#define MEMBER(name, field, member)                                                                          \
	.path = (name), .required = (field), .offset = offsetof(struct usage, member)
#define COMPUTED(name, field, fn)   .path = (name), .required = (field), .compute = (fn)
#define COUNTER(name, text, factor) .series = (name), .type = "counter", .help = (text), .scale = (factor)
#define GAUGE(name, text)	    .series = (name), .type = "gauge", .help = (text), .scale = 1

/* The kernel's averages: 2^11 is one percent. */
#define AVERAGE(name, row, window)                                                                           \
	{                                                                                                    \
		MEMBER(name, (unsigned)USAGE_PRESSURE_FIRST << (row), pressure[row][window]),                \
			.unit = 1.0 / 2048, .needs = NEED_METRICS                                            \
	}
#define PRESSURE(resource, kind, row)                                                                        \
	AVERAGE("pressure." resource "." kind "_avg10", row, 0),                                             \
		AVERAGE("pressure." resource "." kind "_avg60", row, 1),                                     \
		AVERAGE("pressure." resource "." kind "_avg300", row, 2)

#define NETWORK (NEED_METRICS | NEED_NETWORK)

/* clang-format off */
static const struct figure table[] = {
	{MEMBER("cpu_stats.cpu_usage.total_usage", USAGE_CPU, cpu_ns), .needs = NEED_METRICS,
	 COUNTER("container_cpu_usage_seconds_total", "CPU time used.", 1e-9)},
	{COMPUTED("cpu_stats.online_cpus", 0, online_cpus), .needs = NEED_METRICS},
	{MEMBER("cpu_stats.throttling_data.periods", USAGE_THROTTLING, periods), .needs = NEED_METRICS,
	 COUNTER("container_cpu_cfs_periods_total", "Enforcement periods elapsed.", 1)},
	{MEMBER("cpu_stats.throttling_data.throttled_periods", USAGE_THROTTLING, throttled_periods),
	 .needs = NEED_METRICS, COUNTER("container_cpu_cfs_throttled_periods_total", "Periods that were throttled.", 1)},
	{MEMBER("cpu_stats.throttling_data.throttled_time", USAGE_THROTTLING, throttled_ns), .needs = NEED_METRICS,
	 COUNTER("container_cpu_cfs_throttled_seconds_total", "Time throttled.", 1e-9)},
	{COMPUTED("cpu_percent", USAGE_CPU, cpu_percent), .needs = NEED_METRICS | NEED_RATE},
	{MEMBER("memory_stats.usage", USAGE_MEMORY, memory), .needs = NEED_METRICS,
	 GAUGE("container_memory_usage_bytes", "Memory used, caches included.")},
	{COMPUTED("memory_stats.limit", USAGE_MEMORY_LIMIT, memory_limit), .needs = NEED_METRICS},
	{COMPUTED(NULL, USAGE_MEMORY_LIMIT, own_memory_limit),
	 GAUGE("container_spec_memory_limit_bytes", "Memory limit, 0 if there is none.")},
	{MEMBER("memory_stats.stats.inactive_file", USAGE_INACTIVE_FILE, inactive_file), .needs = NEED_METRICS},
	{MEMBER("memory_stats.stats.total_inactive_file", USAGE_INACTIVE_FILE, inactive_file), .needs = NEED_METRICS},
	{MEMBER("memory_stats.oom_kills", USAGE_OOM_KILLS, oom_kills), .needs = NEED_METRICS,
	 COUNTER("container_oom_events_total", "Processes killed for want of memory.", 1)},
	{COMPUTED("memory_working_set", USAGE_MEMORY | USAGE_INACTIVE_FILE, memory_working_set), .needs = NEED_METRICS,
	 GAUGE("container_memory_working_set_bytes", "Memory used without inactive file cache.")},
	{COMPUTED("memory_percent", USAGE_MEMORY | USAGE_MEMORY_LIMIT | USAGE_INACTIVE_FILE, memory_percent),
	 .needs = NEED_METRICS},
	{MEMBER("pids_stats.current", USAGE_PIDS, pids), .needs = NEED_METRICS | NEED_PIDS,
	 GAUGE("container_processes", "Processes and threads.")},
	{MEMBER("pids_stats.limit", USAGE_PIDS_LIMIT, pids_limit), .needs = NEED_METRICS},
	{MEMBER("network_rx_bytes", USAGE_NETWORK, rx_bytes), .needs = NETWORK,
	 COUNTER("container_network_receive_bytes_total", "Bytes received, without loopback.", 1)},
	{MEMBER("network_tx_bytes", USAGE_NETWORK, tx_bytes), .needs = NETWORK,
	 COUNTER("container_network_transmit_bytes_total", "Bytes sent, without loopback.", 1)},
	{MEMBER("network_rx_packets", USAGE_NETWORK, rx_packets), .needs = NETWORK,
	 COUNTER("container_network_receive_packets_total", "Packets received, without loopback.", 1)},
	{MEMBER("network_tx_packets", USAGE_NETWORK, tx_packets), .needs = NETWORK,
	 COUNTER("container_network_transmit_packets_total", "Packets sent, without loopback.", 1)},
	PRESSURE("cpu", "some", PRESSURE_CPU_SOME),
	PRESSURE("cpu", "full", PRESSURE_CPU_FULL),
	PRESSURE("memory", "some", PRESSURE_MEMORY_SOME),
	PRESSURE("memory", "full", PRESSURE_MEMORY_FULL),
	PRESSURE("io", "some", PRESSURE_IO_SOME),
	PRESSURE("io", "full", PRESSURE_IO_FULL),
	{0},
};
/* clang-format on */

const struct figure *figures(void)
{
	return table;
}

bool figures_end(const struct figure *f)
{
	return !f->path && !f->series;
}

bool figure_read(const struct figure *f, const struct usage *now, const struct usage *base, struct value *out)
{
	__u64 member;

	if ((now->fields & f->required) != f->required)
		return false;
	if (f->compute)
		return f->compute(now, base, out);
	member = *(const __u64 *)(const void *)((const char *)now + f->offset);
	*out = f->unit != 0 ? value_double((double)member * f->unit) : value_uint(member);
	return true;
}

bool figure_below(const struct figure *f, const struct usage *now, uint64_t below, long double *lo,
		  long double *hi)
{
	bool bytes = f->offset == offsetof(struct usage, memory) && f->required == USAGE_MEMORY;
	long double most = (long double)(below - 1);

	*lo = 0;
	if (bytes || f->compute == memory_working_set)
		*hi = most;
	else if (f->compute == memory_percent)
		*hi = most * 100 / (long double)effective_limit(now) * (1 + 1e-12L);
	else if (f->compute == memory_limit)
		*lo = *hi = (long double)effective_limit(now);
	else
		return false;
	return true;
}

const struct figure *figure_find(const char *path)
{
	for (const struct figure *f = table; !figures_end(f); f++)
		if (f->path && !strcasecmp(f->path, path))
			return f;
	return NULL;
}

const char *const *figure_paths(void)
{
	static _Thread_local const char *list[ARRAY_LEN(table)];
	size_t n = 0;

	for (const struct figure *f = table; !figures_end(f); f++)
		if (f->path)
			list[n++] = f->path;
	list[n] = NULL;
	return list;
}

/* ---- documents ---- */

bool figure_find_saved(const struct figure *f, struct json_object *doc, struct value *out)
{
	const char *path = f->path;
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

struct json_object *figures_to_json(const struct usage *now, const struct usage *base)
{
	struct json_object *j = json_object_new_object();
	struct value v;

	for (const struct figure *f = table; !figures_end(f); f++)
		if (f->path && figure_read(f, now, base, &v))
			put_at_path(j, f->path, value_to_json(v));
	return j;
}

struct json_object *figures_read_networks(pid_t pid, const char *id)
{
	static const char *const names[NET_FIGURES] = {"rx_bytes", "rx_packets", "rx_errors", "rx_dropped",
						       "tx_bytes", "tx_packets", "tx_errors", "tx_dropped"};
	struct json_object *networks = json_object_new_object();
	struct net_interface *list;
	size_t n = metrics_read_interfaces(pid, id, &list);

	for (size_t i = 0; i < n; i++) {
		struct json_object *net = json_object_new_object();

		for (size_t k = 0; k < NET_FIGURES; k++)
			json_add_uint(net, names[k], list[i].figures[k]);
		json_object_object_add(networks, list[i].name, net);
	}
	free(list);
	return networks;
}
