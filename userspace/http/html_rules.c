/* Rule files and triggers for people. */
#include "html_internal.h"
#include "base/json.h"
#include "base/text.h"
#include "enforce/policy.h"
#include "rules/plain.h"

#include <string.h>

static void cell_count(const struct page_context *c, struct json_object *row, struct buf *out)
{
	buf_printf(out, "%llu",
		   (unsigned long long)ledger_detections(c->e->outlets.ledger, json_get_str(row, "name")));
}

static void cell_name(const struct page_context *c, struct json_object *row, struct buf *out)
{
	struct json_object *enabled = json_get(row, "enabled");

	(void)c;
	buf_puts(out, "<strong>");
	html_text(out, json_get_str(row, "name"));
	buf_puts(out, "</strong>");
	if (enabled && !json_object_get_boolean(enabled))
		buf_puts(out, " <small>(not enabled)</small>");
	if (*json_get_str(row, "description")) {
		buf_puts(out, "<br>");
		html_text(out, json_get_str(row, "description"));
	}
	if (*json_get_str(row, "message")) {
		buf_puts(out, "<br><small>says: ");
		html_text(out, json_get_str(row, "message"));
		buf_puts(out, "</small>");
	}
}

/* What is set of a rule's optional keys: "mode kill, for 30s". */
static void cell_options(const struct page_context *c, struct json_object *row, struct buf *out)
{
	static const char *const keys[] = {"mode",  "action", "for",	 "severity",
					   "owner", "reason", "expires", "timeout"};
	bool first = true;

	(void)c;
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		if (!*json_get_str(row, keys[i]))
			continue;
		buf_printf(out, "%s%s ", first ? "" : "<br>", keys[i]);
		html_text(out, json_get_str(row, keys[i]));
		first = false;
	}
}

static void put_json(struct json_object *j, const char *summary, struct buf *out)
{
	buf_printf(out, "<details><summary>%s</summary><pre>", summary);
	html_json(out, j, JSON_C_TO_STRING_SPACED);
	buf_puts(out, "</pre></details>");
}

static enum rule_file kind_of(const char *path)
{
	static const struct {
		const char *path;
		enum rule_file kind;
	} kinds[] = {{"/request_rules", FILE_REQUEST_RULES},
		     {"/whitelist_rules", FILE_WHITELIST_RULES},
		     {"/triggers", FILE_TRIGGERS}};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (!strcmp(kinds[i].path, path))
			return kinds[i].kind;
	return FILE_RULES;
}

/* In plain words, by the policy in force; nothing of a rule that has gone since the page was begun. */
static void put_words(const struct page_context *c, const char *name, struct buf *out)
{
	struct policy *p = policy_slot_get(c->e->policy);
	enum rule_file kind = kind_of(c->path);
	const struct rule_list *list = &p->lists[kind];
	AUTO(buf_free) struct buf words = {0};

	for (size_t i = 0; i < list->count && !words.len; i++)
		if (!strcmp(list->items[i].name, name))
			plain_rule(kind, &list->items[i], &words);
	html_text(out, words.s ? words.s : "");
	policy_put(p);
}

static void cell_rule(const struct page_context *c, struct json_object *row, struct buf *out)
{
	put_words(c, json_get_str(row, "name"), out);
	put_json(json_get(row, "rule"), "JsonLogic", out);
}

static const struct html_column rule_columns[] = {
	{"Rule", NULL, NULL, cell_name},
	{"Detections", NULL, "number", cell_count},
	{"Options", NULL, NULL, cell_options},
	{"Logic", NULL, NULL, cell_rule},
};

static const struct html_column exemption_columns[] = {
	{"Exemption", NULL, NULL, cell_name},
	{"Options", NULL, NULL, cell_options},
	{"Logic", NULL, NULL, cell_rule},
};

void html_rules(const struct page_context *c, struct buf *out)
{
	if (strcmp(c->path, "/whitelist_rules") != 0) {
		html_table(c, rule_columns, ARRAY_LEN(rule_columns), c->doc, "There are no rules.", out);
		return;
	}
	buf_puts(out, "<p class=\"note\">WHITE_LIST=<code>");
	html_text(out, c->e->config->white_list);
	buf_puts(out, "</code> IMAGE_WHITE_LIST=<code>");
	html_text(out, c->e->config->image_white_list);
	buf_puts(out, "</code></p>\n");
	html_table(c, exemption_columns, ARRAY_LEN(exemption_columns), c->doc,
		   "There are no whitelist rules.", out);
}

static void cell_does(const struct page_context *c, struct json_object *row, struct buf *out)
{
	static const char *const kinds[] = {"exec", "webhook", "log"};

	(void)c;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct json_object *what = json_get(row, kinds[i]);

		if (!what)
			continue;
		buf_printf(out, "%s <code>", kinds[i]);
		if (json_object_is_type(what, json_type_string))
			html_text(out, json_object_get_string(what));
		else
			html_json(out, what, JSON_C_TO_STRING_SPACED);
		buf_puts(out, "</code>");
	}
}

static void cell_filter(const struct page_context *c, struct json_object *row, struct buf *out)
{
	if (json_get(row, "rule"))
		cell_rule(c, row, out);
	else
		buf_puts(out, "every detection");
}

static const struct html_column trigger_columns[] = {
	{"Trigger", NULL, NULL, cell_name},
	{"Does", NULL, NULL, cell_does},
	{"On", NULL, NULL, cell_filter},
	{"Options", NULL, NULL, cell_options},
};

void html_triggers(const struct page_context *c, struct buf *out)
{
	struct triggers_counts n = triggers_counts(c->e->outlets.triggers);

	buf_printf(out,
		   "<p class=\"note\">Run: %llu, failed: %llu, left out because too many waited: %llu.</p>\n",
		   (unsigned long long)n.run, (unsigned long long)n.failed, (unsigned long long)n.dropped);
	html_table(c, trigger_columns, ARRAY_LEN(trigger_columns), c->doc, "There are no triggers.", out);
}
