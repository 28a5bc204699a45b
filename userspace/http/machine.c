#include "machine_internal.h"
#include "base/json.h"
#include "enforce/groups.h"
#include "rules/needs.h"

#include <unistd.h>

static struct group sum_up(struct enforcer *e)
{
	struct inventory_entry *entries;
	size_t n = inventory_snapshot(e->inventory, &entries);
	struct group all = {0};

	for (size_t i = 0; i < n; i++) {
		const struct inventory_entry *entry = &entries[i];
		const struct groups_member m = {.container = entry->container,
						.now = entry->measured ? &entry->now : NULL,
						.base = entry->measured ? &entry->base : NULL};

		groups_add_member(&all, &m);
	}
	inventory_free_entries(entries, n);
	return all;
}

static void add_used(struct json_object *host, const struct group *all)
{
	struct json_object *j = json_object_new_object();

	json_add_uint(j, "memory", all->memory);
	json_object_object_add(j, "cpu_percent", json_object_new_double(all->cpu_percent));
	json_add_uint(j, "pids", all->pids);
	json_object_object_add(host, "used_by_containers", j);
}

static void add_promised(struct json_object *host, const struct group *all)
{
	struct json_object *j = json_object_new_object();

	json_add_uint(j, "memory", all->memory_limit);
	json_object_object_add(j, "cpus", json_object_new_double(all->cpus_limit));
	json_add_uint(j, "pids", all->pids_limit);
	json_add_uint(j, "unlimited", all->unlimited);
	json_object_object_add(host, "promised", j);
}

struct json_object *machine_read(struct enforcer *e, const struct page_query *q)
{
	struct json_object *host = inventory_read_host(e->inventory, NEED_HOST);
	struct group all;

	(void)q;
	pages_refresh_usage(e);
	all = sum_up(e);
	if (host)
		json_add_int(host, "cpus", sysconf(_SC_NPROCESSORS_ONLN));
	else /* Docker is on another host, which tells nobody how it does */
		host = json_object_new_object();
	json_add_uint(host, "containers", all.count);
	json_add_uint(host, "measured", all.measured);
	if (all.measured)
		add_used(host, &all);
	add_promised(host, &all);
	return host;
}
