/*
 * actions - verdicts carried out: a few workers stop, kill or pause through Docker, so that a container that
 * takes ten seconds to stop delays no check. Every function may be called from any thread.
 */
#ifndef DE_ENFORCE_ACTIONS_H
#define DE_ENFORCE_ACTIONS_H

#include "enforce/audit.h"
#include "docker/docker.h"
#include "enforce/ledger.h"
#include "enforce/policy.h"
#include "container/container.h"

struct actions;

/* Borrows `docker`, `ledger` and `audit` (may be NULL), which must outlive it. `per_minute` bounds the
 * actions begun; 0: no bound. NULL with *err where the threads cannot be made.
 */
struct actions *actions_start(struct docker *docker, struct ledger *ledger, struct audit *audit,
			      long per_minute, struct err *err);

/* Ends the workers; call docker_shutdown() first, so that calls under way end. */
void actions_stop(struct actions *a);

/*
 * Acts on a container (a reference is taken) unless that is under way or done for this start of it. A failure
 * is retried with back-off and logged; after the last attempt the next detection may try anew.
 */
void actions_submit(struct actions *a, struct container *c, enum action action, const char *rule);

/* The container ended, or was unpaused: a later violation is a new one. */
void actions_forget(struct actions *a, const char *id);

/* True while a worker waits for dockerd. */
bool actions_busy(struct actions *a);

uint64_t actions_failed(struct actions *a);
uint64_t actions_suppressed(struct actions *a); /* by MAX_ACTIONS_PER_MINUTE */

#endif
