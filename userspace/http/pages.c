/* The documents behind the pages. */
#include "pages_internal.h"
#include "base/clock.h"
#include "html_internal.h"
#include "machine_internal.h"
#include "one_internal.h"
#include "owners_internal.h"
#include "past_internal.h"
#include "base/json.h"
#include "base/version.h"
#include "base/text.h"
#include "rules/needs.h"
#include "view/figures.h"

#include <string.h>

#define FRESH_NS (2 * NS_PER_S)

/* null until there has been a full check. */
static void add_time(struct json_object *j, const char *key, uint64_t wall_ns)
{
	char text[40];

	clock_format(wall_ns, ' ', text, sizeof(text));
	json_object_object_add(j, key, wall_ns ? json_object_new_string(text) : NULL);
}

static struct json_object *detections_since(struct enforcer *e, const struct page_query *q, uint64_t since_ns)
{
	const struct ledger_filter filter = {since_ns, q->show_all_violated_rules, q->show_image_and_labels};
	uint64_t start = atomic_load(&e->periodic.start_ns), end = atomic_load(&e->periodic.end_ns);
	struct json_object *j = json_object_new_object();
	char took[40];

	add_time(j, "last_full_check_run_timestamp_start", start);
	add_time(j, "last_full_check_run_timestamp_end", end);
	clock_format_duration(end - start, took, sizeof(took));
	json_object_object_add(j, "last_full_check_run_time", end ? json_object_new_string(took) : NULL);
	json_object_object_add(j, "detections", ledger_to_json(e->outlets.ledger, &filter));
	if (q->show_exemptions)
		json_object_object_add(j, "exemptions", ledger_exemptions_to_json(e->outlets.ledger));
	return j;
}

static struct json_object *read_detections(struct enforcer *e, const struct page_query *q)
{
	return detections_since(e, q, 0);
}

/* Seen within the last CHECK_INTERVAL_S: what a full check that is due would find again. */
static struct json_object *read_recent(struct enforcer *e, const struct page_query *q)
{
	return detections_since(e, q, clock_wall_ns() - (uint64_t)e->config->check_interval_s * NS_PER_S);
}

void pages_refresh_usage(struct enforcer *e)
{
	struct policy *p = policy_slot_get(e->policy);
	bool kept_fresh = e->check.watch_interval_ns && p->needs & NEED_MEASURED &&
			  e->check.watch_interval_ns <= FRESH_NS;
	struct err err;

	policy_put(p);
	if (e->metrics && !kept_fresh && strcmp(metrics_source(e->metrics), "docker") != 0)
		(void)metrics_collect(e->metrics, &err);
}

static void add_violation(struct json_object *list, const struct rule *rule, uint64_t since_ns)
{
	struct json_object *v = json_object_new_object();
	double seconds = (double)(clock_monotonic_ns() - since_ns) / 1e9;

	json_add_str(v, "rule", rule->name);
	json_object_object_add(v, "for_s", json_object_new_double(seconds));
	json_object_array_add(list, v);
}

/* Those that are enforced come first. */
static struct json_object *violations_to_json(const struct policy *p, int mode,
					      const struct inventory_entry *entry)
{
	const struct rule_list *rules = &p->lists[FILE_RULES];
	struct json_object *list = json_object_new_array();

	for (int enforced = 1; enforced >= 0; enforced--)
		for (size_t i = 0; i < entry->violations; i++)
			for (size_t k = 0; k < rules->count; k++)
				if (rules->items[k].hash == entry->violated[i] &&
				    rule_is_enforced(&rules->items[k], mode) == enforced)
					add_violation(list, &rules->items[k], entry->since_ns[i]);
	return list;
}

static struct json_object *entry_to_json(struct enforcer *e, const struct policy *p,
					 const struct inventory_entry *entry)
{
	const struct container *c = entry->container;
	struct json_object *j = json_object_new_object(), *metrics = NULL;
	const char *action = ledger_action(e->outlets.ledger, c, c->started_ns);
	char started[40];

	json_add_str(j, "id", c->id);
	json_add_str(j, "name", c->name);
	json_add_str(j, "image", c->image);
	json_add_str(j, "owner", c->owner ? c->owner : OWNER_UNKNOWN);
	json_add_int(j, "position", entry->position);
	clock_format_rfc3339(c->started_ns, started, sizeof(started));
	json_add_str(j, "started", started);
	if (*entry->nested_in)
		json_add_str(j, "nested_in", entry->nested_in);
	if (entry->measured) {
		metrics = figures_to_json(&entry->now, &entry->base);
		if (c->own_network)
			json_object_object_add(metrics, "networks", figures_read_networks(c->pid, c->id));
	}
	json_object_object_add(j, "metrics", metrics);
	json_object_object_add(j, "violations", violations_to_json(p, e->config->mode, entry));
	if (action)
		json_add_str(j, "action", action);
	return j;
}

struct json_object *pages_read_container(struct enforcer *e, const struct inventory_entry *entry)
{
	struct policy *p = policy_slot_get(e->policy);
	struct json_object *j = entry_to_json(e, p, entry);

	policy_put(p);
	return j;
}

struct json_object *pages_read_containers(struct enforcer *e, const char *owner)
{
	struct json_object *list = json_object_new_array();
	struct policy *p = policy_slot_get(e->policy);
	struct inventory_entry *entries;
	size_t n = inventory_snapshot(e->inventory, &entries);

