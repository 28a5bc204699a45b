/*
 * metrics - resource usage of containers, from BPF maps, cgroupfs or Docker's stats API: one struct usage.
 *
 * Opened once by the daemon (or `top`), shared by its threads: every function may be called from any thread.
 * A collection refreshes all watched containers at once; metrics_read() is a copy under a short lock and does
 * no I/O. The same rule sees the same figures whatever the source.
 */
#ifndef DE_METRICS_H
#define DE_METRICS_H

#include "abi/usage.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum metrics_kind { METRICS_AUTO, METRICS_BPF, METRICS_CGROUPFS, METRICS_DOCKER };

/* Reads one container's usage through Docker's API, for the `docker` source. Called from several threads. */
typedef int (*metrics_stats_fn)(void *arg, const char *id, struct usage *out, struct err *err);

struct metrics_options {
	enum metrics_kind wanted;
	bool docker_remote; /* dockerd's containers are not on this host */
	metrics_stats_fn stats;
	void *stats_arg;
};

/* What was found out about this host; metrics_decide() is a pure function of it. */
struct metrics_facts {
	bool btf;	    /* /sys/kernel/btf/vmlinux can be read */
	bool flush_css;	    /* kernel has css_rstat_flush() (6.16 and later) */
	bool flush_cgroup;  /* kernel has cgroup_rstat_flush() */
	bool flush_memcg;   /* kernel has bpf_mem_cgroup_flush_stats() (7.0 and later) */
	bool cgroup_iter;   /* kernel has cgroup iterators (6.1 and later) */
	bool unified;	    /* a v2 hierarchy is mounted, alone or beside v1 */
	bool memory, pids;  /* controllers, in either version */
	bool bpf_permitted; /* CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN */
	bool docker_remote;
};

/* What brings figures up to date: one for CPU time, which before 6.16 does it for memory too; one for memory.
 */
enum metrics_flush { FLUSH_CSS = 1, FLUSH_CGROUP = 2, FLUSH_MEMCG = 4 };

struct metrics_decision {
	enum metrics_kind kind;
	unsigned flush; /* bits of enum metrics_flush */
	char reason[768];
};

/* Chooses the source and the BPF variant. -1 with *err if the one that was asked for cannot work here. */
int metrics_decide(const struct metrics_facts *facts, enum metrics_kind wanted, struct metrics_decision *out,
		   struct err *err);
void metrics_probe(struct metrics_facts *out);

struct metrics;

/* NULL with *err if no source works. metrics_close() detaches and frees everything. */
struct metrics *metrics_open(const struct metrics_options *options, struct err *err);
void metrics_close(struct metrics *m);

const char *metrics_source(const struct metrics *m); /* "bpf", "cgroupfs", "docker" */
const char *metrics_reason(const struct metrics *m); /* why this one */
bool metrics_fell_back(const struct metrics *m);     /* BPF should have worked here, and did not */

/*
 * Gives network figures from now on: attaches cgroup_skb where the source is BPF. It costs every packet, so
 * it is called only when a rule names a network metric. Does nothing where they are given already.
 */
int metrics_enable_network(struct metrics *m, struct err *err);

#define METRICS_ID_SIZE 65 /* of a container, with its NUL */

/* A container by its id and its first process, as inspected. */
struct metrics_target {
	const char *id;
	pid_t pid;
	uint64_t started_ns; /* wall clock; 0: not known */
};

/*
 * Starts to watch a container. Returns a slot, or -1 with *err; ESTALE: the pid is another's by now, inspect
 * again. A record is only ever given for its container: of one whose cgroup holds other watched containers'
 * cgroups (--cgroup-parent, containers in containers) it is what is left without theirs.
 */
int metrics_watch(struct metrics *m, const struct metrics_target *target, struct err *err);

/* The id of the watched container within whose cgroup the slot's lies; "" if in none. */
void metrics_nested_in(struct metrics *m, int slot, char out[METRICS_ID_SIZE]);
void metrics_unwatch(struct metrics *m, int slot);

/*
 * The ids that cgroups within the container's own carry, as those of containers within it do: at most `max`
 * of them into `ids`. Reads the file system, and looks at no more than some thousand cgroups.
 */
size_t metrics_find_inner(const struct metrics_target *target, char (*ids)[METRICS_ID_SIZE], size_t max);

/*
 * How many threads the runtime has in the container's cgroup that run nothing of the container's yet: those
 * of runc's init, for milliseconds after each `docker exec` and health check. They count in pids as the
 * kernel has it. 64 at most, so that no container can hide behind it; 0 in one of more than 4,096 processes.
 * Reads /proc.
 */
unsigned metrics_count_beginning(const struct metrics *m, const struct metrics_target *target);

/*
 * Reads every watched container. Collections of several threads follow one another. One whose first process
 * has not begun its program yet is not found, for ten seconds.
 */
int metrics_collect(struct metrics *m, struct err *err);

/*
 * From now on says how long each container has been idle: since it last used more than so much of one CPU, or
 * received bytes, as far back as it has been measured. Negative: not any more. It costs a look at
 * /proc/PID/net/dev for each idle container every ten seconds.
 */
void metrics_watch_idle(struct metrics *m, long cpu_percent);

/*
 * The slot's latest record, and in *base one from at least 0.9 s before it, for rates (base->fields is 0
 * until there is one). False if the latest collection did not find the container.
 */
bool metrics_read(struct metrics *m, int slot, struct usage *now, struct usage *base);

/* Whether the latest collection looked for the slot's container, and did not find it. */
bool metrics_is_lost(struct metrics *m, int slot);

struct metrics_times {
	uint64_t count, total_ns, last_ns; /* of collections */
};

struct metrics_times metrics_times(struct metrics *m);

/* Those of /proc/PID/net/dev, in its order. */
enum net_figure {
	NET_RX_BYTES,
	NET_RX_PACKETS,
	NET_RX_ERRORS,
	NET_RX_DROPPED,
	NET_TX_BYTES,
	NET_TX_PACKETS,
	NET_TX_ERRORS,
	NET_TX_DROPPED,
	NET_FIGURES
};

struct net_interface {
	char name[64];
	uint64_t figures[NET_FIGURES];
};

/* The container in whose cgroup a process is, by the id that its path carries, the outermost one; "": in
 * none. Reads /proc. -1 with *err where it is gone. */
int metrics_container_of(pid_t pid, char id[METRICS_ID_SIZE], struct err *err);

/*
 * Whether a process is in that container for sure: whoever may make cgroups can give one a container's id for
 * a name, so each cgroup of the process whose path carries an id has to lie within the one of the container's
 * first process. Reads /proc.
 */
bool metrics_is_within(pid_t pid, const struct metrics_target *container);

/* Whether the process may be of that container: false if it is another's, or is gone. Reads /proc. */
bool metrics_is_process_of(pid_t pid, const char *id);

/*
 * The interfaces of container `id`, whose first process is `pid`, without lo; the caller frees *out. 0 also
 * if it is gone, or the pid is another's by now. On demand only.
 */
size_t metrics_read_interfaces(pid_t pid, const char *id, struct net_interface **out);

/* All of them together: the figures that `docker stats` shows. False if there are none to be had. */
bool metrics_read_net_dev(pid_t pid, const char *id, struct net_usage *out);

/*
 * Ends all processes in the container's cgroup, and below it, without dockerd: by cgroup.kill, or signals.
 * Only where the cgroup carries the container's id. -1 with *err: not all of them. Any thread.
 */
int metrics_kill(const struct metrics_target *target, struct err *err);

#endif
