/* Containers that were let start and do not run yet, and the places that they take. */
#include "inventory_internal.h"
#include "base/clock.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPECTED_NS (60 * NS_PER_S) /* one that does not run by then has failed to start */

/* With the lock. */
static void drop(struct inventory *inv, struct expected **at)
{
	struct expected *e = *at;

	*at = e->next;
	atomic_fetch_sub(&inv->expecting, 1);
	free(e->id);
	free(e->asked);
	container_put(e->container);
	free(e);
}

static void drop_late(struct inventory *inv)
{
	uint64_t now = clock_monotonic_ns();

	for (struct expected **at = &inv->expected; *at;)
		if (now - (*at)->since_ns > EXPECTED_NS)
			drop(inv, at);
		else
			at = &(*at)->next;
}

static struct expected **find_asked(struct inventory *inv, const char *asked)
{
	struct expected **at = &inv->expected;

	while (*at && ((*at)->answered || strcmp((*at)->asked, asked) != 0))
		at = &(*at)->next;
	return at;
}

/* How many are expected before `id`, or in all; one that runs is counted there. With the lock. */
static int64_t count_expected(struct inventory *inv, const char *id)
{
	const char *before = "";
	int64_t n = 0;

	drop_late(inv);
	for (struct expected *e = inv->expected; e; e = e->next) {
		if (id && !strcmp(e->id, id))
			return n;
		n += strcmp(e->id, before) != 0 && !e->ended && !inventory_takes_place(inv, e->id);
		before = e->id;
	}
	return n;
}

int64_t inventory_find_position(struct inventory *inv, const char *id)
{
	int64_t unread = inventory_count_unread(inv, id);

	if (!inventory_takes_place(inv, id))
		return (int64_t)inventory_count(inv) + count_expected(inv, id) + unread;
	inventory_update_positions(inv);
	return inventory_find(inv, id)->position + unread;
}

bool inventory_expects(const struct inventory *inv, const char *id)
{
	for (const struct expected *e = inv->expected; e; e = e->next)
		if (!strcmp(e->id, id))
			return true;
	return false;
}

/*
 * At the end, for who is let start first stands first; or beside the other requests to start it: one of them
 * that comes to nothing takes nothing from the others. With the lock.
 */
static void add(struct inventory *inv, struct container *c, const char *asked)
{
	const char *id = c->id;
	struct expected **at = &inv->expected, *e = mem_calloc(1, sizeof(*e));

	while (*at && strcmp((*at)->id, id) != 0)
		at = &(*at)->next;
	*e = (struct expected){.next = *at,
			       .id = mem_strdup(id),
			       .asked = mem_strdup(asked),
			       .container = container_get(c),
			       .since_ns = clock_monotonic_ns()};
	*at = e;
	atomic_fetch_add(&inv->expecting, 1);
}

int64_t inventory_position(struct inventory *inv, const char *id)
{
	int64_t position;

	if ((!id || !*id) && !atomic_load(&inv->expecting) && !atomic_load(&inv->unread_count))
		return (int64_t)inventory_count(inv);
	pthread_mutex_lock(&inv->lock);
	position = inventory_find_position(inv, id ? id : "");
	pthread_mutex_unlock(&inv->lock);
	return position;
}

int64_t inventory_expect(struct inventory *inv, struct container *c, const char *asked)
{
	int64_t position;

	pthread_mutex_lock(&inv->lock);
	add(inv, c, asked);
	position = inventory_find_position(inv, c->id);
	pthread_mutex_unlock(&inv->lock);
	return position;
}

bool inventory_is_expecting(struct inventory *inv)
{
	return atomic_load(&inv->expecting) != 0;
}

/* ---- those that were let start ---- */

#define MOST_LET_START 65536 /* the first goes for the next: an event that it is removed may be missed */

static void forget(struct inventory *inv, struct let_start *l)
{
	if (!l)
		return;
	HASH_DEL(inv->let_start, l);
	free(l);
}

static struct let_start *find_let_start(struct inventory *inv, const char *id)
{
	struct let_start *l;

	HASH_FIND(hh, inv->let_start, id, strlen(id), l);
	return l;
}

/* With the lock. */
static void note_let_start(struct inventory *inv, const char *id)
{
	struct let_start *l;

	if (find_let_start(inv, id))
		return;
	if (HASH_COUNT(inv->let_start) >= MOST_LET_START)
		forget(inv, inv->let_start);
	l = mem_calloc(1, sizeof(*l));
	snprintf(l->id, sizeof(l->id), "%s", id);
	HASH_ADD_KEYPTR(hh, inv->let_start, l->id, strlen(l->id), l);
}

bool inventory_was_let_start(struct inventory *inv, const char *id)
{
	bool was;

	pthread_mutex_lock(&inv->lock);
	was = find_let_start(inv, id) != NULL;
	pthread_mutex_unlock(&inv->lock);
	return was;
}

void inventory_forget_let_start(struct inventory *inv, const char *id)
{
	pthread_mutex_lock(&inv->lock);
	forget(inv, find_let_start(inv, id));
	pthread_mutex_unlock(&inv->lock);
}

void inventory_unexpect(struct inventory *inv, const char *asked)
{
	struct expected **at;

	pthread_mutex_lock(&inv->lock);
	at = find_asked(inv, asked);
	if (*at)
		drop(inv, at);
	pthread_mutex_unlock(&inv->lock);
}

bool inventory_note_answered(struct inventory *inv, const char *asked, bool started, char id[65])
{
	struct expected **at;
	bool found;

	pthread_mutex_lock(&inv->lock);
	at = find_asked(inv, asked);
	found = *at != NULL;
	if (found)
		snprintf(id, 65, "%s", (*at)->id);
	if (found && started)
		note_let_start(inv, id);
	if (found && !inventory_takes_place(inv, id))
		inventory_note_unread(inv, id);
	if (found && started && !inventory_takes_place(inv, id)) {
		(*at)->answered = true;
		(*at)->number = ++inv->puts;
	} else if (found) {
		drop(inv, at);
	}
	pthread_mutex_unlock(&inv->lock);
	return found;
}

void inventory_drop_answered(struct inventory *inv, const char *id)
{
	for (struct expected **at = &inv->expected; *at;)
		if ((*at)->answered && !strcmp((*at)->id, id))
			drop(inv, at);
		else
			at = &(*at)->next;
}

void inventory_free_expected(struct inventory *inv)
{
	while (inv->expected)
		drop(inv, &inv->expected);
	while (inv->let_start)
		forget(inv, inv->let_start);
}
