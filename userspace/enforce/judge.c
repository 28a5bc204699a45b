#include "enforce/judge.h"
#include "base/log.h"
#include "base/text.h"
#include "rules/needs.h"
#include "view/subject.h"

#include <stdlib.h>
#include <string.h>

enum outcome { NOT_EVALUATED, HOLDS_NOT, HOLDS, FAILED };

static enum outcome evaluate(const struct rule *rule, struct logic_ctx *ctx, struct subject *s)
{
	struct value result;

	if ((rule->needs & NEED_METRICS && !s->usage) ||
	    (rule->needs & NEED_PARAMS && s->container->params.type == V_NULL))
		return NOT_EVALUATED;
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

/* The rule's message with its values; NULL if it has none. */
static char *make_message(const struct rule *rule, struct logic_ctx *ctx, struct value root)
{
	AUTO(buf_free) struct buf text = {0};
	struct value v;

	if (!rule->message || !logic_eval(rule->message, ctx, root, &v))
		return NULL;
	value_to_text(v, &text);
	return mem_strdup(text.s ? text.s : "");
}

static struct violation *add_violation(struct verdict *v, const struct rule *rule)
{
	v->items = mem_realloc(v->items, (v->count + 1) * sizeof(*v->items));
	v->items[v->count] = (struct violation){.rule = rule, .onset = true};
	return &v->items[v->count++];
}

static bool is_enforced(const struct rule *rule, const struct judge_options *o)
{
	return (rule->mode < 0 ? o->mode : rule->mode) == MODE_KILL;
}

/* The whitelist rule, one that has not expired and does not fail, that exempts the container from `rule`. */
static const struct rule *find_excuse(const struct policy *p, const struct judge_options *o,
				      struct logic_ctx *ctx, struct subject *s, const struct rule *rule)
{
	const struct rule_list *list = &p->lists[FILE_WHITELIST_RULES];
	const struct rule *found = NULL;

	s->violated_rule = rule->name;
	for (size_t i = 0; i < list->count && !found; i++) {
		struct rule *w = &list->items[i];

		if (!w->enabled)
			continue;
		if (w->expires_ns && o->wall_ns >= w->expires_ns) {
			if (!atomic_exchange(&w->said, true))
				log_warning("whitelist rule \"%s\" has expired; it exempts nothing any more",
					    w->name);
			continue;
		}
		switch (evaluate(w, ctx, s)) {
		case HOLDS:
			log_debug("container %s is exempt from rule \"%s\" by whitelist rule \"%s\"",
				  s->container->name, rule->name, w->name);
			found = w;
			break;
		case FAILED:
			if (!atomic_exchange(&w->said, true))
				log_warning("whitelist rule \"%s\" failed on container %s; it exempts "
					    "nothing, mend it",
					    w->name, s->container->name);
			break;
		case HOLDS_NOT:
		case NOT_EVALUATED:
			break;
		}
	}
	s->violated_rule = NULL;
	return found;
}

static bool is_exempt(const struct policy *p, const struct judge_options *o, struct logic_ctx *ctx,
		      struct subject *s, const struct rule *rule, const struct rule **by)
{
	*by = NULL;
	if (!policy_exempts(p, s->container->name, s->container->image, rule->name))
		return (*by = find_excuse(p, o, ctx, s, rule)) != NULL;
	log_debug("container %s is exempt from rule \"%s\" by a white list", s->container->name, rule->name);
	return true;
}

static void add_exempted(struct verdict *v, const struct rule *rule, const struct rule *by)
{
	v->exempted = mem_realloc(v->exempted, (v->exempted_count + 1) * sizeof(*v->exempted));
	v->exempted[v->exempted_count++] = (struct exempted){rule, by};
}

/* A rule holds: is it so for long enough, and not exempt? Then it is a violation. */
static void consider(const struct policy *p, const struct judge_options *o, const struct rule *rule,
		     struct logic_ctx *ctx, struct subject *s, struct rule_states *states, bool report,
		     struct verdict *out)
{
	struct rule_state *st = states ? remember(states, rule->hash, o->now_ns) : NULL;
	const struct rule *by;
	struct violation *v;

	if (rule->for_ns && (!st || o->now_ns - st->since_ns < rule->for_ns))
		return;
	if (!report)
		return;
	if (is_exempt(p, o, ctx, s, rule, &by)) {
		if (!o->metric_rules_only || !st || !st->excused)
			add_exempted(out, rule, by);
		if (st)
			st->excused = true;
		return;
	}
	v = add_violation(out, rule);
	v->enforce = is_enforced(rule, o);
	v->message = make_message(rule, ctx, subject_value(s));
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
	if (!o->stop_on_first)
		return true;
	for (size_t i = 0; i < out->count; i++)
		if (out->items[i].enforce || (!out->items[i].error && !is_enforced(rule, o)))
			return false;
	return true;
}

void judge_container(const struct policy *p, const struct judge_options *o, struct logic_ctx *ctx,
		     struct subject *s, struct rule_states *states, struct verdict *out,
		     uint64_t *evaluations)
{
	*out = (struct verdict){0};
	for (size_t i = 0; i < p->lists[FILE_RULES].count; i++) {
		const struct rule *rule = &p->lists[FILE_RULES].items[i];
		bool wanted = is_wanted(rule, o, out);

		if (!rule->enabled || (o->metric_rules_only && !(rule->needs & NEED_METRICS)))
			continue;
		if (!wanted && !rule->for_ns)
			continue;
		(*evaluations)++;
		switch (evaluate(rule, ctx, s)) {
		case HOLDS:
			consider(p, o, rule, ctx, s, states, wanted, out);
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

void judge_request(const struct policy *p, const struct judge_options *o, struct logic_ctx *ctx,
		   struct value request, struct verdict *out, uint64_t *evaluations)
{
	*out = (struct verdict){0};
	for (size_t i = 0; i < p->lists[FILE_REQUEST_RULES].count; i++) {
		const struct rule *rule = &p->lists[FILE_REQUEST_RULES].items[i];
		struct violation *v;
		struct value result;

		if (!rule->enabled || !is_wanted(rule, o, out))
			continue;
		(*evaluations)++;
		if (!logic_eval(rule->program, ctx, request, &result)) {
			add_failure(rule, ctx, NULL, o, out);
		} else if (value_truthy(result)) {
			v = add_violation(out, rule);
			v->enforce = is_enforced(rule, o);
			v->message = make_message(rule, ctx, request);
		}
	}
}

void verdict_free(struct verdict *v)
{
	for (size_t i = 0; i < v->count; i++) {
		free(v->items[i].error);
		free(v->items[i].message);
	}
	free(v->items);
	free(v->exempted);
	*v = (struct verdict){0};
}
