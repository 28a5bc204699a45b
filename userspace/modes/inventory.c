#include "inventory_internal.h"
#include "metrics/host.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "container/container.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct inventory *inventory_new(const struct config *config, struct docker *docker, struct metrics *metrics,
				struct owners *owners)
{
	struct inventory *inv = mem_calloc(1, sizeof(*inv));

	inv->config = config;
	inv->docker = docker;
	inv->metrics = metrics;
	inv->ownership = (struct ownership_source){owners, config->owner_label};
	inv->host = host_new();
	turn_init(&inv->putting);
	pthread_mutex_init(&inv->lock, NULL);
	pthread_cond_init(&inv->released, NULL);
	return inv;
}

static void item_free(struct item *it)
{
	container_put(it->container);
	free(it->states.items);
	free(it->id);
	free(it);
}

void inventory_free(struct inventory *inv)
{
	struct item *it, *next;

	if (!inv)
		return;
	HASH_ITER (hh, inv->items, it, next) {
		HASH_DEL(inv->items, it);
		item_free(it);
	}
	host_free(inv->host);
	inventory_free_states(inv);
	inventory_free_expected(inv);
	inventory_free_unread_ids(inv);
	pthread_cond_destroy(&inv->released);
	pthread_mutex_destroy(&inv->lock);
	turn_destroy(&inv->putting);
	free(inv);
}

struct item *inventory_find(struct inventory *inv, const char *id)
{
	struct item *it;

	HASH_FIND(hh, inv->items, id, strlen(id), it);
	return it;
}

struct item *inventory_take(struct inventory *inv, const char *id)
{
	struct item *it = inventory_find(inv, id);

	if (it) {
		inventory_keep_states(inv, it);
		HASH_DEL(inv->items, it);
		if (!it->ended)
			atomic_fetch_sub(&inv->count, 1);
		inv->positions_stale = true;
	}
	return it;
}

void inventory_drop(struct inventory *inv, struct item *it)
{
	if (!it)
		return;
	if (it->slot >= 0)
		metrics_unwatch(inv->metrics, it->slot);
	item_free(it);
}

/* It ended after that many deaths were known: what was read of it may be from before. If it was started anew
 * since, that is an event of its own. */
static bool died_since(const struct inventory *inv, const struct container *c, uint64_t deaths)
{
	for (size_t i = 0; i < RECENT_DEATHS; i++)
		if (inv->deaths[i].number > deaths && !strcmp(inv->deaths[i].id, c->id))
			return true;
	return false;
}

uint64_t inventory_deaths(struct inventory *inv)
{
	uint64_t deaths;

	pthread_mutex_lock(&inv->lock);
	deaths = inv->death_count;
	pthread_mutex_unlock(&inv->lock);
	return deaths;
}

/* ---- reading a container ---- */

static bool does_not_run(struct json_object *doc)
{
	struct json_object *running = json_get(json_get(doc, "State"), "Running");

	return running &&
	       !json_object_get_boolean(running); /* of one that is too large that may not be seen */
}

struct container *inventory_read(struct inventory *inv, const char *id, struct err *err)
{
	bool whole;
	struct json_object *doc = docker_inspect_partly(inv->docker, id, &whole, err);
	struct container *c;

	if (!doc)
		return NULL;
	if (does_not_run(doc)) {
		err_set(err, 404, "docker: container %.12s does not run any more", id);
		json_object_put(doc);
		return NULL;
	}
	if (whole) {
		c = container_from_inspect(doc, inv->docker, err);
	} else {
		c = container_unreadable(id, doc);
		c->pid = docker_is_remote(inv->docker) ? 0 : c->pid;
		json_object_put(doc);
	}
	if (c)
		ownership_mark(&inv->ownership, c);
	if (c)
		container_pack(c, !inv->config->disable_params && whole);
	return c;
}

