/*
 * usage - one container's resource usage, written by bpf/ or by another source, read by userspace.
 *
 * Only this folder is shared between kernel side and userspace: plain types, no includes but the types' own.
 * A bit in `fields` says whether the value was given; what is absent is never to be read as zero.
 */
#ifndef DE_ABI_USAGE_H
#define DE_ABI_USAGE_H

#ifndef DE_VMLINUX_H
#include <linux/types.h>
#endif

#define USAGE_MAX_SLOTS 16384 /* containers watched at once */
#define USAGE_UNLIMITED (~0ULL)

enum usage_field {
	USAGE_CPU = 1 << 0,
	USAGE_THROTTLING = 1 << 1,
	USAGE_MEMORY = 1 << 2,
	USAGE_MEMORY_LIMIT = 1 << 3,
	USAGE_INACTIVE_FILE = 1 << 4,
	USAGE_OOM_KILLS = 1 << 5,
	USAGE_PIDS = 1 << 6,
	USAGE_PIDS_LIMIT = 1 << 7,
	USAGE_IDLE = 1 << 8,
	USAGE_NETWORK = 1 << 9,
	USAGE_PRESSURE_FIRST =
		1 << 16,	     /* a bit for each row of `pressure`: there is no cpu.full before 5.13 */
	USAGE_PRESSURE = 0x3f << 16, /* all of them */
};

/* Rows of `pressure`, in the kernel's order (enum psi_states); columns are averages over 10, 60 and 300 s. */
enum usage_pressure {
	PRESSURE_IO_SOME,
	PRESSURE_IO_FULL,
	PRESSURE_MEMORY_SOME,
	PRESSURE_MEMORY_FULL,
	PRESSURE_CPU_SOME,
	PRESSURE_CPU_FULL,
	PRESSURE_ROWS
};

struct usage {
	__u64 cgroup_id;  /* in the hierarchy that gives CPU time */
	__u64 sampled_ns; /* CLOCK_MONOTONIC */
	__u32 fields;	  /* enum usage_field */
	__u32 generation; /* of the collection that wrote this record */
	__u64 cpu_ns;
	__u64 periods;
	__u64 throttled_periods;
	__u64 throttled_ns;
	__u64 memory;	    /* bytes */
	__u64 memory_limit; /* bytes, USAGE_UNLIMITED */
	__u64 inactive_file;
	__u64 oom_kills;
	__u64 pids;
	__u64 pids_limit;		  /* USAGE_UNLIMITED */
	__u64 pressure_updated;		  /* the kernel's own stamp: unchanged means idle, see psi_decay() */
	__u64 pressure[PRESSURE_ROWS][3]; /* fixed point, 2^11 is 1 % */
	__u64 rx_bytes, rx_packets, tx_bytes, tx_packets;
	__u64 idle_ns; /* how long it has done nothing; metrics/idle.c, no source gives it */
};

/* A watched cgroup. Ids are unique within a hierarchy only; v2 (and `unified`) is hierarchy 0. */
struct watch_key {
	__u64 cgroup_id;
	__u32 hierarchy;
	__u32 zero;
};

/* Network counters of a slot; BPF adds to them atomically. */
struct net_usage {
	__u64 rx_bytes, rx_packets, tx_bytes, tx_packets;
};

#endif
