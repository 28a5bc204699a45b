/*
 * cgroup - where a process's cgroups are. Used by metrics/ only. Thread-safe.
 *
 * A container is found by its first process: /proc/PID/cgroup names one cgroup per hierarchy, whatever the
 * cgroup driver, --cgroup-parent or nesting (man 7 cgroups).
 */
#ifndef DE_METRICS_CGROUP_INTERNAL_H
#define DE_METRICS_CGROUP_INTERNAL_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The hierarchies that matter here. On a pure v2 host all are the unified one. */
enum cgroup_role { CGROUP_UNIFIED, CGROUP_MEMORY, CGROUP_PIDS, CGROUP_CPU, CGROUP_CPUACCT, CGROUP_ROLES };

struct cgroup_mount {
	bool present;
	bool v2;
	uint32_t hierarchy; /* the number in /proc/PID/cgroup; 0 is v2 */
	char path[256];	    /* where it is mounted */
};

struct cgroup_mounts {
	struct cgroup_mount role[CGROUP_ROLES];
};

int cgroup_find_mounts(struct cgroup_mounts *out, struct err *err);

struct cgroup_place {
	bool present;
	uint64_t id; /* the directory's inode number, which is the kernel's cgroup id */
	char path[1024];
};

/*
 * The cgroups of container `id`, whose first process is `pid`. Where the process sits in a cgroup below the
 * container's own (an init that makes cgroups), the container's is the one that carries its id.
 */
int cgroup_locate(const struct cgroup_mounts *mounts, const char *id, pid_t pid,
		  struct cgroup_place out[CGROUP_ROLES], struct err *err);

#endif
