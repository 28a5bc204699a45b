#include "cgroup_internal.h"
#include "base/clock.h"
#include "base/memory.h"
#include "process_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *const controllers[CGROUP_ROLES] = {
	[CGROUP_UNIFIED] = "", [CGROUP_MEMORY] = "memory",   [CGROUP_PIDS] = "pids",
	[CGROUP_CPU] = "cpu",  [CGROUP_CPUACCT] = "cpuacct",
};

static bool list_has(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = list; (p = strstr(p, word)); p += len)
		if ((p == list || p[-1] == ',') && (!p[len] || p[len] == ',' || p[len] == '\n'))
			return true;
	return false;
}

/* man 5 proc, mountinfo: id parent major:minor root mountpoint options … - type source superoptions */
static void note_mount(struct cgroup_mounts *m, char *line)
{
	char root[256], point[256], type[32], super[512];
	char *dash = strstr(line, " - ");

	if (!dash || sscanf(line, "%*d %*d %*s %255s %255s", root, point) != 2 ||
	    sscanf(dash, " - %31s %*s %511s", type, super) != 2)
		return;
	for (int r = 0; r < CGROUP_ROLES; r++) {
		bool v2 = !strcmp(type, "cgroup2") && r == CGROUP_UNIFIED;
		bool v1 = !strcmp(type, "cgroup") && r != CGROUP_UNIFIED && list_has(super, controllers[r]);

		if ((v1 || v2) && !m->role[r].present) {
			m->role[r].present = true;
			m->role[r].v2 = v2;
			snprintf(m->role[r].path, sizeof(m->role[r].path), "%s", point);
		}
	}
}

/* Splits a line of /proc/PID/cgroup, "4:memory:/docker/…". */
static bool split_line(char *line, unsigned *hierarchy, char **list, char **path)
{
	char *colon = strchr(line, ':');

	if (sscanf(line, "%u:", hierarchy) != 1 || !colon)
		return false;
	*list = colon + 1;
	*path = strchr(*list, ':');
	if (!*path)
		return false;
	*(*path)++ = 0;
	(*path)[strcspn(*path, "\n")] = 0;
	return true;
}

static bool line_is_role(const struct cgroup_mount *mount, int role, unsigned hierarchy, const char *list)
{
	if (mount->v2)
		return hierarchy == 0;
	return hierarchy && *controllers[role] && list_has(list, controllers[role]);
}

int cgroup_find_mounts(struct cgroup_mounts *out, struct err *err)
{
	AUTO(close_filep) FILE *f = fopen("/proc/self/mountinfo", "re");
	AUTO(close_filep) FILE *self = fopen("/proc/self/cgroup", "re");
	AUTO(free_charp) char *line = NULL;
	size_t cap = 0;
	unsigned hierarchy;
	char *list, *path;

	*out = (struct cgroup_mounts){0};
	if (!f || !self)
		return err_errno(err, "cgroups: reading /proc/self (is /proc mounted?)");
	while (getline(&line, &cap, f) > 0)
		note_mount(out, line);
	for (int r = 0; r < CGROUP_ROLES; r++)
		if (!out->role[r].present)
			out->role[r] = out->role[CGROUP_UNIFIED];
	while (getline(&line, &cap, self) > 0) {
		if (!split_line(line, &hierarchy, &list, &path))
			continue;
		for (int r = 0; r < CGROUP_ROLES; r++)
			if (line_is_role(&out->role[r], r, hierarchy, list))
				out->role[r].hierarchy = hierarchy;
	}
	if (!out->role[CGROUP_MEMORY].present)
		return err_set(err, ENOENT,
			       "cgroups: no cgroup file system is mounted; mount /sys/fs/cgroup");
	return 0;
}

/* ---- whose cgroup it is ---- */

#define ID_LEN (METRICS_ID_SIZE - 1)

const char *cgroup_find_id(const char *path, const char *end)
{
	while (path < end) {
		size_t n = strspn(path, "0123456789abcdef");

		if (n == ID_LEN && path + n <= end)
			return path;
		path += n ? n : 1;
	}
	return NULL;
}

/* Cuts a path below the container's own cgroup; notes the nearest that it lies within. False: not its path.
 */
static bool cut_at_container(char *path, const char *id, char outer[METRICS_ID_SIZE])
{
	char *at = strstr(path, id);

	if (!at)
		return false;
	at[strcspn(at, "/")] = 0;
	for (const char *other = path; (other = cgroup_find_id(other, at)); other += ID_LEN)
		snprintf(outer, METRICS_ID_SIZE, "%.*s", ID_LEN, other);
	return true;
}

bool cgroup_is_others(pid_t pid, const char *id)
{
	AUTO(free_charp) char *line = NULL;
	bool others = false;
	char proc[64];
	size_t cap = 0;

	snprintf(proc, sizeof(proc), "/proc/%d/cgroup", (int)pid);
	AUTO(close_filep) FILE *f = fopen(proc, "re");
	if (!f)
		return true;
	while (getline(&line, &cap, f) > 0) {
		if (strstr(line, id))
			return false;
		others = others || cgroup_find_id(line, line + strlen(line));
	}
	return others;
}

