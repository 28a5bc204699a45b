#include "judge_report_internal.h"
#include "base/json.h"
#include "base/text.h"
#include "print_internal.h"
#include "rules/needs.h"

#include <string.h>

void judge_report_begin(struct judge_report *r, const char *service)
{
	r->service = service;
	r->explanation = json_object_new_array();
}

void judge_report_end(struct judge_report *r)
{
	json_object_put(r->explanation);
	r->explanation = NULL;
}

void judge_report_seen(void *arg, const struct offline_seen *seen)
{
	struct judge_report *r = arg;
	const struct rule_list *list = &r->policy->lists[seen->request ? FILE_REQUEST_RULES : FILE_RULES];

	if (r->view) {
		AUTO(json_putp) struct json_object *view = value_to_json(seen->root);

		print_json(stdout, view, JSON_C_TO_STRING_PRETTY);
	}
	for (size_t i = 0; r->explain && i < list->count; i++)
		if (list->items[i].enabled)
			json_object_array_add(r->explanation, explain_rule(&list->items[i], seen));
}

/* ---- what was judged ---- */

/* Twelve digits tell containers apart, as in `docker ps`. */
#define SHORT_ID 12

static void put_container(const struct container *c, struct buf *out)
{
	bool named = c && c->name && *c->name, known = c && c->id && *c->id;

	if (named)
		buf_puts(out, c->name);
	if (known)
		buf_printf(out, named ? " (%.*s)" : "%.*s", SHORT_ID, c->id);
	if (!named && !known && c && c->image)
		buf_printf(out, "a container of %s", c->image);
}

/* "/web (4f2a9c01b7d3)", "service web", "POST /containers/create" */
static void put_name(const struct judge_report *r, const struct offline_input *in,
		     const struct authz_result *v, struct buf *out)
{
	buf_puts(out, "");
	if (r->service)
		buf_printf(out, "service %s", r->service);
	else if (in->kind == AS_REQUEST)
		buf_printf(out, "%s %s", json_get_str(in->doc, "RequestMethod"),
			   v->path ? v->path : json_get_str(in->doc, "RequestUri"));
	else
		put_container(v->container, out);
	if (!out->len)
		buf_puts(out, offline_kind_name(in->kind));
}

static void add_text(struct json_object *j, const char *key, const char *text)
{
	if (text && *text)
		json_add_str(j, key, text);
}

/* ---- as JSON ---- */

static void add_violations(struct json_object *list, const struct verdict *v)
{
	for (size_t i = 0; i < v->count; i++) {
		struct json_object *o = json_object_new_object();

		json_add_str(o, "rule", v->items[i].rule->name);
		json_add_str(o, "mode", v->items[i].enforce ? "kill" : "warn");
		add_text(o, "message", v->items[i].message);
		add_text(o, "error", v->items[i].error);
		json_object_array_add(list, o);
	}
}

static void print_as_json(const struct judge_report *r, const struct offline_input *in,
			  const struct authz_result *v, bool violated)
{
	AUTO(json_putp) struct json_object *j = json_object_new_object();
	struct json_object *violations = json_object_new_array();

	json_add_str(j, "file", r->file);
	json_add_str(j, "as", r->service ? offline_kind_name(AS_COMPOSE) : offline_kind_name(in->kind));
	add_text(j, "service", r->service);
	add_text(j, "name", v->container ? v->container->name : NULL);
	add_text(j, "id", v->container ? v->container->id : NULL);
	if (in->kind == AS_REQUEST) {
		json_add_str(j, "method", json_get_str(in->doc, "RequestMethod"));
		json_add_str(j, "path", v->path ? v->path : json_get_str(in->doc, "RequestUri"));
	}
	add_violations(violations, &v->on_request);
	add_violations(violations, &v->on_container);
	json_object_object_add(j, "violations", violations);
	if (r->explain)
		json_object_object_add(j, "explanation", json_object_get(r->explanation));
	json_object_object_add(j, "violated", json_object_new_boolean(violated));
	if (v->unreadable)
		json_add_str(j, "unreadable", v->reason.s);
	if (in->kind == AS_REQUEST)
		json_object_object_add(j, "allowed", json_object_new_boolean(!v->refused));
	print_json(stdout, j, JSON_C_TO_STRING_PRETTY);
}

/* ---- for people ---- */

static void print_explanation(struct json_object *j)
{
	struct json_object *saw = json_get(j, "saw");

	print_line(stdout, "  rule \"%s\" %s", json_get_str(j, "rule"), json_get_str(j, "result"));
	for (size_t i = 0; i < json_object_array_length(saw); i++) {
		print_text(stdout, "      ");
		print_escaped(stdout, json_str_at(saw, i));
		print_end(stdout);
	}
}

static void print_coloured(const char *before, enum colour colour, const char *text, const char *after)
{
	print_text(stdout, "%s", before);
	print_colour(stdout, colour);
	print_text(stdout, "%s", text);
	print_colour(stdout, COLOUR_NONE);
	print_line(stdout, "%s", after);
}

static void print_violations(const char *before, const struct verdict *v)
{
	for (size_t i = 0; i < v->count; i++) {
		const struct violation *x = &v->items[i];
		const char *why = x->error ? x->error : x->message;
		AUTO(free_charp)
		char *what = mem_printf("%s: %s", x->error ? "failed" : "violates", x->rule->name);
		AUTO(free_charp) char *because = mem_printf("%s%s", why ? ": " : "", why ? why : "");

		print_coloured(before, COLOUR_RED, what, because);
	}
}

static void print_for_people(const struct judge_report *r, const struct offline_input *in,
			     const struct authz_result *v, bool violated)
{
	AUTO(buf_free) struct buf name = {0};
	AUTO(free_charp) char *before = NULL;

	put_name(r, in, v, &name);
	before = mem_printf("%s: %s: ", r->file, name.s);
	for (size_t i = 0; i < json_object_array_length(r->explanation); i++)
		print_explanation(json_object_array_get_idx(r->explanation, i));
	print_violations(before, &v->on_request);
	print_violations(before, &v->on_container);
	if (v->unreadable)
		print_line(stdout, "%s%s", before, v->reason.s);
	else if (!violated)
		print_coloured(before, COLOUR_GREEN, "violates nothing", "");
}

static void report_unevaluated(const struct judge_report *r, const struct offline_input *in)
{
	const struct rule_list *list = &r->policy->lists[FILE_RULES];

	for (size_t i = 0; !in->metrics && i < list->count; i++)
		if (list->items[i].enabled && list->items[i].needs & NEED_METRICS)
			print_error("judge: %s: rule \"%s\" reads metrics; give --metrics FILE", r->file,
				    list->items[i].name);
}

bool judge_report_verdict(struct judge_report *r, const struct offline_input *in,
			  const struct authz_result *verdict)
{
	bool violated = verdict->on_request.count || verdict->on_container.count || verdict->unreadable;

	report_unevaluated(r, in);
	if (r->json)
		print_as_json(r, in, verdict, violated);
	else
		print_for_people(r, in, verdict, violated);
	return violated;
}
