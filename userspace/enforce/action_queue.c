/* Whose turn it is: who was left out, then kills, then who is due first. */
#include "action_queue_internal.h"
#include "base/clock.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#define MAX_STOPS 8 /* at once; the other workers are there for kills and pauses */
#define MINUTE_NS (60 * NS_PER_S)

static const enum action all_actions[] = {ACTION_UPDATE, ACTION_PAUSE, ACTION_STOP, ACTION_KILL};

/* ---- the bound ---- */

/* How long until there is room for one more attempt. */
static uint64_t budget_wait(const struct action_budget *b, uint64_t now_ns)
{
	uint64_t oldest;

	if (!b->most)
		return 0;
	if (b->reserved >= b->most)
		return UINT64_MAX;
	oldest = b->spent[(b->next + b->reserved) % b->most];
	return !oldest || now_ns - oldest >= MINUTE_NS ? 0 : oldest + MINUTE_NS - now_ns;
}

void queue_spend(struct action_queue *q, bool made, uint64_t now_ns)
{
	struct action_budget *b = &q->budget;

	if (!b->most)
		return;
	b->reserved--;
	if (made)
		b->spent[b->next++ % b->most] = now_ns;
}

size_t queue_attempts(const struct action_queue *q, uint64_t now_ns, uint64_t **out)
{
	const struct action_budget *b = &q->budget;
	size_t n = 0;

	*out = mem_calloc(b->most, sizeof(**out));
	for (size_t i = 0; i < b->most; i++) {
		uint64_t at = b->spent[(b->next + i) % b->most];

		if (at && now_ns - at < MINUTE_NS)
			(*out)[n++] = at;
	}
	return n;
}

void queue_recall(struct action_queue *q, uint64_t at_ns)
{
	if (q->budget.most)
		q->budget.spent[q->budget.next++ % q->budget.most] = at_ns;
}

/* ---- jobs ---- */

void queue_init(struct action_queue *q, size_t per_minute)
{
	*q = (struct action_queue){.budget.most = per_minute};
	if (per_minute)
		q->budget.spent = mem_calloc(per_minute, sizeof(*q->budget.spent));
}

static void job_free(struct job *job)
{
	container_put(job->order.container);
	free(job->rule);
	free(job->update);
	free(job->key);
	free(job);
}

/* Whoever runs a job frees it when that is over. */
static void drop(struct action_queue *q, struct job *job)
{
	HASH_DEL(q->jobs, job);
	if (job->state == JOB_RUNNING)
		job->orphan = true;
	else
		job_free(job);
}

void queue_free(struct action_queue *q)
{
	queue_forget_all(q);
	free(q->budget.spent);
}

static char *make_key(const char *id, enum action action)
{
	return mem_printf("%s/%s", id, action_name(action));
}

static struct job *find(struct action_queue *q, const char *id, enum action action)
{
	AUTO(free_charp) char *key = make_key(id, action);
	struct job *job;

	HASH_FIND(hh, q->jobs, key, strlen(key), job);
	return job;
}

static struct job *job_new(const struct action_order *order)
{
	struct job *job = mem_calloc(1, sizeof(*job));

	job->key = make_key(order->container->id, order->action);
	job->rule = mem_strdup(order->rule);
	job->order = *order;
	job->order.rule = job->rule;
	job->order.update = job->update = order->update ? mem_strdup(order->update) : NULL;
	job->order.container = container_get(order->container);
	return job;
}

/* Removes what concerns an earlier start. True if something as strong as `action` is there for this one. */
static bool is_taken_care_of(struct action_queue *q, const struct container *c, enum action action)
{
	bool found = false;

	for (size_t i = 0; i < ARRAY_LEN(all_actions); i++) {
		struct job *job = find(q, c->id, all_actions[i]);

		if (job && job->order.container->started_ns != c->started_ns)
			drop(q, job);
		else if (job && !job->outdated)
			found = found || action_strength(all_actions[i]) >= action_strength(action);
	}
	return found;
}

/* What is weaker, or was judged by other rules, need not be done any more. */
static void drop_waiting(struct action_queue *q, const char *id)
{
	for (size_t i = 0; i < ARRAY_LEN(all_actions); i++) {
		struct job *job = find(q, id, all_actions[i]);

		if (job && (job->state == JOB_WAITING || job->state == JOB_LEFT_OUT || job->outdated))
			drop(q, job);
	}
}

