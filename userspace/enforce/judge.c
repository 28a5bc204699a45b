#include "enforce/judge.h"
#include "base/log.h"
#include "enforce/groups.h"
#include "base/text.h"
#include "view/verdict.h"

#include <stdlib.h>
#include <string.h>

/* The time of a verdict, read only by rules that take long. */
struct time_share {
	uint64_t verdict_end_ns, rule_end_ns; /* monotonic; 0: not known yet */
};

/* One verdict being made. */
struct judging {
	const struct policy *policy;
	const struct judge_options *options;
	struct logic_ctx *ctx;
	struct subject *subject;    /* NULL: a request */
	struct rule_states *states; /* may be NULL */
	struct verdict *out;
	struct time_share share;
};

/* ---- evaluating ---- */

static bool is_late(void *arg)
{
	struct time_share *t = arg;
	uint64_t now = clock_monotonic_ns();

	if (!t->verdict_end_ns)
		t->verdict_end_ns = now + VERDICT_NS;
	if (!t->rule_end_ns)
		t->rule_end_ns = now + (now < t->verdict_end_ns ? (t->verdict_end_ns - now) / 2 : 0);
	return now >= t->rule_end_ns;
}

/* From here on, what is evaluated has a share of the verdict's time. */
static void begin_share(struct judging *j)
{
	j->share.rule_end_ns = 0;
	j->ctx->is_late = is_late;
	j->ctx->late_arg = &j->share;
}

static void end_share(struct judging *j)
{
	j->ctx->is_late = NULL;
	j->ctx->late_arg = NULL;
}

static bool evaluate_program(struct judging *j, const struct logic_program *p, struct value root,
			     struct value *out)
{
	bool ok;

	begin_share(j);
	ok = logic_eval(p, j->ctx, root, out);
	end_share(j);
	return ok;
}

enum outcome { NOT_EVALUATED, HOLDS_NOT, HOLDS, FAILED };

static enum outcome evaluate(struct judging *j, const struct rule *rule)
{
	struct subject *s = j->subject;
	struct value result;

	if ((rule->needs & NEED_METRICS && !s->usage) || (rule->needs & NEED_HOST && !s->host_doc) ||
	    (rule->needs & NEED_PARAMS && s->container->params.type == V_NULL))
		return NOT_EVALUATED;
	subject_set_group(s, rule->per ? groups_find(j->options->groups, rule, s->container->id) : NULL);
	if (rule->per && !s->group)
		return NOT_EVALUATED;
	s->absent = false;
	if (!evaluate_program(j, rule->program, subject_value(s), &result))
		return s->absent ? NOT_EVALUATED : FAILED;
	if (s->absent) /* a figure was missing: what came out means nothing */
		return NOT_EVALUATED;
	return value_truthy(result) ? HOLDS : HOLDS_NOT;
}

/* ---- what is remembered of rules ---- */

static struct rule_state *state_of(struct rule_states *states, uint64_t hash)
{
	for (size_t i = 0; i < states->count; i++)
		if (states->items[i].rule_hash == hash)
			return &states->items[i];
	return NULL;
}

/* True if it had been reported. */
static bool forget(struct rule_states *states, uint64_t hash)
{
	struct rule_state *st = state_of(states, hash);
	bool reported = st && st->reported;

	if (st)
		*st = states->items[--states->count];
	return reported;
}

/* NULL where nothing is remembered. */
static struct rule_state *remember(struct judging *j, const struct rule *rule)
{
	struct rule_states *states = j->states;
	struct rule_state *st = states ? state_of(states, rule->hash) : NULL;

	if (st || !states)
		return st;
	states->items = mem_realloc(states->items, (states->count + 1) * sizeof(*states->items));
	st = &states->items[states->count++];
	*st = (struct rule_state){.rule_hash = rule->hash,
				  .since_ns = j->options->now_ns,
				  .by_usage = rule->needs & NEED_METRICS};
	return st;
}

void rule_states_restart(struct rule_states *states)
{
	size_t kept = 0;

	for (size_t i = 0; i < states->count; i++) {
		if (states->items[i].by_usage)
			continue;
		states->items[kept] = states->items[i];
		states->items[kept].reported = states->items[kept].excused = false;
		states->items[kept].grace_over = false;
		kept++;
	}
	states->count = kept;
}

/* ---- violations ---- */

/* The rule's message with its values; NULL if it has none. */
static char *make_message(struct judging *j, const struct rule *rule, struct value root)
{
	AUTO(buf_free) struct buf text = {0};
	struct value v;

	if (!rule->message || !evaluate_program(j, rule->message, root, &v))
		return NULL;
	value_to_text(v, &text);
	return str_cut(text.s ? text.s : "", VERDICT_TEXT_MAX);
}

static bool is_news(const struct rule *rule, const struct rule_state *st, uint64_t now_ns)
{
	return !st || !st->reported || (rule->remind_ns && now_ns - st->reported_ns >= rule->remind_ns);
}

