#include "one_internal.h"
#include "base/clock.h"
#include "base/json.h"
#include "history/events.h"
#include "rules/plain.h"

#include <string.h>

#define ID_MIN	  4 /* of an id: less is nobody's */
#define MOST_PAST 200

static void add_event(void *arg, const struct event *e)
{
	json_object_array_add(arg, event_to_json(e));
}

static struct json_object *read_past(struct enforcer *e, const char *container)
{
	const struct event_filter filter = {.container = container, .most = MOST_PAST};
	struct json_object *list = json_object_new_array();
	struct err err;

	events_each(e->state, &filter, add_event, list, &err);
	return list;
}

/* ---- what it is ---- */

/* Environment and document may hold secrets, and are for rules alone. */
static void add_views(struct json_object *j, const struct container *c)
{
	const struct {
		const char *name;
		struct value v;
	} views[] = {
		{"mounts", c->mounts},		 {"capabilities", c->capabilities},
		{"security", c->security},	 {"namespaces", c->namespaces},
		{"networks", c->networks},	 {"ports", c->ports},
		{"devices", c->devices},	 {"user", c->user},
		{"healthcheck", c->healthcheck}, {"image_names", c->image_names},
	};
	struct json_object *all = json_object_new_object();

	for (size_t i = 0; i < ARRAY_LEN(views); i++)
		if (views[i].v.type != V_NULL)
			json_object_object_add(all, views[i].name, value_to_json(views[i].v));
	json_object_object_add(j, "views", all);
}

static void add_limits(struct json_object *j, const struct container *c)
{
	static const char *const names[] = {"Memory",	"MemorySwap", "NanoCpus",
					    "CpuQuota", "PidsLimit",  "RestartPolicy"};
	struct json_object *limits = json_object_new_object();
	struct value host, v;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (value_get(c->params, "HostConfig", strlen("HostConfig"), &host) &&
		    value_get(host, names[i], strlen(names[i]), &v))
			json_object_object_add(limits, names[i], value_to_json(v));
	json_object_object_add(j, "limits", limits);
}

/* ---- what the rules say of it ---- */

static const uint64_t *find_since(const struct inventory_entry *entry, uint64_t hash)
{
	for (size_t i = 0; i < entry->violations; i++)
		if (entry->violated[i] == hash)
			return &entry->since_ns[i];
	return NULL;
}

static struct json_object *rule_to_json(struct enforcer *e, const struct rule *rule,
					const struct inventory_entry *entry)
{
	const uint64_t *since = find_since(entry, rule->hash);
	struct json_object *j = json_object_new_object();
	AUTO(buf_free) struct buf plain = {0};

	json_add_str(j, "rule", rule->name);
	plain_rule(FILE_RULES, rule, &plain);
	json_add_str(j, "plain", plain.s ? plain.s : "");
	json_object_object_add(j, "violated", json_object_new_boolean(since != NULL));
	if (since)
		json_object_object_add(j, "for_s",
				       json_object_new_double((double)(clock_monotonic_ns() - *since) / 1e9));
	json_object_object_add(j, "enforced",
			       json_object_new_boolean(rule_is_enforced(rule, e->config->mode)));
	return j;
}

static void add_rules(struct enforcer *e, struct json_object *j, const struct inventory_entry *entry)
{
	struct json_object *list = json_object_new_array();
	struct policy *p = policy_slot_get(e->policy);
	const struct rule_list *rules = &p->lists[FILE_RULES];

	for (size_t i = 0; i < rules->count; i++)
		if (rules->items[i].enabled)
			json_object_array_add(list, rule_to_json(e, &rules->items[i], entry));
	json_object_object_add(j, "rules", list);
	policy_put(p);
}

/* ---- finding it ---- */

static bool is_meant(const struct container *c, const char *asked)
{
	size_t len = strlen(asked);

	return !strcmp(c->name + (*c->name == '/'), asked) || (len >= ID_MIN && !strncmp(c->id, asked, len));
}

static struct json_object *read_running(struct enforcer *e, const char *asked)
{
	struct inventory_entry *entries;
	struct json_object *j = NULL;
	size_t n;

	pages_refresh_usage(e);
	n = inventory_snapshot(e->inventory, &entries);
	for (size_t i = 0; i < n && !j; i++) {
		if (!is_meant(entries[i].container, asked))
			continue;
		j = pages_read_container(e, &entries[i]);
		json_object_object_add(j, "running", json_object_new_boolean(true));
		add_limits(j, entries[i].container);
		add_views(j, entries[i].container);
		add_rules(e, j, &entries[i]);
		json_object_object_add(j, "history", read_past(e, entries[i].container->id));
	}
	inventory_free_entries(entries, n);
	return j;
}

/* Of one that has ended what happened is left. */
static struct json_object *read_ended(struct enforcer *e, const char *asked)
{
	struct json_object *past = read_past(e, asked), *last = json_object_array_get_idx(past, 0);
	struct json_object *j;

	if (!last) {
		json_object_put(past);
		return NULL;
	}
	j = json_object_new_object();
	json_add_str(j, "id", json_get_str(last, "id"));
	json_add_str(j, "name", json_get_str(last, "name"));
	json_add_str(j, "owner", json_get_str(last, "owner"));
	json_object_object_add(j, "running", json_object_new_boolean(false));
	json_object_object_add(j, "history", past);
	return j;
}

struct json_object *one_read(struct enforcer *e, const struct page_query *q)
{
	struct json_object *j = *q->name ? read_running(e, q->name) : NULL;

	return j || !*q->name ? j : read_ended(e, q->name);
}
