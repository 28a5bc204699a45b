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

	/* Reading a field makes clang emit the whole struct; a mere forward declaration does not match the
	 * kfunc. */
	if (cgrp && cgrp->kn)
		cgroup_rstat_flush(cgrp);
	return 0;
}
