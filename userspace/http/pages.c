#include "pages.h"
#include "clock.h"
#include "json.h"

#include <string.h>

#define FRESH_NS (2 * NS_PER_S)

static void put_json(struct json_object *j, struct buf *out)
{
	buf_puts(out,
		 json_object_to_json_string_ext(j, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	buf_puts(out, "\n");
	json_object_put(j);
}

/* null until there has been a full check. */
static void add_time(struct json_object *j, const char *key, uint64_t wall_ns)
{
	char text[40];

	clock_format(wall_ns, ' ', text, sizeof(text));
	json_object_object_add(j, key, wall_ns ? json_object_new_string(text) : NULL);
}

static void put_detections(struct enforcer *e, const struct page_query *q, uint64_t since_ns, struct buf *out)
{
	const struct ledger_filter filter = {since_ns, q->show_all_violated_rules, q->show_image_and_labels};
	uint64_t start = atomic_load(&e->check_start_ns), end = atomic_load(&e->check_end_ns);
	struct json_object *j = json_object_new_object();
	char took[40];

	add_time(j, "last_full_check_run_timestamp_start", start);
	add_time(j, "last_full_check_run_timestamp_end", end);
	clock_format_duration(end - start, took, sizeof(took));
	json_object_object_add(j, "last_full_check_run_time", end ? json_object_new_string(took) : NULL);
	json_object_object_add(j, "detections", ledger_to_json(e->ledger, &filter));
	put_json(j, out);
}

void page_detections(struct enforcer *e, const struct page_query *q, struct buf *out)
{
	put_detections(e, q, 0, out);
}

/* Seen within the last CHECK_INTERVAL_S: what a full check that is due would find again. */
void page_recent(struct enforcer *e, const struct page_query *q, struct buf *out)
{
	put_detections(e, q, clock_wall_ns() - (uint64_t)e->config->check_interval_s * NS_PER_S, out);
}

void pages_refresh_usage(struct enforcer *e)
{
	struct policy *p = enforcer_policy(e);
	bool kept_fresh = e->watching && p->needs & NEED_METRICS &&
			  (uint64_t)e->config->watch_interval_ms * NS_PER_MS <= FRESH_NS;
	struct err err;

	policy_put(p);
	if (e->metrics && !kept_fresh && strcmp(metrics_source(e->metrics), "docker") != 0)
		(void)metrics_collect(e->metrics, &err);
}

static struct json_object *violations_to_json(const struct policy *p, const struct inventory_entry *entry)
{
	const struct rule_list *rules = &p->lists[FILE_RULES];
	struct json_object *list = json_object_new_array();
	uint64_t now = clock_monotonic_ns();

	for (size_t i = 0; i < entry->violations; i++) {
		for (size_t k = 0; k < rules->count; k++) {
			struct json_object *v;

			if (rules->items[k].hash != entry->violated[i])
				continue;
			v = json_object_new_object();
			json_add_str(v, "rule", rules->items[k].name);
			json_object_object_add(
				v, "for_s", json_object_new_double((double)(now - entry->since_ns[i]) / 1e9));
			json_object_array_add(list, v);
		}
	}
	return list;
}

static struct json_object *entry_to_json(const struct policy *p, const struct inventory_entry *entry)
{
	const struct container *c = entry->container;
	struct json_object *j = json_object_new_object(), *metrics = NULL;
	char started[40];

	json_add_str(j, "id", c->id);
	json_add_str(j, "name", c->name);
	json_add_str(j, "image", c->image);
	json_add_int(j, "position", entry->position);
	clock_format(c->started_ns, 'T', started, sizeof(started));
	json_add_str(j, "started", started);
	if (entry->measured) {
		metrics = metrics_to_json(&entry->now, &entry->base);
		if (c->pid)
			json_object_object_add(metrics, "networks", metrics_read_networks(c->pid));
	}
	json_object_object_add(j, "metrics", metrics);
	json_object_object_add(j, "violations", violations_to_json(p, entry));
	return j;
}

void page_containers(struct enforcer *e, const struct page_query *q, struct buf *out)
{
	struct json_object *list = json_object_new_array();
	struct policy *p = enforcer_policy(e);
	struct inventory_entry *entries;
	size_t n;

	(void)q;
	pages_refresh_usage(e);
	n = inventory_snapshot(e->inventory, &entries);
	for (size_t i = 0; i < n; i++)
		json_object_array_add(list, entry_to_json(p, &entries[i]));
	inventory_free_entries(entries, n);
	policy_put(p);
	put_json(list, out);
}

void page_config(struct enforcer *e, const struct page_query *q, struct buf *out)
{
	struct json_object *j = config_to_json(e->config);

	(void)q;
	json_add_str(j, "effective_metrics_source", e->metrics ? metrics_source(e->metrics) : "none");
	json_add_str(j, "effective_metrics_reason",
		     e->metrics ? metrics_reason(e->metrics) : "DISABLE_METRICS");
	json_object_object_add(j, "effective_run_watch", json_object_new_boolean(e->watching));
	put_json(j, out);
}

static void put_source(struct enforcer *e, enum rule_file f, struct buf *out)
{
	struct policy *p = enforcer_policy(e);

	buf_puts(out, p->source[f]);
	buf_puts(out, "\n");
	policy_put(p);
}

void page_rules(struct enforcer *e, const struct page_query *q, struct buf *out)
{
	(void)q;
	put_source(e, FILE_RULES, out);
}

void page_request_rules(struct enforcer *e, const struct page_query *q, struct buf *out)
{
	(void)q;
	put_source(e, FILE_REQUEST_RULES, out);
}

void page_whitelist_rules(struct enforcer *e, const struct page_query *q, struct buf *out)
{
	(void)q;
	put_source(e, FILE_WHITELIST_RULES, out);
}

void page_triggers(struct enforcer *e, const struct page_query *q, struct buf *out)
{
	(void)q;
	put_source(e, FILE_TRIGGERS, out);
}

void page_healthz(struct enforcer *e, const struct page_query *q, struct buf *out)
{
	(void)q;
	buf_printf(out, "{\"status\": \"ok\", \"docker_connected\": %s}\n",
		   atomic_load(&e->connected) ? "true" : "false");
}
