#include "check_report_internal.h"
#include "base/json.h"
#include "base/text.h"
#include "print_internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- for people ---- */

void check_print_text(const struct policy_report *r, const struct check_options *options)
{
	AUTO(buf_free) struct buf problems = {0};
	AUTO(buf_free) struct buf notes = {0};

	findings_put(&r->findings, true, &notes);
	findings_put(&r->findings, false, &problems);
	print_escaped(stderr, notes.s ? notes.s : "");
	print_escaped(stdout, problems.s ? problems.s : "");
	for (size_t i = 0; options->plain && i < r->count; i++)
		if (*r->rules[i].words)
			print_line(stdout, "%s: \"%s\": %s", r->rules[i].file, r->rules[i].name,
				   r->rules[i].words);
	print_line(stdout, "%zu rules, %zu problems", r->count, r->findings.problems);
}

/* ---- JSON ---- */

/* Of which rule a finding is; NULL: of none, or of one without a name. */
static const struct policy_checked *rule_of(const struct policy_report *r, const struct finding *f)
{
	long index = finding_rule(f);

	for (size_t i = 0; index >= 0 && i < r->count; i++)
		if (r->rules[i].index == (size_t)index && !strcmp(r->rules[i].file, f->file))
			return &r->rules[i];
	return NULL;
}

static struct json_object *finding_to_json(const struct policy_report *r, const struct finding *f)
{
	const struct policy_checked *rule = rule_of(r, f);
	struct json_object *j = json_object_new_object();

	json_add_str(j, "file", f->file);
	json_object_object_add(j, "line", f->line ? json_object_new_uint64(f->line) : NULL);
	json_add_str(j, "pointer", f->pointer);
	if (rule && *rule->name)
		json_add_str(j, "rule", rule->name);
	else
		json_object_object_add(j, "rule", NULL);
	json_add_str(j, "text", f->text);
	return j;
}

static struct json_object *rules_to_json(const struct policy_report *r, bool plain)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < r->count; i++) {
		struct json_object *j = json_object_new_object();

		json_add_str(j, "file", r->rules[i].file);
		json_add_str(j, "name", r->rules[i].name);
		if (plain)
			json_add_str(j, "plain", r->rules[i].words);
		json_object_array_add(list, j);
	}
	return list;
}

void check_print_json(const struct policy_report *r, const struct check_options *options)
{
	AUTO(json_putp) struct json_object *j = json_object_new_object();
	struct json_object *problems = json_object_new_array(), *notes = json_object_new_array();

	for (size_t i = 0; i < r->findings.count; i++) {
		const struct finding *f = &r->findings.items[i];

		json_object_array_add(f->note ? notes : problems, finding_to_json(r, f));
	}
	json_object_object_add(j, "rules", rules_to_json(r, options->plain));
	json_object_object_add(j, "problems", problems);
	json_object_object_add(j, "notes", notes);
	print_json(stdout, j, JSON_C_TO_STRING_PRETTY);
}

/* ---- GitHub ---- */

/* docs.github.com, "Workflow commands": what ends a message, and what ends a property. */
static char *github_escape(const char *text, bool property)
{
	struct buf out = {0};

	buf_puts(&out, "");
	for (; *text; text++)
		if (strchr("%\r\n", *text) || (property && strchr(":,", *text)))
			buf_printf(&out, "%%%02X", (unsigned char)*text);
		else
			buf_add(&out, text, 1);
	return out.s;
}

void check_print_github(const struct policy_report *r, const struct check_options *options)
{
	(void)options;
	for (size_t i = 0; i < r->findings.count; i++) {
		const struct finding *f = &r->findings.items[i];
		AUTO(free_charp) char *file = github_escape(f->file, true);
		AUTO(free_charp) char *title = github_escape(f->pointer, true);
		AUTO(free_charp) char *text = github_escape(f->text, false);

		print_line(stdout, "::%s file=%s,line=%zu,title=%s::%s", f->note ? "warning" : "error", file,
			   f->line ? f->line : 1, title, text);
	}
	print_line(stdout, "%zu rules, %zu problems", r->count, r->findings.problems);
}

