/* Frame, tables and escaping of the HTML pages. */
#include "html_internal.h"
#include "base/json.h"
#include "base/text.h"
#include "base/version.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

/* assets.S */
extern const char ui_css[], ui_js[];
extern const size_t ui_css_size, ui_js_size;

static void put_markup(struct buf *out, const char *s)
{
	static const struct {
		char c;
		const char *entity;
	} entities[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};

	while (*s) {
		size_t plain = strcspn(s, "&<>\"'");

		buf_add(out, s, plain);
		s += plain;
		for (size_t i = 0; *s && i < ARRAY_LEN(entities); i++)
			if (entities[i].c == *s)
				buf_puts(out, entities[i].entity);
		s += *s != 0;
	}
}

void html_text(struct buf *out, const char *s)
{
	AUTO(buf_free) struct buf seen = {0};

	buf_escape(&seen, s, strlen(s));
	put_markup(out, seen.s ? seen.s : "");
}

void html_long_text(struct buf *out, const char *s)
{
	buf_puts(out, "<span class=\"text\" title=\"");
	html_text(out, s);
	buf_puts(out, "\">");
	html_text(out, s);
	buf_puts(out, "</span>");
}

/* The offset of the server's zone at a time that is written without one: "+02:00". */
static void put_offset(struct buf *out, const char *s)
{
	struct tm tm = {.tm_isdst = -1};
	char offset[16];

	if (!strptime(s, "%Y-%m-%dT%H:%M:%S", &tm) && !strptime(s, "%Y-%m-%d %H:%M:%S", &tm))
		return;
	mktime(&tm);
	strftime(offset, sizeof(offset), "%z", &tm);
	buf_printf(out, "%.3s:%s", offset, offset + 3);
}

void html_time(struct buf *out, const char *s)
{
	const char *zone = strlen(s) < 19 ? NULL : strpbrk(s + 19, "+-Z");
	char second[20] = "";
	AUTO(buf_free) struct buf offset = {0};

	if (strlen(s) < 19) {
		html_text(out, s);
		return;
	}
	memcpy(second, s, 19);
	second[10] = ' ';
	if (zone)
		buf_puts(&offset, zone);
	else
		put_offset(&offset, s);
	buf_puts(out, "<time datetime=\"");
	html_text(out, s);
	html_text(out, zone ? "" : (offset.s ? offset.s : ""));
	buf_puts(out, "\">");
	html_text(out, second);
	buf_puts(out, " ");
	html_text(out, (offset.s ? offset.s : ""));
	buf_puts(out, "</time>");
}

void html_path(struct buf *out, const char *s)
{
	for (; *s; s++)
		if (isalnum((unsigned char)*s) || strchr("-._~", *s))
			buf_add(out, s, 1);
		else
			buf_printf(out, "%%%02X", (unsigned)(unsigned char)*s);
}

void html_json(struct buf *out, struct json_object *j, int flags)
{
	AUTO(buf_free) struct buf seen = {0};
	const char *text;
	size_t len;

	text = json_object_to_json_string_length(j, flags | JSON_C_TO_STRING_NOSLASHESCAPE, &len);
	buf_escape_json(&seen, text, len);
	put_markup(out, seen.s);
}

void html_number(struct buf *out, double v, int decimals)
{
	buf_printf(out, "%.*f", decimals, v);
}

void html_bytes(struct buf *out, double bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	size_t unit = 0;

	while (bytes >= 1024 && unit + 1 < ARRAY_LEN(units)) {
		bytes /= 1024;
		unit++;
	}
	buf_printf(out, "%.*f %s", unit && bytes < 100 ? 1 : 0, bytes, units[unit]);
}

void html_seconds(struct buf *out, double s)
{
	static const struct {
		double length;
		const char *name;
	} units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
	size_t unit = 0;

	while (unit + 1 < ARRAY_LEN(units) && s < 2 * units[unit].length)
		unit++;
	buf_printf(out, "%.0f %s", s / units[unit].length, units[unit].name);
}

struct json_object *html_find(struct json_object *row, const char *path)
{
	char key[64];

	while (row && *path) {
		size_t len = strcspn(path, ".");

		if (len >= sizeof(key) || !json_object_is_type(row, json_type_object))
			return NULL;
		memcpy(key, path, len);
		key[len] = 0;
		row = json_get(row, key);
		path += len + (path[len] == '.');
	}
	return row;
}

/* What the row is known by when the page is updated. */
static const char *row_key(struct json_object *row)
{
	static const char *const keys[] = {"key", "id", "name"};
	size_t i = 0;

	while (i + 1 < ARRAY_LEN(keys) && !*json_get_str(row, keys[i]))
		i++;
	return json_get_str(row, keys[i]);
}

