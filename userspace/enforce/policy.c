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
#include "white_list_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- rule files ---- */

/* Whose rules are on containers. */
static const enum rule_file container_files[] = {FILE_RULES, FILE_WHITELIST_RULES};

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

/* Anybody who can write the file, or put another in its place, decides what is stopped. */
static int check_writable(const char *path, struct err *err)
{
	struct stat st;

	if (stat(path, &st))
		return errno == ENOENT ? 0 : err_errno(err, "%s", path);
	if (st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)))
		return err_set(
			err, EPERM,
			"%s: others than root can write it, which MODE=KILL does not accept; chown root and "
			"chmod go-w it",
			path);
	return 0;
}

/* What the rules were read from, and what is wrong with it. */
struct reading {
	const char *dir;
	const struct policy *last; /* whose files must still be there; NULL: the first load */
	struct json_object *kept;  /* the files' texts by name, in place of a folder; NULL: there is one */
	struct buf *problems;
	size_t count;
};

static struct json_object *add_problem(struct reading *r, const char *path, const char *what)
{
	AUTO(free_charp) char *line = mem_printf("%s: /: %s", path, what);

	buf_escape(r->problems, line, strlen(line));
	buf_puts(r->problems, "\n");
	r->count++;
	return NULL;
}

/*
 * The file's JSON. A file that is gone (unmounted, in the middle of a deployment) does not mean that there
 * are no rules any more: that has to be written, as []. NULL without a problem where there is no such file
 * and need not be.
 */
static struct json_object *read_file(struct reading *r, enum rule_file f, const char *path)
{
	struct json_object *j;
	struct stat st;
	struct err err;

	if (stat(path, &st) && errno == ENOENT) {
		if (r->last && r->last->present[f])
			return add_problem(
				r, path,
				"was there at the last load and is gone; put it back, or write [] to it");
		return f == FILE_RULES ? add_problem(r, path, "no such file; without rules it must hold []")
				       : NULL;
	}
	if (!S_ISREG(st.st_mode))
		return add_problem(r, path, "is no regular file");
	if (json_read_file(path, &j, &err))
		return add_problem(r, path,
				   str_starts_with(err.msg, path) ? err.msg + strlen(path) + 2 : err.msg);
	return j ? j : add_problem(r, path, "must be an array of rules, it is null");
}

/* The same, of what policy_keep() gave. */
static struct json_object *read_kept(struct reading *r, enum rule_file f, const char *path)
{
	const char *text = json_get_str(r->kept, rule_file_name(f));
	struct json_object *j = NULL;
	struct err err;

	if (*text && json_parse(text, strlen(text), &j, &err))
		return add_problem(r, path, err.msg);
	return j;
}

static bool is_folder(struct reading *r)
{
	struct stat st;

	if (!stat(r->dir, &st) && S_ISDIR(st.st_mode))
		return true;
	add_problem(r, r->dir, "no such folder; RULES_DIR names the one that has rules.json");
	return false;
}

