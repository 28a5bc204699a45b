#include "enforce/policy_check.h"
#include "base/clock.h"
#include "base/text.h"
#include "policy_internal.h"
#include "rules/needs.h"
#include "rules/notes.h"
#include "rules/plain.h"

#include <stdlib.h>
#include <string.h>

/* ---- what is legal, and good to know ---- */

static void note(struct policy_report *r, const struct policy_file *f, size_t rule, const char *below,
		 const char *what)
{
	AUTO(free_charp) char *pointer = mem_printf("/%zu%s", rule, below);

	findings_add(&r->findings, true, f->path, pointer, what);
}

static void note_rule(struct policy_report *r, const struct policy_file *f, const struct rule *rule, size_t i)
{
	if (rule->needs & NEED_METRICS)
		note(r, f, i, "",
		     "reads metrics, so it is not evaluated on create requests and with DISABLE_METRICS");
	if (rule->needs & NEED_HOST && rule->needs != NEED_ALL && !rule->pick)
		note(r, f, i, "",
		     "reads the host and has no \"pick\", so it holds for every container at once");
	if (rule_has_expired(rule, clock_wall_ns()))
		note(r, f, i, "/expires", "is past, so it exempts nothing");
}

/* Whose notes are made, and the rules that there are. */
struct looking {
	struct policy_report *report;
	const struct policy *policy;
	const struct policy_file *file;
	size_t rule;
	const char *key;
};

static void on_note(void *arg, const char *pointer, const char *text)
{
	const struct looking *l = arg;
	AUTO(free_charp) char *below = mem_printf("/%s%s", l->key, pointer);

	note(l->report, l->file, l->rule, below, text);
}

static bool is_rule(void *arg, const char *name)
{
	static const enum rule_file named[] = {FILE_RULES, FILE_REQUEST_RULES};
	const struct looking *l = arg;

	for (size_t k = 0; k < ARRAY_LEN(named); k++)
		for (size_t i = 0; i < l->policy->lists[named[k]].count; i++)
			if (!strcmp(l->policy->lists[named[k]].items[i].name, name))
				return true;
	return false;
}

/* What is surely not meant, in each of a rule's expressions. */
static void note_logic(struct looking *l, const struct rule *rule)
{
	const struct {
		const char *key;
		const struct logic_program *program;
	} parts[] = {{"rule", rule->program}, {"pick", rule->pick}};
	const struct notes notes = {on_note, l, is_rule, l->file->kind == FILE_WHITELIST_RULES};

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		l->key = parts[i].key;
		if (parts[i].program)
			notes_find(parts[i].program, &notes);
	}
}

static void note_other(void *arg, const char *path)
{
	struct policy_report *r = arg;

	findings_add(&r->findings, true, path, "/",
		     "is not read; rule files are rules.json, request_rules.json, whitelist_rules.json and "
		     "triggers.json, and *.json in rules.d and so on");
}

/* ---- the report ---- */

static void add_rule(struct policy_report *r, const struct policy_file *f, const struct rule *rule, size_t i)
{
	struct buf words = {0};

	buf_puts(&words, "");
	plain_rule(f->kind, rule, &words);
	r->rules = mem_realloc(r->rules, (r->count + 1) * sizeof(*r->rules));
	r->rules[r->count++] =
		(struct policy_checked){mem_strdup(f->path), i, mem_strdup(rule->name), words.s};
}

static void on_loaded(void *arg, const struct policy *p, const struct policy_file *f,
		      const struct rule_list *list)
{
	struct policy_report *r = arg;
	struct looking l = {.report = r, .policy = p, .file = f};

	for (size_t i = 0; i < list->count; i++) {
		l.rule = i;
		add_rule(r, f, &list->items[i], i);
		note_logic(&l, &list->items[i]);
		if (f->kind == FILE_RULES || f->kind == FILE_WHITELIST_RULES)
			note_rule(r, f, &list->items[i], i);
	}
}

void policy_check(const char *dir, struct policy_report *out)
{
	struct policy p = {0};

	*out = (struct policy_report){0};
	policy_read(dir, &p, &out->findings, on_loaded, out);
	policy_files_find_others(dir, note_other, out);
	policy_free_files(&p);
}

void policy_report_free(struct policy_report *r)
{
	for (size_t i = 0; i < r->count; i++) {
		free(r->rules[i].file);
		free(r->rules[i].name);
		free(r->rules[i].words);
	}
	free(r->rules);
	findings_free(&r->findings);
}
