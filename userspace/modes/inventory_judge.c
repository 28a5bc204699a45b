/* The inventory in use: positions, judging, copies for pages. From memory alone. */
#include "base/memory.h"
#include "base/pulse.h"
#include "container/container.h"
#include "enforce/groups.h"
#include "inventory_internal.h"
#include "view/subject.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TRIES 10 /* for one container in one check */

static int by_start(const void *a, const void *b)
{
	const struct item *x = *(struct item *const *)a, *y = *(struct item *const *)b;
	int by_time = (x->container->started_ns > y->container->started_ns) -
		      (x->container->started_ns < y->container->started_ns);

	return by_time ? by_time : strcmp(x->id, y->id);
}

void inventory_update_positions(struct inventory *inv)
{
	struct item **sorted, *it, *next;
	int64_t place = 0;
	size_t n = 0;

	if (!inv->positions_stale)
		return;
	sorted = mem_calloc(HASH_COUNT(inv->items), sizeof(*sorted));
	HASH_ITER (hh, inv->items, it, next) {
		sorted[n++] = it;
	}
	qsort(sorted, n, sizeof(*sorted), by_start);
	for (size_t i = 0; i < n; i++) {
		sorted[i]->position = place;
		place += !sorted[i]->ended;
	}
	free(sorted);
	inv->positions_stale = false;
}

/* ---- judging ---- */

/* One container being judged, by references and copies that are this thread's alone. */
struct claim {
	uint64_t number;
	struct container *container; /* a reference */
	int slot;
	int64_t position;
	struct rule_states states;
	uint64_t judged_ns; /* when it was last judged by all rules */
};

struct rule_states inventory_copy_states(const struct rule_states *states)
{
	struct rule_states copy = {.count = states->count};

	if (!copy.count)
		return copy;
	copy.items = mem_calloc(copy.count, sizeof(*copy.items));
	memcpy(copy.items, states->items, copy.count * sizeof(*copy.items));
	return copy;
}

/* False if the container is not there any more. Waits while another thread judges it. */
static bool claim(struct inventory *inv, const char *id, struct claim *out)
{
	struct item *it;

	pulse_wait_for_others();
	pthread_mutex_lock(&inv->lock);
	inventory_update_positions(inv);
	while ((it = inventory_find(inv, id)) && it->claim)
		pthread_cond_wait(&inv->released, &inv->lock);
	if (it) {
		it->claim = ++inv->claims;
		*out = (struct claim){it->claim,    container_get(it->container),	it->slot,
				      it->position, inventory_copy_states(&it->states), it->judged_ns};
	}
	pthread_mutex_unlock(&inv->lock);
	pulse_expect(0);
	return it != NULL;
}

/* Puts the states in. False if the container ended meanwhile, or was read anew: then the verdict is void. */
static bool release(struct inventory *inv, struct claim *c, bool all_rules)
{
	struct rule_states unused = c->states;
	struct item *it;
	bool same;

	pthread_mutex_lock(&inv->lock);
	it = inventory_find(inv, c->container->id);
	if (it && it->claim != c->number) /* it ended, and came back */
		it = NULL;
	same = it && it->container == c->container;
	if (same) {
		unused = it->states;
		it->states = c->states;
		it->judged_ns = all_rules ? clock_monotonic_ns() : it->judged_ns;
	}
	if (it)
		it->claim = 0;
	pthread_cond_broadcast(&inv->released);
	pthread_mutex_unlock(&inv->lock);
	free(unused.items);
	return same;
}

static bool has_news_of_pids(const struct verdict *v)
{
	for (size_t i = 0; i < v->count; i++)
		if (v->items[i].news && v->items[i].rule->needs & NEED_PIDS)
			return true;
	return false;
}

void inventory_read_pids(struct inventory *inv, const struct container *c, int slot, struct usage *now)
{
	const struct metrics_target target = {c->id, c->pid, c->started_ns};
	unsigned before, after, most;
	struct usage fresh, base;
	struct err err;

	if (!strcmp(metrics_source(inv->metrics), "docker"))
		return;
	before = metrics_count_beginning(inv->metrics, &target);
	if (metrics_collect(inv->metrics, &err) || !metrics_read(inv->metrics, slot, &fresh, &base))
		return;
	after = metrics_count_beginning(inv->metrics, &target);
	most = before > after ? before : after;
	now->pids = fresh.pids > most ? fresh.pids - most : 0;
}

/* A violation by processes that is new is looked at once more: to look at every container would be too dear.
 */
static void judge_measured(struct inventory *inv, struct claim *c, const struct inspection *what,
			   struct logic_ctx *ctx, struct subject *s, struct usage *now, struct verdict *v)
{
	struct rule_states before = inventory_copy_states(&c->states);
	uint64_t pids = now->pids;

	judge_container(what->policy, &what->options, ctx, s, &c->states, v);
	if (has_news_of_pids(v))
		inventory_read_pids(inv, c->container, c->slot, now);
	if (now->pids != pids) {
		verdict_free(v);
		free(c->states.items);
		c->states = before;
		before.items = NULL;
		judge_container(what->policy, &what->options, ctx, s, &c->states, v);
	}
	free(before.items);
}

static void judge_claim(struct inventory *inv, struct claim *c, const struct inspection *what,
			struct logic_ctx *ctx, struct verdict *v)
{
	struct usage now, base;
	struct subject s;

