/* What rules knew of containers that have ended: timers on what a container is do not begin anew with it. */
#include "inventory_internal.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static void forget(struct inventory *inv, struct ended *e)
{
	HASH_DEL(inv->ended, e);
	free(e->states.items);
	free(e->id);
	free(e);
}

static struct ended *find(struct inventory *inv, const char *id)
{
	struct ended *e;

	HASH_FIND(hh, inv->ended, id, strlen(id), e);
	return e;
}

void inventory_keep_states(struct inventory *inv, struct item *it)
{
	struct ended *e = find(inv, it->id);

	rule_states_restart(&it->states);
	if (e)
		forget(inv, e);
	if (!it->states.count)
		return;
	if (HASH_COUNT(inv->ended) >= MAX_ENDED) /* uthash keeps the order of insertion */
		forget(inv, inv->ended);
	e = mem_calloc(1, sizeof(*e));
	e->id = mem_strdup(it->id);
	e->states = it->states;
	it->states = (struct rule_states){0};
	HASH_ADD_KEYPTR(hh, inv->ended, e->id, strlen(e->id), e);
}

void inventory_take_states(struct inventory *inv, struct item *it)
{
	struct ended *e = find(inv, it->id);

	if (!e)
		return;
	it->states = e->states;
	e->states = (struct rule_states){0};
	forget(inv, e);
}

void inventory_free_states(struct inventory *inv)
{
	struct ended *e, *next;

	HASH_ITER (hh, inv->ended, e, next) {
		forget(inv, e);
	}
}
