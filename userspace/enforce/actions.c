#include "enforce/actions.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/workers.h"
#include "base/memory.h"
#include "container/container.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uthash.h>

#define WORKERS	 4
#define ATTEMPTS 6 /* with pauses of 1, 2, 4, 8 and 16 s between */

/* JOB_SUPPRESSED: left out by the bound, and said so; looked at again when it is due. */
enum job_state { JOB_WAITING, JOB_RUNNING, JOB_DONE, JOB_SUPPRESSED };

struct job {
	UT_hash_handle hh;
	char *id, *rule;
	struct container *container;
	enum action action;
	enum job_state state;
	unsigned attempts;
	uint64_t due_ns;
	bool forgotten; /* while it was running */
};

struct actions {
	struct docker *docker;
	struct ledger *ledger;
	struct audit *audit;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct job *jobs;
	bool ending;
	long per_minute, begun;
	uint64_t minute_start_ns;
	uint64_t failed, suppressed;
	struct workers *workers;
};

static void job_free(struct actions *a, struct job *job)
{
	HASH_DEL(a->jobs, job);
	container_put(job->container);
	free(job->id);
	free(job->rule);
	free(job);
}

static int call_docker(struct docker *d, enum action action, const char *id, enum docker_outcome *out,
		       struct err *err)
{
	switch (action) {
	case ACTION_STOP:
		return docker_stop(d, id, out, err);
	case ACTION_KILL:
		return docker_kill(d, id, out, err);
	case ACTION_PAUSE:
		return docker_pause(d, id, out, err);
	}
	return 0;
}

static const char *past_tense(enum action action)
{
	static const char *const words[] = {
		[ACTION_STOP] = "stopped", [ACTION_KILL] = "killed", [ACTION_PAUSE] = "paused"};

	return words[action];
}

static void note(struct actions *a, const struct container *c, enum action action, const char *rule,
		 const char *result, const char *error)
{
	struct json_object *j;

	if (!a->audit)
		return;
	j = json_object_new_object();
	json_add_str(j, "id", c->id);
	json_add_str(j, "name", c->name);
	json_add_str(j, "action", action_name(action));
	json_add_str(j, "rule", rule);
	json_add_str(j, "result", result);
	if (*error)
		json_add_str(j, "error", error);
	audit_add(a->audit, "action", j);
}

/* Called without the lock; the job stays ours while it is JOB_RUNNING. */
static bool carry_out(struct actions *a, const struct job *job)
{
	const struct log_field fields[] = {{"CONTAINER_ID", job->id},
					   {"CONTAINER_NAME", job->container->name},
					   {"RULE", job->rule},
					   {"ACTION", action_name(job->action)},
					   {NULL, NULL}};
	enum docker_outcome outcome = DOCKER_DONE;
	struct err err;

	if (!call_docker(a->docker, job->action, job->id, &outcome, &err)) {
		bool ours = outcome == DOCKER_DONE; /* else it ended, or was paused, by itself meanwhile */
		const char *what = ours ? past_tense(job->action) : "was gone or done already";

		log_event(LOG_INFO_, fields, "container %s (%.12s) %s: rule \"%s\"", job->container->name,
			  job->id, what, job->rule);
		if (ours)
			ledger_count_stop(a->ledger);
		ledger_note_action(a->ledger, job->container, what, clock_wall_ns());
		note(a, job->container, job->action, job->rule, ours ? "done" : what, "");
		return true;
	}
	log_event(LOG_ERROR_, fields, "container %s (%.12s) could not be %s (attempt %u of %d): %s",
		  job->container->name, job->id, past_tense(job->action), job->attempts, ATTEMPTS, err.msg);
	ledger_note_action(a->ledger, job->container, "failed, see the log", clock_wall_ns());
	note(a, job->container, job->action, job->rule, "failed", err.msg);
	return false;
}

static void finish(struct actions *a, struct job *job, bool done)
{
	a->failed += !done;
	if (job->forgotten || (!done && job->attempts >= ATTEMPTS)) {
		job_free(a, job);
	} else if (done) {
		job->state = JOB_DONE;
	} else {
		job->state = JOB_WAITING;
		job->due_ns = clock_monotonic_ns() + (NS_PER_S << (job->attempts - 1));
	}
}

/* The job that is due first; *wait_ns until it is, or UINT64_MAX. */
static struct job *next_due(struct actions *a, uint64_t *wait_ns)
{
	uint64_t now = clock_monotonic_ns();
	struct job *job, *next, *first = NULL;

	HASH_ITER (hh, a->jobs, job, next) {
		if (job->state == JOB_WAITING && (!first || job->due_ns < first->due_ns))
			first = job;
	}
	*wait_ns = !first ? UINT64_MAX : first->due_ns > now ? first->due_ns - now : 0;
	return first && !*wait_ns ? first : NULL;
}