static struct violation *add_violation(struct judging *j, const struct rule *rule, struct rule_state *st)
{
	struct verdict *v = j->out;
	struct violation *x;

	v->items = mem_realloc(v->items, (v->count + 1) * sizeof(*v->items));
	x = &v->items[v->count++];
	*x = (struct violation){.rule = rule, .news = is_news(rule, st, j->options->now_ns)};
	if (st && x->news) {
		st->reported = true;
		st->reported_ns = j->options->now_ns;
	}
	return x;
}

/* Until the rule's grace is over. A request is refused at once: nothing runs yet that would be lost. */
static void put_off(struct judging *j, struct violation *v, struct rule_state *st)
{
	uint64_t now = j->options->now_ns, grace = v->rule->grace_ns, passed;

	if (!st)
		return;
	if (!st->grace_ns)
		st->grace_ns = now;
	passed = now - st->grace_ns;
	if (passed < grace) {
		v->enforce = false;
		v->action_at_ns = j->options->wall_ns + grace - passed;
	} else if (!st->grace_over) {
		v->news = st->grace_over = true;
	}
}

/* Where what is to be set cannot be told the rule has failed. */
static void make_update(struct judging *j, struct violation *v, struct value root)
{
	struct err err;

	begin_share(j);
	v->update = update_make(v->rule->update, j->ctx, root, &err);
	end_share(j);
	if (v->update)
		return;
	v->enforce = false;
	v->error = mem_printf("update: %s", err.msg);
}

static void add_enforced(struct judging *j, const struct rule *rule, struct rule_state *st, struct value root)
{
	struct violation *v = add_violation(j, rule, st);

	v->enforce = rule_is_enforced(rule, j->options->mode);
	if (v->enforce && rule->grace_ns)
		put_off(j, v, st);
	v->message = make_message(j, rule, root);
	if (v->enforce && rule->update)
		make_update(j, v, root);
}

static void add_failure(struct judging *j, const struct rule *rule)
{
	AUTO(buf_free) struct buf text = {0};
	struct violation *v;

	if (j->ctx->late)
		buf_puts(&text,
			 "Too Late: it took more than its share of the second that a verdict may take");
	else
		logic_error_text(j->ctx, &text);
	v = add_violation(j, rule, remember(j, rule));
	v->error = str_cut(text.s ? text.s : "error", VERDICT_TEXT_MAX);
}

/* ---- exemptions ---- */

static bool has_expired(struct judging *j, struct rule *w)
{
	if (!w->expires_ns || j->options->wall_ns < w->expires_ns)
		return false;
	if (!atomic_exchange(&w->said, true))
		log_warning("whitelist rule \"%s\" has expired; it exempts nothing any more", w->name);
	return true;
}

/* Whether a whitelist rule holds. One that fails exempts nothing. */
static bool excuses(struct judging *j, struct rule *w)
{
	enum outcome o = evaluate(j, w);

	if (o == FAILED && !atomic_exchange(&w->said, true))
		log_warning("whitelist rule \"%s\" failed on container %s; it exempts nothing, mend it",
			    w->name, j->subject->container->name);
	return o == HOLDS;
}

/* The whitelist rule, one that has not expired and does not fail, that exempts the container from `rule`. */
static const struct rule *find_excuse(struct judging *j, const struct rule *rule)
{
	const struct rule_list *list = &j->policy->lists[FILE_WHITELIST_RULES];
	const struct rule *found = NULL;

	j->subject->violated_rule = rule->name;
	for (size_t i = 0; i < list->count && !found; i++) {
		struct rule *w = &list->items[i];

		if (w->enabled && !has_expired(j, w) && excuses(j, w))
			found = w;
	}
	j->subject->violated_rule = NULL;
	return found;
}

static bool is_white_listed(struct judging *j, const struct rule *rule)
{
	bool exempt;

	begin_share(j);
	exempt = policy_exempts(j->policy, j->ctx, j->subject->container, rule->name);
	end_share(j);
	return exempt;
}

static bool is_exempt(struct judging *j, const struct rule *rule, const struct rule **by)
{
	const struct container *c = j->subject->container;

	*by = NULL;
	if (!is_white_listed(j, rule) && !(*by = find_excuse(j, rule)))
		return false;
	if (*by)
		log_debug("container %s is exempt from rule \"%s\" by whitelist rule \"%s\"", c->name,
			  rule->name, (*by)->name);
	else
		log_debug("container %s is exempt from rule \"%s\" by a white list", c->name, rule->name);
	return true;
}

static void add_exempted(struct verdict *v, const struct rule *rule, const struct rule *by)
{
	v->exempted = mem_realloc(v->exempted, (v->exempted_count + 1) * sizeof(*v->exempted));
	v->exempted[v->exempted_count++] = (struct exempted){rule, by};
}

/* ---- containers ---- */

