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

	while (*at && strcmp((*at)->asked, asked) != 0)
		at = &(*at)->next;
	return at;
}

/* How many are expected before `id`, or in all; one that runs is counted there. With the lock. */
static int64_t count_expected(struct inventory *inv, const char *id)
{
	int64_t n = 0;

	drop_late(inv);
	for (struct expected *e = inv->expected; e; e = e->next) {
		if (id && !strcmp(e->id, id))
			return n;
		n += !inventory_find(inv, e->id);
	}
	return n;
}

/* With the lock. */
static int64_t find_position(struct inventory *inv, const char *id)
{
	struct item *it = inventory_find(inv, id);

	if (!it)
		return (int64_t)inventory_count(inv) + count_expected(inv, id);
	inventory_update_positions(inv);
	return it->position;
}

static bool is_expected(const struct inventory *inv, const char *id)
{
	for (const struct expected *e = inv->expected; e; e = e->next)
		if (!strcmp(e->id, id))
			return true;
	return false;
}

/* At the end: who is let start first stands first. With the lock. */
static void add(struct inventory *inv, const char *id, const char *asked)
{
	struct expected **at = &inv->expected, *e = mem_calloc(1, sizeof(*e));

	while (*at)
		at = &(*at)->next;
	*e = (struct expected){NULL, mem_strdup(id), mem_strdup(asked), clock_monotonic_ns()};
	*at = e;
	atomic_fetch_add(&inv->expecting, 1);
}

int64_t inventory_position(struct inventory *inv, const char *id)
{
	int64_t position;

	if ((!id || !*id) && !atomic_load(&inv->expecting))
		return (int64_t)inventory_count(inv);
	pthread_mutex_lock(&inv->lock);
	position = find_position(inv, id ? id : "");
	pthread_mutex_unlock(&inv->lock);
	return position;
}

int64_t inventory_expect(struct inventory *inv, const char *id, const char *asked)
{
	int64_t position;

	pthread_mutex_lock(&inv->lock);
	if (!is_expected(inv, id))
		add(inv, id, asked);
	position = find_position(inv, id);
	pthread_mutex_unlock(&inv->lock);
	return position;
}

void inventory_unexpect(struct inventory *inv, const char *asked)
{
	char id[65];

	inventory_find_expected(inv, asked, id);
}

bool inventory_find_expected(struct inventory *inv, const char *asked, char id[65])
{
	struct expected **at;
	bool found;

	pthread_mutex_lock(&inv->lock);
	at = find_asked(inv, asked);
	found = *at != NULL;
	if (found) {
		snprintf(id, 65, "%s", (*at)->id);
		drop(inv, at);
	}
	pthread_mutex_unlock(&inv->lock);
	return found;
}

bool inventory_is_expecting(struct inventory *inv)
{
	return atomic_load(&inv->expecting) != 0;
}

void inventory_free_expected(struct inventory *inv)
{
	while (inv->expected)
		drop(inv, &inv->expected);
}
