/*
 * inventory_internal - what the inventory holds; for inventory.c (keeping it), inventory_judge.c (judging
 * it, copying it out) and inventory_look.c alone. All hold `lock` while they touch it, and no longer.
 */
#ifndef DE_MODES_INVENTORY_INTERNAL_H
#define DE_MODES_INVENTORY_INTERNAL_H

#include "base/turn.h"
#include "modes/inventory.h"

#include <pthread.h>
#include <stdatomic.h>
#include <uthash.h>

#define RECENT_DEATHS 256

struct item {
	UT_hash_handle hh;
	char *id;
	struct container *container;
	int slot; /* of metrics, -1: not watched */
	bool stale;
	bool listed; /* in the list of the refresh under way */
	int64_t position;
	uint64_t claim; /* of the thread that judges it, which alone changes `states` meanwhile; 0: none */
	struct rule_states states;
};

/* A container that ends while it is being inspected must not come back. */
struct death {
	char id[65];
	uint64_t when_ns;
};

struct inventory {
	const struct config *config;
	struct docker *docker;
	struct metrics *metrics;
	struct turn putting; /* two threads that read one container put it in one after the other */
	pthread_mutex_t lock;
	pthread_cond_t released; /* an item is not claimed any more */
	uint64_t claims;	 /* made so far */
	struct item *items;
	atomic_size_t count; /* of items: authorization reads it and waits for nobody */
	bool positions_stale;
	struct death deaths[RECENT_DEATHS];
	size_t next_death;
};

/* The item of that id, or NULL; the caller holds the lock. */
struct item *inventory_find(struct inventory *inv, const char *id);

/* A copy, whose items the caller frees. */
struct rule_states inventory_copy_states(const struct rule_states *states);

/* The container as it is now; NULL with *err, whose code is 404 if it is gone or does not run. */
struct container *inventory_read(struct inventory *inv, const char *id, struct err *err);

/* Puts in what was read; the container's reference is taken over. */
void inventory_put(struct inventory *inv, struct container *c, bool *was_new);

#endif
