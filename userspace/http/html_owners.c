/* Owners for people: a table of all, and a person's page. */
#include "html_internal.h"
#include "base/json.h"
#include "owners_internal.h"

static void cell_owner(const struct page_context *c, struct json_object *row, struct buf *out)
{
	const char *owner = json_get_str(row, "owner");

	(void)c;
	buf_puts(out, "<a href=\"/owners/");
	html_path(out, owner);
	buf_puts(out, "\"><strong>");
	html_long_text(out, owner);
	buf_puts(out, "</strong></a>");
}

static void put_count(struct json_object *row, const char *key, struct buf *out)
{
	buf_printf(out, "%lld", (long long)json_get_int(row, key));
}

static void cell_running(const struct page_context *c, struct json_object *row, struct buf *out)
{
	(void)c;
	put_count(row, "running", out);
	buf_puts(out, "<small>of ");
	put_count(row, "containers", out);
	buf_puts(out, "</small>");
}

static void cell_cpu(const struct page_context *c, struct json_object *row, struct buf *out)
{
	(void)c;
	html_number(out, json_object_get_double(json_get(row, "cpu_percent")), 1);
	buf_puts(out, " %");
}

static void cell_memory(const struct page_context *c, struct json_object *row, struct buf *out)
{
	(void)c;
	html_bytes(out, (double)json_get_int(row, "memory"));
}

static void cell_limits(const struct page_context *c, struct json_object *row, struct buf *out)
{
	(void)c;
	html_bytes(out, (double)json_get_int(row, "memory_limits"));
	if (!json_get_int(row, "unlimited"))
		return;
	buf_puts(out, "<small>and ");
	put_count(row, "unlimited", out);
	buf_puts(out, " without a limit</small>");
}

static void cell_pids(const struct page_context *c, struct json_object *row, struct buf *out)
{
	(void)c;
	put_count(row, "pids", out);
}

static void cell_things(const struct page_context *c, struct json_object *row, struct buf *out)
{
	(void)c;
	put_count(row, "volumes", out);
	buf_puts(out, " / ");
	put_count(row, "networks", out);
}

static void cell_violating(const struct page_context *c, struct json_object *row, struct buf *out)
{
	(void)c;
	buf_puts(out, json_get_int(row, "violating") ? "<span class=\"bad\">" : "<span>");
	put_count(row, "violating", out);
	buf_puts(out, "</span>");
}

static void cell_since(const struct page_context *c, struct json_object *row, struct buf *out)
{
	(void)c;
	if (*json_get_str(row, "since"))
		html_time(out, json_get_str(row, "since"));
	else
		buf_puts(out, "&ndash;");
}

static const struct html_column owner_columns[] = {
	{"Owner", NULL, NULL, cell_owner},
	{"Running", "running", "number", cell_running},
	{"CPU", "cpu_percent", "number", cell_cpu},
	{"Memory", "memory", "number", cell_memory},
	{"Promised", "memory_limits", "number", cell_limits},
	{"Processes", "pids", "number", cell_pids},
	{"Volumes / networks", "volumes", "number", cell_things},
	{"Breaking rules", "violating", "number", cell_violating},
	{"Since", NULL, "number", cell_since},
};

void html_owners(const struct page_context *c, struct buf *out)
{
	buf_puts(out, "<div id=\"live\">\n<p class=\"note\">Whose containers use how much now. Promised is "
		      "what their limits on memory come to.</p>\n");
	html_table(c, owner_columns, ARRAY_LEN(owner_columns), c->doc, "Nobody has anything.", out);
	buf_puts(out, "</div>\n");
}

/* ---- one person ---- */

static void cell_kind(const struct page_context *c, struct json_object *row, struct buf *out)
{
	(void)c;
	html_text(out, json_get_str(row, "kind"));
}

static void cell_id(const struct page_context *c, struct json_object *row, struct buf *out)
{
	(void)c;
	html_long_text(out, json_get_str(row, "id"));
}

static void cell_maker(const struct page_context *c, struct json_object *row, struct buf *out)
{
	(void)c;
	html_long_text(out, json_get_str(row, "made_by"));
}

static const struct html_column thing_columns[] = {
	{"Kind", NULL, NULL, cell_kind},
	{"Id or name", NULL, NULL, cell_id},
	{"Made by", NULL, NULL, cell_maker},
	{"Since", NULL, "number", cell_since},
};

void html_owner(const struct page_context *c, struct buf *out)
{
	struct json_object *all = json_object_new_array();

	json_object_array_add(all, json_object_get(c->doc));
	buf_puts(out, "<div id=\"live\">\n");
	html_table(c, owner_columns, ARRAY_LEN(owner_columns), all, "", out);
	buf_puts(out, "<h2>Running</h2>\n");
	html_container_table(c, json_get(c->doc, "now"), out);
	buf_puts(out, "<h2>All that is theirs</h2>\n");
	html_table(c, thing_columns, ARRAY_LEN(thing_columns), json_get(c->doc, "things"),
		   "Nothing is known to be theirs.", out);
	buf_puts(out, "</div>\n");
	json_object_put(all);
}
