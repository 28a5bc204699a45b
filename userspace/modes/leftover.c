/* Whose things are gone without a word: what was removed while no events came. */
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/pulse.h"
#include "modes/loops.h"

#include <stdlib.h>
#include <string.h>

#define LOOK_NS	 (5 * NS_PER_S)	   /* between looks whether there is anything to do */
#define AGAIN_NS (3600 * NS_PER_S) /* after the last time */

/* What dockerd has of one kind. */
struct there {
	struct owners *owners;
	enum owned_kind kind;
	uint64_t asked_ns; /* wall clock; what was made since may not be in it */
	char **names;
	size_t count, room;
};

static const struct {
	enum owned_kind kind;
	int (*list)(struct docker *d, void (*found)(void *arg, const char *name), void *arg, struct err *err);
} kinds[] = {
	{OWNED_CONTAINER, docker_list_all},
	{OWNED_VOLUME, docker_list_volumes},
	{OWNED_NETWORK, docker_list_networks},
};

static void add(void *arg, const char *name)
{
	struct there *t = arg;

	if (t->count == t->room) {
		t->room = t->room * 2 + 64;
		t->names = mem_realloc(t->names, t->room * sizeof(*t->names));
	}
	t->names[t->count++] = mem_strdup(name);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void end_if_gone(void *arg, enum owned_kind kind, const char *id, const struct ownership *who,
			uint64_t since_ns)
{
	const struct there *t = arg;

	(void)who;
	if (kind == t->kind && since_ns < t->asked_ns &&
	    (!t->count || !bsearch(&id, t->names, t->count, sizeof(*t->names), by_name)))
		owners_end(t->owners, kind, id);
}

/* Nothing is taken for gone because dockerd does not answer. */
static int sweep_kind(const struct events *e, size_t which, struct err *err)
{
	struct there t = {.owners = e->check->owners, .kind = kinds[which].kind, .asked_ns = clock_wall_ns()};
	int r = kinds[which].list(e->docker, add, &t, err);

	if (t.count)
		qsort(t.names, t.count, sizeof(*t.names), by_name);
	if (!r)
		owners_each(t.owners, end_if_gone, &t);
	for (size_t i = 0; i < t.count; i++)
		free(t.names[i]);
	free(t.names);
	return r;
}

static void sweep(const struct events *e)
{
	struct err err;

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (owners_has(e->check->owners, kinds[i].kind) && sweep_kind(e, i, &err))
			log_debug("owners: what is gone is not known: %s", err.msg);
}

void *leftover_run(void *arg)
{
	struct events *e = arg;
	uint64_t swept_ns = 0;
	unsigned long long acted_on = 0;

	pulse_begin("owners");
	while (!stop_wait(e->check->stop, LOOK_NS)) {
		unsigned long long reasons = atomic_load(&e->reconnects) + atomic_load(&e->prunes) + 1;
		bool due = reasons != acted_on || clock_monotonic_ns() - swept_ns > AGAIN_NS;

		if (!due || !atomic_load(&e->connected))
			continue;
		acted_on = reasons;
		swept_ns = clock_monotonic_ns();
		sweep(e);
	}
	pulse_end();
	return NULL;
}