/* What has to be found out for a rule; a message may quote what the rule itself does not read. */
static unsigned needs_of(const struct rule *rule)
{
	if (!rule->enabled)
		return 0;
	return rule->needs | (rule->per ? logic_needs(rule->per) : 0U) |
	       (rule->pick ? logic_needs(rule->pick) : 0U) |
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

/* All files of DIR into *p. The number of problems. */
static size_t load_files(struct policy *p, struct reading *r)
{
	if (!r->kept && !is_folder(r))
		return r->count;
	for (int f = 0; f < RULE_FILES; f++) {
		enum rule_file kind = (enum rule_file)f;
		AUTO(free_charp) char *path = mem_printf("%s/%s", r->dir, rule_file_name(kind));
		AUTO(json_putp)
		struct json_object *j = r->kept ? read_kept(r, kind, path) : read_file(r, kind, path);

		p->present[f] = j != NULL;
		if (j)
			r->count +=
				ruleset_compile(kind, j, path, binding_of(kind), &p->lists[f], r->problems);
		p->source[f] =
			mem_strdup(j ? json_object_to_json_string_ext(j, JSON_C_TO_STRING_PRETTY) : "[]");
	}
	p->hash = hash_of(p);
	for (size_t k = 0; k < ARRAY_LEN(needy_files); k++) {
		const struct rule_list *list = &p->lists[needy_files[k]];

		/* an exemption that goes by the owner does not hold where that is not known: nothing has to
		 * be
		 */
		for (size_t i = 0; i < list->count; i++)
			p->needs |= needs_of(&list->items[i]) &
				    (needy_files[k] == FILE_WHITELIST_RULES ? ~(unsigned)NEED_OWNER : ~0U);
	}
	return r->count;
}

static void free_files(struct policy *p)
{
	for (int f = 0; f < RULE_FILES; f++) {
		ruleset_free(&p->lists[f]);
		free(p->source[f]);
	}
}

static bool has_expired(const struct rule *rule)
{
	return rule->expires_ns && clock_wall_ns() >= rule->expires_ns;
}

static void add_note(struct buf *notes, const char *path, size_t rule, const char *what)
{
	buf_escape(notes, path, strlen(path));
	buf_printf(notes, ": /%zu%s\n", rule, what);
}

/* What is legal, and good to know. */
static void add_notes(const struct rule_list *list, const char *path, struct buf *notes)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i].needs & NEED_METRICS)
			add_note(notes, path, i,
				 ": note: reads metrics, so it is not evaluated on create requests and with "
				 "DISABLE_METRICS");
		if (list->items[i].needs & NEED_HOST && list->items[i].needs != NEED_ALL &&
		    !list->items[i].pick)
			add_note(
				notes, path, i,
				": note: reads the host and has no \"pick\", so it holds for every container "
				"at once");
		if (has_expired(&list->items[i]))
			add_note(notes, path, i, "/expires: note: is past, so it exempts nothing");
	}
}

size_t policy_check(const char *dir, struct buf *out, struct buf *notes)
{
	struct policy p = {0};
	struct reading reading = {.dir = dir, .problems = out};
	size_t problems = load_files(&p, &reading);

	for (size_t k = 0; notes && k < ARRAY_LEN(container_files); k++) {
		AUTO(free_charp) char *path = mem_printf("%s/%s", dir, rule_file_name(container_files[k]));

		add_notes(&p.lists[container_files[k]], path, notes);
	}
	free_files(&p);
	return problems;
}

/* ---- exemptions ---- */

static const struct rule *find_rule(const struct rule_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->items[i].name, name))
			return &list->items[i];
	return NULL;
}

static void warn_of_expired_exemptions(const struct policy *p)
{
	for (size_t i = 0; i < p->lists[FILE_WHITELIST_RULES].count; i++)
		if (has_expired(&p->lists[FILE_WHITELIST_RULES].items[i]))
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

static int check_rights(const struct policy *p, int mode, const char *dir, struct err *err)
{
	if (!policy_can_act(p, mode))
		return 0;
	if (check_writable(dir, err))
		return -1;
	for (int f = 0; f < RULE_FILES; f++) {
		AUTO(free_charp) char *path = mem_printf("%s/%s", dir, rule_file_name((enum rule_file)f));

		if (check_writable(path, err))
			return -1;
	}
	return 0;
}

static struct policy *load(const struct config *config, const struct reading *from, struct err *err)
{
	struct policy *p = mem_calloc(1, sizeof(*p));
	AUTO(buf_free) struct buf problems = {0};
	struct reading reading = *from;

	reading.problems = &problems;
	atomic_init(&p->refs, 1);
	if (load_files(p, &reading)) {
		problems.s[--problems.len] = 0; /* the last newline */
		err_set(err, EINVAL, "%s", problems.s);
		goto fail;
	}
	if (read_white_lists(p, config, reading.last, err) ||
	    (!reading.kept && check_rights(p, config->mode, reading.dir, err)))
		goto fail;
	warn_of_expired_exemptions(p);
	return p;
fail:
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
	for (int f = 0; f < RULE_FILES; f++)
		if (p->present[f])
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
	if (!p || p->hash == json_object_get_uint64(json_get(kept, "hash")))
		return p;
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
	free_files(p);
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
