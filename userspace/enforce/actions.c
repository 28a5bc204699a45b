#include "action_queue_internal.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/workers.h"
#include "base/memory.h"
#include "container/container.h"
#include "history/events.h"
#include "metrics/metrics.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define WORKERS	 12
#define ATTEMPTS 6 /* with pauses of 1, 2, 4, 8 and 16 s between */

struct actions {
	struct actions_parts parts;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct action_queue queue;
	bool ending;
	uint64_t failed, suppressed;
	struct workers *workers;
};

static int call_docker(struct docker *d, const struct action_order *o, enum docker_outcome *out,
		       struct err *err)
{
	const char *id = o->container->id;

	switch (o->action) {
	case ACTION_STOP:
		return docker_stop(d, id, out, err);
	case ACTION_KILL:
		return docker_kill(d, id, out, err);
	case ACTION_PAUSE:
		return docker_pause(d, id, out, err);
	case ACTION_UPDATE:
		return docker_update(d, id, o->update, out, err);
	}
	return 0;
}

static const char *past_tense(enum action action)
{
	static const char *const words[] = {[ACTION_STOP] = "stopped",
					    [ACTION_KILL] = "killed",
					    [ACTION_PAUSE] = "paused",
					    [ACTION_UPDATE] = "updated"};

	return words[action];
}

/* ---- what is said of an order: log, ledger, audit log ---- */

static void audit_order(struct actions *a, const struct action_order *o, const char *result,
			const char *error)
{
	struct json_object *j;
	const struct event event = {.wall_ns = clock_wall_ns(),
				    .kind = "action",
				    .id = o->container->id,
				    .name = o->container->name,
				    .owner = o->container->owner,
				    .rule = o->rule,
				    .source = o->source,
				    .what = action_name(o->action),
				    .detail = *error ? error : result};

	events_note(a->parts.state, &event);
	if (!a->parts.audit)
		return;
	j = json_object_new_object();
	json_add_str(j, "id", o->container->id);
	json_add_str(j, "name", o->container->name);
	json_add_str(j, "action", action_name(o->action));
	json_add_str(j, "rule", o->rule);
	if (o->update)
		json_add_str(j, "update", o->update);
	json_add_str(j, "result", result);
	if (*error)
		json_add_str(j, "error", error);
	audit_add(a->parts.audit, "action", j);
}

static void note(struct actions *a, const struct action_order *o, const char *what)
{
	ledger_note_action(a->parts.ledger, o->container, what, clock_wall_ns());
}

struct order_fields {
	struct log_field field[5];
};

static struct order_fields fields_of(const struct action_order *o)
{
	return (struct order_fields){{{"CONTAINER_ID", o->container->id},
				      {"CONTAINER_NAME", o->container->name},
				      {"RULE", o->rule},
				      {"ACTION", action_name(o->action)},
				      {NULL, NULL}}};
}

static void say_done(struct actions *a, const struct action_order *o, enum docker_outcome outcome)
{
	const struct order_fields fields = fields_of(o);
	bool ours = outcome == DOCKER_DONE; /* else it ended, or was paused, by itself meanwhile */
	const char *what = ours ? past_tense(o->action) : "was gone or done already";

	if (!ours && o->action == ACTION_UPDATE) /* our own update's event had it looked at again */
		return;

	log_event(LOG_INFO_, fields.field, "container %s (%.12s) %s: rule \"%s\"%s%s", o->container->name,
		  o->container->id, what, o->rule, o->update ? ": " : "", o->update ? o->update : "");
	if (ours && o->action != ACTION_UPDATE)
		ledger_count_stop(a->parts.ledger);
	note(a, o, what);
	audit_order(a, o, ours ? "done" : what, "");
}

static void say_failed(struct actions *a, const struct job *job, const struct err *err)
{
	const struct action_order *o = &job->order;
	const struct order_fields fields = fields_of(o);

	log_event(LOG_ERROR_, fields.field, "container %s (%.12s) could not be %s (attempt %u of %d): %s",
		  o->container->name, o->container->id, past_tense(o->action), job->attempts, ATTEMPTS,
		  err->msg);
	note(a, o, "failed, see the log");
	audit_order(a, o, "failed", err->msg);
}

static void say_spared(struct actions *a, const struct action_order *o, const char *why)
{
	const struct order_fields fields = fields_of(o);

	log_event(LOG_INFO_, fields.field,
		  "container %s (%.12s) is not %s, as rule \"%s\" would have had it: %s", o->container->name,
		  o->container->id, past_tense(o->action), o->rule, why);
	audit_order(a, o, "not done", why);
}

