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

#endif
