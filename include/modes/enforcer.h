/*
 * enforcer - the daemon's parts in one place, and what every mode does with them: check and deliver.
 *
 * Made by `run`; its threads (periodic, events, watch, HTTP) share it. The modes' loops end when `stop_fd`
 * becomes readable.
 */
#ifndef DE_MODES_ENFORCER_H
#define DE_MODES_ENFORCER_H

#include "enforce/actions.h"
#include "enforce/audit.h"
#include "modes/authz.h"
#include "base/config.h"
#include "docker/docker.h"
#include "modes/inventory.h"
#include "enforce/ledger.h"
#include "metrics/metrics.h"
#include "enforce/policy.h"
#include "enforce/triggers.h"

#include <pthread.h>
#include <stdatomic.h>

struct enforcer {
	const struct config *config;
	struct docker *docker;
	struct metrics *metrics; /* NULL with DISABLE_METRICS */
	struct inventory *inventory;
	struct ledger *ledger;
	struct actions *actions;
	struct triggers *triggers;
	struct audit *audit; /* NULL without AUDIT_LOG */
	struct authz *authz; /* NULL without RUN_AUTHZ */
	int stop_fd;	     /* an eventfd, readable from shutdown on */
	bool watching;
	uint64_t started_ns;   /* wall clock */
	atomic_bool connected; /* the event stream is open */

	pthread_mutex_t policy_lock; /* for the pointer alone */
	struct policy *policy;

	atomic_ullong evaluations, checks, check_overruns, watch_ticks, events, event_reconnects,
		docker_errors;
	atomic_ullong check_ns;			    /* that all full checks together took */
	atomic_ullong check_start_ns, check_end_ns; /* wall clock, of the last full check; 0: none yet */
};

struct enforcer *enforcer_new(const struct config *config, struct err *err);
void enforcer_free(struct enforcer *e);

struct policy *enforcer_policy(struct enforcer *e); /* a reference */

/* Loads the rule files anew and swaps the policy; keeps the one there is if any file is bad. */
int enforcer_reload(struct enforcer *e, struct err *err);

/* Waits; true if the daemon is to end. */
bool enforcer_wait(struct enforcer *e, uint64_t ns);
bool enforcer_stopping(struct enforcer *e);

/* Every container, by all rules, with a fresh list from Docker. */
int enforcer_check_all(struct enforcer *e, struct err *err);

/* One container, by all rules, as it is known now. */
void enforcer_check_one(struct enforcer *e, const char *id, const char *source);

/* Every container by metric rules, from the kernel's figures alone. */
int enforcer_watch_tick(struct enforcer *e, struct err *err);

/* The modes' threads; `arg` is the enforcer. */
void *periodic_run(void *arg);
void *events_run(void *arg);
void *watch_run(void *arg);

#endif
