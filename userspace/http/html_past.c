/* What happened, for people. */
#include "base/json.h"
#include "html_internal.h"
#include "past_internal.h"

#include <string.h>

static void cell_time(const struct page_context *c, struct json_object *row, struct buf *out)
{
	(void)c;
	html_time(out, json_get_str(row, "time"));
}

static void cell_kind(const struct page_context *c, struct json_object *row, struct buf *out)
{
	(void)c;
	html_text(out, json_get_str(row, "kind"));
}

static void cell_container(const struct page_context *c, struct json_object *row, struct buf *out)
{
	const char *name = json_get_str(row, "name");

	(void)c;
	if (!*name)
		return;
	buf_puts(out, "<a href=\"/containers/");
	html_path(out, json_get_str(row, "id"));
	buf_puts(out, "\">");
	html_long_text(out, name + (*name == '/'));
	buf_puts(out, "</a>");
}

/* A link to what happened to all of that owner, or by that rule. */
static void put_link(const char *by, const char *value, struct buf *out)
{
	if (!*value)
		return;
	buf_printf(out, "<a href=\"/history?%s=", by);
	html_path(out, value);
	buf_puts(out, "\">");
	html_long_text(out, value);
	buf_puts(out, "</a>");
}

static void cell_owner(const struct page_context *c, struct json_object *row, struct buf *out)
{
	(void)c;
	put_link("owner", json_get_str(row, "owner"), out);
}

static void cell_rule(const struct page_context *c, struct json_object *row, struct buf *out)
{
	(void)c;
	put_link("rule", json_get_str(row, "rule"), out);
}

static void cell_what(const struct page_context *c, struct json_object *row, struct buf *out)
{
	(void)c;
	html_long_text(out, json_get_str(row, "what"));
	if (*json_get_str(row, "detail")) {
		buf_puts(out, "<small>");
		html_long_text(out, json_get_str(row, "detail"));
		buf_puts(out, "</small>");
	}
}

static void cell_count(const struct page_context *c, struct json_object *row, struct buf *out)
{
	(void)c;
	if (json_get_int(row, "count") > 1)
		buf_printf(out, "%lld", (long long)json_get_int(row, "count"));
}

static const struct html_column columns[] = {
	{"Time", NULL, NULL, cell_time},	   {"Kind", NULL, NULL, cell_kind},
	{"Container", NULL, NULL, cell_container}, {"Owner", NULL, NULL, cell_owner},
	{"Rule", NULL, NULL, cell_rule},	   {"What", NULL, NULL, cell_what},
	{"Count", "count", "number", cell_count},
};

void html_past_table(const struct page_context *c, struct json_object *events, struct buf *out)
{
	html_table(c, columns, ARRAY_LEN(columns), events, "Nothing happened, or STATE_DIR is empty.", out);
}

void html_past(const struct page_context *c, struct buf *out)
{
	buf_puts(out, "<div id=\"live\">\n<p class=\"note\">What happened, the latest first: a thousand "
		      "lines at most; "
		      "<code>?since=7d</code>, <code>owner=</code>, <code>rule=</code>, "
		      "<code>container=</code> choose; "
		      "<code>docker-enforcer history</code> has all.</p>\n");
	html_past_table(c, c->doc, out);
	buf_puts(out, "</div>\n");
}
