/* owner_totals - who has how much of what, now: for pages, /metrics and commands. Any thread. */
#ifndef DE_MODES_OWNER_TOTALS_H
#define DE_MODES_OWNER_TOTALS_H

#include "history/owners.h"
#include "modes/inventory.h"

#include <json-c/json.h>

struct owner_total {
	char owner[OWNER_MAX];
	size_t running, violating;	      /* containers that run; those of them that break a rule */
	size_t unlimited;		      /* how many of them have no limit on memory */
	size_t containers, volumes, networks; /* that are known to be theirs, running or not */
	uint64_t memory, memory_limits, pids; /* memory_limits: of those that have one, together */
	double cpu_percent;
	uint64_t since_ns; /* wall clock, of the oldest thing; 0: not known */
};

/* One for each owner who has something, the greatest in memory first; the caller frees *out. */
size_t owner_totals(struct inventory *inv, struct owners *owners, struct owner_total **out);

/* A new reference. */
struct json_object *owner_total_to_json(const struct owner_total *t);

#endif
