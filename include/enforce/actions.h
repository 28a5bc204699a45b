/*
 * actions - verdicts carried out: workers stop, kill or pause through Docker, so that a container that takes
 * ten seconds to stop delays no check. Some are kept for kills: containers that ignore SIGTERM delay nobody
 * else's.
 *
 * Between a verdict and its action time passes: the container restarts, is mended, its rule is mended. So
 * each attempt, the first and every later one, first has the container looked at anew, and is left where its
 * reason is gone. Every function may be called from any thread.
 */
#ifndef DE_ENFORCE_ACTIONS_H
#define DE_ENFORCE_ACTIONS_H

#include "enforce/audit.h"
#include "docker/docker.h"
#include "enforce/ledger.h"
#include "enforce/policy.h"
#include "history/state.h"
#include "container/container.h"

struct actions;

/* What a verdict asks for. */
struct action_order {
	struct container *container; /* as it was judged: this start of it is meant, no other */
	enum action action;
	const char *update; /* what ACTION_UPDATE sets, an UpdateConfig in JSON; else NULL */
	const char *rule;
	uint64_t rule_hash; /* of the rule's text: one that was mended is another rule */
	const char *source; /* of the check; lives for ever */
};

/* What a fresh look at the container says of an order. */
enum standing {
	STANDING_DUE,	    /* it still violates the rule, which is still in force */
	STANDING_SPARED,    /* it does not, or is exempt, or was started anew; *why says so */
	STANDING_GONE,	    /* it does not run any more */
	STANDING_DUE_ALONE, /* so it does by all that is known; dockerd does not answer in time */
	STANDING_UNKNOWN /* no look could be had, for the reason in *why: nothing is done, but tried again */
};

/* Who looks: modes/. Called by workers without a lock; may ask Docker. */
struct actions_judge {
	enum standing (*look)(void *arg, const struct action_order *order, struct err *why);
	/* Judges the container anew by what is in force, and delivers the verdict. */
	void (*judge_again)(void *arg, const char *id, const char *source);
	void *arg;
};

/* All are borrowed and must outlive it. */
struct actions_parts {
	struct docker *docker;
	struct ledger *ledger;
	struct audit *audit; /* may be NULL */
	struct actions_judge judge;
	long per_minute; /* bounds the attempts that are made in any minute, restarts or not; 0: no bound */
	struct state *state; /* where those are kept; may be NULL */
};

/* NULL with *err where the threads cannot be made. */
struct actions *actions_start(const struct actions_parts *parts, struct err *err);

/* Ends the workers; call docker_shutdown() first, so that calls under way end. */
void actions_stop(struct actions *a);

/*
 * Acts on a container (everything is copied, the container referenced) unless that, or something stronger, is
 * under way or done for this start of it. A failure is retried with back-off and logged; after the last
 * attempt the next detection may try anew. What the bound leaves out is said, and comes first when there is
 * room again. True if it is new: nothing of the kind was under way or done.
 */
bool actions_submit(struct actions *a, const struct action_order *order);

/* The container ended, or was unpaused: a later violation is a new one. */
void actions_forget(struct actions *a, const char *id);

/* Its limits were changed, by us or by anybody: what sets them may be to be done again. */
void actions_forget_update(struct actions *a, const char *id);

/* What happened to containers meanwhile was not seen: nothing waits and nothing counts as done any more. */
void actions_forget_all(struct actions *a);

/* Other rules are in force: what waits, or is to be tried again, is not done but judged again. */
void actions_judge_again(struct actions *a);

/* True while a worker waits for dockerd. */
bool actions_busy(struct actions *a);

uint64_t actions_failed(struct actions *a);
uint64_t actions_suppressed(struct actions *a); /* by MAX_ACTIONS_PER_MINUTE */

#endif
