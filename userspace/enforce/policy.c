#include "enforce/judge.h"
#include "enforce/policy.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "rules/needs.h"
#include "view/request.h"
#include "view/subject.h"
#include "view/verdict.h"
#include "policy_internal.h"
#include "white_list_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- rule files ---- */

/* Whose rules say what has to be found out. */
static const enum rule_file needy_files[] = {FILE_RULES, FILE_WHITELIST_RULES, FILE_REQUEST_RULES};

/* Whose rules can be enforced. */
static const enum rule_file enforced_files[] = {FILE_RULES, FILE_REQUEST_RULES};

static const struct logic_binding *binding_of(enum rule_file f)
{
	switch (f) {
	case FILE_RULES:
		return subject_binding(false);
	case FILE_WHITELIST_RULES:
		return subject_binding(true);
	case FILE_REQUEST_RULES:
		return request_binding();
	case FILE_TRIGGERS:
	case RULE_FILES:
		break;
	}
	return verdict_binding();
}

/* What the rules were read from, and what is wrong with it. */
struct reading {
	const char *dir;
	const struct policy *last; /* whose files must still be there; NULL: the first load */
	struct json_object *kept;  /* the files' texts by name, in place of a folder; NULL: there is one */
	struct policy_files files;
	struct findings *findings;
	size_t count;
	policy_loaded_fn loaded; /* may be NULL */
	void *arg;
};

static void add_problem(struct reading *r, const char *path, const char *where, const char *what)
{
	findings_add(r->findings, false, path, where, what);
	r->count++;
}

/* What policy_keep() gave: each kind is one file. */
static void read_kept(struct reading *r)
{
	for (int f = 0; f < RULE_FILES; f++) {
		const char *name = rule_file_name((enum rule_file)f), *text = json_get_str(r->kept, name);
		struct json_object *j = NULL;
		struct err err;

		if (*text && json_parse(text, strlen(text), &j, &err))
			add_problem(r, r->dir, name, err.msg);
		else if (*text)
			policy_files_add(&r->files, (enum rule_file)f, r->dir, name, j, mem_strdup(text));
	}
}

static void read_files(struct reading *r)
{
	if (r->kept)
		read_kept(r);
	else
		r->count +=
			policy_files_read(r->dir, r->last ? r->last->files : NULL, &r->files, r->findings);
}

static const struct rule *find_rule(const struct rule_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->items[i].name, name))
			return &list->items[i];
	return NULL;
}

/* What has to be found out for a rule; a message may quote what the rule itself does not read. */
static unsigned needs_of(const struct rule *rule)
{
	if (!rule->enabled)
		return 0;
	return rule->needs | (rule->per ? logic_needs(rule->per) : 0U) |
	       (rule->pick ? logic_needs(rule->pick) : 0U) |
	       (rule->update ? update_needs(rule->update) : 0U) |
	       (rule->message ? logic_needs(rule->message) & NEEDS_OF_LOOKS : 0U);
}

/* FNV-1a; the files are told apart by the NUL behind each. */
static uint64_t hash_of(const struct policy *p)
{
	uint64_t h = 14695981039346656037ULL;

	for (int f = 0; f < RULE_FILES; f++)
		for (size_t i = 0, len = strlen(p->source[f]); i <= len; i++)
			h = (h ^ (unsigned char)p->source[f][i]) * 1099511628211ULL;
	return h;
}

/* Of two rules of one name detections could not be told apart. */
static void check_names(struct reading *r, const struct rule_list *earlier, const struct rule_list *list,
			const char *path)
{
	for (size_t i = 0; i < list->count; i++) {
		AUTO(free_charp) char *where = mem_printf("/%zu/name", i);

		if (*list->items[i].name && find_rule(earlier, list->items[i].name))
			add_problem(r, path, where,
				    "a rule in another file has the same name; detections could not be told "
				    "apart");
	}
}

static void load_file(struct policy *p, struct reading *r, const struct policy_file *f)
{
	size_t first = r->findings->count;
	struct rule_list list;

	r->count += ruleset_compile(f->kind, f->rules, f->path, binding_of(f->kind), &list, r->findings);
	check_names(r, &p->lists[f->kind], &list, f->path);
	if (r->loaded)
		r->loaded(r->arg, p, f, &list);
	if (!r->kept)
		findings_locate(r->findings, first, f->text, f->len);
	ruleset_append(&p->lists[f->kind], &list);
	json_object_array_add(p->files, json_object_new_string(f->name));
}

