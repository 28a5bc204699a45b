/*
 * wiring - tripwires on the containers' memory: from what the rules say of each, values are derived at which
 * they could become true, and a container that crosses one is judged at once. The tick (watch) stays as the
 * net below.
 */
#ifndef DE_MODES_WIRING_H
#define DE_MODES_WIRING_H

#include "metrics/wires.h"
#include "modes/check.h"

#include <stdatomic.h>

struct wiring;

/*
 * NULL where there are no wires: RUN_TRIPWIRES, or this host has none, which is said once. Borrows `check`.
 */
struct wiring *wiring_new(struct check *check);
void wiring_free(struct wiring *w);

/* A thread's: returns when check->stop is requested. arg: a wiring. */
void *wiring_run(void *arg);

/* All for NULL too; any thread. It was read anew: its wires are derived again. */
void wiring_renew(struct wiring *w, const char *id);

/* Other rules are in force. */
void wiring_renew_all(struct wiring *w);

/* It ended. */
void wiring_forget(struct wiring *w, const char *id);

struct wiring_counts {
	uint64_t crossed; /* containers that were judged for it */
	size_t set;	  /* values */
};

struct wiring_counts wiring_counts(struct wiring *w);

#endif
