/* /metrics in Prometheus' text format (0.0.4): the enforcer's own counters, and usage under cAdvisor's names.
 */
#include "json.h"
#include "pages.h"

#include <stdlib.h>
#include <string.h>

static void add_header(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void add_counter(struct buf *out, const char *name, const char *help, unsigned long long v)
{
	add_header(out, name, "counter", help);
	buf_printf(out, "%s %llu\n", name, v);
}

static void add_gauge(struct buf *out, const char *name, const char *help, double v)
{
	add_header(out, name, "gauge", help);
	buf_printf(out, "%s %.9g\n", name, v);
}

static void add_label(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, "%s=\"", name);
	for (const char *p = value; *p; p++) {
		if (*p == '\n')
			buf_puts(out, "\\n");
		else if (*p == '"' || *p == '\\')
			buf_printf(out, "\\%c", *p);
		else
			buf_add(out, p, 1);
	}
	buf_puts(out, "\"");
}

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
	AUTO(json_putp) struct json_object *labels = json_tokener_parse(c->labels_text);

	add_label(out, "id", c->id);
	buf_puts(out, ",");
	add_label(out, "name", c->name + (*c->name == '/'));
	buf_puts(out, ",");
	add_label(out, "image", c->image);
	json_object_object_foreach (labels, key, value) {
		AUTO(free_charp) char *name = label_name(key);

		/* two labels may look alike to Prometheus: the first counts */
		if (json_object_object_get_ex(seen, name, NULL))
			continue;
		json_object_object_add(seen, name, NULL);
		buf_puts(out, ",");
		add_label(out, name, json_object_get_string(value));
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

static void add_series(struct buf *out, const struct series *s, const struct inventory_entry *entries,
		       const struct scraped *scraped, size_t n)
{
	add_header(out, s->name, s->type, s->help);
	for (size_t i = 0; i < n; i++) {
		bool given = s->field ? entries[i].measured && (entries[i].now.fields & s->field)
				      : scraped[i].has_net;

		if (given)
			buf_printf(out, "%s{%s} %.15g\n", s->name, scraped[i].labels.s,
				   sample_value(s->sample, &entries[i].now, &scraped[i].net));
	}
}

static void add_containers(struct enforcer *e, struct buf *out)
{
	struct inventory_entry *entries;
	size_t n = inventory_snapshot(e->inventory, &entries);
	struct scraped *scraped = mem_calloc(n, sizeof(*scraped));

	for (size_t i = 0; i < n; i++) {
		add_labels(&scraped[i].labels, entries[i].container);
		scraped[i].has_net = entries[i].container->pid &&
				     metrics_read_net_dev(entries[i].container->pid, &scraped[i].net);
	}
	for (size_t i = 0; i < ARRAY_LEN(series); i++)
		add_series(out, &series[i], entries, scraped, n);
	for (size_t i = 0; i < n; i++)
		buf_free(&scraped[i].labels);
	free(scraped);
	inventory_free_entries(entries, n);
}

static void add_detections(void *arg, const char *rule, uint64_t detections)
{
	struct buf *out = arg;

	buf_puts(out, "docker_enforcer_detections_total{");
	add_label(out, "rule", rule);
	buf_printf(out, "} %llu\n", (unsigned long long)detections);
}

static void add_triggers(const struct triggers *t, struct buf *out)
{
	struct triggers_counts n = triggers_counts(t);

	add_counter(out, "docker_enforcer_triggers_run_total", "Triggers run.", n.run);
	add_counter(out, "docker_enforcer_triggers_failed_total", "Triggers that failed.", n.failed);
	add_counter(out, "docker_enforcer_triggers_dropped_total", "Triggers left out, too many waited.",
		    n.dropped);
}

static void add_authz(const struct authz *a, struct buf *out)
{
	struct authz_counts n = authz_counts(a);

	add_header(out, "docker_enforcer_authz_decisions_total", "counter", "Requests to dockerd judged.");
	buf_printf(out, "docker_enforcer_authz_decisions_total{decision=\"allowed\"} %llu\n",
		   (unsigned long long)n.allowed);
	buf_printf(out, "docker_enforcer_authz_decisions_total{decision=\"refused\"} %llu\n",
		   (unsigned long long)n.refused);
	add_counter(out, "docker_enforcer_authz_malformed_total", "Messages that could not be understood.",
		    n.malformed);
	add_counter(out, "docker_enforcer_authz_own_total", "The enforcer's own calls, let through.", n.own);
	add_header(out, "docker_enforcer_authz_duration_seconds", "summary", "Time that decisions took.");
	buf_printf(out, "docker_enforcer_authz_duration_seconds_sum %.9g\n", (double)n.ns / 1e9);
	buf_printf(out, "docker_enforcer_authz_duration_seconds_count %llu\n",
		   (unsigned long long)(n.allowed + n.refused));
}

void page_metrics(struct enforcer *e, struct buf *out)
{
	uint64_t start = atomic_load(&e->check_start_ns), end = atomic_load(&e->check_end_ns);

	pages_refresh_usage(e);
	add_counter(out, "containers_stopped_total", "Containers stopped, killed or paused for a violation.",
		    ledger_stopped(e->ledger));
	add_header(out, "docker_enforcer_detections_total", "counter", "Detections by rule.");
	ledger_each_rule(e->ledger, add_detections, out);
	add_counter(out, "docker_enforcer_exemptions_total", "Violations that an exemption excused.",
		    ledger_exempted(e->ledger));
	add_counter(out, "docker_enforcer_evaluations_total", "Rules evaluated.",
		    atomic_load(&e->evaluations));
	add_counter(out, "docker_enforcer_checks_total", "Full checks.", atomic_load(&e->checks));
	add_counter(out, "docker_enforcer_check_overruns_total",
		    "Periodic checks left out because one took too long.", atomic_load(&e->check_overruns));
	add_gauge(out, "docker_enforcer_last_check_duration_seconds", "Duration of the last full check.",
		  (double)(end - start) / 1e9);
	add_counter(out, "docker_enforcer_watch_ticks_total", "Watch ticks.", atomic_load(&e->watch_ticks));
	add_counter(out, "docker_enforcer_events_total", "Docker events seen.", atomic_load(&e->events));
	add_counter(out, "docker_enforcer_event_reconnects_total", "Event streams that broke.",
		    atomic_load(&e->event_reconnects));
	add_counter(out, "docker_enforcer_docker_requests_total", "Requests made to dockerd.",
		    docker_calls(e->docker));
	add_counter(out, "docker_enforcer_actions_failed_total",
		    "Attempts to stop, kill or pause that failed.", actions_failed(e->actions));
	add_counter(out, "docker_enforcer_actions_suppressed_total",
		    "Actions left out by MAX_ACTIONS_PER_MINUTE.", actions_suppressed(e->actions));
	add_gauge(out, "docker_enforcer_containers", "Running containers known.",
		  (double)inventory_count(e->inventory));
	add_triggers(e->triggers, out);
	if (e->audit)
		add_counter(out, "docker_enforcer_audit_lost_total", "Entries that AUDIT_LOG did not get.",
			    audit_lost(e->audit));
	if (e->authz)
		add_authz(e->authz, out);
	if (e->metrics) {
		add_counter(out, "docker_enforcer_collections_total", "Collections of usage.",
			    metrics_collections(e->metrics));
		add_gauge(out, "docker_enforcer_last_collection_duration_seconds",
			  "Duration of the last collection.", (double)metrics_last_ns(e->metrics) / 1e9);
		add_containers(e, out);
	}
}