static void wait_for_work(struct actions *a, uint64_t wait_ns)
{
	uint64_t until = clock_monotonic_ns() + wait_ns;
	struct timespec ts = {(time_t)(until / NS_PER_S), (long)(until % NS_PER_S)};

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
		struct job *job = next_due(a, &wait_ns);
		bool done;

		if (!job) {
			wait_for_work(a, wait_ns);
			continue;
		}
		job->state = JOB_RUNNING;
		job->attempts++;
		pthread_mutex_unlock(&a->lock);
		done = carry_out(a, job);
		pthread_mutex_lock(&a->lock);
		finish(a, job, done);
	}
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

struct actions *actions_start(struct docker *docker, struct ledger *ledger, struct audit *audit,
			      long per_minute, struct err *err)
{
	struct actions *a = mem_calloc(1, sizeof(*a));
	pthread_condattr_t attr;

	a->docker = docker;
	a->ledger = ledger;
	a->audit = audit;
	a->per_minute = per_minute;
	pthread_mutex_init(&a->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&a->wake, &attr);
	pthread_condattr_destroy(&attr);
	a->workers = workers_start("action", WORKERS, work, a, err);
	if (a->workers)
		return a;
	actions_stop(a);
	return NULL;
}

void actions_stop(struct actions *a)
{
	struct job *job, *next;

	if (!a)
		return;
	pthread_mutex_lock(&a->lock);
	a->ending = true;
	pthread_cond_broadcast(&a->wake);
	pthread_mutex_unlock(&a->lock);
	workers_join(a->workers);
	HASH_ITER (hh, a->jobs, job, next) {
		job_free(a, job);
	}
	pthread_cond_destroy(&a->wake);
	pthread_mutex_destroy(&a->lock);
	free(a);
}

/* Counts an action that is about to begin; false if this minute has had its share. */
static bool within_bound(struct actions *a)
{
	uint64_t now = clock_monotonic_ns();

	if (!a->per_minute)
		return true;
	if (!a->minute_start_ns || now - a->minute_start_ns >= 60 * NS_PER_S) {
		a->minute_start_ns = now;
		a->begun = 0;
	}
	return a->begun++ < a->per_minute;
}

static struct job *job_new(struct actions *a, struct container *c, enum action action, const char *rule)
{
	struct job *job = mem_calloc(1, sizeof(*job));

	job->id = mem_strdup(c->id);
	job->rule = mem_strdup(rule);
	job->container = container_get(c);
	job->action = action;
	HASH_ADD_KEYPTR(hh, a->jobs, job->id, strlen(job->id), job);
	return job;
}

/* Done for an earlier start, whose end we did not see; or left out in a minute that is over. */
static bool is_outdated(const struct job *job, const struct container *c)
{
	return (job->state == JOB_DONE && c->started_ns > job->container->started_ns) ||
	       (job->state == JOB_SUPPRESSED && clock_monotonic_ns() >= job->due_ns);
}

void actions_submit(struct actions *a, struct container *c, enum action action, const char *rule)
{
	bool suppressed = false;
	struct job *job;

	pthread_mutex_lock(&a->lock);
	HASH_FIND(hh, a->jobs, c->id, strlen(c->id), job);
	if (job && is_outdated(job, c)) {
		job_free(a, job);
		job = NULL;
	}
	if (!job) {
		job = job_new(a, c, action, rule);
		suppressed = !within_bound(a);
		if (suppressed) {
			a->suppressed++;
			job->state = JOB_SUPPRESSED;
			job->due_ns = a->minute_start_ns + 60 * NS_PER_S;
		}
		pthread_cond_signal(&a->wake);
	}
	pthread_mutex_unlock(&a->lock);
	if (!suppressed)
		return;
	ledger_note_action(a->ledger, c, "left running (MAX_ACTIONS_PER_MINUTE)", clock_wall_ns());
	note(a, c, action, rule, "left out", "MAX_ACTIONS_PER_MINUTE");
	log_error("container %s (%.12s) violates rule \"%s\" but is LEFT RUNNING: %ld actions were taken in "
		  "this "
		  "minute (MAX_ACTIONS_PER_MINUTE); check that rule",
		  c->name, c->id, rule, a->per_minute);
}

void actions_forget(struct actions *a, const char *id)
{
	struct job *job;

	pthread_mutex_lock(&a->lock);
	HASH_FIND(hh, a->jobs, id, strlen(id), job);
	if (job && job->state == JOB_RUNNING)
		job->forgotten = true;
	else if (job)
		job_free(a, job);
	pthread_mutex_unlock(&a->lock);
}

bool actions_busy(struct actions *a)
{
	struct job *job, *next;
	bool busy = false;

	pthread_mutex_lock(&a->lock);
	HASH_ITER (hh, a->jobs, job, next) {
		busy = busy || job->state == JOB_RUNNING;
	}
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
