/*
 * Finding containers by their cgroups, and collections while cgroups come and go; on this kernel, as root.
 * Makes cgroups below one of its own and removes them.
 */
#include "unit.h"

#include "base/clock.h"
#include "metrics/cgroup_internal.h"
#include "metrics/metrics.h"

#include <errno.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct cgroup_mounts mounts;
static char top[32]; /* beside that of another run */

static void for_each_role(void (*fn)(const char *path), const char *below)
{
	char path[1200];

	for (int r = 0; r < CGROUP_ROLES; r++) {
		snprintf(path, sizeof(path), "%s/%s", mounts.role[r].path, below);
		fn(path);
	}
}

/* The same below this run's own; "" is that itself. */
static void for_each_own(void (*fn)(const char *path), const char *below)
{
	char path[300];

	snprintf(path, sizeof(path), "%s%s%s", top, *below ? "/" : "", below);
	for_each_role(fn, path);
}

static void make(const char *path)
{
	if (mkdir(path, 0755) && errno != EEXIST)
		fail_msg("%s: %s", path, strerror(errno));
}

static void unmake(const char *path)
{
	rmdir(path);
}

static pid_t child = -1;

static void move_child(const char *path)
{
	char procs[1300];
	FILE *f;

	snprintf(procs, sizeof(procs), "%s/cgroup.procs", path);
	f = fopen(procs, "we");
	assert_non_null(f);
	assert_true(fprintf(f, "%d", (int)child) > 0);
	assert_int_equal(fclose(f), 0);
}

static uint64_t inode_of(int role, const char *below)
{
	char path[1200];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", mounts.role[role].path, below);
	assert_int_equal(stat(path, &st), 0);
	return st.st_ino;
}

static int begin(void **state)
{
	struct err err;

	(void)state;
	if (cgroup_find_mounts(&mounts, &err))
		return -1;
	child = fork();
	if (!child) { /* another program: a sanitizer's copy of this one may have threads */
		execlp("sleep", "sleep", "infinity", NULL);
		_exit(127);
	}
	if (child < 0)
		return -1;
	snprintf(top, sizeof(top), "de-unit-%d", (int)getpid());
	for_each_role(make, top);
	return 0;
}

static int end(void **state)
{
	(void)state;
	if (child <= 0) /* it was not begun; 0 would be this process group */
		return 0;
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	for_each_role(unmake, top);
	return 0;
}

/* `made` and `expected` are below our own cgroup; what is above `made` is there. */
static void expect_place(const char *made, const char *expected)
{
	struct cgroup_place place[CGROUP_ROLES];
	char path[300], outer[METRICS_ID_SIZE];
	struct err err;

	snprintf(path, sizeof(path), "%s/%s", top, made);
	for_each_role(make, path);
	for_each_role(move_child, path);
	if (cgroup_locate(&mounts, &(struct metrics_target){ID, child, 0}, place, outer, &err))
		fail_msg("%s", err.msg);
	for_each_role(move_child, top);
	for (int r = 0; r < CGROUP_ROLES; r++) {
		char found[300];

		snprintf(found, sizeof(found), "%s/%s", top, expected);
		assert_true(place[r].present);
		assert_int_equal(place[r].id, inode_of(r, found));
	}
	for_each_role(unmake, path);
}

static void every_drivers_path_is_found(void **state)
{
	char scope[300];

	(void)state;
	expect_place(ID, ID); /* cgroupfs driver, --cgroup-parent */

	/* systemd driver, and an init with cgroups of its own */
	snprintf(scope, sizeof(scope), "%s/docker-" ID ".scope", top);
	for_each_role(make, scope);
	expect_place("docker-" ID ".scope/init.scope", "docker-" ID ".scope");
	for_each_role(unmake, scope);
}

static void a_process_that_ended_is_an_error(void **state)
{
	struct cgroup_place place[CGROUP_ROLES];
	char outer[METRICS_ID_SIZE];
	struct err err;

	(void)state;
	assert_int_equal(
		cgroup_locate(&mounts, &(struct metrics_target){ID, 0x3ffffff0, 0}, place, outer, &err), -1);
	assert_contains(err.msg, "/proc/");
}

#define OUTER "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"

/* The cgroups of the child, as those of container `id` that started then; 0 or the error's code. */
static int locate(const char *id, uint64_t started_ns, char outer[METRICS_ID_SIZE])
{
	struct cgroup_place place[CGROUP_ROLES];
	struct err err = {0};

	return cgroup_locate(&mounts, &(struct metrics_target){id, child, started_ns}, place, outer, &err)
		       ? err.code
		       : 0;
}

