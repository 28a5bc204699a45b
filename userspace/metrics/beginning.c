/* What the runtime does in a container's cgroup before a program of the container's runs there. */
#include "base/memory.h"
#include "cgroup_internal.h"
#include "process_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_PROCESSES 4096
#define MOST_THREADS   64 /* a container in the host's PID namespace can leave its own to the runtime */

static int compare_pids(const void *a, const void *b)
{
	const pid_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static size_t read_pids(const char *cgroup, pid_t *out, size_t max)
{
	char path[1100];
	size_t n = 0;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	AUTO(close_filep) FILE *f = fopen(path, "re");
	while (f && n < max && fscanf(f, "%d", &out[n]) == 1)
		n++;
	qsort(out, n, sizeof(*out), compare_pids);
	return n;
}

/* Of those processes the ones that came from outside, with no program of their own yet. */
static unsigned count_threads(const pid_t *pids, size_t n)
{
	unsigned threads = 0;
	struct process p;

	for (size_t i = 0; i < n; i++)
		if (process_read(pids[i], &p) && p.no_program &&
		    !bsearch(&p.parent, pids, n, sizeof(*pids), compare_pids))
			threads += p.threads;
	return threads < MOST_THREADS ? threads : MOST_THREADS;
}

unsigned metrics_count_beginning(const struct metrics *m, const struct metrics_target *target)
{
	struct cgroup_place place[CGROUP_ROLES];
	struct cgroup_mounts mounts;
	char outer[METRICS_ID_SIZE];
	pid_t pids[MOST_PROCESSES];
	struct err err;
	size_t n;

	if (!target->pid || !strcmp(metrics_source(m), "docker") || cgroup_find_mounts(&mounts, &err) ||
	    cgroup_locate(&mounts, target, place, outer, &err) || !place[CGROUP_PIDS].present)
		return 0;
	n = read_pids(place[CGROUP_PIDS].path, pids, MOST_PROCESSES);
	return n < MOST_PROCESSES ? count_threads(pids, n) : 0;
}