	subject_init(&s, c->container, c->position, what->source);
	if (inv->metrics && metrics_read(inv->metrics, c->slot, &now, &base)) {
		s.usage = &now;
		s.base = &base;
		judge_measured(inv, c, what, ctx, &s, &now, v);
	} else {
		judge_container(what->policy, &what->options, ctx, &s, &c->states, v);
	}
	subject_clear(&s);
}

/* True if the verdict stands, or there is none to be had any more. */
static bool try_to_judge(struct inventory *inv, const char *id, const struct inspection *what,
			 struct logic_ctx *ctx, uint64_t *evaluations)
{
	struct verdict v;
	struct claim c;
	bool stands;

	if (!claim(inv, id, &c))
		return true;
	judge_claim(inv, &c, what, ctx, &v);
	stands = release(inv, &c, !what->options.metric_rules_only);
	if (stands && (v.count || v.exempted_count))
		what->found(what->arg, c.container, &v, what->since_ns && c.judged_ns >= what->since_ns);
	*evaluations += v.evaluations;
	verdict_free(&v);
	container_put(c.container);
	return stands;
}

/* What was read anew while it was judged is judged again, as it is now: the next check may be far away. */
static uint64_t judge_one(struct inventory *inv, const char *id, const struct inspection *what,
			  struct logic_ctx *ctx)
{
	uint64_t evaluations = 0;

	for (int tries = 0; tries < MAX_TRIES && !try_to_judge(inv, id, what, ctx, &evaluations); tries++)
		;
	return evaluations;
}

/* References to all containers; the caller puts them, and frees. */
static size_t copy_containers(struct inventory *inv, struct container ***out)
{
	struct item *it, *next;
	size_t n = 0;

	pthread_mutex_lock(&inv->lock);
	*out = mem_calloc(HASH_COUNT(inv->items), sizeof(**out));
	HASH_ITER (hh, inv->items, it, next) {
		(*out)[n++] = container_get(it->container);
	}
	pthread_mutex_unlock(&inv->lock);
	return n;
}

static uint64_t judge_all(struct inventory *inv, const struct inspection *what, struct logic_ctx *ctx)
{
	struct container **all = NULL;
	uint64_t evaluations = 0;
	size_t n = copy_containers(inv, &all);

	for (size_t i = 0; i < n; i++) {
		evaluations += judge_one(inv, all[i]->id, what, ctx);
		container_put(all[i]);
	}
	free(all);
	return evaluations;
}

uint64_t inventory_judge(struct inventory *inv, const struct inspection *what)
{
	struct logic_ctx *ctx = mem_calloc(1, sizeof(*ctx));
	struct groups *groups = inventory_make_groups(inv, what->policy, &what->options, what->source, NULL);
	struct inspection together = *what;
	uint64_t evaluations;

	together.options.groups = groups;
	logic_ctx_init(ctx);
	evaluations = what->id ? judge_one(inv, what->id, &together, ctx) : judge_all(inv, &together, ctx);
	logic_ctx_free(ctx);
	free(ctx);
	groups_free(groups);
	return evaluations;
}

/* ---- copies for pages ---- */

static void copy_entry(const struct item *it, struct inventory_entry *e)
{
	*e = (struct inventory_entry){
		.container = container_get(it->container), .position = it->position, .slot = it->slot};
	e->violated = mem_calloc(it->states.count, sizeof(*e->violated));
	e->since_ns = mem_calloc(it->states.count, sizeof(*e->since_ns));
	for (size_t i = 0; i < it->states.count; i++) {
		if (!it->states.items[i].reported)
			continue;
		e->put_off += it->states.items[i].grace_ns && !it->states.items[i].grace_over;
		e->violated[e->violations] = it->states.items[i].rule_hash;
		e->since_ns[e->violations++] = it->states.items[i].since_ns;
	}
}

static int by_position(const void *a, const void *b)
{
	const struct inventory_entry *x = a, *y = b;

	return (x->position > y->position) - (x->position < y->position);
}

static void read_figures(struct inventory *inv, struct inventory_entry *e)
{
	if (!inv->metrics)
		return;
	e->measured = metrics_read(inv->metrics, e->slot, &e->now, &e->base);
	metrics_nested_in(inv->metrics, e->slot, e->nested_in);
}

size_t inventory_snapshot(struct inventory *inv, struct inventory_entry **out)
{
	struct item *it, *next;
	size_t n = 0;

	pthread_mutex_lock(&inv->lock);
	inventory_update_positions(inv);
	*out = mem_calloc(HASH_COUNT(inv->items), sizeof(**out));
	HASH_ITER (hh, inv->items, it, next) {
		if (!it->ended)
			copy_entry(it, &(*out)[n++]);
	}
	pthread_mutex_unlock(&inv->lock);
	for (size_t i = 0; i < n; i++)
		read_figures(inv, &(*out)[i]);
	qsort(*out, n, sizeof(**out), by_position);
	return n;
}

bool inventory_snapshot_one(struct inventory *inv, const char *id, struct inventory_entry **out)
{
	struct item *it;

	*out = mem_calloc(1, sizeof(**out));
	pthread_mutex_lock(&inv->lock);
	it = inventory_find(inv, id);
	if (it)
		copy_entry(it, *out);
	pthread_mutex_unlock(&inv->lock);
	if (it)
		read_figures(inv, *out);
	else
		free(*out);
	return it != NULL;
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
