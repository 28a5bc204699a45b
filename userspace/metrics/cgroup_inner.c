/* Cgroups within a container's own that carry the ids of others. */
#include "cgroup_internal.h"

#include <fts.h>
#include <stdio.h>
#include <string.h>

#define MOST_CGROUPS 4096

struct found {
	char (*ids)[METRICS_ID_SIZE];
	size_t count, max;
};

static void add_id(struct found *f, const char *id)
{
	for (size_t i = 0; i < f->count; i++)
		if (!strncmp(f->ids[i], id, METRICS_ID_SIZE - 1))
			return;
	snprintf(f->ids[f->count++], METRICS_ID_SIZE, "%s", id);
}

static void walk(const char *root, struct found *f)
{
	char *const roots[] = {(char *)root, NULL};
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	size_t seen = 0;
	FTSENT *e;

	while (tree && f->count < f->max && seen < MOST_CGROUPS && (e = fts_read(tree))) {
		const char *id;

		if (e->fts_info != FTS_D || e->fts_level == FTS_ROOTLEVEL)
			continue;
		seen++;
		id = cgroup_find_id(e->fts_name, e->fts_name + e->fts_namelen);
		if (id)
			add_id(f, id);
	}
	if (tree)
		fts_close(tree);
}

size_t metrics_find_inner(const struct metrics_target *target, char (*ids)[METRICS_ID_SIZE], size_t max)
{
	static const enum cgroup_role roles[] = {CGROUP_MEMORY, CGROUP_UNIFIED};
	struct found f = {.ids = ids, .max = max};
	struct cgroup_place place[CGROUP_ROLES];
	struct cgroup_mounts mounts;
	char outer[METRICS_ID_SIZE];
	struct err err;

	if (!target->pid || cgroup_find_mounts(&mounts, &err) ||
	    cgroup_locate(&mounts, target, place, outer, &err))
		return 0;
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (place[roles[i]].present)
			walk(place[roles[i]].path, &f);
	return f.count;
}
