/* What each part of a rule saw, for `judge --explain`; escaped as it is made. */
#include "base/json.h"
#include "base/text.h"
#include "offline_internal.h"

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

static void add_key(struct buf *out, size_t i, struct value key)
{
	AUTO(buf_free) struct buf text = {0};

	value_to_text(key, &text);
	buf_puts(out, i ? "." : "");
	buf_escape(out, text.s ? text.s : "", text.len);
}

static size_t enter(struct logic_tracer *t, const char *op, const struct logic_path *path)
{
	struct explanation *e = (struct explanation *)(void *)t;
	struct step *s;

	e->depth++;
	if (e->count == MAX_STEPS)
		return MAX_STEPS;
	e->steps = mem_realloc(e->steps, (e->count + 1) * sizeof(*e->steps));
	s = &e->steps[e->count];
	*s = (struct step){.depth = e->depth};
	buf_puts(&s->text, path ? "" : op);
	for (size_t i = 0; path && i < path->len; i++)
		add_key(&s->text, i, path->keys[i]);
	if (path && !path->len)
		buf_puts(&s->text, "the element");
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

struct json_object *explain_rule(const struct rule *rule, struct value root, struct logic_ctx *ctx)
{
	struct explanation e = {.tracer = {enter, leave}};
	struct json_object *j = json_object_new_object();
	struct value v;
	bool ok;

	ctx->tracer = &e.tracer;
	ok = logic_eval(rule->program, ctx, root, &v);
	ctx->tracer = NULL;
	json_add_str(j, "rule", rule->name);
	json_add_str(j, "result", !ok ? "failed" : value_truthy(v) ? "holds" : "does not hold");
	json_object_object_add(j, "saw", steps_to_json(&e));
	for (size_t i = 0; i < e.count; i++)
		buf_free(&e.steps[i].text);
	free(e.steps);
	return j;
}
