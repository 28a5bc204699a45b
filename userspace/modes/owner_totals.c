#include "modes/owner_totals.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "view/figures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct totals {
	struct owner_total *items;
	size_t count;
};

static struct owner_total *total_of(struct totals *t, const char *owner)
{
	for (size_t i = 0; i < t->count; i++)
		if (!strcmp(t->items[i].owner, owner))
			return &t->items[i];
	t->items = mem_realloc(t->items, (t->count + 1) * sizeof(*t->items));
	t->items[t->count] = (struct owner_total){0};
	snprintf(t->items[t->count].owner, OWNER_MAX, "%s", owner);
	return &t->items[t->count++];
}

static void add_usage(struct owner_total *t, const struct inventory_entry *entry)
{
	const struct usage *u = &entry->now;
	struct value cpu;

	if (!entry->measured)
		return;
	t->memory += u->fields & USAGE_MEMORY ? u->memory : 0;
	t->pids += u->fields & USAGE_PIDS ? u->pids : 0;
	if (u->fields & USAGE_MEMORY_LIMIT && u->memory_limit != USAGE_UNLIMITED)
		t->memory_limits += u->memory_limit;
	else
		t->unlimited++;
	if (figure_read(figure_find("cpu_percent"), u, &entry->base, &cpu))
		t->cpu_percent += (double)value_number(cpu);
}

static void add_running(struct inventory *inv, struct totals *totals)
{
	struct inventory_entry *entries;
	size_t n = inventory_snapshot(inv, &entries);

	for (size_t i = 0; i < n; i++) {
		const char *owner = entries[i].container->owner;
		struct owner_total *t = total_of(totals, owner ? owner : OWNER_UNKNOWN);

		t->running++;
		t->violating += entries[i].violations != 0;
		add_usage(t, &entries[i]);
	}
	inventory_free_entries(entries, n);
}

static void add_thing(void *arg, enum owned_kind kind, const char *id, const struct ownership *who,
		      uint64_t since_ns)
{
	struct owner_total *t;

	(void)id;
	if (kind == OWNED_EXEC)
		return;
	t = total_of(arg, who->owner);
	t->containers += kind == OWNED_CONTAINER;
	t->volumes += kind == OWNED_VOLUME;
	t->networks += kind == OWNED_NETWORK;
	if (!t->since_ns || since_ns < t->since_ns)
		t->since_ns = since_ns;
}

static int by_memory(const void *a, const void *b)
{
	const struct owner_total *x = a, *y = b;

	return x->memory != y->memory ? (x->memory < y->memory) - (x->memory > y->memory)
				      : strcmp(x->owner, y->owner);
}

size_t owner_totals(struct inventory *inv, struct owners *owners, struct owner_total **out)
{
	struct totals t = {.items = mem_calloc(1, sizeof(*t.items))};

	add_running(inv, &t);
	owners_each(owners, add_thing, &t);
	qsort(t.items, t.count, sizeof(*t.items), by_memory);
	*out = t.items;
	return t.count;
}

struct json_object *owner_total_to_json(const struct owner_total *t)
{
	struct json_object *j = json_object_new_object();
	char since[40];

	json_add_str(j, "owner", t->owner);
	json_add_uint(j, "running", t->running);
	json_add_uint(j, "violating", t->violating);
	json_add_uint(j, "memory", t->memory);
	json_add_uint(j, "memory_limits", t->memory_limits);
	json_add_uint(j, "unlimited", t->unlimited);
	json_object_object_add(j, "cpu_percent", json_object_new_double(t->cpu_percent));
	json_add_uint(j, "pids", t->pids);
	json_add_uint(j, "containers", t->containers);
	json_add_uint(j, "volumes", t->volumes);
	json_add_uint(j, "networks", t->networks);
	clock_format_rfc3339(t->since_ns, since, sizeof(since));
	json_object_object_add(j, "since", t->since_ns ? json_object_new_string(since) : NULL);
	return j;
}
