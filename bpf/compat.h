/*
 * compat - kernel differences that CO-RE cannot hide, one shim each, naming the kernel that changed it.
 */
#ifndef DE_COMPAT_H
#define DE_COMPAT_H

#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

/* A controller's state on this cgroup, NULL where it is not enabled here. The ids differ between configs. */
#define cgroup_css(cgrp, name) ((cgrp)->subsys[bpf_core_enum_value(enum cgroup_subsys_id, name##_cgrp_id)])

/*
 * psi_group.avg, into `to`; 0 if it was read. An array of arrays in C on every kernel: BTF by pahole 1.32 and
 * later (7.2 and whatever else is built with it) says so, older BTF flattens it to avg[18].
 */
static inline int psi_read_avg(void *to, __u32 size, struct psi_group *psi)
{
	struct psi_group___nested *nested = (void *)psi;

	if (bpf_core_field_exists(nested->avg[0][0]))
		return bpf_core_read(to, size, &nested->avg);
	return bpf_core_read(to, size, &psi->avg);
}

#endif
