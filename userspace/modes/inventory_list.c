/* The inventory follows Docker's list of running containers. */
#include "inventory_internal.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"

#include <malloc.h>
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

/* Ids that have to be read, of those in the list. */
static size_t find_unread(struct inventory *inv, struct json_object *list, char **ids)
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
		if (*id && (!it || it->stale || !inv->config->cache_params))
			ids[n++] = mem_strdup(id);
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

/* When neither params nor metrics are wanted, the list has all that there is to know. */
static void put_listed(struct inventory *inv, struct json_object *list)
{
	struct err err;

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct container *c = container_from_list(json_object_array_get_idx(list, i), &err);

		if (c)
			inventory_put(inv, c);
		else
			log_error("%s", err.msg);
	}
}

int inventory_follow(struct inventory *inv, void (*gone)(void *arg, const char *id), void *arg,
		     struct unread *out, struct err *err)
{
	struct json_object *list = docker_list(inv->docker, err);
	bool large;

	*out = (struct unread){0};
	if (!list)
		return -1;
	mark_moved_links(inv);
	out->ids = mem_calloc(json_object_array_length(list), sizeof(*out->ids));
	out->count = find_unread(inv, list, out->ids);
	drop_unlisted(inv, gone, arg);
	large = json_object_array_length(list) >= LARGE_LIST;
	if (inv->config->disable_params && !inv->metrics) {
		inventory_free_unread(out);
		put_listed(inv, list);
	}
	json_object_put(list);
	if (large)
		malloc_trim(0);
	return 0;
}

void inventory_free_unread(struct unread *u)
{
	for (size_t i = 0; i < u->count; i++)
		free(u->ids[i]);
	free(u->ids);
	*u = (struct unread){0};
}
