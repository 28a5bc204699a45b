/* Which source this host gets: metrics_probe() looks, metrics_decide() judges what was seen. */
#include "bpf_internal.h"
#include "cgroup_internal.h"
#include "metrics/metrics.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define CAP_SYS_ADMIN_BIT 21
#define CAP_PERFMON_BIT	  38
#define CAP_BPF_BIT	  39

static bool has_capability(unsigned long long set, int bit)
{
	return set >> bit & 1;
}

static unsigned long long read_effective_capabilities(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	unsigned long long set = 0;
	char line[256];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "CapEff: %llx", &set) == 1)
			break;
	if (f)
		fclose(f);
	return set;
}

void metrics_probe(struct metrics_facts *out)
{
	unsigned long long caps = read_effective_capabilities();
	struct cgroup_mounts mounts;
	struct err ignored;
	struct btf *btf;

	complaint_listen();
	btf = btf__load_vmlinux_btf();
	*out = (struct metrics_facts){.btf = btf != NULL};
	if (btf) {
		out->flush_css = btf__find_by_name_kind(btf, "css_rstat_flush", BTF_KIND_FUNC) > 0;
		out->flush_cgroup = btf__find_by_name_kind(btf, "cgroup_rstat_flush", BTF_KIND_FUNC) > 0;
		out->flush_memcg =
			btf__find_by_name_kind(btf, "bpf_mem_cgroup_flush_stats", BTF_KIND_FUNC) > 0;
		out->cgroup_iter = btf__find_by_name_kind(btf, "bpf_iter__cgroup", BTF_KIND_STRUCT) > 0;
		btf__free(btf);
	}
	if (!cgroup_find_mounts(&mounts, &ignored)) {
		out->unified = mounts.role[CGROUP_UNIFIED].present;
		out->memory = mounts.role[CGROUP_MEMORY].present;
		out->pids = mounts.role[CGROUP_PIDS].present;
	}
	out->bpf_permitted = has_capability(caps, CAP_SYS_ADMIN_BIT) ||
			     (has_capability(caps, CAP_BPF_BIT) && has_capability(caps, CAP_PERFMON_BIT));
}

/* Why BPF cannot be used here, or NULL. */
static const char *bpf_obstacle(const struct metrics_facts *f)
{
	if (!f->btf)
		return "the kernel has no BTF (CONFIG_DEBUG_INFO_BTF)";
	if (!f->cgroup_iter)
		return "the kernel has no cgroup iterators (6.1 and later have)";
	if (!f->bpf_permitted)
		return "CAP_BPF and CAP_PERFMON are missing";
	if (!f->unified)
		return "no v2 cgroup hierarchy is mounted, alone or as `unified` beside v1, to give CPU time";
	return NULL;
}

static int decide(struct metrics_decision *out, enum metrics_kind kind, const char *reason)
{
	out->kind = kind;
	snprintf(out->reason, sizeof(out->reason), "%s", reason);
	return 0;
}

int metrics_decide(const struct metrics_facts *f, enum metrics_kind wanted, struct metrics_decision *out,
		   struct err *err)
{
	const char *obstacle = bpf_obstacle(f);
	bool automatic = wanted == METRICS_AUTO;
	const char *asked = "asked for by METRICS_SOURCE";

	*out = (struct metrics_decision){.flush = (f->flush_css	     ? FLUSH_CSS
						   : f->flush_cgroup ? FLUSH_CGROUP
								     : 0U) |
						  (f->flush_memcg ? FLUSH_MEMCG : 0U)};
	if (wanted == METRICS_DOCKER || (automatic && f->docker_remote))
		return decide(out, METRICS_DOCKER, automatic ? "Docker is on another host" : asked);
	if (f->docker_remote)
		return err_set(err, EINVAL,
			       "METRICS_SOURCE: Docker is on another host, only \"docker\" (or \"auto\") can "
			       "see its "
			       "containers");
	if (wanted == METRICS_BPF || (automatic && !obstacle)) {
		if (obstacle)
			return err_set(err, ENOTSUP, "METRICS_SOURCE=bpf cannot work: %s; use auto",
				       obstacle);
		return decide(out, METRICS_BPF, automatic ? "kernel and rights allow it" : asked);
	}
	if (f->memory)
		return decide(out, METRICS_CGROUPFS, automatic ? obstacle : asked);
	if (wanted == METRICS_CGROUPFS)
		return err_set(err, ENOTSUP,
			       "METRICS_SOURCE=cgroupfs cannot work: no cgroup file system is mounted");
	return decide(out, METRICS_DOCKER, "neither BPF nor cgroup file systems are to be had");
}
