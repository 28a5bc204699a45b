/*
 * bench_collect - what one collection of every field costs, per cgroup: our BPF walk, kept cgroupfs
 * descriptors, and opening the files each time; all in one run on the same cgroups.   bench_collect N
 * [ROUNDS] As root. Makes N cgroups named de-bench/… in each hierarchy, and removes them.
 */
#include "bench.h"
#include "metrics/cgroup_internal.h"
#include "base/clock.h"
#include "metrics/metrics.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
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

/* Of one cgroup. */
static void report(const char *who, double *ns, int rounds, int cgroups, int n)
{
	char size[40];

	for (int k = 0; k < rounds; k++)
		ns[k] /= 1e3 * n;
	snprintf(size, sizeof(size), "%d cgroups", cgroups);
	bench_report("collection, each", size, who, ns, (size_t)rounds, "us");
}

static double resident_kib(void)
{
	long pages = 0, ignored;
	FILE *f = fopen("/proc/self/statm", "r");

	if (!f || fscanf(f, "%ld %ld", &ignored, &pages) != 2)
		die("/proc/self/statm");
	fclose(f);
	return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1024;
}

/* A source that watches the first `n` cgroups. */
static struct metrics *open_source(enum metrics_kind kind, pid_t pid, int n)
{
	const struct metrics_options options = {.wanted = kind};
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
		if (metrics_watch(m, &(struct metrics_target){id, pid, 0}, &err) != i) {
			fprintf(stderr, "%s\n", err.msg);
			exit(2);
		}
	}
	return m;
}

/* Of all `cgroups` there are, the first `n`. */
static void measure_source(enum metrics_kind kind, const char *who, pid_t pid, int cgroups, int n, int rounds)
{
	double *ns = mem_calloc((size_t)rounds, sizeof(*ns)), resident = 0;
	struct metrics *m = open_source(kind, pid, n);
	struct usage now, base;
	struct err err;

	for (int k = -2; k < rounds; k++) { /* two to warm up */
		uint64_t start = clock_monotonic_ns();

		if (!k)
			resident = resident_kib();
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
	resident = resident_kib() - resident;
	report(who, ns, rounds, cgroups, n);
	if (kind == METRICS_BPF)
		bench_report("collection: memory grown", "", "ours", &resident, 1, "KiB");
	metrics_close(m);
	free(ns);
}

/* ---- what others wait for: the walk holds the kernel's cgroup lock ---- */

struct collecting {
	struct metrics *m;
	uint64_t interval_ns;
	atomic_bool ending;
};

static void *collect_on(void *arg)
{
	struct collecting *c = arg;
	const struct timespec pause = {0, (long)c->interval_ns};
	struct err err;

	while (!atomic_load(&c->ending)) {
		if (metrics_collect(c->m, &err))
			exit(2);
		nanosleep(&pause, NULL);
	}
	return NULL;
}

/* A cgroup made and removed, as for each container that starts: the slowest of a hundred, and the median. */
static void time_mkdir(const char *who, int cgroups)
{
	double slowest[20], each[100], medians[20];
	char path[512], size[40];

	cgroup_path(path, sizeof(path), CGROUP_MEMORY, cgroups);
	for (size_t k = 0; k < ARRAY_LEN(slowest); k++) {
		for (size_t i = 0; i < ARRAY_LEN(each); i++) {
			uint64_t start = clock_monotonic_ns();

			if (mkdir(path, 0755))
				die(path);
			each[i] = (double)(clock_monotonic_ns() - start) / 1e3;
			rmdir(path);
		}
		qsort(each, ARRAY_LEN(each), sizeof(*each), bench_compare);
		medians[k] = each[ARRAY_LEN(each) / 2];
		slowest[k] = each[ARRAY_LEN(each) - 1];
	}
	snprintf(size, sizeof(size), "%d cgroups", cgroups);
	bench_report("making a cgroup", size, who, medians, ARRAY_LEN(medians), "us");
	bench_report("making a cgroup: slowest of 100", size, who, slowest, ARRAY_LEN(slowest), "us");
}

static void measure_waiting(pid_t pid, int n)
{
	struct collecting c = {.m = open_source(METRICS_BPF, pid, n), .interval_ns = 10 * NS_PER_MS};
	pthread_t thread;

	if (pthread_create(&thread, NULL, collect_on, &c))
		die("pthread_create");
	time_mkdir("ours", n);
	atomic_store(&c.ending, true);
	pthread_join(thread, NULL);
	metrics_close(c.m);
	time_mkdir("nobody collects", n);
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
	report("open, read, close each file", ns, rounds, n, n);
	free(ns);
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 100, rounds = argc > 2 ? atoi(argv[2]) : 31, kept;
	char who[60];
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
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* whatever becomes of us */
		execlp("sleep", "sleep", "infinity",
		       NULL); /* until a program has begun nothing is measured */
		_exit(127);
	}
	make_cgroup(-1);
	for (int i = 0; i < n; i++)
		make_cgroup(i);
	measure_source(METRICS_BPF, "ours", pid, n, n, rounds);
	kept = (int)(limit.rlim_max / 13) < n ? (int)(limit.rlim_max / 13) : n;
	snprintf(who, sizeof(who), kept == n ? "kept descriptors" : "kept descriptors (of %d)", kept);
	measure_source(METRICS_CGROUPFS, who, pid, n, kept, kept > 500 ? 3 : rounds);
	measure_opening(n, n > 500 ? 3 : rounds);
	if (n >= 1000)
		measure_waiting(pid, n);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	for (int i = 0; i < n; i++)
		remove_cgroup(i);
	remove_cgroup(-1);
	return 0;
}
