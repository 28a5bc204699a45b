/*
 * inventory_internal - what the inventory holds; for inventory*.c alone, which keep it, judge it, and
 * copy it out. All hold `lock` while they touch it, and no longer.
 */
#ifndef DE_MODES_INVENTORY_INTERNAL_H
#define DE_MODES_INVENTORY_INTERNAL_H

#include "base/turn.h"
#include "modes/inventory.h"
#include "modes/ownership.h"

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
	bool listed;	 /* in the list that is followed just now */
	bool ended;	 /* dockerd does not list it any more: the event that says so is under way */
	uint64_t number; /* of all that was put in, the last */
	uint64_t look_ns, pause_ns; /* when it is to be read again because it is not measured */
	int64_t position;
	uint64_t claim; /* of the thread that judges it, which alone changes `states` meanwhile; 0: none */
	struct rule_states states;
	uint64_t judged_ns; /* monotonic, when it was last judged by all rules */
};

/* A container that ends while it is being inspected must not come back, whatever clocks say of its start. */
struct death {
	char id[65];
	uint64_t number;
};

/* What rules knew of a container that has ended, in case it is started again. */
struct ended {
	UT_hash_handle hh;
	char *id;
	struct rule_states states;
};

/* One that was let start. */
struct expected {
	struct expected *next;
	char *id, *asked;
	struct container *container; /* as it would run; a reference */
	uint64_t since_ns;	     /* monotonic */
	bool answered;		     /* it runs, and is not read yet */
	bool ended;		     /* as an item's */
	uint64_t number;	     /* of its answer, as an item's */
};

/* One that the plugin has let start, until it is removed. */
struct let_start {
	UT_hash_handle hh;
	char id[65];
};

#define MAX_ENDED 4096 /* the first goes for the next */

struct inventory {
	struct host *host;
	const struct config *config;
	struct docker *docker;
	struct metrics *metrics;
	struct ownership_source ownership;
	struct turn putting; /* two threads that read one container put it in one after the other */
	pthread_mutex_t lock;
	pthread_cond_t released; /* an item is not claimed any more */
	uint64_t claims;	 /* made so far */
	struct item *items;
	struct ended *ended;
	struct expected *expected;
	struct let_start *let_start;
	struct unread_id *unread;
	uint64_t puts; /* what is known of who runs is numbered, so that an older list does not overrule it */
	atomic_size_t unread_count;
	atomic_bool followed;	 /* Docker's events are: then all that run are known, read or not */
	atomic_size_t expecting; /* how many: where there are none, nobody takes the lock for them */
	atomic_size_t count;	 /* of items: authorization reads it and waits for nobody */
	bool positions_stale;
	atomic_bool said_full; /* that containers are not measured for want of descriptors */
	struct death deaths[RECENT_DEATHS];
	uint64_t death_count; /* of all, by which they are numbered */
};

/* What rules know of a container outlives its end; with the lock. */
void inventory_keep_states(struct inventory *inv, struct item *it);
void inventory_take_states(struct inventory *inv, struct item *it);
void inventory_free_states(struct inventory *inv);

void inventory_free_expected(struct inventory *inv);

/* It has its place among those that run, as far as is known; with the lock. */
bool inventory_takes_place(struct inventory *inv, const char *id);

/* Whether it was let start, and does not run as far as is known. With the lock. */
bool inventory_expects(const struct inventory *inv, const char *id);

/* It was read, or is gone: what kept its place since it was started does not any more. With the lock. */
void inventory_drop_answered(struct inventory *inv, const char *id);

/* Where it stands, or would stand; the caller holds the lock. */
int64_t inventory_find_position(struct inventory *inv, const char *id);

/* Those beside `id` that run, as far as is known, and are yet to be read; the caller holds the lock. */
int64_t inventory_count_unread(struct inventory *inv, const char *id);

/* It runs, or may, and is not read yet; it is read, or does not run. With the lock. */
void inventory_note_unread(struct inventory *inv, const char *id);
void inventory_note_read(struct inventory *inv, const char *id);
void inventory_free_unread_ids(struct inventory *inv);

/* Positions, where they have changed; with the lock. */
void inventory_update_positions(struct inventory *inv);

/* The item of that id, or NULL; the caller holds the lock. */
struct item *inventory_find(struct inventory *inv, const char *id);

/*
 * Puts in how many processes the container has at this moment, without the threads that the runtime has in
 * its cgroup (metrics.h): those that are there before the figures are read, or after. Leaves what is there
 * where that cannot be known. Collects, and reads /proc: without the lock.
 */
void inventory_read_pids(struct inventory *inv, const struct container *c, int slot, struct usage *now);

/* A copy, whose items the caller frees. */
struct rule_states inventory_copy_states(const struct rule_states *states);

/* How many deaths were known when a look at Docker began. */
uint64_t inventory_deaths(struct inventory *inv);

/* The container as it is now; NULL with *err, whose code is 404 if it is gone or does not run. */
struct container *inventory_read(struct inventory *inv, const char *id, struct err *err);

/* Puts in what was read since `deaths` were known; the container's reference is taken over. */
enum inventory_put inventory_put(struct inventory *inv, struct container *c, uint64_t deaths);

/* Takes an item out; the caller, who holds the lock, drops it after releasing that. NULL: there is none. */
struct item *inventory_take(struct inventory *inv, const char *id);
void inventory_drop(struct inventory *inv, struct item *it);

#endif
