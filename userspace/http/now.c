#include "now_internal.h"
#include "base/json.h"
#include "base/clock.h"
#include "base/memory.h"
#include "view/subject.h"

#include <string.h>

static const char *const names[NOW_BYS] = {"rule", "container", "owner"};
static const char *const members[NOW_BYS] = {"rule", "name", "owner"};

const char *now_by_name(enum now_by by)
{
	return names[by];
}

enum now_by now_by_find(const char *name)
{
	for (int i = 0; name && i < NOW_BYS; i++)
		if (!strcmp(names[i], name))
			return (enum now_by)i;
	return NOW_BY_RULE;
}

/* ---- rows ---- */

static const struct rule *find_rule(const struct policy *p, uint64_t hash)
{
	const struct rule_list *rules = &p->lists[FILE_RULES];

	for (size_t i = 0; i < rules->count; i++)
		if (rules->items[i].hash == hash)
			return &rules->items[i];
	return NULL;
}

static struct json_object *row_of(struct enforcer *e, const struct inventory_entry *entry,
				  const struct rule *rule, uint64_t since_ns)
{
	const struct container *c = entry->container;
	const char *action = ledger_action(e->outlets.ledger, c, c->started_ns);
	struct json_object *row = json_object_new_object();

	json_add_str(row, "id", c->id);
	json_add_str(row, "name", c->name);
	json_add_str(row, "image", c->image);
	json_add_str(row, "owner", OWNER_UNKNOWN);
	json_add_str(row, "rule", rule->name);
	json_add_str(row, "severity", rule->severity ? rule->severity : "");
	json_object_object_add(row, "enforced",
			       json_object_new_boolean(rule_is_enforced(rule, e->config->mode)));
	json_object_object_add(row, "for_s",
			       json_object_new_double((double)(clock_monotonic_ns() - since_ns) / 1e9));
	if (action)
		json_add_str(row, "action", action);
	return row;
}

/* ---- groups ---- */

/* The usual words, the gravest first; others are between the known and none. */
static int severity_rank(const char *severity)
{
	static const char *const words[] = {"critical", "high", "error", "medium", "warning", "low", "info"};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (!strcasecmp(words[i], severity))
			return (int)i;
	return (int)ARRAY_LEN(words) + !*severity;
}

static struct json_object *group_of(struct json_object *groups, const char *key)
{
	struct json_object *g;

	for (size_t i = 0; i < json_count(groups); i++) {
		g = json_object_array_get_idx(groups, i);
		if (!strcmp(json_get_str(g, "key"), key))
			return g;
	}
	g = json_object_new_object();
	json_add_str(g, "key", key);
	json_object_object_add(g, "rows", json_object_new_array());
	json_object_array_add(groups, g);
	return g;
}

/* The less, the graver. */
static int64_t rank_of(struct json_object *group)
{
	struct json_object *rows = json_get(group, "rows");
	int64_t best = INT64_MAX;

	for (size_t i = 0; i < json_count(rows); i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);
		int64_t rank = severity_rank(json_get_str(row, "severity")) +
			       (json_object_get_boolean(json_get(row, "enforced")) ? 0 : 100);

		best = rank < best ? rank : best;
	}
	return best;
}

static int by_gravity(const void *a, const void *b)
{
	struct json_object *x = *(struct json_object *const *)a, *y = *(struct json_object *const *)b;
	int64_t rx = rank_of(x), ry = rank_of(y);
	size_t nx = json_count(json_get(x, "rows")), ny = json_count(json_get(y, "rows"));

	if (rx != ry)
		return rx < ry ? -1 : 1;
	if (nx != ny)
		return nx > ny ? -1 : 1;
	return strcmp(json_get_str(x, "key"), json_get_str(y, "key"));
}

static struct json_object *read_groups(struct enforcer *e, const struct inventory_entry *entries, size_t n,
				       enum now_by by)
{
	struct json_object *groups = json_object_new_array();
	struct policy *p = policy_slot_get(e->policy);

	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < entries[i].violations; k++) {
			const struct rule *rule = find_rule(p, entries[i].violated[k]);
			struct json_object *row;

			if (!rule)
				continue;
			row = row_of(e, &entries[i], rule, entries[i].since_ns[k]);
			json_object_array_add(
				json_get(group_of(groups, json_get_str(row, members[by])), "rows"), row);
		}
	}
	policy_put(p);
	json_object_array_sort(groups, by_gravity);
	return groups;
}

/* ---- figures ---- */

static void add_figure(struct json_object *list, const char *title, uint64_t value, bool bad)
{
	struct json_object *f = json_object_new_object();

	json_add_str(f, "title", title);
	json_add_int(f, "value", (int64_t)value);
	json_object_object_add(f, "bad", json_object_new_boolean(bad && value));
	json_object_array_add(list, f);
}

static struct json_object *read_figures(struct enforcer *e, const struct inventory_entry *entries, size_t n)
{
	struct json_object *list = json_object_new_array();
	uint64_t violating = 0, put_off = 0;

	for (size_t i = 0; i < n; i++) {
		violating += entries[i].violations != 0;
		put_off += entries[i].put_off != 0;
	}
	add_figure(list, "containers", n, false);
	add_figure(list, "violating now", violating, true);
	add_figure(list, "about to be acted upon", put_off, true);
	add_figure(list, "stopped since the start", ledger_stopped(e->outlets.ledger), false);
	if (e->authz)
		add_figure(list, "refused since the start", authz_counts(e->authz).refused, false);
	add_figure(list, "not measured", inventory_unmeasured(e->inventory), true);
	add_figure(list, "not read", inventory_unreadable(e->inventory), true);
	return list;
}

struct json_object *now_read(struct enforcer *e, enum now_by by)
{
	struct json_object *j = json_object_new_object();
	struct inventory_entry *entries;
	size_t n = inventory_snapshot(e->inventory, &entries);

	json_object_object_add(j, "figures", read_figures(e, entries, n));
	json_object_object_add(j, "groups", read_groups(e, entries, n, by));
	inventory_free_entries(entries, n);
	return j;
}
