#include "modes/check.h"
#include "base/clock.h"
#include "base/log.h"

#include <stdlib.h>

/* What is judged, by which policy; also the argument of on_found(). */
struct pass {
	struct check *check;
	struct policy *policy;
	const char *source;
	bool every_time;
};

static void on_found(void *arg, struct container *container, const struct verdict *v)
{
	const struct pass *p = arg;
	const struct checked c = {.policy = p->policy,
				  .container = container,
				  .verdict = v,
				  .owner = OWNER_UNKNOWN,
				  .source = p->source,
				  .every_time = p->every_time};

	deliver_check(&p->check->outlets, &c);
}

/* `id` NULL: all containers. */
static void judge(struct check *c, const char *id, const char *source, bool figures_only)
{
	struct pass p = {c, policy_slot_get(c->policy), source, !figures_only};
	const struct inspection what = {
		.policy = p.policy,
		.options = {.mode = c->config->mode,
			    .stop_on_first = c->config->stop_on_first_violation,
			    .metric_rules_only = figures_only,
			    .now_ns = clock_monotonic_ns(),
			    .wall_ns = clock_wall_ns()},
		.source = source,
		.id = id,
		.found = on_found,
		.arg = &p,
	};

	atomic_fetch_add(&c->evaluations, inventory_judge(c->inventory, &what));
	policy_put(p.policy);
}

/* ---- for actions ---- */

enum standing check_look(void *arg, const struct action_order *order, struct err *why)
{
	struct check *c = arg;
	struct policy *policy = policy_slot_get(c->policy);
	const struct inspection what = {
		.policy = policy,
		.options = {.mode = c->config->mode,
			    .now_ns = clock_monotonic_ns(),
			    .wall_ns = clock_wall_ns()},
		.source = order->source,
	};
	enum standing standing = inventory_look(c->inventory, &what, order, why);

	policy_put(policy);
	return standing;
}

void check_judge_again(void *arg, const char *id, const char *source)
{
	judge(arg, id, source, false);
}

/* ---- measuring and judging ---- */

static unsigned needs_of_rules(struct check *c)
{
	struct policy *p = policy_slot_get(c->policy);
	unsigned needs = p->needs;

	policy_put(p);
	return needs;
}

/* Fresh figures where a rule reads any; a second sample where it reads a rate that nobody else keeps up. */
static int measure(struct check *c, struct err *err)
{
	unsigned needs = needs_of_rules(c);

	if (!c->metrics || !(needs & NEED_METRICS))
		return 0;
	if (metrics_collect(c->metrics, err))
		return -1;
	if (needs & NEED_RATE && !c->watching && !stop_wait(c->stop, NS_PER_S))
		return metrics_collect(c->metrics, err);
	return 0;
}

void check_forget(void *arg, const char *id)
{
	actions_forget(((struct check *)arg)->outlets.actions, id);
}

int check_all(struct check *c, struct err *err)
{
	if (inventory_refresh(c->inventory, NULL, check_forget, c, err) || measure(c, err))
		return -1;
	judge(c, NULL, SOURCE_PERIODIC, false);
	return 0;
}

void check_one(struct check *c, const char *id, const char *source)
{
	struct err err;

	if (c->metrics && needs_of_rules(c) & NEED_METRICS && metrics_collect(c->metrics, &err))
		log_error("%s", err.msg);
	judge(c, id, source, false);
}

int check_figures(struct check *c, bool *looked, struct err *err)
{
	*looked = (needs_of_rules(c) & NEED_METRICS) != 0;
	if (!*looked)
		return 0;
	if (metrics_collect(c->metrics, err))
		return -1;
	judge(c, NULL, SOURCE_WATCH, true);
	return 0;
}
