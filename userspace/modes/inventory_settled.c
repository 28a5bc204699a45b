/* Whether all that run are known, so that a place among them means something. */
#include "inventory_internal.h"
#include "base/memory.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct unread_id {
	UT_hash_handle hh;
	char id[65];
	bool ended; /* as an item's */
	uint64_t number;
};

static struct unread_id *find(struct inventory *inv, const char *id)
{
	struct unread_id *u;

	HASH_FIND(hh, inv->unread, id, strlen(id), u);
	return u;
}

void inventory_note_unread(struct inventory *inv, const char *id)
{
	struct unread_id *u = find(inv, id);

	if (!u) {
		u = mem_calloc(1, sizeof(*u));
		snprintf(u->id, sizeof(u->id), "%s", id);
		HASH_ADD_KEYPTR(hh, inv->unread, u->id, strlen(u->id), u);
		atomic_fetch_add(&inv->unread_count, 1);
	}
	u->ended = false;
	u->number = ++inv->puts;
}

void inventory_note_read(struct inventory *inv, const char *id)
{
	struct unread_id *u = find(inv, id);

	inventory_drop_answered(inv, id);
	if (!u)
		return;
	HASH_DEL(inv->unread, u);
	atomic_fetch_sub(&inv->unread_count, 1);
	free(u);
}

void inventory_free_unread_ids(struct inventory *inv)
{
	while (inv->unread)
		inventory_note_read(inv, inv->unread->id);
}

int64_t inventory_count_unread(struct inventory *inv, const char *id)
{
	struct unread_id *u, *next;
	int64_t n = 0;

	HASH_ITER (hh, inv->unread, u, next) {
		n += strcmp(u->id, id) != 0 && !u->ended && !inventory_takes_place(inv, u->id) &&
		     !inventory_expects(inv, u->id);
	}
	return n;
}

void inventory_set_followed(struct inventory *inv, bool followed)
{
	atomic_store(&inv->followed, followed);
}

bool inventory_is_settled(const struct inventory *inv)
{
	return atomic_load(&inv->followed);
}

/* ---- places by a list ---- */

struct listed {
	char **ids;
	size_t count;
	uint64_t known; /* what was put in before it was asked for */
};

static void on_listed(void *arg, const char *id, struct json_object *entry)
{
	struct listed *l = arg;

	(void)entry;
	l->ids = mem_realloc(l->ids, (l->count + 1) * sizeof(*l->ids));
	l->ids[l->count++] = mem_strdup(id);
}

static void free_listed(struct listed *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->ids[i]);
	free(l->ids);
}

/* ---- who has ended, by a list ---- */

bool inventory_takes_place(struct inventory *inv, const char *id)
{
	const struct item *it = inventory_find(inv, id);

	return it && !it->ended;
}

static int by_id(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What was known to run when the list was asked for, and is not in it. */
static bool has_ended(const struct listed *l, const char *id, uint64_t number)
{
	return number <= l->known && !bsearch(&id, l->ids, l->count, sizeof(*l->ids), by_id);
}

/* How many places are free that were taken so far. With the lock. */
static size_t note_ended(struct inventory *inv, const struct listed *l)
{
	struct unread_id *u, *next_unread;
	struct item *it, *next;
	size_t n = 0;

	HASH_ITER (hh, inv->items, it, next) {
		if (it->ended || !has_ended(l, it->id, it->number))
			continue;
		it->ended = inv->positions_stale = true;
		atomic_fetch_sub(&inv->count, 1);
		n++;
	}
	HASH_ITER (hh, inv->unread, u, next_unread) {
		if (u->ended || !has_ended(l, u->id, u->number))
			continue;
		u->ended = true;
		n++;
	}
	for (struct expected *e = inv->expected; e; e = e->next) {
		if (!e->answered || e->ended || !has_ended(l, e->id, e->number))
			continue;
		e->ended = true;
		n++;
	}
	return n;
}

static int read_list(struct inventory *inv, struct docker *docker, struct listed *l, struct err *err)
{
	int r;

	pthread_mutex_lock(&inv->lock);
	l->known = inv->puts;
	pthread_mutex_unlock(&inv->lock);
	r = docker_list(docker, false, on_listed, l, err);
	if (l->count)
		qsort(l->ids, l->count, sizeof(*l->ids), by_id);
	return r;
}

bool inventory_note_ended(struct inventory *inv, struct docker *docker)
{
	struct listed l = {0};
	struct err err;
	size_t n = 0;

	if (!read_list(inv, docker, &l, &err)) {
		pthread_mutex_lock(&inv->lock);
		n = note_ended(inv, &l);
		pthread_mutex_unlock(&inv->lock);
	}
	free_listed(&l);
	return n != 0;
}

/* Those of the list that nothing else tells of. With the lock. */
static int64_t count_missing(struct inventory *inv, const struct listed *l, const char *id)
{
	int64_t n = 0;

	for (size_t i = 0; i < l->count; i++)
		n += strcmp(l->ids[i], id) != 0 && !inventory_takes_place(inv, l->ids[i]) &&
		     !find(inv, l->ids[i]) && !inventory_expects(inv, l->ids[i]);
	return n;
}

int inventory_list_position(struct inventory *inv, struct docker *docker, const char *id, int64_t *out,
			    struct err *err)
{
	struct listed l = {0};
	int r = read_list(inv, docker, &l, err);

	pthread_mutex_lock(&inv->lock);
	if (!r)
		note_ended(inv, &l);
	*out = inventory_find_position(inv, id) + count_missing(inv, &l, id);
	pthread_mutex_unlock(&inv->lock);
	free_listed(&l);
	return r;
}