/* All rules of a kind, as one array. */
static char *make_source(const struct policy_files *files, enum rule_file kind)
{
	AUTO(json_putp) struct json_object *all = json_object_new_array();

	for (size_t i = 0; i < files->count; i++)
		for (size_t k = 0; files->items[i].kind == kind && k < json_count(files->items[i].rules); k++)
			json_object_array_add(
				all, json_object_get(json_object_array_get_idx(files->items[i].rules, k)));
	return mem_strdup(json_object_to_json_string_ext(all, JSON_C_TO_STRING_PRETTY));
}

/* An exemption that goes by the owner does not hold where that is not known: nothing has to be. */
static unsigned needs_of_kind(const struct policy *p, enum rule_file kind)
{
	const struct rule_list *list = &p->lists[kind];
	unsigned needs = 0;

	for (size_t i = 0; i < list->count; i++)
		needs |= needs_of(&list->items[i]);
	return kind == FILE_WHITELIST_RULES ? needs & ~(unsigned)NEED_OWNER : needs;
}

/* All files into *p. The number of problems. */
static size_t load_files(struct policy *p, struct reading *r)
{
	p->files = json_object_new_array();
	read_files(r);
	for (size_t i = 0; i < r->files.count; i++)
		load_file(p, r, &r->files.items[i]);
	for (int f = 0; f < RULE_FILES; f++)
		p->source[f] = make_source(&r->files, (enum rule_file)f);
	p->hash = hash_of(p);
	for (size_t k = 0; k < ARRAY_LEN(needy_files); k++)
		p->needs |= needs_of_kind(p, needy_files[k]);
	return r->count;
}

void policy_free_files(struct policy *p)
{
	for (int f = 0; f < RULE_FILES; f++) {
		ruleset_free(&p->lists[f]);
		free(p->source[f]);
	}
	json_object_put(p->files);
}

size_t policy_read(const char *dir, struct policy *p, struct findings *findings, policy_loaded_fn loaded,
		   void *arg)
{
	struct reading reading = {.dir = dir, .findings = findings, .loaded = loaded, .arg = arg};
	size_t problems = load_files(p, &reading);

	policy_files_free(&reading.files);
	return problems;
}

/* ---- exemptions ---- */

static void warn_of_expired_exemptions(const struct policy *p)
{
	for (size_t i = 0; i < p->lists[FILE_WHITELIST_RULES].count; i++)
		if (rule_has_expired(&p->lists[FILE_WHITELIST_RULES].items[i], clock_wall_ns()))
			log_warning("whitelist rule \"%s\" has expired; it exempts nothing any more",
				    p->lists[FILE_WHITELIST_RULES].items[i].name);
}

/*
 * A rule that an entry names must be there. Where a reload takes it away (renames it), the old rules stay:
 * else who was exempt would be stopped.
 */
static int read_white_lists(struct policy *p, const struct config *config, const struct policy *last,
			    struct err *err)
{
	const struct rule_list *rules = &p->lists[FILE_RULES];

	if (!white_list_add(&p->white_list, "WHITE_LIST", config->white_list, false, rules, err) &&
	    !white_list_add(&p->white_list, "IMAGE_WHITE_LIST", config->image_white_list, true, rules, err)) {
		p->needs |= white_list_needs(&p->white_list);
		return 0;
	}
	return last ? err_wrap(err, "put the rule back, or restart the enforcer with another list") : -1;
}

bool policy_exempts(const struct policy *p, struct logic_ctx *ctx, const struct container *c,
		    const char *rule)
{
	return white_list_exempts(&p->white_list, ctx, c, rule);
}

/* ---- the whole ---- */

bool policy_can_act(const struct policy *p, int mode)
{
	for (size_t k = 0; k < ARRAY_LEN(enforced_files); k++) {
		const struct rule_list *list = &p->lists[enforced_files[k]];

		for (size_t i = 0; i < list->count; i++)
			if (list->items[i].enabled && rule_is_enforced(&list->items[i], mode))
				return true;
	}
	return false;
}

bool policy_sets_limits(const struct policy *p, int mode)
{
	const struct rule_list *list = &p->lists[FILE_RULES];

	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].enabled && list->items[i].update &&
		    rule_is_enforced(&list->items[i], mode))
			return true;
	return false;
}

static void warn_of_other(void *unused, const char *path)
{
	(void)unused;
	log_warning("%s is not read: it is not named as a rule file (`check` says how they are)", path);
}

