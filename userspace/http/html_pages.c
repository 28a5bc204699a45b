/* Detections, containers and configuration for people. */
#include "html_internal.h"
#include "base/json.h"
#include "base/text.h"

#include <string.h>
#include <strings.h>

static void put_member(struct json_object *row, const char *key, struct buf *out)
{
	html_text(out, json_get_str(row, key));
}

static void put_long(struct json_object *row, const char *key, struct buf *out)
{
	html_long_text(out, json_get_str(row, key));
}

/* A link to its page; of one that was only asked for there is none. */
static void put_name(const char *name, const char *id, struct buf *out)
{
	buf_puts(out, "<strong>");
	if (*id) {
		buf_puts(out, "<a href=\"/containers/");
		html_path(out, id);
		buf_puts(out, "\">");
	}
	html_long_text(out, name + (*name == '/'));
	buf_puts(out, *id ? "</a></strong>" : "</strong>");
}

/* A container's name, and the beginning of its id below it. */
static void cell_name(const struct page_context *c, struct json_object *row, struct buf *out)
{
	const char *name = json_get_str(row, "name"), *id = json_get_str(row, "id");

	(void)c;
	put_name(name, id, out);
	buf_puts(out, "<small title=\"");
	html_text(out, id);
	AUTO(free_charp) char *beginning = mem_printf("%.12s", id);
	buf_puts(out, "\">");
	html_text(out, beginning);
	buf_puts(out, "</small>");
	if (*json_get_str(row, "image")) {
		buf_puts(out, "<small>");
		put_long(row, "image", out);
		buf_puts(out, "</small>");
	}
	json_object_object_foreach (row, key, labels) {
		if (strcmp(key, "labels") != 0 || !json_object_is_type(labels, json_type_object))
			continue;
		json_object_object_foreach (labels, label, value) {
			AUTO(free_charp) char *text = mem_printf("%s=%s", label, json_str(value));

			buf_puts(out, "<small>");
			html_long_text(out, text);
			buf_puts(out, "</small>");
		}
	}
}

/* ---- detections ---- */

static void cell_rule(const struct page_context *c, struct json_object *row, struct buf *out)
{
	struct json_object *rule = json_get(row, "violated_rule");
	const char *error = json_get_str(row, "error"), *message = json_get_str(row, "message");

	(void)c;
	for (size_t i = 0; i < json_count(rule); i++) {
		html_long_text(out, json_str_at(rule, i));
	}
	if (json_object_is_type(rule, json_type_string))
		html_long_text(out, json_object_get_string(rule));
	if (*error) {
		AUTO(free_charp) char *text = mem_printf("the rule failed: %s", error);

		buf_puts(out, "<small class=\"bad\">");
		html_long_text(out, text);
		buf_puts(out, "</small>");
	} else if (*message) {
		buf_puts(out, "<small>");
		html_long_text(out, message);
		buf_puts(out, "</small>");
	}
}

static void cell_source(const struct page_context *c, struct json_object *row, struct buf *out)
{
	(void)c;
	put_member(row, "source", out);
}

static void cell_owner(const struct page_context *c, struct json_object *row, struct buf *out)
{
	(void)c;
	put_long(row, "owner", out);
}

static void cell_count(const struct page_context *c, struct json_object *row, struct buf *out)
{
	(void)c;
	buf_printf(out, "%lld", (long long)json_get_int(row, "count"));
}

static void put_time(struct json_object *row, const char *key, struct buf *out)
{
	html_time(out, json_get_str(row, key));
}

static void cell_first(const struct page_context *c, struct json_object *row, struct buf *out)
{
	(void)c;
	put_time(row, "first_timestamp", out);
}

static void cell_last(const struct page_context *c, struct json_object *row, struct buf *out)
{
	(void)c;
	put_time(row, "last_timestamp", out);
}

static void cell_action(const struct page_context *c, struct json_object *row, struct buf *out)
{
	const char *action = json_get_str(row, "action");

	(void)c;
	if (*json_get_str(row, "action_at")) {
		buf_puts(out, "<small>not yet: at ");
		put_time(row, "action_at", out);
		buf_puts(out, "</small>");
		return;
	}
	if (!*action) {
		buf_puts(out, "<small>warned</small>");
		return;
	}
	html_text(out, action);
	if (*json_get_str(row, "action_timestamp")) {
		buf_puts(out, "<br><small>");
		put_time(row, "action_timestamp", out);
		buf_puts(out, "</small>");
	}
}

static const struct html_column detection_columns[] = {
	{"Container", NULL, NULL, cell_name},	    {"Violated rule", NULL, NULL, cell_rule},
	{"Done", NULL, NULL, cell_action},	    {"Found by", NULL, NULL, cell_source},
	{"Owner", NULL, NULL, cell_owner},	    {"Times", "count", "number", cell_count},
	{"First seen", NULL, "number", cell_first}, {"Last seen", NULL, "number", cell_last},
};

