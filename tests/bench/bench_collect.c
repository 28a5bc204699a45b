/*
 * bench_collect - what one collection of every field costs, per cgroup: our BPF walk, kept cgroupfs
 * descriptors, and opening the files each time; all in one run on the same cgroups.   bench_collect N
 * [ROUNDS] As root. Makes N cgroups named de-bench/… in each hierarchy, and removes them.
 */
#include "cgroup.h"
#include "clock.h"
#include "metrics.h"
#include "str.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct cgroup_mounts mounts;

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static void cgroup_path(char *out, size_t size, int role, int i)
{
	if (i < 0)
		snprintf(out, size, "%s/de-bench", mounts.role[role].path);
	else
		snprintf(out, size, "%s/de-bench/%064d", mounts.role[role].path, i);
}

static void make_cgroup(int i)
{
	char path[512];

	for (int r = 0; r < CGROUP_ROLES; r++) {
		cgroup_path(path, sizeof(path), r, i);
		if (mkdir(path, 0755) && errno != EEXIST)
			die(path);
	}
}

static void remove_cgroup(int i)
{
	char path[512];

	for (int r = 0; r < CGROUP_ROLES; r++) {
		cgroup_path(path, sizeof(path), r, i);
		rmdir(path);
	}
}

static void move(pid_t pid, int i)
{
	char path[512], procs[600];

	for (int r = 0; r < CGROUP_ROLES; r++) {
		cgroup_path(path, sizeof(path), r, i);
		snprintf(procs, sizeof(procs), "%s/cgroup.procs", path);
		FILE *f = fopen(procs, "w");

		if (!f || fprintf(f, "%d", (int)pid) < 0 || fclose(f))
			die(procs);
	}
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void report(const char *what, double *ns, int rounds, int n)
{
	qsort(ns, (size_t)rounds, sizeof(*ns), by_value);
	printf("%-28s %6d cgroups %10.2f us in all %8.3f us each (%.3f to %.3f)\n", what, n,
	       ns[rounds / 2] / 1e3, ns[rounds / 2] / 1e3 / n, ns[0] / 1e3 / n, ns[rounds - 1] / 1e3 / n);
}

static void measure_source(enum metrics_kind kind, const char *what, pid_t pid, int n, int rounds)
{
	const struct metrics_options options = {.wanted = kind};
	double *ns = mem_calloc((size_t)rounds, sizeof(*ns));
	struct usage now, base;
	struct err err;
	struct metrics *m = metrics_open(&options, &err);

	if (!m) {
		fprintf(stderr, "%s\n", err.msg);
		exit(2);
	}
	for (int i = 0; i < n; i++) {
		char id[80];

		snprintf(id, sizeof(id), "%064d", i);
		move(pid, i);
		if (metrics_watch(m, id, pid, &err) != i) {
			fprintf(stderr, "%s\n", err.msg);
			exit(2);
		}
	}
	for (int k = -2; k < rounds; k++) { /* two to warm up */
		uint64_t start = clock_monotonic_ns();

		if (metrics_collect(m, &err)) {
			fprintf(stderr, "%s\n", err.msg);
			exit(2);
		}
		if (k >= 0)
			ns[k] = (double)(clock_monotonic_ns() - start);
	}
	for (int i = 0; i < n; i++)
		if (!metrics_read(m, i, &now, &base) || !(now.fields & USAGE_MEMORY) ||
		    !(now.fields & USAGE_CPU))
			fprintf(stderr, "cgroup %d was not measured\n", i);
	report(what, ns, rounds, n);
	metrics_close(m);
	free(ns);
}

static void measure_opening(int n, int rounds)
{
	static const char *const v1[][2] = {{"memory", "memory.usage_in_bytes"},
					    {"memory", "memory.limit_in_bytes"},
					    {"memory", "memory.stat"},
					    {"memory", "memory.oom_control"},
					    {"pids", "pids.current"},
					    {"pids", "pids.max"},
					    {"cpuacct", "cpuacct.usage"},
					    {"cpu", "cpu.stat"},
					    {"unified", "cpu.pressure"},
					    {"unified", "memory.pressure"},
					    {"unified", "io.pressure"}};
	static const char *const v2[][2] = {
		{"", "memory.current"},	 {"", "memory.max"}, {"", "memory.stat"}, {"", "memory.events"},
		{"", "pids.current"},	 {"", "pids.max"},   {"", "cpu.stat"},	  {"", "cpu.pressure"},
		{"", "memory.pressure"}, {"", "io.pressure"}};
	bool pure = mounts.role[CGROUP_MEMORY].v2;
	size_t files = pure ? ARRAY_LEN(v2) : ARRAY_LEN(v1);
	double *ns = mem_calloc((size_t)rounds, sizeof(*ns));
	char path[512], text[16384];

	for (int k = 0; k < rounds; k++) {
		uint64_t start = clock_monotonic_ns();

		for (int i = 0; i < n; i++) {
			for (size_t f = 0; f < files; f++) {
				const char *const *file = pure ? v2[f] : v1[f];

				snprintf(path, sizeof(path), "/sys/fs/cgroup/%s/de-bench/%064d/%s", file[0],
					 i, file[1]);
				int fd = open(path, O_RDONLY | O_CLOEXEC);

				if (fd < 0 || read(fd, text, sizeof(text)) <= 0)
					die(path);
				close(fd);
			}
		}
		ns[k] = (double)(clock_monotonic_ns() - start);
	}
	report("open, read, close each file", ns, rounds, n);
	free(ns);
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 100, rounds = argc > 2 ? atoi(argv[2]) : 15;
	struct err err;
	pid_t pid;

	if (n < 1 || rounds < 1 || cgroup_find_mounts(&mounts, &err)) {
		fprintf(stderr, "usage: bench_collect N [ROUNDS]\n");
		return 2;
	}
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	pid = fork();
	if (!pid) {
		pause();
		_exit(0);
	}
	make_cgroup(-1);
	for (int i = 0; i < n; i++)
		make_cgroup(i);
	measure_source(METRICS_BPF, "bpf walk", pid, n, rounds);
	measure_source(METRICS_CGROUPFS, "kept descriptors", pid, n, rounds);
	measure_opening(n, rounds);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	for (int i = 0; i < n; i++)
		remove_cgroup(i);
	remove_cgroup(-1);
	return 0;
}