/* ---- JUnit ---- */

/* What XML 1.0 cannot hold at all, and people cannot see, is shown as buf_escape() does. */
static char *xml_escape(const char *text)
{
	static const struct {
		char c;
		const char *entity;
	} entities[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}};
	AUTO(buf_free) struct buf seen = {0};
	struct buf out = {0};

	buf_escape(&seen, text, strlen(text));
	buf_puts(&out, "");
	for (const char *p = seen.s ? seen.s : ""; *p; p++) {
		size_t i = 0;

		while (i < ARRAY_LEN(entities) && entities[i].c != *p)
			i++;
		if (i < ARRAY_LEN(entities))
			buf_puts(&out, entities[i].entity);
		else if (!strncmp(p, "\xef\xbf\xbe", 3) || !strncmp(p, "\xef\xbf\xbf", 3))
			buf_puts(&out, "\xef\xbf\xbd"), p += 2; /* no characters, to XML */
		else
			buf_add(&out, p, 1);
	}
	return out.s;
}

/* The rules of all findings, in their order; caller frees. */
static const struct policy_checked **rules_of(const struct policy_report *r)
{
	const struct policy_checked **rules =
		mem_calloc(r->findings.count + 1, sizeof(struct policy_checked *));

	for (size_t i = 0; i < r->findings.count; i++)
		rules[i] = rule_of(r, &r->findings.items[i]);
	return rules;
}

/* What was found of one rule, or of what is none (`rule` NULL); the number of problems. */
static size_t put_findings(const struct policy_report *r, const struct policy_checked **rules,
			   const struct policy_checked *rule, struct buf *out)
{
	size_t problems = 0;

	for (size_t i = 0; i < r->findings.count; i++) {
		const struct finding *f = &r->findings.items[i];
		AUTO(free_charp) char *line = NULL, *text = NULL, *where = NULL;

		if (rules[i] != rule)
			continue;
		line = mem_printf("%s:%zu: %s: %s", f->file, f->line, f->pointer, f->text);
		text = xml_escape(f->text);
		where = xml_escape(line);
		if (f->note)
			buf_printf(out, "    <system-out>%s</system-out>\n", where);
		else
			buf_printf(out, "    <failure type=\"problem\" message=\"%s\">%s</failure>\n", text,
				   where);
		problems += !f->note;
	}
	return problems;
}

static size_t put_case(const struct policy_report *r, const struct policy_checked **rules,
		       const struct policy_checked *rule, const char *class, struct buf *out)
{
	AUTO(free_charp) char *file = xml_escape(class);
	AUTO(free_charp)
	char *name = xml_escape(!rule ? "rule files" : *rule->name ? rule->name : "(no name)");
	AUTO(buf_free) struct buf found = {0};
	size_t problems = put_findings(r, rules, rule, &found);

	buf_printf(out, "   <testcase classname=\"%s\" name=\"%s\"", file, name);
	if (found.len)
		buf_printf(out, ">\n%s   </testcase>\n", found.s);
	else
		buf_puts(out, "/>\n");
	return problems > 0;
}

void check_print_junit(const struct policy_report *r, const struct check_options *options)
{
	AUTO(buf_free) struct buf cases = {0};
	const struct policy_checked **rules = rules_of(r);
	size_t failed = put_case(r, rules, NULL, options->dir, &cases);

	for (size_t i = 0; i < r->count; i++)
		failed += put_case(r, rules, &r->rules[i], r->rules[i].file, &cases);
	print_line(stdout, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
	print_line(stdout, "<testsuites>");
	print_line(stdout,
		   "  <testsuite name=\"docker-enforcer check\" tests=\"%zu\" failures=\"%zu\" errors=\"0\">",
		   r->count + 1, failed);
	print_escaped(stdout, cases.s);
	free((void *)rules);
	print_line(stdout, "  </testsuite>");
	print_line(stdout, "</testsuites>");
}
