/*
 * source - what a source of usage implements. Only metrics.c calls it, one call at a time.
 */
#ifndef DE_METRICS_SOURCE_INTERNAL_H
#define DE_METRICS_SOURCE_INTERNAL_H

#include "metrics/metrics.h"

struct source {
	const char *name;
	/* In *outer (METRICS_ID_SIZE) whose cgroup it lies within, "" if in nobody's. */
	int (*watch)(struct source *s, int slot, const struct metrics_target *target, char *outer,
		     struct err *err);
	void (*unwatch)(struct source *s, int slot);
	int (*collect)(struct source *s, struct err *err);
	bool (*read)(struct source *s, int slot, struct usage *out); /* after collect; false: not found */
	int (*enable_network)(struct source *s, struct err *err);    /* NULL: given anyway */
	void (*close)(struct source *s);
};

struct source *source_bpf_open(unsigned flush, struct err *err); /* bits of enum metrics_flush */
struct source *source_cgroupfs_open(struct err *err);
struct source *source_docker_open(const struct metrics_options *options, struct err *err);

/*
 * Pressure averages of an idle cgroup stand still in the kernel until somebody reads the file. Given that the
 * kernel's stamp has not moved for `idle_ns`, lets them fall as the kernel would (kernel/sched/psi.c,
 * calc_avgs).
 */
void psi_decay(struct usage *u, unsigned long long idle_ns);

#endif
