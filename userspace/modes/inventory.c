#include "inventory_internal.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "container/container.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define LARGE_LIST 100 /* whose memory, and that of the documents read for it, is given back at once */

struct inventory *inventory_new(const struct config *config, struct docker *docker, struct metrics *metrics)
{
	struct inventory *inv = mem_calloc(1, sizeof(*inv));

	inv->config = config;
	inv->docker = docker;
	inv->metrics = metrics;
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

/* Takes an item out; the caller, who holds the lock, frees it with drop_item() after releasing it. */
static struct item *take_item(struct inventory *inv, const char *id)
{
	struct item *it = inventory_find(inv, id);

	if (it) {
		HASH_DEL(inv->items, it);
		atomic_fetch_sub(&inv->count, 1);
		inv->positions_stale = true;
	}
	return it;
}

static void drop_item(struct inventory *inv, struct item *it)
{
	if (!it)
		return;
	if (it->slot >= 0)
		metrics_unwatch(inv->metrics, it->slot);
	item_free(it);
}

static bool died_since(const struct inventory *inv, const struct container *c)
{
	for (size_t i = 0; i < RECENT_DEATHS; i++)
		if (!strcmp(inv->deaths[i].id, c->id) && inv->deaths[i].when_ns >= c->started_ns)
			return true;
	return false;
}

/* ---- reading a container ---- */

struct container *inventory_read(struct inventory *inv, const char *id, struct err *err)
{
	struct json_object *doc = docker_inspect(inv->docker, id, err);

	if (!doc)
		return NULL;
	if (!json_object_get_boolean(json_get(json_get(doc, "State"), "Running"))) {
		err_set(err, 404, "docker: container %.12s does not run any more", id);
		json_object_put(doc);
		return NULL;
	}
	struct container *c = container_from_inspect(doc, inv->docker, err);

	if (c)
		container_pack(c, !inv->config->disable_params);
	return c;
}

static int watch_usage(struct inventory *inv, const struct container *c)
{
	struct err err;
	int slot;

	if (!inv->metrics || (!c->pid && strcmp(metrics_source(inv->metrics), "docker") != 0))
		return -1;
	slot = metrics_watch(inv->metrics, c->id, c->pid, &err);
	if (slot < 0 && err.code == EMFILE)
		log_error("%s", err.msg);
	else if (slot < 0)
		log_debug("container %s (%.12s) is not measured: %s", c->name, c->id, err.msg);
	return slot;
}

void inventory_put(struct inventory *inv, struct container *c, bool *was_new)
{
	struct container *old = NULL;
	int slot = -1, unused_slot = -1;
	struct item *it;
	bool watched;

	turn_take(&inv->putting);
	pthread_mutex_lock(&inv->lock);
	it = inventory_find(inv, c->id);
	watched = it && it->slot >= 0 && it->container->pid == c->pid;
	pthread_mutex_unlock(&inv->lock);
	if (!watched)
		slot = watch_usage(inv, c);

	pthread_mutex_lock(&inv->lock);
	it = inventory_find(inv, c->id);
	*was_new = !it;
	if (died_since(inv, c)) {
		unused_slot = slot;
		old = c;
	} else {
		if (!it) {
			it = mem_calloc(1, sizeof(*it));
			it->id = mem_strdup(c->id);
			it->slot = -1;
			HASH_ADD_KEYPTR(hh, inv->items, it->id, strlen(it->id), it);
			atomic_fetch_add(&inv->count, 1);
		}
		if (slot >= 0) {
			unused_slot = it->slot;
			it->slot = slot;
		}
		old = it->container;
		it->container = c;
		it->stale = false;
		it->listed = true;
		inv->positions_stale = true;
	}
	pthread_mutex_unlock(&inv->lock);
	if (unused_slot >= 0)
		metrics_unwatch(inv->metrics, unused_slot);
	turn_give(&inv->putting);
	container_put(old);
}

int inventory_update(struct inventory *inv, const char *id, struct err *err)
{
	struct container *c = inventory_read(inv, id, err);
	bool was_new;

	if (c) {
		inventory_put(inv, c, &was_new);
		return 0;
	}
	if (err->code != 404)
		return -1;
	log_debug("%s", err->msg);
	return 0;
}

/* ---- refresh ---- */

/* A bind's source may lead elsewhere since it was judged: such containers are read anew. */
static void mark_moved_links(struct inventory *inv)
{
	struct container **all;
	struct item *it, *next;
	size_t n = 0;

	pthread_mutex_lock(&inv->lock);
	all = mem_calloc(HASH_COUNT(inv->items), sizeof(*all));
	HASH_ITER (hh, inv->items, it, next) {
		all[n++] = container_get(it->container);
	}
	pthread_mutex_unlock(&inv->lock);
	for (size_t i = 0; i < n; i++) {
		if (container_links_moved(all[i]))
			inventory_mark_stale(inv, all[i]->id);
		container_put(all[i]);
	}
	free(all);
}

/* Ids that have to be read, of those in the list. */
static size_t find_unread(struct inventory *inv, struct json_object *list, const char **ids)
{
	struct item *it, *next;
	size_t n = 0;

	pthread_mutex_lock(&inv->lock);
	HASH_ITER (hh, inv->items, it, next) {
		it->listed = false;
	}
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		const char *id = json_get_str(json_object_array_get_idx(list, i), "Id");

		it = inventory_find(inv, id);
		if (it)
			it->listed = true;
		if (*id && (!it || it->stale || it->slot < 0 || !inv->config->cache_params))
			ids[n++] = id;
	}
	pthread_mutex_unlock(&inv->lock);
	return n;
}

