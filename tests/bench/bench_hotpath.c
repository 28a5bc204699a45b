/*
 * bench_hotpath - what the watched pay: a datagram's round trip, a stream's throughput and a context switch
 * on this host, with what the enforcer attaches and without, in turn.   bench_hotpath [ROUNDS]     As root.
 *
 * Only a rule that names a network metric attaches anything to the path of packets (cgroup_skb, twice per
 * packet on loopback: out and in). Nothing is ever attached to the scheduler: there collecting goes on
 * beside.
 */
#include "bench.h"
#include "metrics/cgroup_internal.h"
#include "base/clock.h"
#include "metrics/metrics.h"
#include "base/memory.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TRIPS	   50000
#define STREAMED   (256U << 20)
#define MAX_ROUNDS 100

static void must(bool ok, const char *what)
{
	if (!ok) {
		perror(what);
		exit(2);
	}
}

/* A child that sends back what it gets, over a pair of descriptors. */
static pid_t start_echo(int in, int out)
{
	pid_t pid = fork();
	char c[64];
	ssize_t n;

	must(pid >= 0, "fork");
	if (pid)
		return pid;
	while ((n = read(in, c, sizeof(c))) > 0)
		if (write(out, c, (size_t)n) != n)
			break;
	_exit(0);
}

static double time_trips(int in, int out)
{
	uint64_t start = clock_monotonic_ns();
	char c = 0;

	for (int i = 0; i < TRIPS; i++)
		must(write(out, &c, 1) == 1 && read(in, &c, 1) == 1, "round trip");
	return (double)(clock_monotonic_ns() - start) / TRIPS;
}

static void stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* ns of a datagram there and back over loopback, which delivers it while it is sent: no other process is
 * waited for */
static double time_datagrams(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}, b = a;
	int x = socket(AF_INET, SOCK_DGRAM, 0), y = socket(AF_INET, SOCK_DGRAM, 0);
	socklen_t len = sizeof(a);
	uint64_t start;
	char c = 0;

	must(!bind(x, (struct sockaddr *)&a, len) && !bind(y, (struct sockaddr *)&b, len), "bind");
	getsockname(x, (struct sockaddr *)&a, &len);
	getsockname(y, (struct sockaddr *)&b, &len);
	must(!connect(x, (struct sockaddr *)&b, len) && !connect(y, (struct sockaddr *)&a, len), "connect");
	start = clock_monotonic_ns();
	for (int i = 0; i < TRIPS; i++)
		must(write(x, &c, 1) == 1 && read(y, &c, 1) == 1 && write(y, &c, 1) == 1 &&
			     read(x, &c, 1) == 1,
		     "datagram");
	start = clock_monotonic_ns() - start;
	close(x);
	close(y);
	return (double)start / TRIPS;
}

static void run_on(int cpu) /* -1: anywhere */
{
	cpu_set_t set;

	CPU_ZERO(&set);
	for (size_t i = 0; i < CPU_SETSIZE; i++)
		if (cpu < 0 || i == (size_t)cpu)
			CPU_SET(i, &set);
	must(!sched_setaffinity(0, sizeof(set), &set), "sched_setaffinity");
}

/* ns of two context switches, on one CPU */
static double time_switches(void)
{
	int there[2], back[2];
	double ns;
	pid_t pid;

	must(!pipe(there) && !pipe(back), "pipe");
	run_on(0);
	pid = start_echo(there[0], back[1]);
	ns = time_trips(back[0], there[1]);
	run_on(-1);
	stop(pid);
	for (int i = 0; i < 2; i++) {
		close(there[i]);
		close(back[i]);
	}
	return ns;
}

/* MB/s over loopback TCP */
static double time_stream(void)
{
	static char piece[65536];
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int listener = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0), in;
	socklen_t len = sizeof(a);
	uint64_t start;
	pid_t pid;

	must(!bind(listener, (struct sockaddr *)&a, len) && !listen(listener, 1), "listen");
	getsockname(listener, (struct sockaddr *)&a, &len);
	must(!connect(fd, (struct sockaddr *)&a, len), "connect");
	in = accept(listener, NULL, NULL);
	pid = fork();
	must(pid >= 0 && in >= 0, "fork");
	if (!pid) {
		close(fd);
		while (read(in, piece, sizeof(piece)) > 0)
			;
		_exit(0);
	}
	close(in);
	start = clock_monotonic_ns();
	for (size_t sent = 0; sent < STREAMED; sent += sizeof(piece))
		must(write(fd, piece, sizeof(piece)) == sizeof(piece), "write");
	shutdown(fd, SHUT_WR);
	waitpid(pid, NULL, 0);
	start = clock_monotonic_ns() - start;
	close(fd);
	close(listener);
	return STREAMED / 1e6 / ((double)start / 1e9);
}