static void cell_exempt_rule(const struct page_context *c, struct json_object *row, struct buf *out)
{
	(void)c;
	put_long(row, "rule", out);
}

static void cell_exempt_by(const struct page_context *c, struct json_object *row, struct buf *out)
{
	(void)c;
	put_long(row, "exempt_by", out);
	if (*json_get_str(row, "reason")) {
		buf_puts(out, "<small>");
		put_long(row, "reason", out);
		buf_puts(out, "</small>");
	}
}

static void cell_expires(const struct page_context *c, struct json_object *row, struct buf *out)
{
	(void)c;
	if (*json_get_str(row, "expires"))
		put_time(row, "expires", out);
	else
		buf_puts(out, "never");
}

static const struct html_column exemption_columns[] = {
	{"Container", NULL, NULL, cell_name},	   {"Rule", NULL, NULL, cell_exempt_rule},
	{"Exempt by", NULL, NULL, cell_exempt_by}, {"Answers for it", NULL, NULL, cell_owner},
	{"Expires", NULL, NULL, cell_expires},	   {"Times", "count", "number", cell_count},
	{"Last seen", NULL, "number", cell_last},
};

#define FILTER_INPUT                                                                                         \
	"<input type=\"search\" id=\"filter\" name=\"filter\" placeholder=\"Filter: words, or "              \
	"rule:memory\" "                                                                                     \
	"aria-label=\"Filter rows: words, or column:word\">"
#define NOTHING_MATCHES                                                                                      \
	"<p class=\"empty\" id=\"nothing\" role=\"status\" hidden>Nothing matches the filter.</p>\n"

static void put_choice(const char *name, const char *text, bool on, struct buf *out)
{
	buf_printf(out, "<label><input type=\"checkbox\" name=\"%s\" value=\"1\"%s> %s</label>", name,
		   on ? " checked" : "", text);
}

static void put_filter(const struct page_context *c, struct buf *out)
{
	const struct page_query *q = c->query;

	buf_printf(out,
		   "<form class=\"tools\" method=\"get\" action=\"%s\">"
		   "%s",
		   c->path, FILTER_INPUT);
	put_choice("show_all_violated_rules", "all rules", q->show_all_violated_rules, out);
	put_choice("show_image_and_labels", "image and labels", q->show_image_and_labels, out);
	put_choice("show_exemptions", "exemptions", q->show_exemptions, out);
	buf_puts(out, "<button type=\"submit\">Show</button></form>\n");
}

static void put_last_check(const struct page_context *c, struct buf *out)
{
	buf_puts(out, "<p class=\"note\">");
	if (*json_get_str(c->doc, "last_full_check_run_timestamp_start")) {
		buf_puts(out, "Last full check ");
		put_time(c->doc, "last_full_check_run_timestamp_start", out);
		buf_puts(out, ", took ");
		put_member(c->doc, "last_full_check_run_time", out);
	} else {
		buf_puts(out, "There was no full check yet");
	}
	buf_printf(out, ". Containers that are known: %zu; stopped since the start: %llu.</p>\n",
		   inventory_count(c->e->inventory),
		   (unsigned long long)ledger_stopped(c->e->outlets.ledger));
}

void html_detections(const struct page_context *c, struct buf *out)
{
	put_filter(c, out);
	buf_puts(out, NOTHING_MATCHES "<div id=\"live\">\n");
	if (!strcmp(c->path, "/")) {
		html_now(c, out);
		buf_puts(out, "<h2>What was found</h2>\n");
	}
	put_last_check(c, out);
	html_table(c, detection_columns, ARRAY_LEN(detection_columns), json_get(c->doc, "detections"),
		   "Nothing was found to violate a rule.", out);
	if (c->query->show_exemptions) {
		buf_puts(out, "<h2>Exemptions</h2>\n");
		html_table(c, exemption_columns, ARRAY_LEN(exemption_columns), json_get(c->doc, "exemptions"),
			   "No exemption has counted yet.", out);
	}
	buf_puts(out, "</div>\n");
}

/* ---- containers ---- */

static void put_meter(const char *what, struct json_object *row, double value, double max, struct buf *out)
{
	buf_printf(out,
		   "<meter min=\"0\" max=\"%.17g\" low=\"%.17g\" high=\"%.17g\" optimum=\"0\" "
		   "value=\"%.17g\" aria-label=\"%s of ",
		   max, max * 0.75, max * 0.9, value < max ? value : max, what);
	put_member(row, "name", out);
	buf_puts(out, "\"></meter> ");
}

static void cell_cpu(const struct page_context *c, struct json_object *row, struct buf *out)
{
	struct json_object *v = html_find(row, "metrics.cpu_percent");
	double cpus = json_object_get_double(html_find(row, "metrics.cpu_stats.online_cpus"));

	(void)c;
	if (!v) {
		buf_puts(out, "&ndash;");
		return;
	}
	put_meter("CPU", row, json_object_get_double(v), 100 * (cpus > 0 ? cpus : 1), out);
	html_number(out, json_object_get_double(v), 1);
	buf_puts(out, " %");
}

