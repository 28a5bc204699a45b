/*
 * state - what outlives the daemon: STATE_DIR/state.db (SQLite), root's alone. Texts by name: the rules that
 * were in force (enforce/policy.h), the action budget (enforce/actions.h); and tables of the other modules of
 * this room, such as owners.h.
 *
 * Whoever keeps something waits for nobody: a thread of its own writes. A full disk, a file that is damaged,
 * removed or made by a newer version costs what is kept, never enforcement: it is said once, shown by
 * /healthz, and mended by itself, for what was last kept under each name is written as soon as that works.
 *
 * Every function may be called from any thread; NULL for the state is none, and does nothing.
 */
#ifndef DE_HISTORY_STATE_H
#define DE_HISTORY_STATE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct state;

/*
 * Opens STATE_DIR, which is made if its parent is there. "": nothing is kept, *out is NULL. -1 with *err only
 * where the thread cannot be made: a folder that cannot be used is said, and tried again.
 */
int state_open(const char *dir, struct state **out, struct err *err);

/* For commands beside the daemon: what is kept can be read, and nothing is written. "": NULL. */
struct state *state_open_to_read(const char *dir);

/* Writes what waits, unless the disk is stuck for a second; what is kept later may not be written. */
void state_flush(struct state *s);

/* state_flush(), and closes. */
void state_close(struct state *s);

/*
 * Keeps a copy of `text` under `name` (static), in place of what was there. Of texts under one name the one
 * with the greatest `version` stays, in whatever order threads bring them; 0 is less than any.
 */
void state_keep(struct state *s, const char *name, uint64_t version, const char *text);

/* What was last kept under `name`, from the file, whole; NULL: nothing, or it cannot be read. Caller frees.
 * It waits for the disk: for the start. */
char *state_read(struct state *s, const char *name);

/* False if all is well; else why nothing is kept, cut to `size`. */
bool state_problem(struct state *s, char *out, size_t size);

/* Rows of this room's tables (owners, history) that were not kept. */
uint64_t state_lost(struct state *s);

#endif
