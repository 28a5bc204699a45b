#include "modes/reading.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/pulse.h"
#include "base/turn.h"
#include "base/workers.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uthash.h>

#define WORKERS	      6
#define MAX_RETRIES   (WORKERS / 2) /* at once: the others are for what has not failed yet */
#define LAST_PAUSE_NS (30 * NS_PER_S)

struct want {
	UT_hash_handle hh;
	char *id;
	const char *source;
	bool urgent, running;
	bool again;    /* wanted once more, while it was being read */
	bool in_batch; /* somebody waits for it */
	bool over;     /* it ended while it was being read */
	unsigned failures;
	uint64_t due_ns;
};

struct reading {
	struct reading_parts parts;
	struct turn batching;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t wake, read;
	struct want *wants;
	size_t waited_for, retrying;
	const char *undrained; /* why the backlog is judged that is not read to the end yet */
	atomic_bool ending;
	struct workers *workers;
};

/* ---- the queue; all with the lock ---- */

static struct want *find(struct reading *r, const char *id)
{
	struct want *w;

	HASH_FIND(hh, r->wants, id, strlen(id), w);
	return w;
}

static void leave_batch(struct reading *r, struct want *w)
{
	r->waited_for -= w->in_batch;
	w->in_batch = false;
	pthread_cond_broadcast(&r->read);
}

static void drop(struct reading *r, struct want *w)
{
	leave_batch(r, w);
	HASH_DEL(r->wants, w);
	free(w->id);
	free(w);
}

/* `urgent`: something happened to it just now, so that a look that was begun before does not count. */
static struct want *add(struct reading *r, const char *id, const char *source, bool urgent)
{
	struct want *w = find(r, id);

	if (!w) {
		w = mem_calloc(1, sizeof(*w));
		w->id = mem_strdup(id);
		HASH_ADD_KEYPTR(hh, r->wants, w->id, strlen(w->id), w);
	}
	w->again = w->again || (w->running && urgent);
	w->over = false;
	w->urgent = w->urgent || urgent;
	w->source = source ? source : w->source;
	pthread_cond_signal(&r->wake);
	return w;
}

static bool comes_before(const struct want *a, const struct want *b)
{
	if (a->urgent != b->urgent)
		return a->urgent;
	return a->due_ns < b->due_ns;
}

/* What is to be read next; *wait_ns until something is due. */
static struct want *next_due(struct reading *r, uint64_t now, uint64_t *wait_ns)
{
	struct want *w, *next, *first = NULL;

	*wait_ns = UINT64_MAX;
	HASH_ITER (hh, r->wants, w, next) {
		if (w->running || (w->failures && r->retrying >= MAX_RETRIES))
			continue;
		if (w->due_ns > now)
			*wait_ns = *wait_ns < w->due_ns - now ? *wait_ns : w->due_ns - now;
		else if (!first || comes_before(w, first))
			first = w;
	}
	return first;
}

/* ---- workers ---- */

static void wait_for_work(struct reading *r, uint64_t wait_ns)
{
	uint64_t until = clock_monotonic_ns() + wait_ns;
	struct timespec ts = clock_timespec(until);

	if (wait_ns == UINT64_MAX)
		pthread_cond_wait(&r->wake, &r->lock);
	else
		pthread_cond_timedwait(&r->wake, &r->lock, &ts);
}

static const char *source_of(const struct reading_parts *parts, enum inventory_put put, const char *source)
{
	return source || put == PUT_SAME ? source : parts->source_of_new;
}

/* Without the lock. False if it could not be read. */
static bool read_one(struct reading *r, const char *id, const char *source, bool urgent, bool say)
{
	const struct reading_parts *parts = &r->parts;
	enum inventory_put put;
	struct err err;

	if (inventory_update(parts->inventory, id, &put, &err)) {
		if (say && !atomic_load(&r->ending))
			log_error("%s; it is tried again", err.msg);
		else
			log_debug("%s", err.msg);
		return false;
	}
	if (put == PUT_RESTARTED || put == PUT_GONE)
		parts->gone(parts->arg, id);
	if (put != PUT_GONE)
		parts->arrived(parts->arg, id, source_of(parts, put, source), urgent);
	return true;
}

static void finish(struct reading *r, struct want *w, bool ok)
{
	uint64_t pause = NS_PER_S << (w->failures < 5 ? w->failures : 5);

	w->running = false;
	if (w->again) {
		w->again = false;
		return;
	}
	if (ok || w->over) {
		drop(r, w);
		return;
	}
	leave_batch(r, w);
	w->failures++;
	w->urgent = false;
	w->due_ns = clock_monotonic_ns() + (pause < LAST_PAUSE_NS ? pause : LAST_PAUSE_NS);
}

