/* A last look at one container, between a verdict on it and the action. */
#include "inventory_internal.h"
#include "enforce/groups.h"
#include "base/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FRESH_NS (500 * NS_PER_MS)

/* What the inventory knows of the container; the states are a copy. */
struct known {
	int slot;
	int64_t position;
	struct rule_states states;
};

static bool copy_known(struct inventory *inv, const char *id, struct known *out)
{
	struct item *it;

	pthread_mutex_lock(&inv->lock);
	it = inventory_find(inv, id);
	if (it)
		*out = (struct known){it->slot, it->position, inventory_copy_states(&it->states)};
	pthread_mutex_unlock(&inv->lock);
	return it != NULL;
}

/* ---- containers within it ---- */

#define MOST_INNER 64

/*
 * What containers within its cgroup use is not its own, so they have to be known before it is judged by what
 * it uses: those that are not are read here. An id that dockerd does not know is its own affair (a Docker in
 * a container). -1 with *err where dockerd does not say; *read is true if there was one.
 */
static int read_inner(struct inventory *inv, const struct container *c, bool *read, struct err *err)
{
	const struct metrics_target target = {c->id, c->pid, c->started_ns};
	char ids[MOST_INNER][METRICS_ID_SIZE];
	size_t n = metrics_find_inner(&target, ids, MOST_INNER);
	enum inventory_put put;

	*read = false;
	for (size_t i = 0; i < n; i++) {
		if (inventory_has(inv, ids[i]))
			continue;
		if (inventory_update(inv, ids[i], &put, err))
			return err_wrap(err, "a container within its cgroup");
		*read = *read || put != PUT_GONE;
	}
	return 0;
}

/* ---- judging ---- */

/* Figures that are no older than that. The docker source takes seconds: there those of the check count. */
static bool read_figures(struct inventory *inv, int slot, bool anew, struct usage *now, struct usage *base)
{
	struct err err;

	if (!inv->metrics)
		return false;
	if (strcmp(metrics_source(inv->metrics), "docker") != 0 &&
	    (anew || !metrics_read(inv->metrics, slot, now, base) ||
	     clock_monotonic_ns() - now->sampled_ns > FRESH_NS) &&
	    metrics_collect(inv->metrics, &err))
		return false;
	return metrics_read(inv->metrics, slot, now, base);
}

/* What the verdict says of the rule. */
static enum standing standing_of(const struct verdict *v, const struct rule *rule, struct err *why)
{
	for (size_t i = 0; i < v->count; i++)
		if (v->items[i].rule == rule && v->items[i].enforce)
			return STANDING_DUE;
	for (size_t i = 0; i < v->exempted_count; i++)
		if (v->exempted[i].rule == rule) {
			err_set(why, 0, "it is exempt from the rule");
			return STANDING_SPARED;
		}
	err_set(why, 0, "it does not violate the rule any more");
	return STANDING_SPARED;
}

static enum standing judge_fresh(struct inventory *inv, const struct inspection *what,
				 const struct rule *rule, struct container *c, struct known *k,
				 struct err *why)
{
	struct logic_ctx *ctx = mem_calloc(1, sizeof(*ctx));
	enum standing standing;
	struct usage now, base;
	bool anew = false;
	struct subject s;
	struct verdict v;

	if (rule->needs & NEED_METRICS && read_inner(inv, c, &anew, why)) {
		free(ctx);
		return STANDING_UNKNOWN;
	}
	subject_init(&s, c, k->position, what->source);
	if (rule->needs & NEED_METRICS && read_figures(inv, k->slot, anew, &now, &base)) {
		if (rule->needs & NEED_PIDS)
			inventory_read_pids(inv, c, k->slot, &now);
		s.usage = &now;
		s.base = &base;
	}
	if (rule->needs & NEED_METRICS && !s.usage) {
		err_set(why, 0, "its usage is not known at the moment");
		standing = STANDING_UNKNOWN;
	} else {
		logic_ctx_init(ctx);
		judge_container(what->policy, &what->options, ctx, &s, &k->states, &v);
		standing = standing_of(&v, rule, why);
		verdict_free(&v);
		logic_ctx_free(ctx);
	}
	subject_clear(&s);
	free(ctx);
	return standing;
}

/* With neither params nor metrics only the list is read, which does not say when a container was started. */
static bool is_same_start(const struct inventory *inv, const struct container *a, const struct container *b)
{
	return (inv->config->disable_params && !inv->metrics) ||
	       (a->started_ns == b->started_ns && a->pid == b->pid);
}

static enum standing look_at(struct inventory *inv, const struct inspection *what,
			     const struct action_order *order, struct container *fresh, struct err *why)
{
	const struct rule *rule = judge_find_rule(what->policy, order->rule_hash);
	enum standing standing;
	struct known known;

	if (!rule) {
		err_set(why, 0, "the rule is not in force any more");
		return STANDING_SPARED;
	}
	if (!is_same_start(inv, fresh, order->container)) {
		err_set(why, 0, "it was started anew since");
		return STANDING_SPARED;
	}
	if (!copy_known(inv, fresh->id, &known))
		return STANDING_GONE;
	standing = judge_fresh(inv, what, rule, fresh, &known, why);
	free(known.states.items);
	return standing;
}

/* dockerd does not answer in time, and a kill does not wait for it: by what is known, and the kernel's
 * figures. Nobody can have changed the container meanwhile but through dockerd. */
static enum standing look_alone(struct inventory *inv, const struct inspection *what,
				const struct action_order *order)
{
	struct container *known = NULL;
	enum standing standing;
	struct err unused;
	struct item *it;

	pthread_mutex_lock(&inv->lock);
	it = inventory_find(inv, order->container->id);
	if (it)
		known = container_get(it->container);
	pthread_mutex_unlock(&inv->lock);
	if (!known)
		return STANDING_UNKNOWN;
	standing = look_at(inv, what, order, known, &unused);
	container_put(known);
	return standing == STANDING_DUE ? STANDING_DUE_ALONE : STANDING_UNKNOWN;
}

enum standing inventory_look(struct inventory *inv, const struct inspection *what,
			     const struct action_order *order, struct err *why)
{
	uint64_t deaths = inventory_deaths(inv);
	struct container *fresh = inventory_read(inv, order->container->id, why);
	struct inspection together = *what;
	struct groups *groups;
	enum standing standing;

	if (!fresh && (why->code != ETIMEDOUT || order->action != ACTION_KILL))
		return why->code == 404 ? STANDING_GONE : STANDING_UNKNOWN;
	groups = inventory_make_groups(inv, what->policy, &what->options, what->source, NULL);
	together.options.groups = groups;
	standing = fresh ? look_at(inv, &together, order, fresh, why) : look_alone(inv, &together, order);
	groups_free(groups);
	if (!fresh)
		return standing;
	if (standing == STANDING_SPARED)
		inventory_put(inv, fresh, deaths); /* it is judged again as it is now */
	else
		container_put(fresh);
	return standing;
}