static void drop_unlisted(struct inventory *inv, void (*gone)(void *arg, const char *id), void *arg)
{
	struct item *it, *next, *dropped = NULL;

	pthread_mutex_lock(&inv->lock);
	HASH_ITER (hh, inv->items, it, next) {
		if (it->listed)
			continue;
		HASH_DEL(inv->items, it);
		atomic_fetch_sub(&inv->count, 1);
		HASH_ADD_KEYPTR(hh, dropped, it->id, strlen(it->id), it);
	}
	pthread_mutex_unlock(&inv->lock);
	HASH_ITER (hh, dropped, it, next) {
		HASH_DEL(dropped, it);
		if (gone)
			gone(arg, it->id);
		drop_item(inv, it);
	}
}

/* A cheap entry from the list alone, when neither params nor metrics are wanted. */
static struct container *read_listed(struct inventory *inv, struct json_object *list, const char *id,
				     struct err *err)
{
	if (!inv->config->disable_params || inv->metrics)
		return inventory_read(inv, id, err);
	for (size_t i = 0; i < json_object_array_length(list); i++)
		if (!strcmp(json_get_str(json_object_array_get_idx(list, i), "Id"), id))
			return container_from_list(json_object_array_get_idx(list, i), err);
	return NULL;
}

static void follow_list(struct inventory *inv, struct json_object *list,
			void (*added)(void *arg, const char *id), void (*gone)(void *arg, const char *id),
			void *arg)
{
	struct err err = {0};
	const char **ids;
	size_t n;

	mark_moved_links(inv);
	ids = mem_calloc(json_object_array_length(list), sizeof(*ids));
	n = find_unread(inv, list, ids);
	drop_unlisted(inv, gone, arg);
	for (size_t i = 0; i < n; i++) {
		struct container *c = read_listed(inv, list, ids[i], &err);
		bool was_new;

		if (c) {
			inventory_put(inv, c, &was_new);
			if (was_new && added)
				added(arg, ids[i]);
		} else if (err.code == 404) {
			log_debug("%s", err.msg);
		} else {
			/* what was known of it stays; the others are still judged */
			log_error("%s", err.msg);
		}
	}
	free(ids);
}

int inventory_refresh(struct inventory *inv, void (*added)(void *arg, const char *id),
		      void (*gone)(void *arg, const char *id), void *arg, struct err *err)
{
	struct json_object *list = docker_list(inv->docker, err);
	bool large;

	if (!list)
		return -1;
	follow_list(inv, list, added, gone, arg);
	large = json_object_array_length(list) >= LARGE_LIST;
	json_object_put(list);
	if (large)
		malloc_trim(0);
	return 0;
}

void inventory_mark_stale(struct inventory *inv, const char *id)
{
	struct item *it;

	pthread_mutex_lock(&inv->lock);
	it = inventory_find(inv, id);
	if (it)
		it->stale = true;
	pthread_mutex_unlock(&inv->lock);
}

void inventory_remove(struct inventory *inv, const char *id, uint64_t when_ns)
{
	struct death *d;
	struct item *it;

	pthread_mutex_lock(&inv->lock);
	d = &inv->deaths[inv->next_death++ % RECENT_DEATHS];
	snprintf(d->id, sizeof(d->id), "%s", id);
	d->when_ns = when_ns;
	it = take_item(inv, id);
	pthread_mutex_unlock(&inv->lock);
	drop_item(inv, it);
}

size_t inventory_count(struct inventory *inv)
{
	return atomic_load(&inv->count);
}