/* A rule holds: is it so for long enough, and not exempt? Then it is a violation. */
static void consider(struct judging *j, const struct rule *rule, bool report)
{
	struct rule_state *st = remember(j, rule);
	const struct rule *by;

	if (rule->for_ns && (!st || j->options->now_ns - st->since_ns < rule->for_ns))
		return;
	if (!report || (j->states && !groups_is_picked(j->options->groups, rule, j->subject->container->id)))
		return;
	if (!is_exempt(j, rule, &by)) {
		add_enforced(j, rule, st, subject_value(j->subject));
		return;
	}
	if (!j->options->metric_rules_only || !st || !st->excused)
		add_exempted(j->out, rule, by);
	if (st)
		st->excused = true;
}

/* Whether the rule may ask for more than the violation does. A request is refused for whatever it is. */
static bool is_outdone(const struct judging *j, const struct violation *v, const struct rule *rule)
{
	bool enforced = rule_is_enforced(rule, j->options->mode);

	if (!v->enforce)
		return !v->error && !enforced;
	if (v->rule->action == ACTION_UPDATE && enforced) /* all limits are set, and none hides a refusal */
		return false;
	return !j->states || !enforced || action_strength(rule->action) <= action_strength(v->rule->action);
}

/*
 * With STOP_ON_FIRST_VIOLATION the first violation ends the search; but one that only warns does not hide one
 * that is enforced, nor one with a weaker action one with a stronger (a pause would be lifted, and the
 * container run on), and rules with `for` or `grace` are still evaluated, for their timers.
 */
static bool is_wanted(const struct judging *j, const struct rule *rule)
{
	const struct verdict *v = j->out;

	if (!j->options->stop_on_first)
		return true;
	for (size_t i = 0; i < v->count; i++)
		if (is_outdone(j, &v->items[i], rule))
			return false;
	return true;
}

static void judge_rule(struct judging *j, const struct rule *rule)
{
	bool wanted = is_wanted(j, rule);

	if (!rule->enabled || (j->options->metric_rules_only && !(rule->needs & NEED_FIGURES)))
		return;
	if (!wanted && !rule->for_ns && !rule->grace_ns)
		return;
	j->out->evaluations++;
	switch (evaluate(j, rule)) {
	case HOLDS:
		consider(j, rule, wanted);
		break;
	case FAILED:
		if (wanted)
			add_failure(j, rule);
		break;
	case HOLDS_NOT:
	case NOT_EVALUATED: /* what was not seen to hold has a gap */
		if (j->states)
			j->out->eased = forget(j->states, rule->hash) || j->out->eased;
		break;
	}
}

static struct rule unreadable = {
	.name = (char[]){RULE_UNREADABLE},
	.description = (char[]){"its document is larger than 16 MiB, or than 256 KiB where all together take "
				"256 MiB, which no honest container's is"},
	.severity = (char[]){"high"},
	.mode = -1,
	.action = ACTION_STOP,
	.enabled = true,
	.hash = 1,
};

const struct rule *judge_find_rule(const struct policy *p, uint64_t hash)
{
	const struct rule_list *list = &p->lists[FILE_RULES];

	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].enabled && list->items[i].hash == hash)
			return &list->items[i];
	return hash == unreadable.hash ? &unreadable : NULL;
}

static void judge_readable(struct judging *j)
{
	if (j->subject->container->unreadable && !j->options->metric_rules_only)
		consider(j, &unreadable, true);
	else if (j->states && !j->options->metric_rules_only)
		forget(j->states, unreadable.hash);
}

void judge_container(const struct policy *p, const struct judge_options *o, struct logic_ctx *ctx,
		     struct subject *s, struct rule_states *states, struct verdict *out)
{
	struct judging j = {
		.policy = p, .options = o, .ctx = ctx, .subject = s, .states = states, .out = out};

	subject_set_moment(s, o->wall_ns, o->host);
	*out = (struct verdict){0};
	judge_readable(&j);
	for (size_t i = 0; i < p->lists[FILE_RULES].count; i++)
		judge_rule(&j, &p->lists[FILE_RULES].items[i]);
}

/* ---- requests ---- */

void judge_request(const struct policy *p, const struct judge_options *o, struct logic_ctx *ctx,
		   struct value request, struct verdict *out)
{
	struct judging j = {.policy = p, .options = o, .ctx = ctx, .out = out};

	*out = (struct verdict){0};
	for (size_t i = 0; i < p->lists[FILE_REQUEST_RULES].count; i++) {
		const struct rule *rule = &p->lists[FILE_REQUEST_RULES].items[i];
		struct value result;

		if (!rule->enabled || !is_wanted(&j, rule))
			continue;
		out->evaluations++;
		if (!evaluate_program(&j, rule->program, request, &result))
			add_failure(&j, rule);
		else if (value_truthy(result))
			add_enforced(&j, rule, NULL, request);
	}
}
