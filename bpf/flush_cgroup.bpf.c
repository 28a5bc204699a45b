/*
 * flush_cgroup - flush_css.bpf.c's twin for kernels before 6.16, which call it cgroup_rstat_flush() and flush
 * the memory controller's counters with it.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

extern void cgroup_rstat_flush(struct cgroup *cgrp) __ksym;

SEC("iter.s/cgroup")
int flush_subtree(struct bpf_iter__cgroup *ctx)
{
	struct cgroup *cgrp = ctx->cgroup;

	if (cgrp)
		cgroup_rstat_flush(cgrp);
	return 0;
}
