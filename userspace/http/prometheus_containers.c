/* Usage of every container under cAdvisor's names. */
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "prometheus_internal.h"

#include <stdlib.h>

/* "com.example/x" to "container_label_com_example_x". */
static char *label_name(const char *key)
{
	char *name = mem_printf("container_label_%s", key);

	for (char *p = name; *p; p++)
		if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9')))
			*p = '_';
	return name;
}

/* The label set of one container, made once for all its samples. */
static void add_labels(struct buf *out, const struct container *c)
{
	AUTO(json_putp) struct json_object *seen = json_object_new_object();

	prom_label(out, "id", c->id);
	buf_puts(out, ",");
	prom_label(out, "name", c->name + (*c->name == '/'));
	buf_puts(out, ",");
	prom_label(out, "image", c->image);
	for (size_t i = 0; c->labels.type == V_PACKED && i < c->labels.len; i++) {
		const struct value_field *label = &c->labels.fields[i];
		AUTO(free_charp) char *name = label_name(label->name);

		/* two labels may look alike to Prometheus: the first counts */
		if (label->v.type != V_STRING || json_object_object_get_ex(seen, name, NULL))
			continue;
		json_object_object_add(seen, name, NULL);
		buf_puts(out, ",");
		prom_label(out, name, label->v.s);
	}
}

enum sample {
	S_CPU,
	S_THROTTLED_PERIODS,
	S_PERIODS,
	S_THROTTLED_SECONDS,
	S_MEMORY,
	S_WORKING_SET,
	S_MEMORY_LIMIT,
	S_OOM,
	S_PIDS,
	S_RX_BYTES,
	S_TX_BYTES,
	S_RX_PACKETS,
	S_TX_PACKETS,
};

static const struct series {
	const char *name, *type, *help;
	enum sample sample;
	unsigned field;
} series[] = {
	{"container_cpu_usage_seconds_total", "counter", "CPU time used.", S_CPU, USAGE_CPU},
	{"container_cpu_cfs_periods_total", "counter", "Enforcement periods elapsed.", S_PERIODS,
	 USAGE_THROTTLING},
	{"container_cpu_cfs_throttled_periods_total", "counter", "Periods that were throttled.",
	 S_THROTTLED_PERIODS, USAGE_THROTTLING},
	{"container_cpu_cfs_throttled_seconds_total", "counter", "Time throttled.", S_THROTTLED_SECONDS,
	 USAGE_THROTTLING},
	{"container_memory_usage_bytes", "gauge", "Memory used, caches included.", S_MEMORY, USAGE_MEMORY},
	{"container_memory_working_set_bytes", "gauge", "Memory used without inactive file cache.",
	 S_WORKING_SET, USAGE_INACTIVE_FILE},
	{"container_spec_memory_limit_bytes", "gauge", "Memory limit, 0 if there is none.", S_MEMORY_LIMIT,
	 USAGE_MEMORY_LIMIT},
	{"container_oom_events_total", "counter", "Processes killed for want of memory.", S_OOM,
	 USAGE_OOM_KILLS},
	{"container_processes", "gauge", "Processes and threads.", S_PIDS, USAGE_PIDS},
	{"container_network_receive_bytes_total", "counter", "Bytes received, without loopback.", S_RX_BYTES,
	 0},
	{"container_network_transmit_bytes_total", "counter", "Bytes sent, without loopback.", S_TX_BYTES, 0},
	{"container_network_receive_packets_total", "counter", "Packets received, without loopback.",
	 S_RX_PACKETS, 0},
	{"container_network_transmit_packets_total", "counter", "Packets sent, without loopback.",
	 S_TX_PACKETS, 0},
};

static double sample_value(enum sample s, const struct usage *u, const struct net_usage *net)
{
	switch (s) {
	case S_CPU:
		return (double)u->cpu_ns / 1e9;
	case S_PERIODS:
		return (double)u->periods;
	case S_THROTTLED_PERIODS:
		return (double)u->throttled_periods;
	case S_THROTTLED_SECONDS:
		return (double)u->throttled_ns / 1e9;
	case S_MEMORY:
		return (double)u->memory;
	case S_WORKING_SET:
		return u->memory > u->inactive_file ? (double)(u->memory - u->inactive_file) : 0;
	case S_MEMORY_LIMIT:
		return u->memory_limit == USAGE_UNLIMITED ? 0 : (double)u->memory_limit;
	case S_OOM:
		return (double)u->oom_kills;
	case S_PIDS:
		return (double)u->pids;
	case S_RX_BYTES:
		return (double)net->rx_bytes;
	case S_TX_BYTES:
		return (double)net->tx_bytes;
	case S_RX_PACKETS:
		return (double)net->rx_packets;
	case S_TX_PACKETS:
		return (double)net->tx_packets;
	}
	return 0;
}

struct scraped {
	struct buf labels;
	struct net_usage net;
	bool has_net;
};

/* What is known without a measurement. */
static void add_times(struct buf *out, const struct inventory_entry *entries, const struct scraped *scraped,
		      size_t n)
{
	prom_header(out, "container_start_time_seconds", "gauge", "When it started, in Unix time.");
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "container_start_time_seconds{%s} %.3f\n", scraped[i].labels.s,
			   (double)entries[i].container->started_ns / NS_PER_S);
	prom_header(out, "container_last_seen", "gauge", "When it was last known to run, in Unix time.");
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "container_last_seen{%s} %.3f\n", scraped[i].labels.s,
			   (double)clock_wall_ns() / NS_PER_S);
}

static void add_series(struct buf *out, const struct series *s, const struct inventory_entry *entries,
		       const struct scraped *scraped, size_t n)
{
	prom_header(out, s->name, s->type, s->help);
	for (size_t i = 0; i < n; i++) {
		bool given = s->field ? entries[i].measured && (entries[i].now.fields & s->field)
				      : scraped[i].has_net;

		if (given)
			buf_printf(out, "%s{%s} %.15g\n", s->name, scraped[i].labels.s,
				   sample_value(s->sample, &entries[i].now, &scraped[i].net));
	}
}

/* As Docker shows it: from /proc, or where it is another host's from Docker. */
static bool read_network(const struct inventory_entry *entry, struct net_usage *out)
{
	const struct usage *u = &entry->now;

	if (entry->container->pid)
		return entry->container->own_network && metrics_read_net_dev(entry->container->pid, out);
	*out = (struct net_usage){u->rx_bytes, u->rx_packets, u->tx_bytes, u->tx_packets};
	return entry->measured && u->fields & USAGE_NETWORK;
}

void prom_containers(struct enforcer *e, struct buf *out)
{
	struct inventory_entry *entries;
	size_t n = inventory_snapshot(e->inventory, &entries);
	struct scraped *scraped = mem_calloc(n, sizeof(*scraped));

	for (size_t i = 0; i < n; i++) {
		add_labels(&scraped[i].labels, entries[i].container);
		scraped[i].has_net = read_network(&entries[i], &scraped[i].net);
	}
	add_times(out, entries, scraped, n);
	for (size_t i = 0; i < ARRAY_LEN(series); i++)
		add_series(out, &series[i], entries, scraped, n);
	for (size_t i = 0; i < n; i++)
		buf_free(&scraped[i].labels);
	free(scraped);
	inventory_free_entries(entries, n);
}
