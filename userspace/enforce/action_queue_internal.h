/*
 * action_queue - what is to be done to which container, and whose turn it is; for actions.c only, which holds
 * its lock around every call.
 */
#ifndef DE_ENFORCE_ACTION_QUEUE_INTERNAL_H
#define DE_ENFORCE_ACTION_QUEUE_INTERNAL_H

#include "enforce/actions.h"

#include <uthash.h>

/* JOB_LEFT_OUT: the bound leaves it out, and that was said; it is done when there is room. */
enum job_state { JOB_WAITING, JOB_LEFT_OUT, JOB_RUNNING, JOB_DONE };

struct job {
	UT_hash_handle hh;
	char *key;		   /* the container and the action */
	char *rule, *update;	   /* order.rule, order.update */
	struct action_order order; /* with a reference to the container */
	enum job_state state;
	unsigned attempts;
	uint64_t due_ns;
	uint64_t left_out_ns; /* when it was first left out; 0: not */
	bool outdated;	      /* by rules that may not be in force any more */
	bool orphan;	      /* forgotten while it was running: in no queue any more */
};

/* The attempts of the last minute: a ring of as many as there may be, the oldest first to be written over. */
struct action_budget {
	size_t most; /* 0: no bound */
	uint64_t *spent;
	size_t next, reserved;
};

struct action_queue {
	struct job *jobs;
	size_t running, stopping; /* all that are, and the stops among them */
	struct action_budget budget;
};

void queue_init(struct action_queue *q, size_t per_minute);
void queue_free(struct action_queue *q);

/* Puts an order in, unless it, or something stronger, is there for this start of the container. True if so.
 */
bool queue_add(struct action_queue *q, const struct action_order *order);

void queue_forget(struct action_queue *q, const char *id);
void queue_forget_action(struct action_queue *q, const char *id, enum action action);
void queue_forget_all(struct action_queue *q);
void queue_outdate(struct action_queue *q);

/* What a worker is to do with the job, which is its own until queue_finish(). */
enum turn_of_job { TURN_NOBODY, TURN_ACT, TURN_LEAVE_OUT, TURN_JUDGE_AGAIN };

/* TURN_NOBODY: none is due for *wait_ns; UINT64_MAX: until something changes. */
enum turn_of_job queue_next(struct action_queue *q, uint64_t now_ns, struct job **out, uint64_t *wait_ns);

/* An attempt for which queue_next() made room is made after all, or is not. */
void queue_spend(struct action_queue *q, bool made, uint64_t now_ns);

/* The attempts of the last minute, monotonic, the oldest first; the caller frees *out. */
size_t queue_attempts(const struct action_queue *q, uint64_t now_ns, uint64_t **out);

/* An attempt that was made before the queue was there; the oldest first. */
void queue_recall(struct action_queue *q, uint64_t at_ns);

/* The job goes into that state, to be due then; JOB_RUNNING: it is over, and freed. */
void queue_finish(struct action_queue *q, struct job *job, enum job_state state, uint64_t due_ns);

/* ---- action_attempts.c: attempts (monotonic, the oldest first) that outlive the daemon ---- */

void attempts_keep(struct state *s, uint64_t version, const uint64_t *at_ns, size_t n);

/* Those of this boot of the machine, by which monotonic time goes; the caller frees *out. */
size_t attempts_recall(struct state *s, uint64_t **out);

#endif
