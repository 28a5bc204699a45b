#include "modes/check.h"
#include "modes/wiring.h"
#include "base/clock.h"
#include "base/json.h"
#include "enforce/groups.h"
#include "base/log.h"

#include <stdlib.h>

/* What is judged, by which policy; also the argument of on_found(). */
struct pass {
	struct check *check;
	struct policy *policy;
	const char *source;
	bool every_time;
};

static void on_found(void *arg, struct container *container, const struct verdict *v, bool again)
{
	const struct pass *p = arg;
	const struct checked c = {.policy = p->policy,
				  .container = container,
				  .verdict = v,
				  .owner = container->owner ? container->owner : OWNER_UNKNOWN,
				  .source = p->source,
				  .every_time = p->every_time && !again};

	deliver_check(&p->check->outlets, &c);
}

/* Who is judged, and how. */
struct scope {
	const char *id; /* NULL: all containers */
	const char *source;
	bool figures_only, only_news;
	uint64_t since_ns; /* who was judged since then counts once */
};

static void judge(struct check *c, const struct scope *scope)
{
	struct pass p = {c, policy_slot_get(c->policy), scope->source,
			 !scope->figures_only && !scope->only_news};
	AUTO(json_putp) struct json_object *host = inventory_read_host(c->inventory, p.policy->needs);
	const struct inspection what = {
		.policy = p.policy,
		.options = {.mode = c->config->mode,
			    .stop_on_first = c->config->stop_on_first_violation,
			    .metric_rules_only = scope->figures_only,
			    .now_ns = clock_monotonic_ns(),
			    .wall_ns = clock_wall_ns(),
			    .host = host},
		.source = scope->source,
		.id = scope->id,
		.since_ns = scope->since_ns,
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
	AUTO(json_putp) struct json_object *host = inventory_read_host(c->inventory, policy->needs);
	const struct inspection what = {
		.policy = policy,
		.options = {.mode = c->config->mode,
			    .now_ns = clock_monotonic_ns(),
			    .wall_ns = clock_wall_ns(),
			    .host = host},
		.source = order->source,
	};
	enum standing standing = inventory_look(c->inventory, &what, order, why);

	policy_put(policy);
	return standing;
}

void check_judge_again(void *arg, const char *id, const char *source)
{
	judge(arg, &(struct scope){.id = id, .source = source});
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

	if (!c->metrics || !(needs & NEED_MEASURED))
		return 0;
	if (metrics_collect(c->metrics, err))
		return -1;
	if (needs & NEED_RATE && !c->watch_interval_ns && !stop_wait(c->stop, NS_PER_S))
		return metrics_collect(c->metrics, err);
	return 0;
}

void check_forget(struct check *c, const char *id)
{
	reading_forget(c->reading, id);
	actions_forget(c->outlets.actions, id);
}

void check_gone(void *arg, const char *id)
{
	struct check *c = arg;

	wiring_forget(c->wiring, id);
	check_forget(c, id);
}

void check_end(struct check *c, const char *id)
{
	inventory_remove(c->inventory, id);
	check_gone(c, id);
}

static int tell(struct problem *p, int r, const struct err *err)
{
	if (r)
		problem_set(p, err->msg);
	else
		problem_clear(p);
	return r;
}

static int look_at_all(struct check *c, struct err *err)
{
	uint64_t start = clock_monotonic_ns();
	struct unread unread;

	if (inventory_follow(c->inventory, check_gone, c, &unread, err))
		return -1;
	reading_batch(c->reading, &unread, SOURCE_PERIODIC);
	inventory_free_unread(&unread);
	if (measure(c, err))
		return -1;
	judge(c, &(struct scope){.source = SOURCE_PERIODIC, .since_ns = start});
	return 0;
}

int check_all(struct check *c, struct err *err)
{
	return tell(&c->full, look_at_all(c, err), err);
}

int check_figures(struct check *c, bool *looked, struct err *err)
{
	*looked = (needs_of_rules(c) & NEED_FIGURES) != 0;
	if (!*looked)
		return 0;
	if (tell(&c->figures, metrics_collect(c->metrics, err), err))
		return -1;
	judge(c, &(struct scope){.source = SOURCE_WATCH, .figures_only = true});
	return 0;
}

void check_started(void *arg, const char *id)
{
	struct check *c = arg;

	inventory_mark_stale(c->inventory, id);
	reading_want(c->reading, id, SOURCE_AUTHZ);
}

/* ---- for wires ---- */

bool check_reads_figures(struct check *c)
{
	return (needs_of_rules(c) & NEED_MEASURED) != 0;
}

void check_measure(struct check *c)
{
	struct err err;

	if (c->metrics && check_reads_figures(c) && metrics_collect(c->metrics, &err))
		log_error("%s", err.msg);
}

void check_judge_figures(struct check *c, const char *id)
{
	judge(c, &(struct scope){.id = id, .source = SOURCE_WATCH, .figures_only = true});
}

/* ---- for the readers ---- */

const char *check_source_of_start(const struct config *config)
{
	return config->run_start_events ? SOURCE_EVENT : NULL;
}

/*
 * Whether a container can be judged before all others are read: not where a rule or an exemption reads its
 * position, or is about who is together, or an exemption its usage, which is measured for all together when
 * they are there.
 */
static bool can_judge_alone(struct check *c)
{
	struct policy *p = policy_slot_get(c->policy);
	const struct rule_list *exemptions = &p->lists[FILE_WHITELIST_RULES];
	bool can = !(p->needs & NEED_POSITION) && !groups_wanted(p);

	for (size_t i = 0; i < exemptions->count; i++)
		can = can && !(exemptions->items[i].enabled && exemptions->items[i].needs & NEED_METRICS);
	policy_put(p);
	return can;
}

void check_arrived(void *arg, const char *id, const char *source, bool urgent)
{
	struct check *c = arg;

	wiring_renew(c->wiring, id);
	if (!source || ((!urgent || atomic_load(&c->incomplete)) && !can_judge_alone(c)))
		return;
	if (urgent)
		check_measure(c);
	judge(c, &(struct scope){.id = id, .source = source});
}

void check_drained(void *arg, const char *source)
{
	struct check *c = arg;

	atomic_store(&c->incomplete, false);
	check_measure(c);
	judge(c, &(struct scope){.source = source, .only_news = true});
}

int check_catch_up(struct check *c, bool again, struct err *err)
{
	struct unread unread;

	if (again) {
		actions_forget_all(c->outlets.actions);
		inventory_mark_all_stale(c->inventory);
	}
	if (inventory_follow(c->inventory, check_gone, c, &unread, err))
		return -1;
	atomic_store(&c->incomplete, unread.count != 0);
	reading_want_all(c->reading, &unread, check_source_of_start(c->config), again);
	inventory_free_unread(&unread);
	return 0;
}

void check_read_lost(struct check *c)
{
	struct unread lost = {0};

	lost.count = inventory_find_lost(c->inventory, &lost.ids);
	reading_want_all(c->reading, &lost, NULL, false);
	inventory_free_unread(&lost);
}
