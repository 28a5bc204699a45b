/*
 * inventory - the running containers: their params, cgroup slots, positions and what the rules last said.
 *
 * One lock, which guards the list for a copy or a swap: it is never held over I/O, while rules run, or while
 * anything is logged. Docker is asked first, the answer is put in afterwards. Every function may be called
 * from any thread.
 */
#ifndef DE_MODES_INVENTORY_H
#define DE_MODES_INVENTORY_H

#include "base/config.h"
#include "docker/docker.h"
#include "enforce/actions.h"
#include "enforce/judge.h"
#include "metrics/metrics.h"
#include "container/container.h"

struct inventory;

/* Borrows all three; `metrics` may be NULL (DISABLE_METRICS). */
struct inventory *inventory_new(const struct config *config, struct docker *docker, struct metrics *metrics);
void inventory_free(struct inventory *inv);

/*
 * Brings the inventory in line with a fresh list from Docker; inspects what is new, changed, or (without
 * CACHE_PARAMS) everything. `added` is called for each container that was not known, `gone` for each that
 * was. Containers that vanish meanwhile are left out quietly.
 */
int inventory_refresh(struct inventory *inv, void (*added)(void *arg, const char *id),
		      void (*gone)(void *arg, const char *id), void *arg, struct err *err);

/* Inspects one container anew. 0 also if it is gone or not running: then it is not in the inventory. */
int inventory_update(struct inventory *inv, const char *id, struct err *err);

/* Its params have changed: they are read again at the next refresh. */
void inventory_mark_stale(struct inventory *inv, const char *id);

/* It ended at `when_ns` (dockerd's clock). */
void inventory_remove(struct inventory *inv, const char *id, uint64_t when_ns);

/* What is to be judged, and who is told of what was found. */
struct inspection {
	const struct policy *policy;
	struct judge_options options;
	const char *source; /* check_source */
	const char *id;	    /* only this container; NULL: all */
	/* Called without a lock, as soon as a container is judged, if there is something to say; all is
	 * borrowed. */
	void (*found)(void *arg, struct container *c, const struct verdict *v);
	void *arg;
};

/*
 * Judges, from memory alone, one container after the other, each on references and copies: no lock is held
 * while rules run or `found` works. Each container is judged by one thread at a time; another that comes to
 * it waits. What is no longer there when its verdict comes is left out, what was read anew is judged again.
 * Returns the number of evaluations.
 */
uint64_t inventory_judge(struct inventory *inv, const struct inspection *what);

/*
 * Reads the container anew and judges it by what->policy, all rules: is what was ordered still to be done?
 * `found` and `id` are not used. Where it is not, the inventory has what was read.
 */
enum standing inventory_look(struct inventory *inv, const struct inspection *what,
			     const struct action_order *order, struct err *why);

size_t inventory_count(struct inventory *inv); /* takes no lock */

/* A copy of what is known of one container, for pages. */
struct inventory_entry {
	struct container *container; /* a reference */
	int64_t position;
	int slot; /* of metrics */
	bool measured;
	struct usage now, base;
	uint64_t *violated; /* hashes of the rules that it violates now */
	uint64_t *since_ns; /* monotonic */
	size_t violations;
};

/* In order of position; for inventory_free_entries(). */
size_t inventory_snapshot(struct inventory *inv, struct inventory_entry **out);
void inventory_free_entries(struct inventory_entry *entries, size_t n);

#endif
