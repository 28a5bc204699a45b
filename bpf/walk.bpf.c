/*
 * walk - one pass over a cgroup hierarchy that records the usage of every watched cgroup in its slot.
 *
 * Userspace runs it once per hierarchy (v2: one; v1: memory, pids, cpu, and `unified` for CPU time and
 * pressure); each pass adds what its controllers know. It runs under cgroup_mutex: no loops, no output, maps
 * only. What needs a flush is flushed before by flush_*.bpf.c.
 */
#include "vmlinux.h"
#include "compat.h"
#include "watched.h"

char LICENSE[] SEC("license") = "GPL";

const volatile __u32 page_shift = 12;
/* which hierarchy has the controller; on v2 all are 0 */
const volatile __u32 cpu_hierarchy, memory_hierarchy, pids_hierarchy;
__u32 generation; /* userspace counts it up before each collection */
__u32 epoch;	  /* userspace counts it up when what is watched changes */
__u32 walk;	  /* userspace: which walk this is, 0 to MAX_WALKS - 1, and over which hierarchy */
__u32 hierarchy;
__u32 levels; /* a bit for each depth at which there is a watched cgroup of v2; for net.bpf.c */

#define MAX_WALKS     4
#define MAX_POSITIONS 32768 /* cgroups of a hierarchy that are remembered; those behind are looked up */
#define NOT_WATCHED   (~0U)

/*
 * What came at this place of the walk the last time. As long as no cgroup comes or goes the same comes again,
 * and neither its id nor the hash map needs to be read: at a thousand cgroups each is a cache miss.
 */
struct position {
	__u64 serial; /* cgroup->self.serial_nr: never given twice */
	__u32 slot;   /* or NOT_WATCHED */
	__u32 epoch;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MAX_WALKS *MAX_POSITIONS);
	__type(key, __u32);
	__type(value, struct position);
} positions SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, USAGE_MAX_SLOTS);
	__type(key, __u32);
	__type(value, struct usage);
} records SEC(".maps");

static void record_cpu(struct usage *rec, struct cgroup *cgrp)
{
	rec->cgroup_id = cgrp->kn->id;
	rec->cpu_ns = cgrp->bstat.cputime.sum_exec_runtime;
	rec->fields |= USAGE_CPU;
}

static void record_pressure(struct usage *rec, struct cgroup *cgrp)
{
	struct psi_group *psi;

	if (!bpf_core_field_exists(cgrp->psi)) /* CONFIG_PSI=n */
		return;
	psi = cgrp->psi;
	if (!psi || psi_read_avg(&rec->pressure, sizeof(rec->pressure), psi))
		return;
	rec->pressure_updated = psi->avg_last_update;
	rec->fields |= USAGE_PRESSURE; /* all rows: cgroup iterators are younger than the last of them */
}

static void record_throttling(struct usage *rec, struct cgroup *cgrp)
{
	struct task_group *tg = (struct task_group *)cgroup_css(cgrp, cpu); /* css comes first in it */

	if (!tg || !bpf_core_field_exists(tg->cfs_bandwidth)) /* CONFIG_CFS_BANDWIDTH=n */
		return;
	rec->periods = (__u64)BPF_CORE_READ(tg, cfs_bandwidth.nr_periods);
	rec->throttled_periods = (__u64)BPF_CORE_READ(tg, cfs_bandwidth.nr_throttled);
	rec->throttled_ns = BPF_CORE_READ(tg, cfs_bandwidth.throttled_time);
	rec->fields |= USAGE_THROTTLING;
}

