/* The inventory follows Docker's list of running containers. */
#include "inventory_internal.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LARGE_LIST 100 /* whose memory is given back at once */

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

/* ---- the list ---- */

struct listed {
	char id[65];
	struct json_object *entry; /* only where the list is all that is read */
};

struct list {
	struct listed *items;
	size_t count, room;
};

static void on_listed(void *arg, const char *id, struct json_object *entry)
{
	struct list *l = arg;

	if (l->count == l->room) {
		l->room = l->room ? l->room * 2 : 64;
		l->items = mem_realloc(l->items, l->room * sizeof(*l->items));
	}
	snprintf(l->items[l->count].id, sizeof(l->items->id), "%s", id);
	l->items[l->count++].entry = json_object_get(entry);
}

static void free_list(struct list *l)
{
	for (size_t i = 0; i < l->count; i++)
		json_object_put(l->items[i].entry);
	free(l->items);
}

/* When neither params nor metrics are wanted, the list has all that there is to know. */
static bool is_all_listed(const struct inventory *inv)
{
	return inv->config->disable_params && !inv->metrics;
}

/* Ids that have to be read, of those in the list. */
static void find_unread(struct inventory *inv, const struct list *list, struct unread *out)
{
	struct item *it, *next;

	out->ids = mem_calloc(list->count, sizeof(*out->ids));
	pthread_mutex_lock(&inv->lock);
	HASH_ITER (hh, inv->items, it, next) {
		it->listed = false;
	}
	for (size_t i = 0; i < list->count; i++) {
		it = inventory_find(inv, list->items[i].id);
		if (it)
			it->listed = true;
		else if (!is_all_listed(inv))
			inventory_note_unread(inv, list->items[i].id);
		if (!it || it->stale || it->ended || !inv->config->cache_params)
			out->ids[out->count++] = mem_strdup(list->items[i].id);
	}
	pthread_mutex_unlock(&inv->lock);
}

static void drop_unlisted(struct inventory *inv, void (*gone)(void *arg, const char *id), void *arg)
{
	struct item *it, *next, *dropped = NULL;

	pthread_mutex_lock(&inv->lock);
	HASH_ITER (hh, inv->items, it, next) {
		if (it->listed)
			continue;
		inventory_take(inv, it->id);
		HASH_ADD_KEYPTR(hh, dropped, it->id, strlen(it->id), it);
	}
	pthread_mutex_unlock(&inv->lock);
	HASH_ITER (hh, dropped, it, next) {
		HASH_DEL(dropped, it);
		gone(arg, it->id);
		inventory_drop(inv, it);
	}
}

static void put_listed(struct inventory *inv, const struct list *list, uint64_t deaths)
{
	struct err err;

	for (size_t i = 0; i < list->count; i++) {
		const struct listed *l = &list->items[i];
		struct container *c =
			l->entry ? container_from_list(l->entry, &err) : container_unreadable(l->id, NULL);

		if (c)
			ownership_mark(&inv->ownership, c);
		if (c)
			inventory_put(inv, c, deaths);
		else
			log_error("%s", err.msg);
	}
}

int inventory_follow(struct inventory *inv, void (*gone)(void *arg, const char *id), void *arg,
		     struct unread *out, struct err *err)
{
	uint64_t deaths = inventory_deaths(inv);
	struct list list = {0};
	int r = docker_list(inv->docker, is_all_listed(inv), on_listed, &list, err);

	*out = (struct unread){0};
	if (!r) {
		mark_moved_links(inv);
		find_unread(inv, &list, out);
		drop_unlisted(inv, gone, arg);
	}
	if (!r && is_all_listed(inv)) {
		inventory_free_unread(out);
		put_listed(inv, &list, deaths);
	}
	if (list.count >= LARGE_LIST)
		malloc_trim(0);
	free_list(&list);
	return r;
}

void inventory_free_unread(struct unread *u)
{
	for (size_t i = 0; i < u->count; i++)
		free(u->ids[i]);
	free(u->ids);
	*u = (struct unread){0};
}
