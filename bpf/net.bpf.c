/*
 * net - counts the bytes and packets of watched containers' sockets (L3, loopback included).
 *
 * It costs every packet below the cgroup it is attached to, so it is loaded only where a rule names a network
 * metric. Shares `watched` with walk.bpf.c.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include "watched.h"

char LICENSE[] SEC("license") = "GPL";

__u32 levels = ~0U; /* a bit for each depth at which there is a watched cgroup; userspace says which */

#define MAX_LEVEL 8 /* deepest container cgroup that a nested cgroup's packets are counted for */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, USAGE_MAX_SLOTS);
	__type(key, __u32);
	__type(value, struct net_usage);
} counters SEC(".maps");

static struct net_usage *find(__u64 cgroup_id)
{
	struct watch_key key = {.cgroup_id = cgroup_id};
	__u32 *slot = cgroup_id ? bpf_map_lookup_elem(&watched, &key) : 0;

	return slot ? bpf_map_lookup_elem(&counters, slot) : 0;
}

/* The socket's own cgroup in the ordinary case, else the watched ancestor (a container with cgroups inside).
 */
static struct net_usage *find_container(struct __sk_buff *skb)
{
	struct net_usage *net = find(bpf_skb_cgroup_id(skb));

	for (int level = MAX_LEVEL; !net && level > 0; level--)
		if (levels & 1U << level)
			net = find(bpf_skb_ancestor_cgroup_id(skb, level));
	return net;
}

SEC("cgroup_skb/ingress")
int count_ingress(struct __sk_buff *skb)
{
	struct net_usage *net = find_container(skb);

	if (net) {
		__sync_fetch_and_add(&net->rx_bytes, skb->len);
		__sync_fetch_and_add(&net->rx_packets, 1);
	}
	return 1;
}

SEC("cgroup_skb/egress")
int count_egress(struct __sk_buff *skb)
{
	struct net_usage *net = find_container(skb);

	if (net) {
		__sync_fetch_and_add(&net->tx_bytes, skb->len);
		__sync_fetch_and_add(&net->tx_packets, 1);
	}
	return 1;
}