/* ---- the enforcer's part ---- */

static atomic_bool ending;

static void *collect_on(void *arg)
{
	const struct timespec pause = {0, 100 * (long)NS_PER_MS};
	struct err err;

	while (!atomic_load(&ending)) {
		if (metrics_collect(arg, &err))
			exit(2);
		nanosleep(&pause, NULL);
	}
	return NULL;
}

/* Watches this process, which has a cgroup of its own as a container has. */
static struct metrics *attach(bool network)
{
	const struct metrics_options options = {.wanted = METRICS_BPF};
	struct err err;
	struct metrics *m = metrics_open(&options, &err);

	if (!m || metrics_watch(m, &(struct metrics_target){"self", getpid(), 0}, &err) < 0 ||
	    (network && metrics_enable_network(m, &err))) {
		fprintf(stderr, "%s\n", err.msg);
		exit(2);
	}
	return m;
}

static const struct subject {
	const char *name, *unit;
	double (*time)(void);
	bool network;
} subjects[] = {
	{"round trip of a datagram, network rule", "ns", time_datagrams, true},
	{"throughput of a stream, network rule", "MB/s", time_stream, true},
	{"two context switches, collecting at 100 ms", "ns", time_switches, false},
	{"round trip of a datagram, no network rule", "ns", time_datagrams, false},
};

static void measure(const struct subject *s, size_t rounds)
{
	double with[MAX_ROUNDS], without[MAX_ROUNDS], more[MAX_ROUNDS];

	s->time(); /* warm up */
	for (size_t k = 0; k < rounds; k++) {
		struct metrics *m = attach(s->network);
		pthread_t thread;

		atomic_store(&ending, false);
		must(!pthread_create(&thread, NULL, collect_on, m), "pthread_create");
		with[k] = s->time();
		atomic_store(&ending, true);
		pthread_join(thread, NULL);
		metrics_close(m);
		without[k] = s->time();
		more[k] = (with[k] - without[k]) / 2; /* a trip is two packets */
	}
	bench_report(s->name, "", "ours", with, rounds, s->unit);
	bench_report(s->name, "", "nothing attached", without, rounds, s->unit);
	if (s->time == time_datagrams)
		bench_report("more per packet, out and in", s->network ? "network rule" : "no network rule",
			     "ours", more, rounds, "ns");
}

/* In or out of a cgroup de-bench-hotpath in every hierarchy. */
static void move_self(const struct cgroup_mounts *mounts, bool in)
{
	for (int r = 0; r < CGROUP_ROLES; r++) {
		AUTO(free_charp) char *folder = mem_printf("%s/de-bench-hotpath", mounts->role[r].path);
		AUTO(free_charp)
		char *procs = mem_printf("%s/cgroup.procs", in ? folder : mounts->role[r].path);
		FILE *f;

		if (!mounts->role[r].present)
			continue;
		if (in)
			mkdir(folder, 0755);
		f = fopen(procs, "w");
		must(f && fprintf(f, "%d", (int)getpid()) > 0 && !fclose(f), procs);
		if (!in)
			rmdir(folder);
	}
}

int main(int argc, char **argv)
{
	struct cgroup_mounts mounts;
	struct err err;
	size_t rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 15;

	if (!rounds || rounds > MAX_ROUNDS) {
		fprintf(stderr, "usage: bench_hotpath [ROUNDS], up to %d\n", MAX_ROUNDS);
		return 2;
	}
	must(!cgroup_find_mounts(&mounts, &err), "finding the cgroup file systems");
	move_self(&mounts, true);
	for (size_t i = 0; i < ARRAY_LEN(subjects); i++)
		measure(&subjects[i], rounds);
	move_self(&mounts, false);
	return 0;
}
