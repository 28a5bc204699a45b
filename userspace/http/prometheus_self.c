/* Samples on the enforcer itself: build, mode, what is violated now, and Prometheus' usual ones on a process.
 */
#include "base/version.h"
#include "prometheus_internal.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void add_build(struct enforcer *e, struct buf *out)
{
	prom_header(out, "docker_enforcer_build_info", "gauge", "1; the release is in the label.");
	buf_puts(out, "docker_enforcer_build_info{");
	prom_label(out, "version", version_text());
	buf_puts(out, "} 1\n");
	prom_header(out, "docker_enforcer_mode", "gauge", "1 for the MODE that is in force.");
	buf_printf(out, "docker_enforcer_mode{mode=\"WARN\"} %d\ndocker_enforcer_mode{mode=\"KILL\"} %d\n",
		   e->config->mode == MODE_WARN, e->config->mode == MODE_KILL);
}

/* How many containers violate the rule now. */
static size_t count_violating(const struct inventory_entry *entries, size_t n, uint64_t hash)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < entries[i].violations; k++)
			found += entries[i].violated[k] == hash;
	return found;
}

static void add_violations(struct enforcer *e, struct buf *out)
{
	struct policy *p = policy_slot_get(e->policy);
	const struct rule_list *rules = &p->lists[FILE_RULES];
	struct inventory_entry *entries;
	size_t n = inventory_snapshot(e->inventory, &entries);

	prom_header(out, "docker_enforcer_violations", "gauge", "Containers that violate the rule now.");
	for (size_t i = 0; i < rules->count; i++) {
		if (!rules->items[i].enabled)
			continue;
		buf_puts(out, "docker_enforcer_violations{");
		prom_label(out, "rule", rules->items[i].name);
		buf_printf(out, "} %zu\n", count_violating(entries, n, rules->items[i].hash));
	}
	inventory_free_entries(entries, n);
	policy_put(p);
}

/* ---- the process (prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics) ---- */

static void add_sample(struct buf *out, const char *name, const char *type, const char *help, double value)
{
	prom_header(out, name, type, help);
	buf_printf(out, "%s %.17g\n", name, value);
}

static unsigned count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n > 3 ? n - 3 : 0; /* ".", ".." and this look */
}

static void add_memory(struct buf *out)
{
	unsigned long long size = 0, resident = 0;
	double page = (double)sysconf(_SC_PAGESIZE);
	FILE *f = fopen("/proc/self/statm", "re");

	if (!f)
		return;
	if (fscanf(f, "%llu %llu", &size, &resident) == 2) {
		add_sample(out, "process_virtual_memory_bytes", "gauge", "Virtual memory size.",
			   (double)size * page);
		add_sample(out, "process_resident_memory_bytes", "gauge", "Resident memory size.",
			   (double)resident * page);
	}
	fclose(f);
}

static void add_process(struct enforcer *e, struct buf *out)
{
	struct timespec cpu = {0};

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
	add_sample(out, "process_cpu_seconds_total", "counter", "CPU time used, user and system.",
		   (double)cpu.tv_sec + (double)cpu.tv_nsec / 1e9);
	add_sample(out, "process_open_fds", "gauge", "Open file descriptors.", count_descriptors());
	add_sample(out, "process_max_fds", "gauge", "Most file descriptors that may be open.",
		   (double)sysconf(_SC_OPEN_MAX));
	add_sample(out, "process_start_time_seconds", "gauge", "When it started, as Unix time.",
		   (double)e->started_ns / 1e9);
	add_memory(out);
}

void prom_self(struct enforcer *e, struct buf *out)
{
	add_build(e, out);
	add_violations(e, out);
	add_process(e, out);
}
