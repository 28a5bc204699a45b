#include "owners_internal.h"
#include "base/clock.h"
#include "base/json.h"
#include "history/owners.h"
#include "prometheus_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_since(struct json_object *j, uint64_t wall_ns)
{
	char text[40];

	clock_format_rfc3339(wall_ns, text, sizeof(text));
	json_object_object_add(j, "since", wall_ns ? json_object_new_string(text) : NULL);
}

struct json_object *owners_read(struct enforcer *e, const struct page_query *q)
{
	struct json_object *list = json_object_new_array();
	struct owner_total *totals;
	size_t n;

	(void)q;
	pages_refresh_usage(e);
	n = owner_totals(e->inventory, e->owners, &totals);
	for (size_t i = 0; i < n; i++)
		json_object_array_add(list, owner_total_to_json(&totals[i]));
	free(totals);
	return list;
}

struct things {
	const char *owner;
	struct json_object *list;
};

static void list_thing(void *arg, enum owned_kind kind, const char *id, const struct ownership *who,
		       uint64_t since_ns)
{
	const struct things *t = arg;
	struct json_object *j;

	if (kind == OWNED_EXEC || strcmp(who->owner, t->owner) != 0)
		return;
	j = json_object_new_object();
	json_add_str(j, "kind", owned_kind_name(kind));
	json_add_str(j, "id", id);
	json_add_str(j, "made_by", who->maker);
	add_since(j, since_ns);
	json_object_array_add(t->list, j);
}

struct json_object *owners_read_one(struct enforcer *e, const struct page_query *q)
{
	struct owner_total none = {0}, *totals, *t = &none;
	struct things things = {q->name, json_object_new_array()};
	struct json_object *j;
	size_t n;

	pages_refresh_usage(e);
	n = owner_totals(e->inventory, e->owners, &totals);
	snprintf(none.owner, sizeof(none.owner), "%s", q->name);
	for (size_t i = 0; i < n; i++)
		if (!strcmp(totals[i].owner, q->name))
			t = &totals[i];
	j = owner_total_to_json(t);
	free(totals);
	json_object_object_add(j, "now", pages_read_containers(e, q->name));
	owners_each(e->owners, list_thing, &things);
	json_object_object_add(j, "things", things.list);
	return j;
}

/* ---- Prometheus ---- */

static double running_of(const struct owner_total *t)
{
	return (double)t->running;
}

static double memory_of(const struct owner_total *t)
{
	return (double)t->memory;
}

static double limits_of(const struct owner_total *t)
{
	return (double)t->memory_limits;
}

static double unlimited_of(const struct owner_total *t)
{
	return (double)t->unlimited;
}

static double cpus_of(const struct owner_total *t)
{
	return t->cpu_percent / 100;
}

static double pids_of(const struct owner_total *t)
{
	return (double)t->pids;
}

static double violating_of(const struct owner_total *t)
{
	return (double)t->violating;
}

static const struct series {
	const char *name, *help;
	double (*of)(const struct owner_total *t);
} series[] = {
	{"docker_enforcer_owner_containers", "Running containers of an owner.", running_of},
	{"docker_enforcer_owner_violating", "Those of them that break a rule.", violating_of},
	{"docker_enforcer_owner_memory_bytes", "Memory that an owner's containers use.", memory_of},
	{"docker_enforcer_owner_memory_limit_bytes",
	 "Limits on memory of an owner's containers, of those that have one, together.", limits_of},
	{"docker_enforcer_owner_unlimited", "An owner's containers without a limit on memory.", unlimited_of},
	{"docker_enforcer_owner_cpus", "CPUs that an owner's containers use.", cpus_of},
	{"docker_enforcer_owner_processes", "Processes of an owner's containers.", pids_of},
};

void prom_owners(struct enforcer *e, struct buf *out)
{
	struct owner_total *totals;
	size_t n = owner_totals(e->inventory, e->owners, &totals);

	for (size_t s = 0; s < ARRAY_LEN(series); s++) {
		prom_header(out, series[s].name, "gauge", series[s].help);
		for (size_t i = 0; i < n; i++) {
			buf_printf(out, "%s{", series[s].name);
			prom_label(out, "owner", totals[i].owner);
			buf_printf(out, "} %.15g\n", series[s].of(&totals[i]));
		}
	}
	free(totals);
}