static int check_folder(const struct policy *p, const struct reading *r, int mode, struct err *err)
{
	if (r->kept)
		return 0;
	policy_files_find_others(r->dir, warn_of_other, NULL);
	return policy_can_act(p, mode) ? policy_files_check_rights(r->dir, &r->files, err) : 0;
}

static struct policy *load(const struct config *config, const struct reading *from, struct err *err)
{
	struct policy *p = mem_calloc(1, sizeof(*p));
	AUTO(findings_free) struct findings findings = {0};
	struct reading reading = *from;
	int r = -1;

	reading.findings = &findings;
	atomic_init(&p->refs, 1);
	if (load_files(p, &reading)) {
		AUTO(buf_free) struct buf problems = {0};

		findings_put(&findings, false, &problems);
		problems.s[--problems.len] = 0; /* the last newline */
		err_set(err, EINVAL, "%s", problems.s);
	} else if (!read_white_lists(p, config, reading.last, err)) {
		r = check_folder(p, &reading, config->mode, err);
	}
	policy_files_free(&reading.files);
	if (!r) {
		warn_of_expired_exemptions(p);
		return p;
	}
	policy_put(p);
	return NULL;
}

struct policy *policy_load(const struct config *config, const char *dir, const struct policy *last,
			   struct err *err)
{
	return load(config, &(struct reading){.dir = dir, .last = last}, err);
}

char *policy_keep(const struct policy *p)
{
	AUTO(json_putp) struct json_object *j = json_object_new_object();

	json_add_uint(j, "hash", p->hash);
	json_object_object_add(j, "files", json_object_get(p->files));
	for (int f = 0; f < RULE_FILES; f++)
		json_add_str(j, rule_file_name((enum rule_file)f), p->source[f]);
	return mem_strdup(json_object_to_json_string_ext(j, JSON_C_TO_STRING_PLAIN));
}

struct policy *policy_load_kept(const struct config *config, const char *text, const char *origin,
				struct err *err)
{
	AUTO(json_putp) struct json_object *kept = NULL;
	struct policy *p;

	if (json_parse(text, strlen(text), &kept, err) || !json_object_is_type(kept, json_type_object)) {
		err_set(err, EINVAL, "%s: is not what was kept", origin);
		return NULL;
	}
	p = load(config, &(struct reading){.dir = origin, .kept = kept}, err);
	if (p && p->hash == json_object_get_uint64(json_get(kept, "hash"))) {
		json_object_put(p->files); /* a reload must find those that it was made of */
		p->files = json_object_get(json_get(kept, "files"));
		return p;
	}
	policy_put(p);
	err_set(err, EINVAL, "%s: is not what was kept", origin);
	return NULL;
}

struct policy *policy_get(struct policy *p)
{
	atomic_fetch_add(&p->refs, 1);
	return p;
}

void policy_put(struct policy *p)
{
	if (!p || atomic_fetch_sub(&p->refs, 1) != 1)
		return;
	policy_free_files(p);
	white_list_free(&p->white_list);
	free(p);
}

/* ---- what changed ---- */

/* Adds "2 added ("a", "b")" for the rules of `list` that `other` lacks, or has with another text. */
static void list_differing(const struct rule_list *list, const struct rule_list *other, bool changed,
			   const char *what, struct buf *out)
{
	AUTO(buf_free) struct buf names = {0};
	size_t n = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct rule *theirs = find_rule(other, list->items[i].name);

		if (changed ? !theirs || theirs->hash == list->items[i].hash : theirs != NULL)
			continue;
		if (++n <= 5)
			buf_printf(&names, "%s\"%s\"", n > 1 ? ", " : "", list->items[i].name);
	}
	if (n > 5)
		buf_puts(&names, ", …");
	if (n)
		buf_printf(out, "%s %zu %s (%s)", out->len ? "," : "", n, what, names.s);
}

void policy_compare(const struct policy *old, const struct policy *fresh, struct buf *out)
{
	for (int f = 0; f < RULE_FILES; f++) {
		AUTO(buf_free) struct buf changes = {0};

		list_differing(&fresh->lists[f], &old->lists[f], false, "added", &changes);
		list_differing(&fresh->lists[f], &old->lists[f], true, "changed", &changes);
		list_differing(&old->lists[f], &fresh->lists[f], false, "removed", &changes);
		if (changes.len)
			buf_printf(out, "%s%s:%s", out->len ? "; " : "", rule_file_name((enum rule_file)f),
				   changes.s);
	}
	if (!out->len)
		buf_puts(out, "nothing changed");
}
