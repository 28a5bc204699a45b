#include "ruleset.h"
#include "json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_RULES 10000

struct reading {
	const char *file;
	const struct logic_binding *binding;
	struct buf *problems;
	size_t count;
};

static void problem(struct reading *r, const char *pointer, const char *what)
{
	buf_printf(r->problems, "%s: %s: %s\n", r->file, *pointer ? pointer : "/", what);
	r->count++;
}

static const char *const known_keys[] = {"name", "rule",   "description", "message", "severity",
					 "mode", "action", "for",	  "enabled", NULL};

static bool is_known(const char *key, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(*list, key))
			return true;
	return false;
}

/* Index of a string member's value in `choices`, `fallback` where absent; a problem if it is neither. */
static int read_choice(struct reading *r, struct json_object *j, const char *at, const char *key,
		       const char *const *choices, int fallback)
{
	struct json_object *v = json_get(j, key);
	AUTO(buf_free) struct buf what = {0};
	char pointer[64];

	if (!v)
		return fallback;
	for (int i = 0; choices[i]; i++)
		if (!strcasecmp(json_get_str(j, key), choices[i]))
			return i;
	buf_puts(&what, "must be one of");
	for (; *choices; choices++)
		buf_printf(&what, " \"%s\"", *choices);
	snprintf(pointer, sizeof(pointer), "%s/%s", at, key);
	problem(r, pointer, what.s);
	return fallback;
}

static char *read_text(struct reading *r, struct json_object *j, const char *at, const char *key)
{
	struct json_object *v = json_get(j, key);
	char pointer[64];

	if (v && !json_object_is_type(v, json_type_string)) {
		snprintf(pointer, sizeof(pointer), "%s/%s", at, key);
		problem(r, pointer, "must be a string");
	}
	return mem_strdup(json_get_str(j, key));
}

static void read_for(struct reading *r, struct json_object *j, const char *at, struct rule *rule)
{
	const char *text = json_get_str(j, "for");
	char pointer[64];

	if (!json_get(j, "for"))
		return;
	snprintf(pointer, sizeof(pointer), "%s/for", at);
	if (!str_parse_duration(text, strlen(text), &rule->for_ns))
		problem(r, pointer, "must be a duration like \"30s\" or \"5m\"");
}

static void read_enabled(struct reading *r, struct json_object *j, const char *at, struct rule *rule)
{
	struct json_object *v = json_get(j, "enabled");
	char pointer[64];

	snprintf(pointer, sizeof(pointer), "%s/enabled", at);
	if (v && !json_object_is_type(v, json_type_boolean))
		problem(r, pointer, "must be true or false");
	rule->enabled = !v || json_object_get_boolean(v);
}

static void check_keys(struct reading *r, struct json_object *j, const char *at)
{
	json_object_object_foreach (j, key, unused) {
		const char *nearest = str_nearest(key, known_keys);
		char what[200], pointer[128];

		(void)unused;
		if (is_known(key, known_keys))
			continue;
		snprintf(pointer, sizeof(pointer), "%s/%.60s", at, key);
		snprintf(what, sizeof(what), "unknown key%s%s%s", nearest ? "; did you mean \"" : "",
			 nearest ? nearest : "", nearest ? "\"?" : "");
		problem(r, pointer, what);
	}
}

static void compile_logic(struct reading *r, struct json_object *j, const char *at, struct rule *rule)
{
	AUTO(buf_free) struct buf pointer = {0};
	AUTO(buf_free) struct buf inner = {0};
	struct err err;

	if (!json_object_object_get_ex(j, "rule", NULL)) {
		problem(r, at, "a rule needs \"rule\", its JsonLogic expression");
		return;
	}
	rule->program = logic_compile(json_get(j, "rule"), r->binding, false, &inner, &err);
	if (rule->program) {
		rule->needs = logic_needs(rule->program);
		return;
	}
	buf_printf(&pointer, "%s/rule%s", at, inner.s ? inner.s : "");
	problem(r, pointer.s, err.msg);
}

/* FNV-1a (RFC 9923). */
static uint64_t hash_text(const char *s)
{
	uint64_t h = 14695981039346656037ULL;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 1099511628211ULL;
	return h;
}

static void read_rule(struct reading *r, struct json_object *j, size_t index, struct rule *rule)
{
	static const char *const modes[] = {"warn", "kill", NULL};
	static const char *const actions[] = {"stop", "kill", "pause", NULL};
	char at[32];

	snprintf(at, sizeof(at), "/%zu", index);
	if (!json_object_is_type(j, json_type_object)) {
		problem(r, at, "a rule is an object with \"name\" and \"rule\"");
		return;
	}
	check_keys(r, j, at);
	rule->name = read_text(r, j, at, "name");
	if (!*rule->name)
		problem(r, at, "a rule needs a \"name\"");
	rule->description = read_text(r, j, at, "description");
	rule->message = read_text(r, j, at, "message");
	rule->severity = read_text(r, j, at, "severity");
	rule->mode = read_choice(r, j, at, "mode", modes, -1);
	rule->action = (enum action)read_choice(r, j, at, "action", actions, ACTION_STOP);
	read_for(r, j, at, rule);
	read_enabled(r, j, at, rule);
	compile_logic(r, j, at, rule);
	rule->hash = hash_text(json_object_to_json_string_ext(j, JSON_C_TO_STRING_PLAIN));
}

static void check_names(struct reading *r, const struct rule *rules, size_t n)
{
	AUTO(json_putp) struct json_object *seen = json_object_new_object();
	char at[48];

	for (size_t i = 0; i < n; i++) {
		if (!rules[i].name || !*rules[i].name)
			continue;
		snprintf(at, sizeof(at), "/%zu/name", i);
		if (json_object_object_get_ex(seen, rules[i].name, NULL))
			problem(r, at, "another rule has the same name; detections could not be told apart");
		json_object_object_add(seen, rules[i].name, NULL);
	}
}

size_t ruleset_compile(struct json_object *array, const char *file, const struct logic_binding *binding,
		       struct rule **rules, size_t *count, struct buf *problems)
{
	struct reading r = {file, binding, problems, 0};
	size_t n;

	*rules = NULL;
	*count = 0;
	if (!json_object_is_type(array, json_type_array)) {
		problem(&r, "", "a rule file is an array of rules: [{\"name\": …, \"rule\": …}]");
		return r.count;
	}
	n = json_object_array_length(array);
	if (n > MAX_RULES) {
		problem(&r, "", "more than 10000 rules");
		return r.count;
	}
	*rules = mem_calloc(n, sizeof(**rules));
	*count = n;
	for (size_t i = 0; i < n; i++)
		read_rule(&r, json_object_array_get_idx(array, i), i, &(*rules)[i]);
	check_names(&r, *rules, n);
	return r.count;
}

void ruleset_free(struct rule *rules, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(rules[i].name);
		free(rules[i].description);
		free(rules[i].message);
		free(rules[i].severity);
		logic_free(rules[i].program);
	}
	free(rules);
}
