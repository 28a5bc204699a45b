/*
 * cgroup - where a process's cgroups are. Used by metrics/ only. Thread-safe.
 *
 * A container is found by its first process: /proc/PID/cgroup names one cgroup per hierarchy, whatever the
 * cgroup driver, --cgroup-parent or nesting (man 7 cgroups).
 */
#ifndef DE_METRICS_CGROUP_INTERNAL_H
#define DE_METRICS_CGROUP_INTERNAL_H

#include "base/err.h"
#include "metrics/metrics.h"

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
 * container's own (an init that makes cgroups), the container's is the one that carries its id. Where no path
 * carries it, the process must have begun by `started_ns` (wall clock; 0: not known, not checked), or the pid
 * is another's by now: ESTALE. In *outer the id of the container within whose cgroup it lies, "" if in none.
 */
int cgroup_locate(const struct cgroup_mounts *mounts, const struct metrics_target *target,
		  struct cgroup_place out[CGROUP_ROLES], char outer[METRICS_ID_SIZE], struct err *err);

/* The first id of a container in `path` before `end`, or NULL: 64 hexadecimal digits, no more. */
const char *cgroup_find_id(const char *path, const char *end);

/* Whether the process is in a cgroup that carries another container's id, and in none that carries this. */
bool cgroup_is_others(pid_t pid, const char *id);

#endif