static void record_memory(struct usage *rec, struct cgroup *cgrp)
{
	struct mem_cgroup *memcg = (struct mem_cgroup *)cgroup_css(cgrp, memory);
	struct memcg_vmstats *vmstats;
	__u64 max;
	long inactive;

	if (!memcg)
		return;
	rec->memory = (__u64)BPF_CORE_READ(memcg, memory.usage.counter) << page_shift;
	max = BPF_CORE_READ(memcg, memory.max);
	/* PAGE_COUNTER_MAX is LONG_MAX / PAGE_SIZE pages on 64 bit */
	rec->memory_limit = max >= (~0ULL >> 1 >> page_shift) ? USAGE_UNLIMITED : max << page_shift;
	rec->fields |= USAGE_MEMORY | USAGE_MEMORY_LIMIT;

	bpf_core_read(&rec->oom_kills, sizeof(rec->oom_kills),
		      &memcg->memory_events[bpf_core_enum_value(enum memcg_memory_event, MEMCG_OOM_KILL)]);
	rec->fields |= USAGE_OOM_KILLS;

	vmstats = BPF_CORE_READ(memcg, vmstats);
	/* negative for a moment while per-CPU parts are summed up */
	if (vmstats && !bpf_core_read(&inactive, sizeof(inactive), &vmstats->state[NR_INACTIVE_FILE])) {
		rec->inactive_file = inactive > 0 ? (__u64)inactive << page_shift : 0;
		rec->fields |= USAGE_INACTIVE_FILE;
	}
}

static void record_pids(struct usage *rec, struct cgroup *cgrp)
{
	struct pids_cgroup *pids = (struct pids_cgroup *)cgroup_css(cgrp, pids);
	__s64 limit;

	if (!pids)
		return;
	rec->pids = (__u64)BPF_CORE_READ(pids, counter.counter);
	limit = BPF_CORE_READ(pids, limit.counter);
	/* PIDS_MAX is PID_MAX_LIMIT + 1, 4194305 on 64 bit */
	rec->pids_limit = limit > 4194304 ? USAGE_UNLIMITED : (__u64)limit;
	rec->fields |= USAGE_PIDS | USAGE_PIDS_LIMIT;
}

static __u32 look_up(struct cgroup *cgrp)
{
	struct watch_key key = {.cgroup_id = cgrp->kn->id, .hierarchy = hierarchy};
	__u32 *slot = bpf_map_lookup_elem(&watched, &key);

	if (!slot)
		return NOT_WATCHED;
	if (hierarchy == 0)
		levels |= 1U << (cgrp->level & 31);
	return *slot;
}

static __u32 find_slot(struct cgroup *cgrp, __u64 place)
{
	__u32 key = walk * MAX_POSITIONS + (__u32)place;
	struct position *p = place < MAX_POSITIONS ? bpf_map_lookup_elem(&positions, &key) : 0;
	__u64 serial = cgrp->self.serial_nr;

	if (!p)
		return look_up(cgrp);
	if (p->serial != serial || p->epoch != epoch) {
		p->serial = serial;
		p->epoch = epoch;
		p->slot = look_up(cgrp);
	}
	return p->slot;
}

SEC("iter/cgroup")
int walk_hierarchy(struct bpf_iter__cgroup *ctx)
{
	struct cgroup *cgrp = ctx->cgroup; /* a local, or the verifier forgets that it is not NULL */
	struct usage *rec;
	__u32 slot;

	if (!cgrp)
		return 0;
	slot = find_slot(cgrp, ctx->meta->seq_num);
	if (slot == NOT_WATCHED)
		return 0;
	rec = bpf_map_lookup_elem(&records, &slot);
	if (!rec)
		return 0;
	if (rec->generation != generation) {
		rec->generation = generation;
		rec->fields = 0;
		rec->sampled_ns = bpf_ktime_get_ns();
	}
	if (hierarchy == 0) {
		record_cpu(rec, cgrp);
		record_pressure(rec, cgrp);
	}
	if (hierarchy == cpu_hierarchy)
		record_throttling(rec, cgrp);
	if (hierarchy == memory_hierarchy)
		record_memory(rec, cgrp);
	if (hierarchy == pids_hierarchy)
		record_pids(rec, cgrp);
	return 0;
}
