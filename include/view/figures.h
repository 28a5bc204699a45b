/*
 * figures - what can be known of a container's usage: one table of what rules, pages and Prometheus call each
 * figure, what it needs, and how it is had from struct usage. Pure but for the host's own size, which is
 * asked for once.
 */
#ifndef DE_VIEW_FIGURES_H
#define DE_VIEW_FIGURES_H

#include "abi/usage.h"
#include "rules/value.h"

#include <sys/types.h>

struct figure {
	const char *path;  /* as rules have it, below `metrics`; NULL: for Prometheus only */
	unsigned required; /* enum usage_field: without these it is not given */
	unsigned needs;	   /* enum need */
	/* A __u64 of struct usage, times `unit` if that is not 0; or what `compute` makes of it (false: not
	 * given). */
	size_t offset;
	double unit;
	bool (*compute)(const struct usage *now, const struct usage *base, struct value *out);
	/* As Prometheus has it, under cAdvisor's names; NULL: not there. */
	const char *series, *type, *help;
	double scale; /* to Prometheus' unit */
};

/* All of them, in order of the pages; ends with a NULL `help` and `path`. */
const struct figure *figures(void);
bool figures_end(const struct figure *f);

/* A figure's value at `now`; `base` is an earlier record, for rates. False if it is not given. */
bool figure_read(const struct figure *f, const struct usage *now, const struct usage *base,
		 struct value *out);

/* What a figure is between while less memory is used than `below` bytes; false for one that does not go by
 * it. */
bool figure_below(const struct figure *f, const struct usage *now, uint64_t below, long double *lo,
		  long double *hi);

/* The figure at a dotted path, whatever its case ("memory_stats.usage"); NULL if there is none. */
const struct figure *figure_find(const char *path);

/* All paths, for suggestions: NULL-terminated. */
const char *const *figure_paths(void);

/* The same figure in a document of the shape of `metrics`. */
bool figure_find_saved(const struct figure *f, struct json_object *doc, struct value *out);

/* All that is given, in the shape of Docker's stats; a new reference. */
struct json_object *figures_to_json(const struct usage *now, const struct usage *base);

/* As Docker's stats: {"eth0": {"rx_bytes": …}}; a new reference. Reads /proc. */
struct json_object *figures_read_networks(pid_t pid, const char *id);

#endif