static void say_left_out(struct actions *a, const struct action_order *o)
{
	const struct order_fields fields = fields_of(o);

	note(a, o, "left running (MAX_ACTIONS_PER_MINUTE)");
	audit_order(a, o, "left out", "MAX_ACTIONS_PER_MINUTE");
	log_event(LOG_ERROR_, fields.field,
		  "container %s (%.12s) violates rule \"%s\" but is LEFT RUNNING for now: %ld actions were "
		  "taken in the last minute (MAX_ACTIONS_PER_MINUTE); check that rule",
		  o->container->name, o->container->id, o->rule, a->parts.per_minute);
}

/* ---- the bound's attempts, across restarts ---- */

/* The number of all attempts ever is the version: of two threads that keep at once, the later one counts. */
static void keep_attempts(struct actions *a)
{
	uint64_t *attempts, version;
	size_t n;

	pthread_mutex_lock(&a->lock);
	n = queue_attempts(&a->queue, clock_monotonic_ns(), &attempts);
	version = a->queue.budget.next;
	pthread_mutex_unlock(&a->lock);
	attempts_keep(a->parts.state, version, attempts, n);
	free(attempts);
}

static void recall_attempts(struct actions *a)
{
	uint64_t *attempts;
	size_t n = attempts_recall(a->parts.state, &attempts);

	for (size_t i = 0; i < n; i++)
		queue_recall(&a->queue, attempts[i]);
	free(attempts);
}

/* ---- workers ---- */

enum result { DONE, FAILED, SPARED, GONE };

static void settle(struct actions *a, bool made)
{
	pthread_mutex_lock(&a->lock);
	queue_spend(&a->queue, made, clock_monotonic_ns());
	pthread_cond_broadcast(&a->wake); /* there may be room for another */
	pthread_mutex_unlock(&a->lock);
	if (made && a->parts.per_minute)
		keep_attempts(a);
}

static enum standing look(struct actions *a, const struct action_order *o, struct err *why)
{
	const struct actions_judge *judge = &a->parts.judge;

	return judge->look ? judge->look(judge->arg, o, why) : STANDING_DUE;
}

static enum result attempt(struct actions *a, const struct job *job)
{
	const struct action_order *o = &job->order;
	enum docker_outcome outcome = DOCKER_DONE;
	struct err err;

	if (!call_docker(a->parts.docker, o, &outcome, &err)) {
		say_done(a, o, outcome);
		return DONE;
	}
	say_failed(a, job, &err);
	return FAILED;
}

/* A kill does not wait for a dockerd that hangs. That is told when it answers again: what it then starts anew
 * violates anew. */
static enum result kill_alone(struct actions *a, const struct job *job)
{
	const struct action_order *o = &job->order;
	const struct metrics_target target = {o->container->id, o->container->pid, o->container->started_ns};
	const struct order_fields fields = fields_of(o);
	struct err err;

	if (metrics_kill(&target, &err)) {
		err_wrap(&err, "dockerd does not answer, and without it");
		say_failed(a, job, &err);
		return FAILED;
	}
	log_event(LOG_WARNING_, fields.field,
		  "container %s (%.12s) killed without dockerd, which does not answer: rule \"%s\"",
		  o->container->name, o->container->id, o->rule);
	ledger_count_stop(a->parts.ledger);
	note(a, o, "killed without dockerd");
	audit_order(a, o, "done without dockerd", "");
	return DONE;
}

/* Without the lock; the job stays ours meanwhile. */
static enum result carry_out(struct actions *a, const struct job *job)
{
	struct err why = {0};
	enum standing standing = look(a, &job->order, &why);

	settle(a, standing == STANDING_DUE || standing == STANDING_DUE_ALONE);
	switch (standing) {
	case STANDING_DUE:
		return attempt(a, job);
	case STANDING_DUE_ALONE:
		return kill_alone(a, job);
	case STANDING_UNKNOWN:
		say_failed(a, job, &why);
		return FAILED;
	case STANDING_SPARED:
		say_spared(a, &job->order, why.msg);
		return SPARED;
	case STANDING_GONE:
		break;
	}
	say_done(a, &job->order, DOCKER_WAS_SO);
	return GONE;
}

/* The job is given up; what is in force says what is to be done instead, if anything. With the lock. */
static void judge_again(struct actions *a, struct job *job)
{
	struct container *c = container_get(job->order.container);
	const char *source = job->order.source;

	queue_finish(&a->queue, job, JOB_RUNNING, 0);
	pthread_mutex_unlock(&a->lock);
	if (a->parts.judge.judge_again)
		a->parts.judge.judge_again(a->parts.judge.arg, c->id, source);
	container_put(c);
	pthread_mutex_lock(&a->lock);
}