static void read_want(struct reading *r, struct want *w)
{
	const char *source = w->source;
	bool urgent = w->urgent, retry = w->failures != 0, ok;

	w->running = true;
	r->retrying += retry;
	pthread_mutex_unlock(&r->lock);
	ok = read_one(r, w->id, source, urgent, !retry); /* its id is there as long as it is running */
	pthread_mutex_lock(&r->lock);
	r->retrying -= retry;
	finish(r, w, ok);
	pthread_cond_broadcast(&r->wake);
}

/* Nothing is to be read, and nothing is being read, that has not failed. */
static bool is_drained(const struct reading *r)
{
	struct want *w, *next;

	HASH_ITER (hh, r->wants, w, next) {
		if (!w->failures)
			return false;
	}
	return r->undrained != NULL;
}

static void tell_drained(struct reading *r)
{
	const char *source = r->undrained;

	r->undrained = NULL;
	pthread_mutex_unlock(&r->lock);
	r->parts.drained(r->parts.arg, source);
	pthread_mutex_lock(&r->lock);
}

static void *work(void *arg)
{
	struct reading *r = arg;

	pthread_mutex_lock(&r->lock);
	while (!r->ending) {
		uint64_t wait_ns;
		struct want *w = next_due(r, clock_monotonic_ns(), &wait_ns);

		if (w)
			read_want(r, w);
		else if (is_drained(r))
			tell_drained(r);
		else
			wait_for_work(r, wait_ns);
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

/* ---- for everybody ---- */

struct reading *reading_start(const struct reading_parts *parts, struct err *err)
{
	struct reading *r = mem_calloc(1, sizeof(*r));

	r->parts = *parts;
	turn_init(&r->batching);
	pthread_mutex_init(&r->lock, NULL);
	clock_cond_init(&r->wake);
	pthread_cond_init(&r->read, NULL);
	r->workers = workers_start("reader", WORKERS, work, r, err);
	if (r->workers)
		return r;
	reading_stop(r);
	return NULL;
}

void reading_shutdown(struct reading *r)
{
	pthread_mutex_lock(&r->lock);
	r->ending = true;
	pthread_cond_broadcast(&r->wake);
	pthread_cond_broadcast(&r->read);
	pthread_mutex_unlock(&r->lock);
}

bool reading_join_until(struct reading *r, uint64_t deadline_ns)
{
	bool ended = workers_join_until(r->workers, deadline_ns);

	if (ended)
		r->workers = NULL;
	return ended;
}

void reading_stop(struct reading *r)
{
	struct want *w, *next;

	if (!r)
		return;
	reading_shutdown(r);
	workers_join(r->workers);
	HASH_ITER (hh, r->wants, w, next) {
		drop(r, w);
	}
	pthread_cond_destroy(&r->wake);
	pthread_cond_destroy(&r->read);
	pthread_mutex_destroy(&r->lock);
	turn_destroy(&r->batching);
	free(r);
}

void reading_want(struct reading *r, const char *id, const char *source)
{
	pthread_mutex_lock(&r->lock);
	add(r, id, source, true)->due_ns = 0;
	pthread_mutex_unlock(&r->lock);
}

void reading_want_all(struct reading *r, const struct unread *ids, const char *source, bool afresh)
{
	pthread_mutex_lock(&r->lock);
	for (size_t i = 0; i < ids->count; i++) {
		struct want *w = add(r, ids->ids[i], source, false);

		w->again = w->running && afresh;
		w->failures = 0; /* Docker may be another by now */
		w->due_ns = 0;
	}
	r->undrained = source ? source : r->undrained;
	pthread_cond_broadcast(&r->wake);
	pthread_mutex_unlock(&r->lock);
}

static void add_to_batch(struct reading *r, const char *id, const char *source)
{
	struct want *w = add(r, id, source, false);

	if (w->failures) /* it has failed before, and is tried again when it is due: nobody waits for that */
		return;
	r->waited_for += !w->in_batch;
	w->in_batch = true;
}

void reading_batch(struct reading *r, const struct unread *ids, const char *source)
{
	turn_take(&r->batching);
	pulse_wait_for_others(); /* the workers' calls to Docker have a time limit each */
	pthread_mutex_lock(&r->lock);
	for (size_t i = 0; i < ids->count; i++)
		add_to_batch(r, ids->ids[i], source);
	while (r->waited_for && !r->ending)
		pthread_cond_wait(&r->read, &r->lock);
	pthread_mutex_unlock(&r->lock);
	pulse_expect(0);
	turn_give(&r->batching);
}

void reading_forget(struct reading *r, const char *id)
{
	struct want *w;

	pthread_mutex_lock(&r->lock);
	w = find(r, id);
	if (w && w->running)
		w->over = true;
	else if (w)
		drop(r, w);
	pthread_mutex_unlock(&r->lock);
}

size_t reading_failing(struct reading *r)
{
	struct want *w, *next;
	size_t n = 0;

	pthread_mutex_lock(&r->lock);
	HASH_ITER (hh, r->wants, w, next) {
		n += w->failures != 0;
	}
	pthread_mutex_unlock(&r->lock);
	return n;
}
