/* One container, for people. */
#include "base/json.h"
#include "html_internal.h"
#include "one_internal.h"
#include "past_internal.h"

static void cell_rule(const struct page_context *c, struct json_object *row, struct buf *out)
{
	(void)c;
	buf_puts(out, "<strong>");
	html_long_text(out, json_get_str(row, "rule"));
	buf_puts(out, "</strong><small>");
	html_long_text(out, json_get_str(row, "plain"));
	buf_puts(out, "</small>");
}

static void cell_state(const struct page_context *c, struct json_object *row, struct buf *out)
{
	(void)c;
	if (!json_object_get_boolean(json_get(row, "violated"))) {
		buf_puts(out, "kept");
		return;
	}
	buf_puts(out, "<span class=\"bad\">violated</span> for ");
	html_seconds(out, json_object_get_double(json_get(row, "for_s")));
}

static void cell_enforced(const struct page_context *c, struct json_object *row, struct buf *out)
{
	(void)c;
	buf_puts(out, json_object_get_boolean(json_get(row, "enforced")) ? "enforced" : "warns");
}

static const struct html_column rule_columns[] = {
	{"Rule", NULL, NULL, cell_rule},
	{"Now", NULL, NULL, cell_state},
	{"Mode", NULL, NULL, cell_enforced},
};

static void put_view(const char *title, struct json_object *view, struct buf *out)
{
	buf_puts(out, "<details><summary>");
	html_text(out, title);
	buf_puts(out, "</summary><pre tabindex=\"0\">");
	html_json(out, view,
		  JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE);
	buf_puts(out, "</pre></details>\n");
}

static void put_running(const struct page_context *c, struct buf *out)
{
	struct json_object *all = json_object_new_array(), *views = json_get(c->doc, "views");

	json_object_array_add(all, json_object_get(c->doc));
	html_container_table(c, all, out);
	json_object_put(all);
	buf_puts(out, "<h2>Rules</h2>\n");
	html_table(c, rule_columns, ARRAY_LEN(rule_columns), json_get(c->doc, "rules"), "There are no rules.",
		   out);
	buf_puts(out, "<h2>What it is</h2>\n");
	put_view("limits", json_get(c->doc, "limits"), out);
	json_object_object_foreach (views, name, view) {
		put_view(name, view, out);
	}
}

void html_one(const struct page_context *c, struct buf *out)
{
	const char *name = json_get_str(c->doc, "name");

	buf_puts(out, "<div id=\"live\">\n<h2>");
	html_long_text(out, name + (*name == '/'));
	buf_puts(out, "</h2>\n");
	if (json_object_get_boolean(json_get(c->doc, "running")))
		put_running(c, out);
	else
		buf_puts(out, "<p class=\"note\">It does not run any more.</p>\n");
	buf_puts(out, "<h2>What happened</h2>\n");
	html_past_table(c, json_get(c->doc, "history"), out);
	buf_puts(out, "</div>\n");
}