static void put_row(const struct page_context *c, const struct html_column *columns, size_t n,
		    struct json_object *row, struct buf *out)
{
	buf_puts(out, "<tr data-key=\"");
	html_text(out, row_key(row));
	html_text(out, json_get_str(row, "rule")); /* of a container's exemptions, each its own */
	buf_puts(out, "\">");
	for (size_t i = 0; i < n; i++) {
		buf_printf(out, "<td data-label=\"%s\"", columns[i].title);
		if (columns[i].css)
			buf_printf(out, " class=\"%s\"", columns[i].css);
		if (columns[i].sort)
			buf_printf(out, " data-sort=\"%.17g\"",
				   json_object_get_double(html_find(row, columns[i].sort)));
		buf_puts(out, ">");
		columns[i].cell(c, row, out);
		buf_puts(out, "</td>");
	}
	buf_puts(out, "</tr>\n");
}

void html_table(const struct page_context *c, const struct html_column *columns, size_t n,
		struct json_object *rows, const char *empty, struct buf *out)
{
	if (!json_count(rows)) {
		buf_printf(out, "<p class=\"empty\">%s</p>\n", empty);
		return;
	}
	buf_puts(out, "<table><thead><tr>");
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "<th scope=\"col\"%s%s%s><button type=\"button\">%s</button></th>",
			   columns[i].css ? " class=\"" : "", columns[i].css ? columns[i].css : "",
			   columns[i].css ? "\"" : "", columns[i].title);
	buf_puts(out, "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < json_count(rows); i++)
		put_row(c, columns, n, json_object_array_get_idx(rows, i), out);
	buf_puts(out, "</tbody></table>\n");
}

static void put_menu(const struct page *current, struct buf *out)
{
	const struct page *p;

	buf_puts(out, "<nav aria-label=\"Pages\">");
	for (size_t i = 0; (p = page_at(i)); i++)
		if (p->render && !page_is_of_one(p))
			buf_printf(out, "<a href=\"%s\"%s>%s</a>", p->path,
				   p == current ? " aria-current=\"page\"" : "", p->title);
	buf_puts(out, "<a href=\"/metrics\">Metrics</a></nav>");
}

void html_begin(const struct page *page, struct enforcer *e, struct buf *out)
{
	bool kill = e->config->mode == MODE_KILL;

	buf_printf(out,
		   "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		   "<meta name=\"color-scheme\" content=\"light dark\">\n"
		   "<title>%s - Docker Enforcer</title>\n<link rel=\"icon\" href=\"data:,\">\n"
		   "<link rel=\"stylesheet\" href=\"/ui.css\">\n<script src=\"/ui.js\" defer></script>\n"
		   "</head>\n<body>\n<header><a class=\"brand\" href=\"/\">Docker Enforcer</a>"
		   "<span class=\"mode %s\" title=\"%s\">%s</span>",
		   page->title, kill ? "kill" : "warn",
		   kill ? "violators are stopped" : "violators are shown and left running",
		   kill ? "KILL" : "WARN");
	put_menu(page, out);
	buf_printf(out, "</header>\n<main data-refresh=\"%u\">\n<h1>%s</h1>\n", page->refresh_s, page->title);
}

void html_end(struct enforcer *e, struct buf *out)
{
	buf_puts(out, "</main>\n<footer><span>");
	html_text(out, version_text());
	buf_printf(
		out,
		"</span><span>usage from %s</span><span class=\"%s\">%s</span></footer>\n</body>\n</html>\n",
		e->metrics ? metrics_source(e->metrics) : "nowhere (DISABLE_METRICS)",
		atomic_load(&e->events.connected) ? "fine" : "bad",
		atomic_load(&e->events.connected) ? "Docker is connected" : "Docker does not answer");
}

void html_missing(struct enforcer *e, struct buf *out)
{
	static const struct page missing = {.path = "", .title = "No such page"};

	html_begin(&missing, e, out);
	buf_puts(out,
		 "<p class=\"empty\">There is no page at this address. Those that there are stand in the "
		 "menu.</p>\n");
	html_end(e, out);
}

const char *html_asset(const char *path, struct buf *out)
{
	if (!strcmp(path, "/ui.css")) {
		buf_add(out, ui_css, ui_css_size);
		return "text/css; charset=utf-8";
	}
	if (!strcmp(path, "/ui.js")) {
		buf_add(out, ui_js, ui_js_size);
		return "text/javascript; charset=utf-8";
	}
	return NULL;
}
