/* The top of the first page: what needs me now. */
#include "html_internal.h"
#include "base/json.h"
#include "base/text.h"
#include "now_internal.h"

static void put_figures(struct json_object *figures, struct buf *out)
{
	buf_puts(out, "<ul class=\"figures\">");
	for (size_t i = 0; i < json_count(figures); i++) {
		struct json_object *f = json_object_array_get_idx(figures, i);

		buf_printf(out, "<li><strong%s>%lld</strong><span>%s</span></li>",
			   json_object_get_boolean(json_get(f, "bad")) ? " class=\"bad\"" : "",
			   (long long)json_get_int(f, "value"), json_get_str(f, "title"));
	}
	buf_puts(out, "</ul>\n");
}

static void put_choices(const struct page_context *c, struct buf *out)
{
	buf_puts(out, "<p class=\"note\">By");
	for (int by = 0; by < NOW_BYS; by++)
		buf_printf(out, "%s <a href=\"%s?by=%s\"%s>%s</a>", by ? "," : "", c->path,
			   now_by_name((enum now_by)by),
			   by == (int)c->query->by ? " aria-current=\"true\"" : "",
			   now_by_name((enum now_by)by));
	buf_puts(out, "</p>\n");
}

static void cell_container(const struct page_context *c, struct json_object *row, struct buf *out)
{
	const char *name = json_get_str(row, "name");

	(void)c;
	buf_puts(out, "<strong>");
	html_long_text(out, name + (*name == '/'));
	buf_puts(out, "</strong>");
}

static void cell_rule(const struct page_context *c, struct json_object *row, struct buf *out)
{
	(void)c;
	html_long_text(out, json_get_str(row, "rule"));
}

static void cell_owner(const struct page_context *c, struct json_object *row, struct buf *out)
{
	(void)c;
	html_long_text(out, json_get_str(row, "owner"));
}

static void cell_since(const struct page_context *c, struct json_object *row, struct buf *out)
{
	(void)c;
	html_seconds(out, json_object_get_double(json_get(row, "for_s")));
}

static void cell_done(const struct page_context *c, struct json_object *row, struct buf *out)
{
	bool enforced = json_object_get_boolean(json_get(row, "enforced"));

	(void)c;
	html_text(out, *json_get_str(row, "action") ? json_get_str(row, "action")
		       : enforced		    ? "is acted upon"
						    : "warned");
}

static const struct html_column columns[] = {
	{"Container", NULL, NULL, cell_container}, {"Rule", NULL, NULL, cell_rule},
	{"Owner", NULL, NULL, cell_owner},	   {"For", "for_s", "number", cell_since},
	{"Done", NULL, NULL, cell_done},
};

/* How many of it, and what is done about them. */
static void put_summary(struct json_object *g, struct buf *out)
{
	struct json_object *rows = json_get(g, "rows"), *first = json_object_array_get_idx(rows, 0);
	size_t n = json_count(rows);

	html_long_text(out, json_get_str(g, "key"));
	buf_printf(out, "<span>%zu violation%s</span><span class=\"%s\">%s</span>", n, n == 1 ? "" : "s",
		   json_object_get_boolean(json_get(first, "enforced")) ? "bad" : "note",
		   json_object_get_boolean(json_get(first, "enforced")) ? "enforced" : "warned");
	if (*json_get_str(first, "severity")) {
		buf_puts(out, "<span class=\"note\">");
		html_text(out, json_get_str(first, "severity"));
		buf_puts(out, "</span>");
	}
}

static void put_group(const struct page_context *c, struct json_object *g, struct buf *out)
{
	buf_puts(out, "<details class=\"group\" data-key=\"");
	html_text(out, json_get_str(g, "key"));
	buf_puts(out, "\"><summary>");
	put_summary(g, out);
	buf_puts(out, "</summary>\n");
	html_table(c, columns, ARRAY_LEN(columns), json_get(g, "rows"), "", out);
	buf_puts(out, "</details>\n");
}

void html_now(const struct page_context *c, struct buf *out)
{
	AUTO(json_putp) struct json_object *now = now_read(c->e, c->query->by);
	struct json_object *groups = json_get(now, "groups");

	put_figures(json_get(now, "figures"), out);
	buf_puts(out, "<h2>Violated now</h2>\n");
	if (!json_count(groups)) {
		buf_puts(out, "<p class=\"empty\">No container violates a rule.</p>\n");
		return;
	}
	put_choices(c, out);
	for (size_t i = 0; i < json_count(groups); i++)
		put_group(c, json_object_array_get_idx(groups, i), out);
}
