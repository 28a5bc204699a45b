/* The bpf source: iterator walks fill an mmap-able array, one record per slot. */
#include "cgroup_internal.h"
#include "base/clock.h"
#include "bpf_internal.h"
#include "source_internal.h"
#include "base/memory.h"

#include "net.skel.h"
#include "walk.skel.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAX_HIERARCHIES 4

struct idle {
	uint64_t stamp, since_ns;
};

struct bpf_source {
	struct source base;
	struct cgroup_mounts mounts;
	struct walk_bpf *walk;
	struct flushes *flushes;
	struct net_bpf *net;
	struct bpf_link *walks[MAX_HIERARCHIES];
	__u32 hierarchy[MAX_HIERARCHIES]; /* that each walks */
	struct bpf_link *net_links[2];
	size_t hierarchies;
	struct usage *records;
	struct net_usage *counters;
	struct watch_key (*keys)[CGROUP_ROLES]; /* per slot, to forget them again */
	struct idle *idle;
};

static size_t map_bytes(size_t record)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (USAGE_MAX_SLOTS * ((record + 7) & ~(size_t)7) + page - 1) / page * page;
}

static struct bpf_source *self(struct source *s)
{
	return (struct bpf_source *)s; /* base comes first */
}

static int bpf_watch(struct source *s, int slot, const struct metrics_target *target, char *outer,
		     struct err *err)
{
	struct bpf_source *b = self(s);
	struct cgroup_place place[CGROUP_ROLES];
	__u32 value = (__u32)slot;

	if (cgroup_locate(&b->mounts, target, place, outer, err))
		return -1;
	memset(&b->records[slot], 0, sizeof(b->records[slot]));
	if (b->counters)
		memset(&b->counters[slot], 0, sizeof(b->counters[slot]));
	memset(b->keys[slot], 0, sizeof(b->keys[slot]));
	b->idle[slot] = (struct idle){0};
	for (int r = 0; r < CGROUP_ROLES; r++) {
		struct watch_key key = {place[r].id, b->mounts.role[r].hierarchy, 0};

		if (!place[r].present)
			continue;
		b->keys[slot][r] = key;
		if (bpf_map_update_elem(bpf_map__fd(b->walk->maps.watched), &key, &value, BPF_ANY))
			return err_errno(err, "metrics: watching container %.12s", target->id);
	}
	b->walk->bss->epoch++;
	return 0;
}

static void bpf_unwatch(struct source *s, int slot)
{
	struct bpf_source *b = self(s);

	for (int r = 0; r < CGROUP_ROLES; r++) {
		const struct watch_key *key = &b->keys[slot][r];
		__u32 owner;

		/* not if another slot watches the same cgroup since */
		if (key->cgroup_id && !bpf_map_lookup_elem(bpf_map__fd(b->walk->maps.watched), key, &owner) &&
		    owner == (__u32)slot)
			bpf_map_delete_elem(bpf_map__fd(b->walk->maps.watched), key);
	}
	b->walk->bss->epoch++;
}

static int bpf_collect(struct source *s, struct err *err)
{
	struct bpf_source *b = self(s);

	if (flushes_run(b->flushes, err))
		return -1;
	b->walk->bss->generation++;
	for (size_t i = 0; i < b->hierarchies; i++) {
		b->walk->bss->walk = (__u32)i;
		b->walk->bss->hierarchy = b->hierarchy[i];
		if (iterator_run(b->walks[i], err))
			return -1;
	}
	if (b->net)
		b->net->data->levels = b->walk->bss->levels;
	return 0;
}

static bool bpf_read(struct source *s, int slot, struct usage *out)
{
	struct bpf_source *b = self(s);
	struct idle *idle = &b->idle[slot];

	*out = b->records[slot];
	if (out->generation != b->walk->bss->generation)
		return false;
	if (out->pressure_updated != idle->stamp)
		*idle = (struct idle){out->pressure_updated, out->sampled_ns};
	else if (out->fields & USAGE_PRESSURE && out->sampled_ns - idle->since_ns > 4 * NS_PER_S)
		psi_decay(out, out->sampled_ns - idle->since_ns);
	if (b->counters) {
		const struct net_usage *n = &b->counters[slot];

		out->rx_bytes = __atomic_load_n(&n->rx_bytes, __ATOMIC_RELAXED);
		out->rx_packets = __atomic_load_n(&n->rx_packets, __ATOMIC_RELAXED);
		out->tx_bytes = __atomic_load_n(&n->tx_bytes, __ATOMIC_RELAXED);
		out->tx_packets = __atomic_load_n(&n->tx_packets, __ATOMIC_RELAXED);
		out->fields |= USAGE_NETWORK;
	}
	return true;
}