static int watch_usage(struct inventory *inv, const struct container *c)
{
	struct err err;
	int slot;

	if (!inv->metrics || (!c->pid && strcmp(metrics_source(inv->metrics), "docker") != 0))
		return -1;
	slot = metrics_watch(inv->metrics, &(struct metrics_target){c->id, c->pid, c->started_ns}, &err);
	if (slot < 0 && err.code == EMFILE && !atomic_exchange(&inv->said_full, true))
		log_error("%s (further ones are not named; /healthz says how many)", err.msg);
	else if (slot < 0)
		log_debug("container %s (%.12s) is not measured: %s", c->name, c->id, err.msg);
	return slot;
}

/* Whether it is the same start of the same container. */
static bool is_same_start(const struct container *a, const struct container *b)
{
	return a->started_ns == b->started_ns && a->pid == b->pid;
}

static bool is_measured(struct inventory *inv, const struct item *it)
{
	return it->slot >= 0 && !metrics_is_lost(inv->metrics, it->slot);
}

/* Whether what is measured under its name is this start of it. */
static bool is_watched(struct inventory *inv, const struct container *c)
{
	struct item *it;
	bool watched;

	pthread_mutex_lock(&inv->lock);
	it = inventory_find(inv, c->id);
	watched = it && is_same_start(it->container, c) && is_measured(inv, it);
	pthread_mutex_unlock(&inv->lock);
	return watched;
}

static struct item *item_new(struct inventory *inv, const char *id)
{
	struct item *it = mem_calloc(1, sizeof(*it));

	it->id = mem_strdup(id);
	it->slot = -1;
	inventory_take_states(inv, it);
	HASH_ADD_KEYPTR(hh, inv->items, it->id, strlen(it->id), it);
	inventory_note_read(inv, id);
	atomic_fetch_add(&inv->count, 1);
	return it;
}

/* What is left over when a container is put in, to be dropped without the lock. */
struct leftover {
	struct container *container;
	int slot;
};

/* With the lock. `slot` is -1 where the one that there is goes on. */
static enum inventory_put put_in(struct inventory *inv, struct container *c, int slot, bool watched,
				 uint64_t deaths, struct leftover *left)
{
	struct item *it = inventory_find(inv, c->id);
	enum inventory_put put = PUT_SAME;

	if (died_since(inv, c, deaths)) {
		*left = (struct leftover){c, slot};
		return PUT_GONE;
	}
	if (!it) {
		it = item_new(inv, c->id);
		put = PUT_NEW;
	} else if (!is_same_start(it->container, c)) {
		rule_states_restart(&it->states);
		it->judged_ns = 0;
		put = PUT_RESTARTED;
	}
	*left = (struct leftover){it->container, watched ? -1 : it->slot};
	if (!watched)
		it->slot = slot;
	if (it->ended)
		atomic_fetch_add(&inv->count, 1);
	it->container = c;
	it->ended = false;
	it->number = ++inv->puts;
	it->stale = false;
	it->listed = true;
	inv->positions_stale = true;
	return put;
}

enum inventory_put inventory_put(struct inventory *inv, struct container *c, uint64_t deaths)
{
	struct leftover left;
	enum inventory_put put;
	bool watched;
	int slot = -1;

	turn_take(&inv->putting);
	watched = is_watched(inv, c);
	if (!watched)
		slot = watch_usage(inv, c);
	pthread_mutex_lock(&inv->lock);
	put = put_in(inv, c, slot, watched, deaths, &left);
	pthread_mutex_unlock(&inv->lock);
	if (left.slot >= 0)
		metrics_unwatch(inv->metrics, left.slot);
	turn_give(&inv->putting);
	container_put(left.container);
	return put;
}

