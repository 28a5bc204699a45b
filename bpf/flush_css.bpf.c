/*
 * flush_css - brings CPU time up to date below a cgroup, for kernels with css_rstat_flush() (6.16 and later).
 * Run on the hierarchy's root alone (BPF_CGROUP_ITER_SELF_ONLY) before a walk. An object of its own, because
 * no object may name a kfunc that its kernel lacks.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

extern void css_rstat_flush(struct cgroup_subsys_state *css) __ksym;

SEC("iter.s/cgroup")
int flush_subtree(struct bpf_iter__cgroup *ctx)
{
	struct cgroup *cgrp = ctx->cgroup;

	if (cgrp)
		css_rstat_flush(&cgrp->self);
	return 0;
}
