/*
 * enforcer - the daemon's parts, put together; made by `run`, shown by the pages. It does nothing itself: the
 * loops work (modes/loops.h), authorization answers (modes/authz.h).
 */
#ifndef DE_MODES_ENFORCER_H
#define DE_MODES_ENFORCER_H

#include "base/config.h"
#include "base/stop.h"
#include "modes/authz.h"
#include "modes/check.h"
#include "modes/loops.h"
#include "relay/relay.h"

struct enforcer {
	const struct config *config;
	struct docker *docker;
	struct state *state; /* NULL without STATE_DIR */
	struct owners *owners;
	struct metrics *metrics; /* NULL with DISABLE_METRICS */
	struct policy_slot *policy;
	struct inventory *inventory;
	struct reading *reading;
	struct outlets outlets;
	struct authz *authz; /* NULL without RUN_AUTHZ */
	struct relay *relay; /* NULL without RUN_RELAY; `run` starts and stops it */
	struct stop *stop;
	struct check check;
	struct periodic periodic;
	struct events events;
	struct watch watch;
	struct wiring *wiring;	 /* NULL: there are no tripwires */
	uint64_t started_ns;	 /* wall clock */
	struct problem reload;	 /* why the latest one failed */
	atomic_ullong loaded_ns; /* wall clock, when that was tried */
};

/* Makes all parts, and no loop yet. NULL with *err. */
struct enforcer *enforcer_new(const struct config *config, struct err *err);
void enforcer_free(struct enforcer *e);

/* Loads the rule files anew and swaps the policy; keeps the one there is if any file is bad. From one thread.
 */
int enforcer_reload(struct enforcer *e, struct err *err);

#endif