int inventory_update(struct inventory *inv, const char *id, enum inventory_put *put, struct err *err)
{
	uint64_t deaths = inventory_deaths(inv);
	struct container *c = inventory_read(inv, id, err);
	struct item *it;

	if (c) {
		*put = inventory_put(inv, c, deaths);
		return 0;
	}
	if (err->code != 404)
		return -1;
	log_debug("%s", err->msg);
	*put = PUT_GONE;
	pthread_mutex_lock(&inv->lock);
	inventory_note_read(inv, id);
	it = inventory_take(inv, id);
	pthread_mutex_unlock(&inv->lock);
	inventory_drop(inv, it);
	return 0;
}

/* ---- marks ---- */

void inventory_mark_stale(struct inventory *inv, const char *id)
{
	struct item *it;

	pthread_mutex_lock(&inv->lock);
	it = inventory_find(inv, id);
	if (it)
		it->stale = true;
	else
		inventory_note_unread(inv, id);
	pthread_mutex_unlock(&inv->lock);
}

void inventory_mark_all_stale(struct inventory *inv)
{
	struct item *it, *next;

	pthread_mutex_lock(&inv->lock);
	HASH_ITER (hh, inv->items, it, next) {
		it->stale = true;
	}
	pthread_mutex_unlock(&inv->lock);
}

/* ---- what is not measured ---- */

#define FIRST_LOOK_NS (1 * NS_PER_S)
#define LAST_LOOK_NS  (60 * NS_PER_S)

size_t inventory_find_lost(struct inventory *inv, char ***ids)
{
	uint64_t now = clock_monotonic_ns();
	struct item *it, *next;
	size_t n = 0;

	if (!inv->metrics)
		return 0;
	pthread_mutex_lock(&inv->lock);
	*ids = mem_calloc(HASH_COUNT(inv->items), sizeof(**ids));
	HASH_ITER (hh, inv->items, it, next) {
		if (is_measured(inv, it)) {
			it->look_ns = it->pause_ns = 0;
			continue;
		}
		if (now < it->look_ns)
			continue;
		it->pause_ns = !it->pause_ns			 ? FIRST_LOOK_NS
			       : it->pause_ns * 2 < LAST_LOOK_NS ? it->pause_ns * 2
								 : LAST_LOOK_NS;
		it->look_ns = now + it->pause_ns;
		(*ids)[n++] = mem_strdup(it->id);
	}
	pthread_mutex_unlock(&inv->lock);
	return n;
}

size_t inventory_unreadable(struct inventory *inv)
{
	struct item *it, *next;
	size_t n = 0;

	pthread_mutex_lock(&inv->lock);
	HASH_ITER (hh, inv->items, it, next) {
		n += it->container->unreadable;
	}
	pthread_mutex_unlock(&inv->lock);
	return n;
}

size_t inventory_unmeasured(struct inventory *inv)
{
	struct item *it, *next;
	size_t n = 0;

	if (!inv->metrics)
		return 0;
	pthread_mutex_lock(&inv->lock);
	HASH_ITER (hh, inv->items, it, next) {
		n += !is_measured(inv, it) &&
		     it->pause_ns > FIRST_LOOK_NS; /* not just as it starts or ends */
	}
	pthread_mutex_unlock(&inv->lock);
	return n;
}

void inventory_remove(struct inventory *inv, const char *id)
{
	struct death *d;
	struct item *it;

	pthread_mutex_lock(&inv->lock);
	d = &inv->deaths[inv->death_count++ % RECENT_DEATHS];
	snprintf(d->id, sizeof(d->id), "%s", id);
	d->number = inv->death_count;
	inventory_note_read(inv, id);
	it = inventory_take(inv, id);
	pthread_mutex_unlock(&inv->lock);
	inventory_drop(inv, it);
}

bool inventory_has(struct inventory *inv, const char *id)
{
	bool has;

	pthread_mutex_lock(&inv->lock);
	has = inventory_find(inv, id) != NULL;
	pthread_mutex_unlock(&inv->lock);
	return has;
}

size_t inventory_count(struct inventory *inv)
{
	return atomic_load(&inv->count);
}
