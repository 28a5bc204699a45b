#include "modes/wiring.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/pulse.h"
#include "view/subject.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <uthash.h>

#define MOST_TRIES 15 /* a second apart */

/* A container whose wires are to be derived. */
struct todo {
	UT_hash_handle hh;
	char id[METRICS_ID_SIZE];
	unsigned tries;
};

struct wiring {
	struct check *check;
	struct wires *wires;
	struct logic_ctx *ctx; /* the thread's */
	struct todo *late;     /* the thread's: those that are not measured yet */
	int wake;	       /* an eventfd */
	pthread_mutex_t lock;  /* of the two below */
	struct todo *todo;
	bool all;
	atomic_ullong crossed;
};

static bool is_wanted(const struct check *c)
{
	return c->config->run_tripwires != AUTO_FALSE && c->metrics && c->watch_interval_ns &&
	       strcmp(metrics_source(c->metrics), "docker") != 0;
}

struct wiring *wiring_new(struct check *check)
{
	struct wires *wires;
	struct wiring *w;
	struct err err;

	if (!is_wanted(check))
		return NULL;
	wires = wires_open(&err);
	if (!wires) {
		log_write(check->config->run_tripwires == AUTO_TRUE ? LOG_WARNING_ : LOG_INFO_,
			  "no tripwires: %s; rules on memory are looked at every %llu ms", err.msg,
			  (unsigned long long)(check->watch_interval_ns / NS_PER_MS));
		return NULL;
	}
	w = mem_calloc(1, sizeof(*w));
	w->check = check;
	w->wires = wires;
	w->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	w->ctx = mem_calloc(1, sizeof(*w->ctx));
	logic_ctx_init(w->ctx);
	pthread_mutex_init(&w->lock, NULL);
	return w;
}

static void clear_todo(struct todo **list)
{
	struct todo *t, *next;

	HASH_ITER (hh, *list, t, next) {
		HASH_DEL(*list, t);
		free(t);
	}
}

void wiring_free(struct wiring *w)
{
	if (!w)
		return;
	clear_todo(&w->todo);
	clear_todo(&w->late);
	wires_close(w->wires);
	logic_ctx_free(w->ctx);
	free(w->ctx);
	close(w->wake);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

/* ---- what is to be derived ---- */

static void add(struct todo **list, const char *id, unsigned tries)
{
	struct todo *t;

	HASH_FIND(hh, *list, id, strlen(id), t);
	if (t)
		return;
	t = mem_calloc(1, sizeof(*t));
	snprintf(t->id, sizeof(t->id), "%s", id);
	t->tries = tries;
	HASH_ADD_KEYPTR(hh, *list, t->id, strlen(t->id), t);
}

void wiring_renew(struct wiring *w, const char *id)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	add(&w->todo, id, 0);
	pthread_mutex_unlock(&w->lock);
	(void)!eventfd_write(w->wake, 1);
}

void wiring_renew_all(struct wiring *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->all = true;
	pthread_mutex_unlock(&w->lock);
	(void)!eventfd_write(w->wake, 1);
}

void wiring_forget(struct wiring *w, const char *id)
{
	if (w)
		wires_clear(w->wires, id);
}

struct wiring_counts wiring_counts(struct wiring *w)
{
	return w ? (struct wiring_counts){atomic_load(&w->crossed), wires_count(w->wires)}
		 : (struct wiring_counts){0};
}

/* ---- deriving ---- */

static size_t find_bounds(struct wiring *w, const struct inventory_entry *e, uint64_t *out)
{
	const struct config *config = w->check->config;
	const struct judge_options options = {.mode = config->mode};
	struct policy *policy = policy_slot_get(w->check->policy);
	struct subject s;
	size_t n;

	subject_init(&s, e->container, e->position, SOURCE_WATCH);
	s.usage = &e->now;
	s.base = &e->base;
	n = judge_find_bounds(policy, &options, w->ctx, &s, out, WIRES_MOST);
	subject_clear(&s);
	policy_put(policy);
	return n;
}

static void set_wires(struct wiring *w, const struct inventory_entry *e)
{
	const struct container *c = e->container;
	const struct metrics_target target = {c->id, c->pid, c->started_ns};
	uint64_t values[WIRES_MOST];
	struct err err;

	if (!c->pid || c->unreadable)
		return;
	if (wires_set(w->wires, &target, values, find_bounds(w, e, values), &err))
		log_debug("%s; it is left to watch", err.msg);
}

static void derive(struct wiring *w, const struct todo *t)
{
	struct inventory_entry *e;

	if (!inventory_snapshot_one(w->check->inventory, t->id, &e))
		return;
	if (e->measured)
		set_wires(w, e);
	else if (t->tries < MOST_TRIES)
		add(&w->late, t->id, t->tries + 1);
	inventory_free_entries(e, 1);
	if (!inventory_has(w->check->inventory, t->id)) /* it ended meanwhile, and they were cleared before */
		wires_clear(w->wires, t->id);
}

/* What crossed before it had wires is found by a look afterwards. */
static void derive_listed(struct wiring *w, struct todo *list)
{
	struct todo *t, *next;

	check_measure(w->check);
	HASH_ITER (hh, list, t, next) {
		derive(w, t);
	}
	check_measure(w->check);
	HASH_ITER (hh, list, t, next) {
		check_judge_figures(w->check, t->id);
	}
}

static void add_all(struct wiring *w, struct todo **list)
{
	struct inventory_entry *entries;
	size_t n = inventory_snapshot(w->check->inventory, &entries);

	for (size_t i = 0; i < n; i++)
		add(list, entries[i].container->id, 0);
	inventory_free_entries(entries, n);
}

/* Without rules on usage there is nothing to derive, nor to measure. */
static void clear_listed(struct wiring *w, struct todo *list)
{
	struct todo *t, *next;

	HASH_ITER (hh, list, t, next) {
		wires_clear(w->wires, t->id);
	}
}

static void derive_wanted(struct wiring *w)
{
	struct todo *list;
	eventfd_t unused;
	bool all;

	(void)!eventfd_read(w->wake, &unused);
	pthread_mutex_lock(&w->lock);
	list = w->todo;
	all = w->all;
	w->todo = NULL;
	w->all = false;
	pthread_mutex_unlock(&w->lock);
	if (all)
		add_all(w, &list);
	if (check_reads_figures(w->check))
		derive_listed(w, list);
	else
		clear_listed(w, list);
	clear_todo(&list);
}

/* A container is measured from when its program has begun: some milliseconds, ten seconds at most. */
static void derive_late(struct wiring *w)
{
	struct todo *list = w->late;

	w->late = NULL;
	if (list)
		derive_listed(w, list);
	clear_todo(&list);
}

static void judge_crossed(struct wiring *w, const char *id)
{
	check_measure(w->check);
	check_judge_figures(w->check, id);
}

void *wiring_run(void *arg)
{
	struct wiring *w = arg;
	char id[METRICS_ID_SIZE];

	pulse_begin("wires");
	for (;;) {
		enum wires_wait what;

		pulse_expect(NS_PER_S);
		what = wires_wait(w->wires, w->wake, stop_fd(w->check->stop), id);
		pulse_expect(0);
		atomic_fetch_add(&w->crossed, what == WIRES_CROSSED);
		if (what == WIRES_ENDING)
			break;
		if (what == WIRES_WOKEN)
			derive_wanted(w);
		else if (what == WIRES_CROSSED || what == WIRES_AGAIN)
			judge_crossed(w, id);
		else
			derive_late(w);
	}
	pulse_end();
	return NULL;
}