/* When the process began, by the wall clock as it is now. */
static uint64_t process_start(pid_t pid)
{
	struct process p = {0};
	struct timespec boot;

	process_read(pid, &p);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	return clock_wall_ns() - ((uint64_t)boot.tv_sec * NS_PER_S + (uint64_t)boot.tv_nsec) +
	       p.start_ticks * (NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK));
}

/* dockerd notes the start of a container after that of its process. */
static bool began_in_time(const struct metrics_target *t)
{
	return !t->started_ns || process_start(t->pid) <= t->started_ns + NS_PER_S;
}

int metrics_container_of(pid_t pid, char id[METRICS_ID_SIZE], struct err *err)
{
	AUTO(free_charp) char *line = NULL;
	const char *found = NULL;
	char proc[64];
	size_t cap = 0;

	*id = 0;
	snprintf(proc, sizeof(proc), "/proc/%d/cgroup", (int)pid);
	AUTO(close_filep) FILE *f = fopen(proc, "re");
	if (!f)
		return err_errno(err, "%s", proc);
	while (!found && getline(&line, &cap, f) > 0)
		found = cgroup_find_id(line, line + strlen(line));
	if (found)
		snprintf(id, METRICS_ID_SIZE, "%.*s", ID_LEN, found);
	return 0;
}

/* Whether a line of the first process's is that place, or below it. */
static bool has_place(FILE *f, const char *place)
{
	AUTO(free_charp) char *line = NULL;
	size_t cap = 0, len = strlen(place);
	bool found = false;

	rewind(f);
	while (!found && getline(&line, &cap, f) > 0)
		found = !strncmp(line, place, len) && (line[len] == '/' || line[len] == '\n');
	return found;
}

bool metrics_is_within(pid_t pid, const struct metrics_target *container)
{
	AUTO(free_charp) char *line = NULL;
	char proc[64], first[64];
	bool within = true;
	size_t cap = 0;

	snprintf(proc, sizeof(proc), "/proc/%d/cgroup", (int)pid);
	snprintf(first, sizeof(first), "/proc/%d/cgroup", (int)container->pid);
	AUTO(close_filep) FILE *f = fopen(proc, "re");
	AUTO(close_filep) FILE *own = fopen(first, "re");
	if (!f || !own || !began_in_time(container))
		return false;
	while (within && getline(&line, &cap, f) > 0) {
		const char *id = cgroup_find_id(line, line + strlen(line));

		if (!id)
			continue;
		line[(size_t)(id - line) + strcspn(id, "/\n")] = 0;
		within = !strncmp(id, container->id, ID_LEN) && has_place(own, line);
	}
	return within;
}

/* ---- finding it ---- */

/* A line of /proc/PID/cgroup; true if its path carries the container's id. */
static bool locate_line(const struct cgroup_mounts *mounts, const char *id, char *line,
			struct cgroup_place out[CGROUP_ROLES], char outer[METRICS_ID_SIZE])
{
	unsigned hierarchy;
	char *list, *path;
	struct stat st;
	bool own;

	if (!split_line(line, &hierarchy, &list, &path))
		return false;
	own = cut_at_container(path, id, outer);
	for (int r = 0; r < CGROUP_ROLES; r++) {
		const struct cgroup_mount *mount = &mounts->role[r];

		if (!mount->present || !line_is_role(mount, r, hierarchy, list))
			continue;
		snprintf(out[r].path, sizeof(out[r].path), "%s%s", mount->path, path);
		if (stat(out[r].path, &st) == 0) {
			out[r].id = st.st_ino;
			out[r].present = true;
		}
	}
	return own;
}

int cgroup_locate(const struct cgroup_mounts *mounts, const struct metrics_target *target,
		  struct cgroup_place out[CGROUP_ROLES], char outer[METRICS_ID_SIZE], struct err *err)
{
	AUTO(free_charp) char *line = NULL;
	bool own = false;
	char proc[64];
	size_t cap = 0;

	*outer = 0;
	memset(out, 0, sizeof(*out) * CGROUP_ROLES);
	snprintf(proc, sizeof(proc), "/proc/%d/cgroup", (int)target->pid);
	AUTO(close_filep) FILE *f = fopen(proc, "re");
	if (!f)
		return err_errno(err, "cgroups: %s", proc);
	while (getline(&line, &cap, f) > 0)
		own = locate_line(mounts, target->id, line, out, outer) || own;
	if (!own && (cgroup_is_others(target->pid, target->id) || !began_in_time(target)))
		return err_set(err, ESTALE, "cgroups: process %d is not container %.12s's any more",
			       (int)target->pid, target->id);
	if (!out[CGROUP_MEMORY].present && !out[CGROUP_UNIFIED].present)
		return err_set(
			err, ENOENT,
			"cgroups: process %d of container %.12s has none below %s; it may just have ended",
			(int)target->pid, target->id, mounts->role[CGROUP_MEMORY].path);
	return 0;
}
