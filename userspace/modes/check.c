/* What every mode does: judge, then deliver what was found to log, ledger and actions. */
#include "base/clock.h"
#include "modes/enforcer.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "container/container.h"
#include "rules/needs.h"

#include <stdlib.h>

/* kill before stop before pause: the strongest that an enforced rule asks for. */
static const struct violation *strongest(const struct verdict *v)
{
	static const int strength[] = {[ACTION_STOP] = 1, [ACTION_KILL] = 2, [ACTION_PAUSE] = 0};
	const struct violation *found = NULL;

	for (size_t i = 0; i < v->count; i++)
		if (v->items[i].enforce &&
		    (!found || strength[v->items[i].rule->action] > strength[found->rule->action]))
			found = &v->items[i];
	return found;
}

static void log_finding(const struct finding *f, const struct violation *act, const char *source)
{
	for (size_t i = 0; i < f->verdict.count; i++) {
		const struct violation *v = &f->verdict.items[i];
		const struct log_field fields[] = {{"CONTAINER_ID", f->container->id},
						   {"CONTAINER_NAME", f->container->name},
						   {"RULE", v->rule->name},
						   {"CHECK_SOURCE", source},
						   {NULL, NULL}};

		if (v->error)
			log_event(LOG_ERROR_, fields,
				  "rule \"%s\" failed on container %s (%.12s): %s; the container is left "
				  "alone, mend "
				  "the rule",
				  v->rule->name, f->container->name, f->container->id, v->error);
		else
			log_event(LOG_WARNING_, fields,
				  "container %s (%.12s) is detected to violate the rule \"%s\" [%s]. %s "
				  "the container%s%s",
				  f->container->name, f->container->id, v->rule->name, source,
				  !act	     ? "Not stopping"
				  : v == act ? "Acting on"
					     : "Also found on",
				  v->message ? ": " : "", v->message ? v->message : "");
	}
}

/* To triggers and audit log. */
static void report(struct enforcer *e, const struct policy *p, const struct finding *f,
		   const struct violation *act, const char *source)
{
	const struct verdict_about about = {.container = f->container,
					    .owner = "[unknown]",
					    .source = source,
					    .request = "",
					    .action = act ? action_name(act->rule->action) : "",
					    .enforced = act != NULL,
					    .wall_ns = clock_wall_ns()};
	AUTO(json_putp) struct json_object *verdict = NULL;

	if (!e->audit && !triggers_wanted(p))
		return;
	verdict = verdict_to_json(&f->verdict, &about);
	triggers_submit(e->triggers, p, verdict);
	if (e->audit)
		audit_add(e->audit, "verdict", json_object_get(verdict));
}

static void deliver(struct enforcer *e, const struct policy *p, struct finding *f, const char *source,
		    bool every_time)
{
	const struct violation *act = strongest(&f->verdict);
	bool counts = every_time && f->verdict.count;

	for (size_t i = 0; i < f->verdict.count; i++)
		counts = counts || f->verdict.items[i].onset;
	if (counts)
		log_finding(f, act, source);
	ledger_record(e->ledger, f->container, "[unknown]", source, &f->verdict, counts, clock_wall_ns());
	if (act)
		actions_submit(e->actions, f->container, act->rule->action, act->rule->name);
	if (counts)
		report(e, p, f, act, source);
	verdict_free(&f->verdict);
	container_put(f->container);
}

static void judge_and_deliver(struct enforcer *e, const char *id, const char *source, bool metric_rules_only)
{
	struct policy *policy = enforcer_policy(e);
	struct inspection what = {
		.policy = policy,
		.options = {.mode = e->config->mode,
			    .stop_on_first = e->config->stop_on_first_violation,
			    .metric_rules_only = metric_rules_only,
			    .now_ns = clock_monotonic_ns(),
			    .wall_ns = clock_wall_ns()},
		.source = source,
		.id = id,
	};
	struct finding *found;
	size_t n;

	atomic_fetch_add(&e->evaluations, inventory_judge(e->inventory, &what, &found, &n));
	for (size_t i = 0; i < n; i++)
		deliver(e, policy, &found[i], source, !metric_rules_only);
	free(found);
	policy_put(policy);
}

static unsigned policy_needs(struct enforcer *e)
{
	struct policy *p = enforcer_policy(e);
	unsigned needs = p->needs;

	policy_put(p);
	return needs;
}

/* Fresh figures where a rule reads any; a second sample where it reads a rate that nobody else keeps up. */
static int measure(struct enforcer *e, struct err *err)
{
	unsigned needs = policy_needs(e);

	if (!e->metrics || !(needs & NEED_METRICS))
		return 0;
	if (metrics_collect(e->metrics, err))
		return -1;
	if (needs & NEED_RATE && !e->watching && !enforcer_wait(e, NS_PER_S))
		return metrics_collect(e->metrics, err);
	return 0;
}

static void forget_actions(void *arg, const char *id)
{
	actions_forget(((struct enforcer *)arg)->actions, id);
}

int enforcer_check_all(struct enforcer *e, struct err *err)
{
	uint64_t start = clock_wall_ns(), began = clock_monotonic_ns();

	if (inventory_refresh(e->inventory, NULL, forget_actions, e, err)) {
		atomic_fetch_add(&e->docker_errors, 1);
		return -1;
	}
	if (measure(e, err))
		return -1;
	judge_and_deliver(e, NULL, "periodic", false);
	atomic_store(&e->check_start_ns, start);
	atomic_store(&e->check_end_ns, clock_wall_ns());
	atomic_fetch_add(&e->check_ns, clock_monotonic_ns() - began);
	atomic_fetch_add(&e->checks, 1);
	return 0;
}

void enforcer_check_one(struct enforcer *e, const char *id, const char *source)
{
	struct err err;

	if (e->metrics && policy_needs(e) & NEED_METRICS && metrics_collect(e->metrics, &err))
		log_error("%s", err.msg);
	judge_and_deliver(e, id, source, false);
}

int enforcer_watch_tick(struct enforcer *e, struct err *err)
{
	if (!(policy_needs(e) & NEED_METRICS))
		return 0;
	if (metrics_collect(e->metrics, err))
		return -1;
	judge_and_deliver(e, NULL, "watch", true);
	atomic_fetch_add(&e->watch_ticks, 1);
	return 0;
}