static void close_network(struct bpf_source *b)
{
	for (size_t i = 0; i < ARRAY_LEN(b->net_links); i++) {
		bpf_link__destroy(b->net_links[i]);
		b->net_links[i] = NULL;
	}
	if (b->counters)
		munmap(b->counters, map_bytes(sizeof(struct net_usage)));
	b->counters = NULL;
	net_bpf__destroy(b->net);
	b->net = NULL;
}

static void bpf_close(struct source *s)
{
	struct bpf_source *b = self(s);

	close_network(b);
	for (size_t i = 0; i < b->hierarchies; i++)
		bpf_link__destroy(b->walks[i]);
	flushes_close(b->flushes);
	if (b->records)
		munmap(b->records, map_bytes(sizeof(struct usage)));
	walk_bpf__destroy(b->walk);
	free(b->keys);
	free(b->idle);
	free(b);
}

static void *map_memory(struct bpf_map *map, size_t record, struct err *err)
{
	void *p = mmap(NULL, map_bytes(record), PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);

	if (p == MAP_FAILED) {
		err_errno(err, "metrics: mapping %s", bpf_map__name(map));
		return NULL;
	}
	return p;
}

static int open_walks(struct bpf_source *b, struct err *err)
{
	for (int r = CGROUP_UNIFIED; r <= CGROUP_CPU; r++) {
		const struct cgroup_mount *mount = &b->mounts.role[r];
		bool walked = !mount->present;

		for (int earlier = 0; earlier < r; earlier++)
			walked = walked || b->mounts.role[earlier].hierarchy == mount->hierarchy;
		if (walked)
			continue;
		b->walks[b->hierarchies] =
			iterator_attach(b->walk->progs.walk_hierarchy, mount->path, false, err);
		if (!b->walks[b->hierarchies])
			return -1;
		b->hierarchy[b->hierarchies++] = mount->hierarchy;
	}
	return 0;
}

static int load_network(struct bpf_source *b, struct err *err)
{
	complaint_listen();
	b->net = net_bpf__open();
	if (!b->net || bpf_map__reuse_fd(b->net->maps.watched, bpf_map__fd(b->walk->maps.watched)) ||
	    net_bpf__load(b->net))
		return complaint_err(err, "metrics: loading the BPF network program");
	b->counters = map_memory(b->net->maps.counters, sizeof(struct net_usage), err);
	return b->counters ? 0 : -1;
}

static int attach_network(struct bpf_source *b, struct err *err)
{
	const char *root = b->mounts.role[CGROUP_UNIFIED].path;
	AUTO(close_fdp) int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_errno(err, "metrics: %s", root);
	b->net_links[0] = bpf_program__attach_cgroup(b->net->progs.count_ingress, fd);
	if (b->net_links[0])
		b->net_links[1] = bpf_program__attach_cgroup(b->net->progs.count_egress, fd);
	if (!b->net_links[1])
		return err_errno(err, "metrics: attaching the BPF network program (needs CAP_NET_ADMIN)");
	return 0;
}

/* All or nothing: counters that nothing counts in would be read as given, and as 0. */
static int bpf_enable_network(struct source *s, struct err *err)
{
	struct bpf_source *b = self(s);

	if (b->net)
		return 0;
	if (!load_network(b, err) && !attach_network(b, err))
		return 0;
	close_network(b);
	return -1;
}

struct source *source_bpf_open(unsigned flush, struct err *err)
{
	struct bpf_source *b = mem_calloc(1, sizeof(*b));

	b->base = (struct source){"bpf",    bpf_watch,		bpf_unwatch, bpf_collect,
				  bpf_read, bpf_enable_network, bpf_close};
	b->keys = mem_calloc(USAGE_MAX_SLOTS, sizeof(*b->keys));
	b->idle = mem_calloc(USAGE_MAX_SLOTS, sizeof(*b->idle));
	complaint_listen();
	if (cgroup_find_mounts(&b->mounts, err))
		goto fail;
	b->walk = walk_bpf__open();
	if (b->walk) {
		b->walk->rodata->cpu_hierarchy = b->mounts.role[CGROUP_CPU].hierarchy;
		b->walk->rodata->memory_hierarchy = b->mounts.role[CGROUP_MEMORY].hierarchy;
		b->walk->rodata->pids_hierarchy = b->mounts.role[CGROUP_PIDS].hierarchy;
		b->walk->rodata->page_shift = (__u32)__builtin_ctzl((unsigned long)sysconf(_SC_PAGESIZE));
	}
	if (!b->walk || walk_bpf__load(b->walk)) {
		complaint_err(err, "metrics: loading the BPF walk program");
		goto fail;
	}
	b->records = map_memory(b->walk->maps.records, sizeof(struct usage), err);
	b->flushes = flushes_open(b->mounts.role[CGROUP_UNIFIED].path, flush, err);
	if (!b->records || !b->flushes || open_walks(b, err))
		goto fail;
	return &b->base;
fail:
	bpf_close(&b->base);
	return NULL;
}
