#include "policy.h"
#include "json.h"
#include "log.h"
#include "ruleset.h"
#include "subject.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

const char *action_name(enum action a)
{
	static const char *const names[] = {
		[ACTION_STOP] = "stop", [ACTION_KILL] = "kill", [ACTION_PAUSE] = "pause"};

	return names[a];
}

/* Anybody who can write the file, or put another in its place, decides what is stopped. */
static int check_writable(const char *path, struct err *err)
{
	struct stat st;

	if (stat(path, &st))
		return err_errno(err, "%s", path);
	if (st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)))
		return err_set(
			err, EPERM,
			"%s: others than root can write it, which MODE=KILL does not accept; chown root and "
			"chmod go-w it",
			path);
	return 0;
}

/* The file's JSON, NULL without a problem if there is no such file. */
static struct json_object *read_rules(const char *path, struct buf *problems, size_t *count)
{
	struct json_object *j;
	struct err err;

	if (access(path, F_OK) && errno == ENOENT)
		return NULL;
	j = json_read_file(path, &err);
	if (!j) {
		buf_printf(problems, "%s: /: %s\n", path,
			   str_starts_with(err.msg, path) ? err.msg + strlen(path) + 2 : err.msg);
		(*count)++;
	}
	return j;
}

size_t policy_check(const char *dir, struct buf *out)
{
	AUTO(free_charp) char *path = mem_printf("%s/rules.json", dir);
	struct rule *rules = NULL;
	size_t count = 0, problems = 0;
	AUTO(json_putp) struct json_object *j = read_rules(path, out, &problems);

	if (j)
		problems += ruleset_compile(j, path, subject_binding(false), &rules, &count, out);
	ruleset_free(rules, count);
	return problems;
}

static void *compile_anchored(const char *pattern, struct err *err)
{
	AUTO(free_charp) char *anchored = mem_printf("\\A(?:%s)\\z", pattern);
	PCRE2_UCHAR reason[128];
	PCRE2_SIZE at;
	int number;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)anchored, PCRE2_ZERO_TERMINATED, PCRE2_NEVER_BACKSLASH_C,
					 &number, &at, NULL);

	if (code)
		return code;
	pcre2_get_error_message(number, reason, sizeof(reason));
	err_set(err, EINVAL, "\"%.200s\": neither a name nor a regular expression: %s", pattern,
		(char *)reason);
	return NULL;
}

static int add_exemption(struct policy *p, char *entry, bool image, struct err *err)
{
	struct exemption e = {.image = image};
	char *rule = strchr(entry, '|');

	/* a|b inside brackets is the regular expression's own: the rule's name follows the last | */
	rule = rule ? strrchr(entry, '|') : NULL;
	if (rule && strchr(rule, ')'))
		rule = NULL;
	if (rule)
		*rule++ = 0;
	e.regex = compile_anchored(entry, err);
	if (!e.regex)
		return -1;
	e.pattern = mem_strdup(entry);
	e.rule = rule ? mem_strdup(rule) : NULL;
	p->exemptions = mem_realloc(p->exemptions, (p->exemption_count + 1) * sizeof(e));
	p->exemptions[p->exemption_count++] = e;
	return 0;
}

static int add_exemptions(struct policy *p, const char *option, const char *list, bool image, struct err *err)
{
	AUTO(free_charp) char *copy = mem_strdup(list);
	char *rest = copy, *entry;

	while ((entry = strsep(&rest, ","))) {
		entry += strspn(entry, " ");
		if (*entry && add_exemption(p, entry, image, err))
			return err_wrap(err, "%s", option);
	}
	return 0;
}

static void warn_of_unknown_rules(const struct policy *p)
{
	for (size_t i = 0; i < p->exemption_count; i++) {
		size_t k = 0;

		if (!p->exemptions[i].rule)
			continue;
		while (k < p->count && strcmp(p->rules[k].name, p->exemptions[i].rule) != 0)
			k++;
		if (k == p->count)
			log_warning("white list entry \"%s|%s\" names a rule that does not exist; it exempts "
				    "nothing",
				    p->exemptions[i].pattern, p->exemptions[i].rule);
	}
}

static int load_rules(struct policy *p, const char *path, struct err *err)
{
	AUTO(buf_free) struct buf problems = {0};
	size_t count = 0;

	AUTO(json_putp) struct json_object *j = read_rules(path, &problems, &count);
	if (j)
		count += ruleset_compile(j, path, subject_binding(false), &p->rules, &p->count, &problems);
	if (count) {
		problems.s[--problems.len] = 0; /* the last newline */
		return err_set(err, EINVAL, "%s", problems.s);
	}
	p->source = mem_strdup(j ? json_object_to_json_string_ext(j, JSON_C_TO_STRING_PRETTY) : "[]");
	for (size_t i = 0; i < p->count; i++)
		p->needs |= p->rules[i].enabled ? p->rules[i].needs : 0;
	return 0;
}

struct policy *policy_load(const struct config *config, const char *dir, struct err *err)
{
	AUTO(free_charp) char *path = mem_printf("%s/rules.json", dir);
	struct policy *p = mem_calloc(1, sizeof(*p));

	atomic_init(&p->refs, 1);
	if (load_rules(p, path, err) || add_exemptions(p, "WHITE_LIST", config->white_list, false, err) ||
	    add_exemptions(p, "IMAGE_WHITE_LIST", config->image_white_list, true, err))
		goto fail;
	if (policy_can_act(p, config->mode) && (check_writable(dir, err) || check_writable(path, err)))
		goto fail;
	warn_of_unknown_rules(p);
	return p;
fail:
	policy_put(p);
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
	ruleset_free(p->rules, p->count);
	for (size_t i = 0; i < p->exemption_count; i++) {
		pcre2_code_free(p->exemptions[i].regex);
		free(p->exemptions[i].pattern);
		free(p->exemptions[i].rule);
	}
	free(p->exemptions);
	free(p->source);
	free(p);
}

static bool matches(void *regex, const char *text)
{
	pcre2_match_data *data = pcre2_match_data_create(1, NULL);
	int r = pcre2_match(regex, (PCRE2_SPTR)text, strlen(text), 0, 0, data, NULL);

	pcre2_match_data_free(data);
	return r >= 0;
}

bool policy_exempts(const struct policy *p, const char *name, const char *image, const char *rule)
{
	name += *name == '/';
	for (size_t i = 0; i < p->exemption_count; i++) {
		const struct exemption *e = &p->exemptions[i];

		if ((!e->rule || !strcmp(e->rule, rule)) && matches(e->regex, e->image ? image : name))
			return true;
	}
	return false;
}

bool policy_can_act(const struct policy *p, int mode)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->rules[i].enabled && (p->rules[i].mode < 0 ? mode : p->rules[i].mode) == MODE_KILL)
			return true;
	return false;
}