static void finish(struct actions *a, struct job *job, enum result result)
{
	uint64_t pause = NS_PER_S << (job->attempts - 1);

	a->failed += result == FAILED;
	if (result == SPARED)
		judge_again(a, job);
	else if (result == DONE)
		queue_finish(&a->queue, job, JOB_DONE, 0);
	else if (result == GONE || job->attempts >= ATTEMPTS)
		queue_finish(&a->queue, job, JOB_RUNNING, 0);
	else
		queue_finish(&a->queue, job, JOB_WAITING, clock_monotonic_ns() + pause);
}

static void act(struct actions *a, struct job *job)
{
	enum result result;

	pthread_mutex_unlock(&a->lock);
	result = carry_out(a, job);
	pthread_mutex_lock(&a->lock);
	finish(a, job, result);
}

static void leave_out(struct actions *a, struct job *job)
{
	a->suppressed++;
	pthread_mutex_unlock(&a->lock);
	say_left_out(a, &job->order);
	pthread_mutex_lock(&a->lock);
	queue_finish(&a->queue, job, JOB_LEFT_OUT, 0);
}

static void wait_for_work(struct actions *a, uint64_t wait_ns)
{
	uint64_t until = clock_monotonic_ns() + wait_ns;
	struct timespec ts = clock_timespec(until);

	if (wait_ns == UINT64_MAX)
		pthread_cond_wait(&a->wake, &a->lock);
	else
		pthread_cond_timedwait(&a->wake, &a->lock, &ts);
}

static void *work(void *arg)
{
	struct actions *a = arg;

	pthread_mutex_lock(&a->lock);
	while (!a->ending) {
		uint64_t wait_ns;
		struct job *job;

		switch (queue_next(&a->queue, clock_monotonic_ns(), &job, &wait_ns)) {
		case TURN_ACT:
			act(a, job);
			break;
		case TURN_LEAVE_OUT:
			leave_out(a, job);
			break;
		case TURN_JUDGE_AGAIN:
			judge_again(a, job);
			break;
		case TURN_NOBODY:
			wait_for_work(a, wait_ns);
			continue;
		}
		pthread_cond_broadcast(&a->wake); /* another may have its turn now */
	}
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

/* ---- for everybody ---- */

struct actions *actions_start(const struct actions_parts *parts, struct err *err)
{
	struct actions *a = mem_calloc(1, sizeof(*a));

	a->parts = *parts;
	queue_init(&a->queue, (size_t)parts->per_minute);
	if (parts->per_minute)
		recall_attempts(a);
	pthread_mutex_init(&a->lock, NULL);
	clock_cond_init(&a->wake);
	a->workers = workers_start("action", WORKERS, work, a, err);
	if (a->workers)
		return a;
	actions_stop(a);
	return NULL;
}

void actions_stop(struct actions *a)
{
	if (!a)
		return;
	pthread_mutex_lock(&a->lock);
	a->ending = true;
	pthread_cond_broadcast(&a->wake);
	pthread_mutex_unlock(&a->lock);
	workers_join(a->workers);
	queue_free(&a->queue);
	pthread_cond_destroy(&a->wake);
	pthread_mutex_destroy(&a->lock);
	free(a);
}

bool actions_submit(struct actions *a, const struct action_order *order)
{
	bool added;

	pthread_mutex_lock(&a->lock);
	added = queue_add(&a->queue, order);
	if (added)
		pthread_cond_broadcast(&a->wake);
	pthread_mutex_unlock(&a->lock);
	return added;
}

void actions_forget(struct actions *a, const char *id)
{
	pthread_mutex_lock(&a->lock);
	queue_forget(&a->queue, id);
	pthread_mutex_unlock(&a->lock);
}

void actions_forget_update(struct actions *a, const char *id)
{
	pthread_mutex_lock(&a->lock);
	queue_forget_action(&a->queue, id, ACTION_UPDATE);
	pthread_mutex_unlock(&a->lock);
}

void actions_forget_all(struct actions *a)
{
	pthread_mutex_lock(&a->lock);
	queue_forget_all(&a->queue);
	pthread_mutex_unlock(&a->lock);
}

void actions_judge_again(struct actions *a)
{
	pthread_mutex_lock(&a->lock);
	queue_outdate(&a->queue);
	pthread_cond_broadcast(&a->wake);
	pthread_mutex_unlock(&a->lock);
}

bool actions_busy(struct actions *a)
{
	bool busy;

	pthread_mutex_lock(&a->lock);
	busy = a->queue.running != 0;
	pthread_mutex_unlock(&a->lock);
	return busy;
}

uint64_t actions_failed(struct actions *a)
{
	uint64_t n;

	pthread_mutex_lock(&a->lock);
	n = a->failed;
	pthread_mutex_unlock(&a->lock);
	return n;
}

uint64_t actions_suppressed(struct actions *a)
{
	uint64_t n;

	pthread_mutex_lock(&a->lock);
	n = a->suppressed;
	pthread_mutex_unlock(&a->lock);
	return n;
}
