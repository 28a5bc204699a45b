/*
 * flush_memcg - brings the memory controller's counters up to date in all cgroups, for kernels that let BPF
 * do so (7.0 and later): without it inactive_file is what the kernel last summed up, up to 2 s ago. Run as
 * flush_css.bpf.c is, and an object of its own for the same reason.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

extern struct mem_cgroup *bpf_get_root_mem_cgroup(void) __ksym;
extern void bpf_put_mem_cgroup(struct mem_cgroup *memcg) __ksym;
extern void bpf_mem_cgroup_flush_stats(struct mem_cgroup *memcg) __ksym;

SEC("iter.s/cgroup")
int flush_memory(struct bpf_iter__cgroup *ctx)
{
	struct mem_cgroup *root;

	if (!ctx->cgroup)
		return 0;
	root = bpf_get_root_mem_cgroup();
	if (root) {
		bpf_mem_cgroup_flush_stats(root);
		bpf_put_mem_cgroup(root);
	}
	return 0;
}