bool queue_add(struct action_queue *q, const struct action_order *order)
{
	struct job *job, *same;

	if (is_taken_care_of(q, order->container, order->action))
		return false;
	drop_waiting(q, order->container->id);
	job = job_new(order);
	HASH_FIND(hh, q->jobs, job->key, strlen(job->key), same);
	if (same)
		drop(q, same);
	HASH_ADD_KEYPTR(hh, q->jobs, job->key, strlen(job->key), job);
	return true;
}

void queue_forget_action(struct action_queue *q, const char *id, enum action action)
{
	struct job *job = find(q, id, action);

	if (job)
		drop(q, job);
}

void queue_forget(struct action_queue *q, const char *id)
{
	for (size_t i = 0; i < ARRAY_LEN(all_actions); i++)
		queue_forget_action(q, id, all_actions[i]);
}

void queue_forget_all(struct action_queue *q)
{
	struct job *job, *next;

	HASH_ITER (hh, q->jobs, job, next) {
		drop(q, job);
	}
}

void queue_outdate(struct action_queue *q)
{
	struct job *job, *next;

	HASH_ITER (hh, q->jobs, job, next) {
		job->outdated = job->state != JOB_DONE;
	}
}

/* ---- turns ---- */

static bool is_waiting(const struct job *job)
{
	return job->state == JOB_WAITING || job->state == JOB_LEFT_OUT;
}

static bool comes_before(const struct job *a, const struct job *b)
{
	if (!a->left_out_ns != !b->left_out_ns)
		return a->left_out_ns != 0;
	if (a->left_out_ns != b->left_out_ns)
		return a->left_out_ns < b->left_out_ns;
	if (a->order.action != b->order.action)
		return action_strength(a->order.action) > action_strength(b->order.action);
	return a->due_ns < b->due_ns;
}

/* The first of those that are due and may begin; *wait_ns until another is. */
static struct job *first_due(struct action_queue *q, uint64_t now_ns, bool left_out, uint64_t *wait_ns)
{
	struct job *job, *next, *first = NULL;

	HASH_ITER (hh, q->jobs, job, next) {
		if (!is_waiting(job) || (job->state == JOB_LEFT_OUT && !left_out) ||
		    (job->order.action == ACTION_STOP && q->stopping >= MAX_STOPS))
			continue;
		if (job->due_ns > now_ns)
			*wait_ns = *wait_ns < job->due_ns - now_ns ? *wait_ns : job->due_ns - now_ns;
		else if (!first || comes_before(job, first))
			first = job;
	}
	return first;
}

static struct job *find_outdated(struct action_queue *q)
{
	struct job *job, *next;

	HASH_ITER (hh, q->jobs, job, next) {
		if (job->outdated && is_waiting(job))
			return job;
	}
	return NULL;
}

static void begin(struct action_queue *q, struct job *job)
{
	job->state = JOB_RUNNING;
	q->running++;
	q->stopping += job->order.action == ACTION_STOP;
}

enum turn_of_job queue_next(struct action_queue *q, uint64_t now_ns, struct job **out, uint64_t *wait_ns)
{
	uint64_t room_ns = budget_wait(&q->budget, now_ns);
	struct job *job = find_outdated(q);
	enum turn_of_job turn = TURN_JUDGE_AGAIN;

	*wait_ns = UINT64_MAX;
	if (!job) {
		turn = room_ns ? TURN_LEAVE_OUT : TURN_ACT;
		job = first_due(q, now_ns, !room_ns, wait_ns);
	}
	if (!job) {
		*wait_ns = room_ns && room_ns < *wait_ns ? room_ns : *wait_ns;
		return TURN_NOBODY;
	}
	if (turn == TURN_ACT) {
		job->attempts++;
		q->budget.reserved += q->budget.most != 0;
	}
	if (turn == TURN_LEAVE_OUT && !job->left_out_ns)
		job->left_out_ns = now_ns;
	begin(q, job);
	*out = job;
	return turn;
}

void queue_finish(struct action_queue *q, struct job *job, enum job_state state, uint64_t due_ns)
{
	q->running--;
	q->stopping -= job->order.action == ACTION_STOP;
	if (job->orphan) {
		job_free(job);
	} else if (state == JOB_RUNNING) {
		HASH_DEL(q->jobs, job);
		job_free(job);
	} else {
		job->state = state;
		job->due_ns = due_ns;
	}
}
