/* The inventory in use: positions, judging, copies for pages. From memory alone. */
#include "base/memory.h"
#include "container/container.h"
#include "inventory_internal.h"
#include "view/subject.h"

#include <stdlib.h>
#include <string.h>

static int by_start(const void *a, const void *b)
{
	const struct item *x = *(struct item *const *)a, *y = *(struct item *const *)b;
	int by_time = (x->container->started_ns > y->container->started_ns) -
		      (x->container->started_ns < y->container->started_ns);

	return by_time ? by_time : strcmp(x->id, y->id);
}

static void update_positions(struct inventory *inv)
{
	struct item **sorted, *it, *next;
	size_t n = 0;

	if (!inv->positions_stale)
		return;
	sorted = mem_calloc(HASH_COUNT(inv->items), sizeof(*sorted));
	HASH_ITER (hh, inv->items, it, next) {
		sorted[n++] = it;
	}
	qsort(sorted, n, sizeof(*sorted), by_start);
	for (size_t i = 0; i < n; i++)
		sorted[i]->position = (int64_t)i;
	free(sorted);
	inv->positions_stale = false;
}

static void judge_item(struct inventory *inv, struct item *it, const struct inspection *what,
		       struct verdict *v, uint64_t *evaluations)
{
	struct usage now, base;
	struct subject s;

	subject_init(&s, it->container, it->position, what->source);
	if (inv->metrics && metrics_read(inv->metrics, it->slot, &now, &base)) {
		s.usage = &now;
		s.base = &base;
	}
	judge_container(what->policy, &what->options, &inv->ctx, &s, &it->states, v, evaluations);
	subject_clear(&s);
}

uint64_t inventory_judge(struct inventory *inv, const struct inspection *what, struct finding **out,
			 size_t *count)
{
	uint64_t evaluations = 0;
	struct item *it, *next;

	*out = NULL;
	*count = 0;
	pthread_mutex_lock(&inv->lock);
	update_positions(inv);
	HASH_ITER (hh, inv->items, it, next) {
		struct verdict v;

		if (what->id && strcmp(what->id, it->id) != 0)
			continue;
		judge_item(inv, it, what, &v, &evaluations);
		if (!v.count && !v.exempted_count)
			continue;
		*out = mem_realloc(*out, (*count + 1) * sizeof(**out));
		(*out)[(*count)++] = (struct finding){container_get(it->container), v};
	}
	pthread_mutex_unlock(&inv->lock);
	return evaluations;
}

static void copy_entry(struct inventory *inv, const struct item *it, struct inventory_entry *e)
{
	*e = (struct inventory_entry){.container = container_get(it->container), .position = it->position};
	e->measured = inv->metrics && metrics_read(inv->metrics, it->slot, &e->now, &e->base);
	e->violated = mem_calloc(it->states.count, sizeof(*e->violated));
	e->since_ns = mem_calloc(it->states.count, sizeof(*e->since_ns));
	for (size_t i = 0; i < it->states.count; i++) {
		if (!it->states.items[i].reported)
			continue;
		e->violated[e->violations] = it->states.items[i].rule_hash;
		e->since_ns[e->violations++] = it->states.items[i].since_ns;
	}
}

static int by_position(const void *a, const void *b)
{
	const struct inventory_entry *x = a, *y = b;

	return (x->position > y->position) - (x->position < y->position);
}

size_t inventory_snapshot(struct inventory *inv, struct inventory_entry **out)
{
	struct item *it, *next;
	size_t n = 0;

	pthread_mutex_lock(&inv->lock);
	update_positions(inv);
	*out = mem_calloc(HASH_COUNT(inv->items), sizeof(**out));
	HASH_ITER (hh, inv->items, it, next) {
		copy_entry(inv, it, &(*out)[n++]);
	}
	pthread_mutex_unlock(&inv->lock);
	qsort(*out, n, sizeof(**out), by_position);
	return n;
}

void inventory_free_entries(struct inventory_entry *entries, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		container_put(entries[i].container);
		free(entries[i].violated);
		free(entries[i].since_ns);
	}
	free(entries);
}
