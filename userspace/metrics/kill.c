/* The end of all processes of a container, without dockerd. */
#include "base/memory.h"
#include "cgroup_internal.h"
#include "metrics/metrics.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ROUNDS 200 /* a fork bomb makes new ones while it is killed */

/* cgroup v2 from 5.14 ends all at once, descendants included (kernel:
 * Documentation/admin-guide/cgroup-v2.rst). */
static bool kill_at_once(const char *cgroup)
{
	AUTO(free_charp) char *path = mem_printf("%s/cgroup.kill", cgroup);
	AUTO(close_fdp) int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && write(fd, "1", 1) == 1;
}

/* Looked at again once it is held: its number may be another's since it was listed. */
static void kill_process(pid_t pid, const char *id)
{
	AUTO(close_fdp) int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (fd >= 0 && !cgroup_is_others(pid, id))
		syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0);
}

static size_t kill_listed(const char *cgroup, const char *id)
{
	AUTO(free_charp) char *path = mem_printf("%s/cgroup.procs", cgroup);
	FILE *f = fopen(path, "re");
	size_t n = 0;
	int pid;

	for (; f && fscanf(f, "%d", &pid) == 1; n++)
		kill_process(pid, id);
	if (f)
		fclose(f);
	return n;
}

/* In the cgroup and all below it; how many there were. */
static size_t kill_below(const char *cgroup, const char *id)
{
	size_t n = kill_listed(cgroup, id);
	DIR *dir = opendir(cgroup);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		AUTO(free_charp) char *path = mem_printf("%s/%s", cgroup, entry->d_name);

		if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
			n += kill_below(path, id);
	}
	if (dir)
		closedir(dir);
	return n;
}

int metrics_kill(const struct metrics_target *target, struct err *err)
{
	struct cgroup_place places[CGROUP_ROLES], *place = &places[CGROUP_PIDS];
	char outer[METRICS_ID_SIZE];
	struct cgroup_mounts mounts;

	if (!target->pid)
		return err_set(err, 0, "its processes are not on this host");
	if (cgroup_find_mounts(&mounts, err) || cgroup_locate(&mounts, target, places, outer, err))
		return -1;
	if (!place->present)
		place = &places[CGROUP_UNIFIED];
	if (!place->present || !strstr(place->path, target->id))
		return err_set(err, 0, "no cgroup that carries its id is known; nothing else is touched");
	if (kill_at_once(place->path))
		return 0;
	for (int round = 0; round < ROUNDS; round++) {
		if (!kill_below(place->path, target->id))
			return 0;
		usleep(5000);
	}
	return err_set(err, 0, "there are always new processes in %s", place->path);
}
