/*
 * vmlinux - the kernel types that bpf/ reads, and of each only the fields in use. Written by hand: CO-RE finds
 * the fields' places on the running kernel (6.1 to 7.2 and on), so no dump of a build host's kernel is needed.
 * Kernels that renamed a field are met with a flavour (`struct type___kernel`) and a shim in bpf/compat.h.
 */
#ifndef DE_VMLINUX_H
#define DE_VMLINUX_H

typedef unsigned char __u8;
typedef short __s16;
typedef unsigned short __u16;
typedef int __s32;
typedef unsigned int __u32;
typedef long long __s64;
typedef unsigned long long __u64;
typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s64 s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef _Bool bool;

#define true  1
#define false 0

enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
};

enum {
	BPF_F_NO_PREALLOC = 1,
	BPF_F_MMAPABLE = 1024,
};

/* struct __sk_buff is UAPI (include/uapi/linux/bpf.h); its size must match, so the tail is kept. */
struct __sk_buff {
	__u32 len;
	__u32 rest[47];
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* kernel/cgroup: which controllers exist, and in which order, differs between configs: values are relocated. */
enum cgroup_subsys_id {
	cpu_cgrp_id = 1,
	memory_cgrp_id = 4,
	pids_cgrp_id = 8,
};

enum memcg_memory_event {
	MEMCG_OOM_KILL = 4,
};

/* include/linux/mmzone.h; also the index into memcg_vmstats.state */
enum node_stat_item {
	NR_INACTIVE_FILE = 2,
};

struct kernfs_node {
	u64 id;
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	u64 serial_nr;
};

struct task_cputime {
	unsigned long long sum_exec_runtime;
};

struct cgroup_base_stat {
	struct task_cputime cputime;
};

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	s64 counter;
} atomic64_t;

/* avg: [IO, MEM, CPU x some, full][10 s, 60 s, 300 s]; 2^11 is 1 %. BTF made by pahole before 1.32 has it flat. */
struct psi_group {
	u64 avg_last_update;
	unsigned long avg[18];
};

struct psi_group___nested {
	unsigned long avg[6][3];
};

struct cgroup {
	struct cgroup_subsys_state self;
	int level;
	struct kernfs_node *kn;
	struct cgroup_subsys_state *subsys[16];
	struct cgroup_base_stat bstat;
	struct psi_group *psi;
};

struct page_counter {
	atomic64_t usage; /* atomic_long_t */
	unsigned long max;
};

struct memcg_vmstats {
	long state[64];
};

struct mem_cgroup {
	struct cgroup_subsys_state css;
	struct page_counter memory;
	struct memcg_vmstats *vmstats;
	atomic64_t memory_events[9]; /* atomic_long_t */
};

struct pids_cgroup {
	struct cgroup_subsys_state css;
	atomic64_t counter;
	atomic64_t limit;
};

struct cfs_bandwidth {
	int nr_periods;
	int nr_throttled;
	u64 throttled_time;
};

struct task_group {
	struct cgroup_subsys_state css;
	struct cfs_bandwidth cfs_bandwidth;
};

struct bpf_iter_meta {
	u64 session_id;
	u64 seq_num;
};

struct bpf_iter__cgroup {
	struct bpf_iter_meta *meta;
	struct cgroup *cgroup;
};

#pragma clang attribute pop

#endif