static void a_pid_that_is_anothers_by_now_is_noticed(void **state)
{
	char outer[METRICS_ID_SIZE];

	(void)state;
	for_each_own(make, OUTER);
	for_each_own(move_child, OUTER);
	assert_int_equal(locate(OUTER, 0, outer), 0);
	assert_int_equal(locate(ID, 0, outer), ESTALE);
	assert_false(metrics_is_process_of(child, ID));
	assert_true(metrics_is_process_of(child, OUTER));
	for_each_own(move_child, "");
	for_each_own(unmake, OUTER);
	/* a path that names no container: its start decides */
	assert_int_equal(locate(ID, clock_wall_ns(), outer), 0);
	assert_int_equal(locate(ID, clock_wall_ns() - 3600 * NS_PER_S, outer), ESTALE);
}

static void a_container_within_another_is_marked(void **state)
{
	char outer[METRICS_ID_SIZE];

	(void)state;
	for_each_own(make, OUTER);
	for_each_own(make, OUTER "/" ID);
	for_each_own(move_child, OUTER "/" ID);
	assert_int_equal(locate(ID, 0, outer), 0);
	assert_string_equal(outer, OUTER);
	assert_int_equal(locate(OUTER, 0, outer), 0);
	assert_string_equal(outer, "");
	for_each_own(move_child, "");
	for_each_own(unmake, OUTER "/" ID);
	for_each_own(unmake, OUTER);
}

static atomic_bool stop_collecting;

static void *collect_on(void *arg)
{
	const struct timespec moment = {
		0, 20000}; /* a lock that is taken again at once is never anybody else's */
	struct err err;

	while (!atomic_load(&stop_collecting)) {
		assert_int_equal(metrics_collect(arg, &err), 0);
		nanosleep(&moment, NULL);
	}
	return NULL;
}

/* While one thread collects almost without pause, cgroups are made, watched, read, dropped; a record is
 * always its own. */
static void nothing_is_mixed(enum metrics_kind kind)
{
	const struct metrics_options options = {.wanted = kind};
	struct err err;
	struct metrics *m = metrics_open(&options, &err);
	pthread_t thread;

	if (!m)
		fail_msg("%s", err.msg);
	atomic_store(&stop_collecting, false);
	assert_int_equal(pthread_create(&thread, NULL, collect_on, m), 0);
	for (int round = 0; round < 60; round++) {
		int slots[4];
		char below[4][160];

		for (int i = 0; i < 4; i++) {
			char id[80];

			snprintf(id, sizeof(id), "%063d%d", round, i);
			snprintf(below[i], sizeof(below[i]), "%s/%s", top, id);
			for_each_role(make, below[i]);
			for_each_role(move_child, below[i]);
			slots[i] = metrics_watch(m, &(struct metrics_target){id, child, 0}, &err);
			if (slots[i] < 0)
				fail_msg("%s", err.msg);
		}
		uint64_t seen = metrics_times(m).count;

		while (metrics_times(m).count < seen + 2)
			sched_yield();
		for (int i = 0; i < 4; i++) {
			struct usage now, base;

			assert_true(metrics_read(m, slots[i], &now, &base));
			assert_int_equal(now.cgroup_id, inode_of(CGROUP_UNIFIED, below[i]));
			assert_int_equal(now.pids, i == 3); /* the child is in the last one */
		}
		for_each_role(move_child, top);
		for (int i = 0; i < 4; i++)
			for_each_role(unmake, below[i]); /* gone before it is no longer watched */
		for (int i = 0; i < 4; i++)
			metrics_unwatch(m, slots[i]);
	}
	atomic_store(&stop_collecting, true);
	pthread_join(thread, NULL);
	metrics_close(m);
}

static void bpf_mixes_nothing(void **state)
{
	(void)state;
	nothing_is_mixed(METRICS_BPF);
}

static void cgroupfs_mixes_nothing(void **state)
{
	(void)state;
	nothing_is_mixed(METRICS_CGROUPFS);
}

/* Of this thread, in effect only: they can be had back. */
static void set_capability(int bit, bool on)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[2];
	__u32 mask = 1U << bit % 32;

	assert_int_equal(syscall(SYS_capget, &head, sets), 0);
	sets[bit / 32].effective = on ? sets[bit / 32].effective | mask : sets[bit / 32].effective & ~mask;
	assert_int_equal(syscall(SYS_capset, &head, sets), 0);
}

static bool network_is_given(struct metrics *m, int slot)
{
	struct usage now, base;
	struct err err;

	if (metrics_collect(m, &err))
		fail_msg("%s", err.msg);
	assert_true(metrics_read(m, slot, &now, &base));
	return now.fields & USAGE_NETWORK;
}

