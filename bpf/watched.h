/*
 * watched - the map from a watched cgroup to its slot. Declared once: userspace gives net.bpf.c the map of
 * walk.bpf.c, so both have to be alike.
 */
#ifndef DE_WATCHED_H
#define DE_WATCHED_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "abi/usage.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, USAGE_MAX_SLOTS * 4);
	__type(key, struct watch_key);
	__type(value, __u32);
} watched SEC(".maps");

#endif
