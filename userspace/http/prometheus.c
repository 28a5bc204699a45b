/* /metrics in Prometheus' text format (0.0.4): the enforcer's own counters. */
#include "owners_internal.h"
#include "prometheus_internal.h"
#include "base/clock.h"
#include "base/log.h"
#include "modes/wiring.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

void prom_header(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void prom_label(struct buf *out, const char *name, const char *value)
{
	AUTO(free_charp) char *text = str_cut(value, PROM_VALUE_MAX);
	AUTO(buf_free) struct buf seen = {0};

	buf_escape(&seen, text, strlen(text));
	buf_printf(out, "%s=\"", name);
	for (const char *p = seen.s ? seen.s : ""; *p; p++) {
		if (*p == '"' || *p == '\\')
			buf_puts(out, "\\");
		buf_add(out, p, 1);
	}
	buf_puts(out, "\"");
}

static void add_counter(struct buf *out, const char *name, const char *help, unsigned long long v)
{
	prom_header(out, name, "counter", help);
	buf_printf(out, "%s %llu\n", name, v);
}

static void add_gauge(struct buf *out, const char *name, const char *help, double v)
{
	prom_header(out, name, "gauge", help);
	buf_printf(out, "%s %.15g\n", name, v);
}

/* A summary without quantiles: how often, and how long in all. */
static void add_durations(struct buf *out, const char *name, const char *help, uint64_t ns, uint64_t count)
{
	prom_header(out, name, "summary", help);
	buf_printf(out, "%s_sum %.9f\n%s_count %llu\n", name, (double)ns / NS_PER_S, name,
		   (unsigned long long)count);
}

static void add_detections(struct ledger *l, struct buf *out)
{
	struct rule_total *rules;
	size_t n = ledger_rules(l, &rules);

	prom_header(out, "docker_enforcer_detections_total", "counter", "Detections by rule.");
	for (size_t i = 0; i < n; i++) {
		buf_puts(out, "docker_enforcer_detections_total{");
		prom_label(out, "rule", rules[i].rule);
		buf_printf(out, "} %llu\n", (unsigned long long)rules[i].detections);
	}
	free(rules);
}

static void add_load(struct enforcer *e, struct buf *out)
{
	const struct load l = health_load(e);

	add_gauge(out, "docker_enforcer_last_reload_successful",
		  "Whether the latest load of the rules worked.", !l.failed);
	add_gauge(out, "docker_enforcer_last_reload_timestamp_seconds", "When that was, in Unix time.",
		  (double)l.wall_ns / NS_PER_S);
	add_gauge(out, "docker_enforcer_rules", "Rules on containers that are in force.", (double)l.rules);
	prom_header(out, "docker_enforcer_rules_info", "gauge", "The hash of the rules in force.");
	buf_printf(out, "docker_enforcer_rules_info{hash=\"%s\"} 1\n", l.hash);
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

	prom_header(out, "docker_enforcer_authz_decisions_total", "counter", "Requests to dockerd judged.");
	buf_printf(out, "docker_enforcer_authz_decisions_total{decision=\"allowed\"} %llu\n",
		   (unsigned long long)n.allowed);
	buf_printf(out, "docker_enforcer_authz_decisions_total{decision=\"refused\"} %llu\n",
		   (unsigned long long)n.refused);
	add_counter(out, "docker_enforcer_authz_malformed_total", "Messages that could not be understood.",
		    n.malformed);
	add_counter(out, "docker_enforcer_authz_own_total", "The enforcer's own calls, let through.", n.own);
	add_durations(out, "docker_enforcer_authz_duration_seconds", "Time that decisions took.", n.ns,
		      n.allowed + n.refused);
}

static void add_relay(const struct relay *r, struct buf *out)
{
	struct relay_counts n = relay_counts(r);

	add_gauge(out, "docker_enforcer_relay_connections", "Connections that the relay carries.",
		  (double)n.open);
	add_counter(out, "docker_enforcer_relay_connections_total", "Connections that it has carried.",
		    n.total);
	add_counter(out, "docker_enforcer_relay_refused_total",
		    "Connections of which nobody could say whose they were.", n.refused);
	add_counter(out, "docker_enforcer_relay_unreachable_total", "Connections that dockerd did not take.",
		    n.no_engine);
}

static void add_found(struct enforcer *e, struct buf *out)
{
	add_counter(out, "containers_stopped_total", "Containers stopped, killed or paused for a violation.",
		    ledger_stopped(e->outlets.ledger));
	add_detections(e->outlets.ledger, out);
	add_counter(out, "docker_enforcer_exemptions_total", "Violations that an exemption excused.",
		    ledger_exempted(e->outlets.ledger));
	add_counter(out, "docker_enforcer_evaluations_total", "Rules evaluated.",
		    atomic_load(&e->check.evaluations) + (e->authz ? authz_counts(e->authz).evaluations : 0));
}

static void add_checks(struct enforcer *e, struct buf *out)
{
	uint64_t start = atomic_load(&e->periodic.start_ns), end = atomic_load(&e->periodic.end_ns);

	add_counter(out, "docker_enforcer_checks_total", "Full checks.", atomic_load(&e->periodic.checks));
	add_durations(out, "docker_enforcer_check_duration_seconds", "Time that full checks took.",
		      atomic_load(&e->periodic.total_ns), atomic_load(&e->periodic.checks));
	add_counter(out, "docker_enforcer_check_overruns_total",
		    "Periodic checks left out because one took too long.",
		    atomic_load(&e->periodic.overruns));
	add_gauge(out, "docker_enforcer_last_check_duration_seconds", "Duration of the last full check.",
		  (double)(end - start) / 1e9);
	add_gauge(
		out, "docker_enforcer_last_check_timestamp_seconds",
		"When the last full check ended, in Unix time; before the first, when the enforcer started.",
		(double)(end ? end : e->started_ns) / NS_PER_S);
	add_gauge(out, "docker_enforcer_check_interval_seconds", "CHECK_INTERVAL_S; 0 without RUN_PERIODIC.",
		  e->config->run_periodic ? (double)e->config->check_interval_s : 0);
	add_counter(out, "docker_enforcer_watch_ticks_total", "Watch ticks.", atomic_load(&e->watch.ticks));
	add_counter(out, "docker_enforcer_wires_crossed_total",
		    "Containers judged because they crossed a tripwire.", wiring_counts(e->wiring).crossed);
	add_gauge(out, "docker_enforcer_wires", "Tripwires that are set.",
		  (double)wiring_counts(e->wiring).set);
}

static void add_docker(struct enforcer *e, struct buf *out)
{
	add_gauge(out, "docker_enforcer_docker_connected", "Whether Docker's event stream is open.",
		  atomic_load(&e->events.connected));
	add_counter(out, "docker_enforcer_events_total", "Docker events seen.", atomic_load(&e->events.seen));
	add_counter(out, "docker_enforcer_event_reconnects_total",
		    "Event streams that broke; a fresh list makes up for what was missed.",
		    atomic_load(&e->events.reconnects));
	add_counter(out, "docker_enforcer_docker_requests_total", "Requests made to dockerd.",
		    docker_calls(e->docker));
}

static void add_known(struct enforcer *e, struct buf *out)
{
	add_gauge(out, "docker_enforcer_containers", "Running containers known.",
		  (double)inventory_count(e->inventory));
	add_gauge(out, "docker_enforcer_containers_unmeasured", "Containers whose usage cannot be had.",
		  (double)inventory_unmeasured(e->inventory));
	add_gauge(out, "docker_enforcer_containers_unread",
		  "Containers that could not be read, and are tried again.",
		  (double)reading_failing(e->reading));
	add_gauge(out, "docker_enforcer_containers_unreadable",
		  "Containers whose document is too large to be judged.",
		  (double)inventory_unreadable(e->inventory));
}

static void add_outlets(struct enforcer *e, struct buf *out)
{
	add_counter(out, "docker_enforcer_actions_failed_total",
		    "Attempts to stop, kill or pause that failed.", actions_failed(e->outlets.actions));
	add_counter(out, "docker_enforcer_actions_suppressed_total",
		    "Actions left out by MAX_ACTIONS_PER_MINUTE.", actions_suppressed(e->outlets.actions));
	add_triggers(e->outlets.triggers, out);
	add_counter(out, "docker_enforcer_log_lost_total",
		    "Log lines that standard error did not take in time.", log_lost());
	if (e->state)
		add_counter(out, "docker_enforcer_state_lost_total",
			    "Rows of owners and history that STATE_DIR did not get.", state_lost(e->state));
	if (e->outlets.audit)
		add_counter(out, "docker_enforcer_audit_lost_total", "Entries that AUDIT_LOG did not get.",
			    audit_lost(e->outlets.audit));
}

static void add_usage(struct enforcer *e, struct buf *out)
{
	struct metrics_times t = metrics_times(e->metrics);

	add_counter(out, "docker_enforcer_collections_total", "Collections of usage.", t.count);
	add_durations(out, "docker_enforcer_collection_duration_seconds", "Time that collections took.",
		      t.total_ns, t.count);
	add_gauge(out, "docker_enforcer_last_collection_duration_seconds", "Duration of the last collection.",
		  (double)t.last_ns / 1e9);
	if (e->config->export_containers)
		prom_containers(e, out);
}

void page_metrics(struct enforcer *e, struct buf *out)
{
	pages_refresh_usage(e);
	prom_self(e, out);
	add_found(e, out);
	add_checks(e, out);
	add_docker(e, out);
	add_known(e, out);
	add_load(e, out);
	add_outlets(e, out);
	if (e->authz)
		add_authz(e->authz, out);
	if (e->relay)
		add_relay(e->relay, out);
	prom_owners(e, out);
	if (e->metrics)
		add_usage(e, out);
}