	for (size_t i = 0; i < n; i++) {
		const char *whose = entries[i].container->owner;

		if (!owner || !strcmp(owner, whose ? whose : OWNER_UNKNOWN))
			json_object_array_add(list, entry_to_json(e, p, &entries[i]));
	}
	inventory_free_entries(entries, n);
	policy_put(p);
	return list;
}

static struct json_object *read_containers(struct enforcer *e, const struct page_query *q)
{
	(void)q;
	pages_refresh_usage(e);
	return pages_read_containers(e, NULL);
}

static void add_load(struct json_object *j, struct enforcer *e)
{
	const struct load l = health_load(e);
	char time[40];

	clock_format_rfc3339(l.wall_ns, time, sizeof(time));
	json_add_str(j, "rules_hash", l.hash);
	json_add_str(j, "last_reload", time);
	json_object_object_add(j, "last_reload_success", json_object_new_boolean(!l.failed));
	if (l.failed)
		json_add_str(j, "last_reload_error", l.problem);
}

static struct json_object *read_config(struct enforcer *e, const struct page_query *q)
{
	struct json_object *j = config_to_json(e->config);

	(void)q;
	json_add_str(j, "version", version_text());
	json_add_str(j, "effective_metrics_source", e->metrics ? metrics_source(e->metrics) : "none");
	json_add_str(j, "effective_metrics_reason",
		     e->metrics ? metrics_reason(e->metrics) : "DISABLE_METRICS");
	json_object_object_add(j, "effective_run_watch",
			       json_object_new_boolean(e->check.watch_interval_ns != 0));
	json_add_int(j, "effective_watch_interval_ms", (int64_t)(e->check.watch_interval_ns / NS_PER_MS));
	json_object_object_add(j, "effective_run_tripwires", json_object_new_boolean(e->wiring != NULL));
	add_load(j, e);
	return j;
}

static struct json_object *read_source(struct enforcer *e, enum rule_file f)
{
	struct policy *p = policy_slot_get(e->policy);
	struct json_object *j = json_tokener_parse(p->source[f]);

	policy_put(p);
	return j;
}

static struct json_object *read_rules(struct enforcer *e, const struct page_query *q)
{
	(void)q;
	return read_source(e, FILE_RULES);
}

static struct json_object *read_request_rules(struct enforcer *e, const struct page_query *q)
{
	(void)q;
	return read_source(e, FILE_REQUEST_RULES);
}

static struct json_object *read_whitelist_rules(struct enforcer *e, const struct page_query *q)
{
	(void)q;
	return read_source(e, FILE_WHITELIST_RULES);
}

static struct json_object *read_triggers(struct enforcer *e, const struct page_query *q)
{
	struct json_object *list = read_source(e, FILE_TRIGGERS);

	(void)q;
	triggers_hide_secrets(list);
	return list;
}

static const struct page pages[] = {
	{"/", "Detections", read_detections, html_detections, 5, NULL},
	{"/recent", "Recent", read_recent, html_detections, 5, NULL},
	{"/containers", "Containers", read_containers, html_containers, 2, NULL},
	{"/containers/", "Container", one_read, html_one, 5, NULL},
	{"/owners", "Owners", owners_read, html_owners, 5, NULL},
	{"/owners/", "Owner", owners_read_one, html_owner, 5, NULL},
	{"/host", "Host", machine_read, html_machine, 5, NULL},
	{"/history", "History", past_read, html_past, 5, NULL},
	{"/rules", "Rules", read_rules, html_rules, 0, NULL},
	{"/request_rules", "Request rules", read_request_rules, html_rules, 0, NULL},
	{"/whitelist_rules", "Whitelist rules", read_whitelist_rules, html_rules, 0, NULL},
	{"/triggers", "Triggers", read_triggers, html_triggers, 0, NULL},
	{"/config", "Configuration", read_config, html_config, 0, NULL},
	{"/healthz", "Health", health_read, NULL, 0, health_is_ok},
};

const struct page *page_at(size_t i)
{
	return i < ARRAY_LEN(pages) ? &pages[i] : NULL;
}

bool page_is_of_one(const struct page *page)
{
	size_t len = strlen(page->path);

	return len > 1 && page->path[len - 1] == '/';
}

const struct page *page_find(const char *path)
{
	for (size_t i = 0; i < ARRAY_LEN(pages); i++)
		if (!strcmp(pages[i].path, path) ||
		    (page_is_of_one(&pages[i]) && str_starts_with(path, pages[i].path)))
			return &pages[i];
	return NULL;
}

static bool is_missing(const struct page *page, struct json_object *doc)
{
	return !doc && page_is_of_one(page);
}

enum page_outcome page_write_json(const struct page *page, struct enforcer *e, const struct page_query *q,
				  struct buf *out)
{
	AUTO(json_putp) struct json_object *doc = page->read(e, q);

	const char *text;
	size_t len;

	if (is_missing(page, doc))
		return PAGE_MISSING;
	text = json_object_to_json_string_length(
		doc, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE,
		&len);
	buf_escape_json(out, text, len);
	buf_puts(out, "\n");
	return page->is_ok && !page->is_ok(doc) ? PAGE_NOT_OK : PAGE_OK;
}

enum page_outcome page_write_html(const struct page *page, struct enforcer *e, const struct page_query *q,
				  struct buf *out)
{
	AUTO(json_putp) struct json_object *doc = page->read(e, q);
	const struct page_context c = {e, q, page->path, doc};

	if (is_missing(page, doc))
		return PAGE_MISSING;
	html_begin(page, e, out);
	page->render(&c, out);
	html_end(e, out);
	return PAGE_OK;
}
