/*
 * loops - the modes' threads: periodic, events, watch. Each function is a thread's, its argument the
 * structure of the same name, and returns when check->stop is requested. The counters are for the pages; any
 * thread may read them.
 */
#ifndef DE_MODES_LOOPS_H
#define DE_MODES_LOOPS_H

#include "docker/docker.h"
#include "modes/authz.h"
#include "modes/check.h"

#include <stdatomic.h>

/* All containers by all rules, every CHECK_INTERVAL_S. */
struct periodic {
	struct check *check;
	atomic_ullong checks, overruns;
	atomic_ullong total_ns;		/* that all full checks together took */
	atomic_ullong start_ns, end_ns; /* wall clock, of the last full check; 0: none yet */
};

void *periodic_run(void *arg);

/*
 * Keeps the inventory in line with Docker's event stream (the params cache and watch need that in every
 * configuration), and checks containers when they start, are updated or renamed, where that is asked for.
 */
struct events {
	struct check *check;
	struct docker *docker;
	struct authz *authz; /* told when dockerd may be another one; NULL without RUN_AUTHZ */
	atomic_ullong seen, reconnects;
	atomic_ullong prunes;  /* of which nobody says what was removed */
	atomic_bool connected; /* the stream is open */
	atomic_ullong lost_ns; /* monotonic, since when it is not; 0: it is */
};

void *events_run(void *arg);

/*
 * Has forgotten what is kept of containers, volumes and networks that are gone, and whose events nobody
 * heard: whenever the stream was opened or something was pruned, and once an hour. Beside events_run(), for a
 * volume plugin may hang.
 */
void *leftover_run(void *arg);

/*
 * How often watch looks, by the options and by where the figures come from (NULL: none); 0: it is off. Where
 * that is not what the options say by themselves, the log tells.
 */
uint64_t watch_choose_interval(const struct config *config, const struct metrics *metrics);

/* Metric rules every check->watch_interval_ns, from what the kernel gives; Docker is not asked. */
struct watch {
	struct check *check;
	atomic_ullong ticks;
};

void *watch_run(void *arg);

#endif
