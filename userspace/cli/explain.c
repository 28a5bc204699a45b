/* What each part of a rule saw, for `judge --explain`; escaped as it is made. */
#include "base/json.h"
#include "base/text.h"
#include "offline_internal.h"
#include "rules/needs.h"

#include <stdlib.h>

struct step {
	struct buf text; /* "> " or "var params.HostConfig.Memory " */
	unsigned depth;
};

struct explanation {
	struct logic_tracer tracer; /* first: what the evaluator knows */
	struct step *steps;
	size_t count;
	unsigned depth;
};

#define MAX_STEPS 200

static size_t enter(struct logic_tracer *t, const struct logic_node *node)
{
	struct explanation *e = (struct explanation *)(void *)t;
	AUTO(buf_free) struct buf text = {0};
	struct step *s;

	e->depth++;
	if (e->count == MAX_STEPS)
		return MAX_STEPS;
	e->steps = mem_realloc(e->steps, (e->count + 1) * sizeof(*e->steps));
	s = &e->steps[e->count];
	*s = (struct step){.depth = e->depth};
	logic_node_text(node, &text);
	buf_escape(&s->text, text.s, text.len);
	return e->count++;
}

static void leave(struct logic_tracer *t, size_t entry, bool ok, struct value v)
{
	struct explanation *e = (struct explanation *)(void *)t;
	AUTO(json_putp) struct json_object *j = NULL;
	AUTO(buf_free) struct buf seen = {0};
	AUTO(free_charp) char *cut = NULL;
	const char *text;
	size_t len;

	e->depth--;
	if (entry == MAX_STEPS)
		return;
	j = value_to_json(v);
	text = json_object_to_json_string_length(j, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE,
						 &len);
	buf_escape_json(&seen, text, len);
	cut = str_cut(seen.s, 300);
	buf_printf(&e->steps[entry].text, " %s %s", ok ? "=" : "failed:", cut);
}

/* One line for each step, indented by how deep it is in the rule. */
static struct json_object *steps_to_json(const struct explanation *e)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < e->count; i++) {
		AUTO(free_charp)
		char *line = mem_printf("%*s%s", (int)(2 * (e->steps[i].depth - 1)), "", e->steps[i].text.s);

		json_object_array_add(list, json_object_new_string(line));
	}
	return list;
}

/* Why the judge does not evaluate it; NULL: it does. */
static const char *why_not(const struct rule *rule, const struct offline_seen *seen)
{
	struct subject *s = seen->subject;

	if (!s)
		return NULL;
	if (rule->needs & NEED_METRICS && !s->usage)
		return "is not evaluated: it reads metrics, and none are given (--metrics FILE)";
	if (rule->needs & NEED_HOST && !s->host_doc)
		return "is not evaluated: it reads the host, which is not known here";
	subject_set_group(s, rule->per && seen->groups ? groups_find(seen->groups, rule, s->container->id)
						       : NULL);
	if (rule->per && !s->group)
		return "is not evaluated: the container is in no group by its \"per\"";
	return NULL;
}

static void evaluate(struct explanation *e, const struct rule *rule, const struct offline_seen *seen,
		     struct json_object *j)
{
	struct value v;
	bool ok;

	seen->ctx->tracer = &e->tracer;
	if (seen->subject)
		seen->subject->absent = false;
	ok = logic_eval(rule->program, seen->ctx, seen->root, &v);
	seen->ctx->tracer = NULL;
	if (seen->subject && seen->subject->absent)
		json_add_str(j, "result", "is not evaluated: a figure that it reads is not given");
	else
		json_add_str(j, "result", !ok ? "failed" : value_truthy(v) ? "holds" : "does not hold");
}

struct json_object *explain_rule(const struct rule *rule, const struct offline_seen *seen)
{
	struct explanation e = {.tracer = {enter, leave}};
	struct json_object *j = json_object_new_object();
	const char *unevaluated = why_not(rule, seen);

	json_add_str(j, "rule", rule->name);
	if (unevaluated)
		json_add_str(j, "result", unevaluated);
	else
		evaluate(&e, rule, seen, j);
	json_object_object_add(j, "saw", steps_to_json(&e));
	for (size_t i = 0; i < e.count; i++)
		buf_free(&e.steps[i].text);
	free(e.steps);
	return j;
}