/* As often as it is asked for: what could not be attached is not there, and is tried again. */
static void network_figures_that_cannot_be_had_are_absent(void **state)
{
	const struct metrics_options options = {.wanted = METRICS_BPF};
	struct err err;
	struct metrics *m = metrics_open(&options, &err);
	AUTO(free_charp) char *own = mem_printf("%s/" ID, top);
	int slot;

	(void)state;
	if (!m)
		fail_msg("%s", err.msg);
	for_each_role(make, own);
	for_each_role(move_child, own);
	slot = metrics_watch(m, &(struct metrics_target){ID, child, 0}, &err);
	assert_true(slot >= 0);

	set_capability(CAP_NET_ADMIN, false);
	set_capability(CAP_SYS_ADMIN, false);
	for (int i = 0; i < 2; i++) {
		err = (struct err){0};
		assert_int_equal(metrics_enable_network(m, &err), -1);
		assert_string_equal(err.msg, "metrics: attaching the BPF network program (needs "
					     "CAP_NET_ADMIN): Operation not permitted");
	}
	set_capability(CAP_SYS_ADMIN, true);
	assert_false(network_is_given(m, slot));
	set_capability(CAP_NET_ADMIN, true);
	assert_int_equal(metrics_enable_network(m, &err), 0);
	assert_true(network_is_given(m, slot));

	metrics_close(m);
	for_each_role(move_child, top);
	for_each_role(unmake, own);
}

/* ---- a container whose program has not begun ---- */

/* Forked, with no program of its own until something comes through the pipe: as runc's init has it. */
static pid_t fork_waiting(int *go)
{
	int ends[2];
	pid_t pid;
	char c;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		while (read(ends[0], &c, 1) != 1)
			;
		execlp("sleep", "sleep", "infinity", NULL);
		_exit(127);
	}
	close(ends[0]);
	*go = ends[1];
	return pid;
}

static bool is_found(struct metrics *m, int slot)
{
	struct usage now, base;
	struct err err;

	assert_int_equal(metrics_collect(m, &err), 0);
	return metrics_read(m, slot, &now, &base);
}

/* A container of one process, which waits. */
struct waiting {
	struct metrics *m;
	char *cgroup;
	struct metrics_target target;
	pid_t sleeper; /* which `child` was */
	int slot, go;
};

static struct waiting begin_waiting(void)
{
	const struct metrics_options options = {.wanted = METRICS_AUTO};
	struct err err;
	struct waiting w = {.m = metrics_open(&options, &err), .sleeper = child};

	assert_non_null(w.m);
	w.cgroup = mem_printf("%s/" ID, top);
	for_each_role(make, w.cgroup);
	child = fork_waiting(&w.go);
	for_each_role(move_child, w.cgroup);
	w.target = (struct metrics_target){ID, child, 0};
	w.slot = metrics_watch(w.m, &w.target, &err);
	assert_true(w.slot >= 0);
	return w;
}

static void let_go(const struct waiting *w)
{
	assert_int_equal(write(w->go, "x", 1), 1);
}

static void end_waiting(struct waiting *w)
{
	close(w->go);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	child = w->sleeper;
	for_each_role(unmake, w->cgroup);
	metrics_close(w->m);
	free(w->cgroup);
}

static void a_container_is_found_when_its_program_has_begun(void **state)
{
	uint64_t until = clock_monotonic_ns() + 9 * NS_PER_S;
	struct waiting w = begin_waiting();

	(void)state;
	assert_false(is_found(w.m, w.slot));
	assert_false(metrics_is_lost(w.m, w.slot));
	let_go(&w);
	while (!is_found(w.m, w.slot))
		sched_yield();
	assert_true(clock_monotonic_ns() < until); /* or it was found for its age */
	end_waiting(&w);
}

/* One whose program hangs in its beginning may hold others. */
static void a_container_whose_program_never_begins_is_found_in_the_end(void **state)
{
	struct waiting w = begin_waiting();
	uint64_t begun = clock_monotonic_ns();

	(void)state;
	while (!is_found(w.m, w.slot))
		usleep(10000);
	assert_true(clock_monotonic_ns() - begun > 9 * NS_PER_S);
	end_waiting(&w);
}

static void what_joins_a_container_counts_when_it_has_begun(void **state)
{
	struct waiting w = begin_waiting();

	(void)state;
	assert_int_not_equal(metrics_count_beginning(w.m, &w.target), 0); /* a sanitizer's copy has threads */
	let_go(&w);
	while (metrics_count_beginning(w.m, &w.target))
		sched_yield();
	end_waiting(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_drivers_path_is_found),
		cmocka_unit_test(a_process_that_ended_is_an_error),
		cmocka_unit_test(a_pid_that_is_anothers_by_now_is_noticed),
		cmocka_unit_test(a_container_within_another_is_marked),
		cmocka_unit_test(network_figures_that_cannot_be_had_are_absent),
		cmocka_unit_test(a_container_is_found_when_its_program_has_begun),
		cmocka_unit_test(a_container_whose_program_never_begins_is_found_in_the_end),
		cmocka_unit_test(what_joins_a_container_counts_when_it_has_begun),
		cmocka_unit_test(bpf_mixes_nothing),
		cmocka_unit_test(cgroupfs_mixes_nothing),
	};

	return cmocka_run_group_tests_name("cgroup", tests, begin, end);
}
