/*
 * owners - whose a container, exec, volume or network is: kept in STATE_DIR, so that it is known across
 * restarts of the enforcer, of dockerd and of the host. In memory as a whole; one lock, held for a look-up.
 *
 * The owner is the person to whom a thing belongs; the maker who asked for it: the same person, or what that
 * person runs ("container:ID": an agent or a CI job with Docker's socket), which is let at its own things
 * only (docs/owners.md). A renamed thing stays the same, for its id does; volumes have only their name.
 *
 * Every function may be called from any thread; NULL for the owners is none: nothing is known or kept.
 */
#ifndef DE_HISTORY_OWNERS_H
#define DE_HISTORY_OWNERS_H

#include "history/state.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OWNER_UNKNOWN "[unknown]"
#define OWNER_MAX     256 /* with its end; a longer name is nobody's */

enum owned_kind { OWNED_CONTAINER, OWNED_EXEC, OWNED_VOLUME, OWNED_NETWORK };

const char *owned_kind_name(enum owned_kind kind); /* "container" */

struct ownership {
	char owner[OWNER_MAX], maker[OWNER_MAX]; /* "": not known */
};

struct owners;

/* Reads what is kept; without a state, or where that cannot be read (it is said), nothing is known yet. */
struct owners *owners_open(struct state *state);

/* After state_close(), whose thread may ask for what is there. */
void owners_free(struct owners *o);

/* False, and *out empty: not known. What was removed a while ago is still found. */
bool owners_find(struct owners *o, enum owned_kind kind, const char *id, struct ownership *out);

/* It was made: from now on it is theirs, whatever was known of that id. Nothing where the owner is "". */
void owners_note(struct owners *o, enum owned_kind kind, const char *id, const struct ownership *who);

/*
 * A volume, which does not exist, is asked for by name: of several who ask at once it is the first's. *holder
 * is who that is. The claim lasts a minute, in memory; owners_confirm() by the same makes it lasting.
 */
void owners_claim(struct owners *o, const char *volume, const struct ownership *who,
		  struct ownership *holder);
void owners_confirm(struct owners *o, const char *volume, const struct ownership *who);

/* It is removed: forgotten after a week, until then found by what still speaks of it. */
void owners_end(struct owners *o, enum owned_kind kind, const char *id);

/* Whether anything of that kind is there and not gone. */
bool owners_has(struct owners *o, enum owned_kind kind);

/* Calls `found` for each that is there and not gone, without a lock. */
void owners_each(struct owners *o,
		 void (*found)(void *arg, enum owned_kind kind, const char *id, const struct ownership *who,
			       uint64_t since_ns),
		 void *arg);

#endif
