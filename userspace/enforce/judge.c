#include "judge.h"
#include "log.h"

#include <stdlib.h>
#include <string.h>

enum outcome { NOT_EVALUATED, HOLDS_NOT, HOLDS, FAILED };

static enum outcome evaluate(const struct rule *rule, struct logic_ctx *ctx, struct subject *s)
{
	struct value result;

	if ((rule->needs & NEED_METRICS && !s->usage) || (rule->needs & NEED_PARAMS && !s->container->params))
		return NOT_EVALUATED;
	if (rule->needs & NEED_INTERFACES && !s->networks)
		s->networks = metrics_read_networks(s->container->pid);
	s->absent = false;
	if (!logic_eval(rule->program, ctx, subject_value(s), &result))
		return s->absent ? NOT_EVALUATED : FAILED;
	if (s->absent) /* a figure was missing: what came out means nothing */
		return NOT_EVALUATED;
	return value_truthy(result) ? HOLDS : HOLDS_NOT;
}

static struct rule_state *state_of(struct rule_states *states, uint64_t hash)
{
	for (size_t i = 0; i < states->count; i++)
		if (states->items[i].rule_hash == hash)
			return &states->items[i];
	return NULL;
}

static void forget(struct rule_states *states, uint64_t hash)
{
	struct rule_state *st = state_of(states, hash);

	if (st)
		*st = states->items[--states->count];
}

static struct rule_state *remember(struct rule_states *states, uint64_t hash, uint64_t now_ns)
{
	struct rule_state *st = state_of(states, hash);

	if (st)
		return st;
	states->items = mem_realloc(states->items, (states->count + 1) * sizeof(*states->items));
	st = &states->items[states->count++];
	*st = (struct rule_state){.rule_hash = hash, .since_ns = now_ns};
	return st;
}

static struct violation *add_violation(struct verdict *v, const struct rule *rule)
{
	v->items = mem_realloc(v->items, (v->count + 1) * sizeof(*v->items));
	v->items[v->count] = (struct violation){.rule = rule, .onset = true};
	return &v->items[v->count++];
}

/* A rule holds: is it so for long enough, and not exempt? Then it is a violation. */
static void consider(const struct policy *p, const struct judge_options *o, const struct rule *rule,
		     struct subject *s, struct rule_states *states, bool report, struct verdict *out)
{
	struct rule_state *st = states ? remember(states, rule->hash, o->now_ns) : NULL;
	struct violation *v;

	if (rule->for_ns && (!st || o->now_ns - st->since_ns < rule->for_ns))
		return;
	if (!report)
		return;
	if (policy_exempts(p, s->container->name, s->container->image, rule->name)) {
		log_debug("container %s is exempt from rule \"%s\"", s->container->name, rule->name);
		return;
	}
	v = add_violation(out, rule);
	v->enforce = (rule->mode < 0 ? o->mode : rule->mode) == MODE_KILL;
	v->onset = !st || !st->reported;
	if (st)
		st->reported = true;
}

static void add_failure(const struct rule *rule, const struct logic_ctx *ctx, struct rule_states *states,
			const struct judge_options *o, struct verdict *out)
{
	struct rule_state *st = states ? remember(states, rule->hash, o->now_ns) : NULL;
	struct violation *v = add_violation(out, rule);
	struct buf text = {0};

	logic_error_text(ctx, &text);
	v->error = text.s ? text.s : mem_strdup("error");
	v->onset = !st || !st->reported;
	if (st)
		st->reported = true;
}

/*
 * With STOP_ON_FIRST_VIOLATION the first violation ends the search; but one that only warns does not hide one
 * that is enforced, and `for` rules are still evaluated, for their timers.
 */
static bool is_wanted(const struct rule *rule, const struct judge_options *o, const struct verdict *out)
{
	int mode = rule->mode < 0 ? o->mode : rule->mode;

	if (!o->stop_on_first)
		return true;
	for (size_t i = 0; i < out->count; i++)
		if (out->items[i].enforce || (!out->items[i].error && mode != MODE_KILL))
			return false;
	return true;
}

void judge_container(const struct policy *p, const struct judge_options *o, struct logic_ctx *ctx,
		     struct subject *s, struct rule_states *states, struct verdict *out,
		     uint64_t *evaluations)
{
	*out = (struct verdict){0};
	for (size_t i = 0; i < p->count; i++) {
		const struct rule *rule = &p->rules[i];
		bool wanted = is_wanted(rule, o, out);

		if (!rule->enabled || (o->metric_rules_only && !(rule->needs & NEED_METRICS)))
			continue;
		if (!wanted && !rule->for_ns)
			continue;
		(*evaluations)++;
		switch (evaluate(rule, ctx, s)) {
		case HOLDS:
			consider(p, o, rule, s, states, wanted, out);
			break;
		case FAILED:
			if (wanted)
				add_failure(rule, ctx, states, o, out);
			break;
		case HOLDS_NOT:
		case NOT_EVALUATED: /* what was not seen to hold has a gap */
			if (states)
				forget(states, rule->hash);
			break;
		}
	}
}

void verdict_free(struct verdict *v)
{
	for (size_t i = 0; i < v->count; i++)
		free(v->items[i].error);
	free(v->items);
	*v = (struct verdict){0};
}