static void cell_memory(const struct page_context *c, struct json_object *row, struct buf *out)
{
	struct json_object *usage = html_find(row, "metrics.memory_stats.usage");
	double limit = json_object_get_double(html_find(row, "metrics.memory_stats.limit"));

	(void)c;
	if (!usage) {
		buf_puts(out, "&ndash;");
		return;
	}
	if (limit > 0)
		put_meter("memory", row, json_object_get_double(usage), limit, out);
	html_bytes(out, json_object_get_double(usage));
	if (limit > 0) {
		buf_puts(out, "<br><small>of ");
		html_bytes(out, limit);
		buf_puts(out, "</small>");
	}
}

static void cell_pids(const struct page_context *c, struct json_object *row, struct buf *out)
{
	struct json_object *v = html_find(row, "metrics.pids_stats.current");

	(void)c;
	if (v)
		buf_printf(out, "%lld", (long long)json_object_get_int64(v));
	else
		buf_puts(out, "&ndash;");
}

static void cell_started(const struct page_context *c, struct json_object *row, struct buf *out)
{
	(void)c;
	put_time(row, "started", out);
}

static void put_violation(struct json_object *v, struct buf *out)
{
	buf_puts(out, "<span class=\"bad\">");
	put_long(v, "rule", out);
	buf_puts(out, "</span><small>for ");
	html_seconds(out, json_object_get_double(json_get(v, "for_s")));
	buf_puts(out, "</small>");
}

/* The gravest, which is first; the others on demand. */
static void cell_violations(const struct page_context *c, struct json_object *row, struct buf *out)
{
	struct json_object *list = json_get(row, "violations");
	size_t n = json_count(list);

	(void)c;
	if (!n) {
		buf_puts(out, "<small>none</small>");
		return;
	}
	put_violation(json_object_array_get_idx(list, 0), out);
	if (n == 1)
		return;
	buf_printf(out, " <details class=\"more\"><summary>and %zu more</summary>", n - 1);
	for (size_t i = 1; i < n; i++) {
		put_violation(json_object_array_get_idx(list, i), out);
		buf_puts(out, "<br>");
	}
	buf_puts(out, "</details>");
}

static void cell_done(const struct page_context *c, struct json_object *row, struct buf *out)
{
	if (*json_get_str(row, "action") || json_count(json_get(row, "violations")))
		cell_action(c, row, out);
}

static const struct html_column container_columns[] = {
	{"Container", "position", NULL, cell_name},
	{"CPU", "metrics.cpu_percent", "number", cell_cpu},
	{"Memory", "metrics.memory_stats.usage", "number", cell_memory},
	{"Processes", "metrics.pids_stats.current", "number", cell_pids},
	{"Owner", NULL, NULL, cell_owner},
	{"Rules broken", NULL, NULL, cell_violations},
	{"Done", NULL, NULL, cell_done},
	{"Started", NULL, "number", cell_started},
};

void html_container_table(const struct page_context *c, struct json_object *rows, struct buf *out)
{
	html_table(c, container_columns, ARRAY_LEN(container_columns), rows, "No container is running.", out);
}

void html_containers(const struct page_context *c, struct buf *out)
{
	buf_puts(out, "<form class=\"tools\" method=\"get\">" FILTER_INPUT "</form>\n");
	buf_puts(out, NOTHING_MATCHES "<div id=\"live\">\n");
	buf_printf(out, "<p class=\"note\">Running containers: %zu. CPU is in percent of one CPU.</p>\n",
		   json_count(c->doc));
	html_container_table(c, c->doc, out);
	buf_puts(out, "</div>\n");
}

/* ---- configuration ---- */

void html_config(const struct page_context *c, struct buf *out)
{
	buf_puts(out,
		 "<p class=\"note\">Options are environment variables, read at start. What differs from the "
		 "default is marked.</p>\n<table><thead><tr><th>Option</th><th>Value</th><th>Meaning</th>"
		 "</tr></thead>\n<tbody>\n");
	json_object_object_foreach (c->doc, name, value) {
		const char *text = json_object_get_string(value), *fallback = config_default(name);
		/* True and False of the environment are true and false here */
		bool changed = fallback && strcasecmp(fallback, text) != 0;

		buf_printf(out, "<tr%s><td data-label=\"Option\"><code>",
			   changed ? " class=\"changed\"" : "");
		html_text(out, name);
		buf_puts(out, "</code></td><td data-label=\"Value\"><code>");
		html_text(out, text);
		buf_puts(out, "</code></td><td data-label=\"Meaning\">");
		html_text(out, fallback ? config_help(name) : "found out at start");
		buf_puts(out, "</td></tr>\n");
	}
	buf_puts(out, "</tbody></table>\n");
}
