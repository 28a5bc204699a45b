#include "rules/ruleset.h"
#include "rules/needs.h"
#include "base/config.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_RULES	10000
#define TRIGGER_TIMEOUT (30 * NS_PER_S)

/* ---- problems ---- */

struct reading {
	enum rule_file kind;
	const char *file;
	const struct logic_binding *binding;
	struct findings *findings;
	size_t count;
};

/* Where in the file: a rule's index and a key below it, or NULL. */
struct place {
	size_t index;
	const char *key;
};

static void problem(struct reading *r, const struct place *at, const char *below, const char *what)
{
	AUTO(buf_free) struct buf pointer = {0};

	if (!at)
		buf_puts(&pointer, "/");
	else
		buf_printf(&pointer, "/%zu", at->index);
	if (at && at->key) {
		AUTO(free_charp) char *key = str_cut(at->key, 60);

		buf_add_pointer(&pointer, key);
	}
	buf_puts(&pointer, below);
	findings_add(r->findings, false, r->file, pointer.s, what);
	r->count++;
}

/* ---- a rule's keys ---- */

typedef void (*read_fn)(struct reading *r, struct json_object *v, const struct place *at, struct rule *out);

/* Index of a string in `choices`; a problem if it is none of them. */
static int read_choice(struct reading *r, struct json_object *v, const struct place *at,
		       const char *const *choices)
{
	const char *text = json_object_is_type(v, json_type_string) ? json_object_get_string(v) : "";
	AUTO(buf_free) struct buf what = {0};

	for (int i = 0; choices[i]; i++)
		if (!strcasecmp(text, choices[i]))
			return i;
	buf_puts(&what, "must be one of");
	for (; *choices; choices++)
		buf_printf(&what, " \"%s\"", *choices);
	problem(r, at, "", what.s);
	return 0;
}

static char *read_text(struct reading *r, struct json_object *v, const struct place *at)
{
	const char *text = json_object_is_type(v, json_type_string) ? json_object_get_string(v) : NULL;

	if (!text)
		problem(r, at, "", "must be a string");
	else if (strlen(text) != (size_t)json_object_get_string_len(v))
		problem(r, at, "", "must not hold a NUL character");
	return mem_strdup(text ? text : "");
}

static void read_name(struct reading *r, struct json_object *v, const struct place *at, struct rule *out)
{
	free(out->name);
	out->name = read_text(r, v, at);
	if (json_object_is_type(v, json_type_string) && !*out->name)
		problem(r, at, "", "must not be empty");
	/* it stands in lines, labels and headings of people's */
	if (!str_is_plain(out->name, strlen(out->name)))
		problem(r, at, "",
			"must not hold characters that nobody sees: control characters, line breaks, what "
			"turns or hides text");
}

static void read_description(struct reading *r, struct json_object *v, const struct place *at,
			     struct rule *out)
{
	out->description = read_text(r, v, at);
}

static void read_severity(struct reading *r, struct json_object *v, const struct place *at, struct rule *out)
{
	out->severity = read_text(r, v, at);
}

static void read_owner(struct reading *r, struct json_object *v, const struct place *at, struct rule *out)
{
	out->owner = read_text(r, v, at);
}

static void read_reason(struct reading *r, struct json_object *v, const struct place *at, struct rule *out)
{
	out->reason = read_text(r, v, at);
}

static struct logic_program *read_template(struct reading *r, struct json_object *v, const struct place *at)
{
	AUTO(free_charp) char *text = read_text(r, v, at);
	struct err err;
	struct logic_program *p = template_compile(text, r->binding, &err);

	if (!p)
		problem(r, at, "", err.msg);
	return p;
}

static void read_message(struct reading *r, struct json_object *v, const struct place *at, struct rule *out)
{
	out->message = read_template(r, v, at);
}

static void read_mode(struct reading *r, struct json_object *v, const struct place *at, struct rule *out)
{
	static const char *const modes[] = {"warn", "kill", NULL};

	out->mode = read_choice(r, v, at, modes);
}

static void read_action(struct reading *r, struct json_object *v, const struct place *at, struct rule *out)
{
	static const char *const actions[] = {"stop", "kill", "pause", "update", NULL};

	out->action = (enum action)read_choice(r, v, at, actions);
}

static void read_duration(struct reading *r, struct json_object *v, const struct place *at, uint64_t *out)
{
	const char *text = json_object_is_type(v, json_type_string) ? json_object_get_string(v) : "";

	if (!str_parse_duration(text, strlen(text), out))
		problem(r, at, "", "must be a duration like \"30s\" or \"5m\"");
}

static void read_for(struct reading *r, struct json_object *v, const struct place *at, struct rule *out)
{
	read_duration(r, v, at, &out->for_ns);
}

static void read_grace(struct reading *r, struct json_object *v, const struct place *at, struct rule *out)
{
	read_duration(r, v, at, &out->grace_ns);
}

static void read_remind(struct reading *r, struct json_object *v, const struct place *at, struct rule *out)
{
	read_duration(r, v, at, &out->remind_ns);
}

static void read_enabled(struct reading *r, struct json_object *v, const struct place *at, struct rule *out)
{
	if (!json_object_is_type(v, json_type_boolean))
		problem(r, at, "", "must be true or false");
	out->enabled = json_object_get_boolean(v);
}

static void read_expires(struct reading *r, struct json_object *v, const struct place *at, struct rule *out)
{
	out->expires_ns = clock_parse_rfc3339(
		json_object_is_type(v, json_type_string) ? json_object_get_string(v) : "");
	if (!out->expires_ns)
		problem(r, at, "",
			"must be a date (RFC 3339) like \"2027-01-31\" or \"2027-01-31T18:00:00Z\"");
}

static void read_logic(struct reading *r, struct json_object *v, const struct place *at, struct rule *out)
{
	AUTO(buf_free) struct buf inner = {0};
	struct err err;

	out->program = logic_compile(v, r->binding, false, &inner, &err);
	if (out->program)
		out->needs = logic_needs(out->program);
	else
		problem(r, at, inner.s ? inner.s : "", err.msg);
}

static struct logic_program *read_part(struct reading *r, struct json_object *v, const struct place *at)
{
	AUTO(buf_free) struct buf inner = {0};
	struct err err;
	struct logic_program *p = logic_compile(v, r->binding, false, &inner, &err);

	if (!p)
		problem(r, at, inner.s ? inner.s : "", err.msg);
	return p;
}

static void read_per(struct reading *r, struct json_object *v, const struct place *at, struct rule *out)
{
	out->per = read_part(r, v, at);
}

static void read_pick(struct reading *r, struct json_object *v, const struct place *at, struct rule *out)
{
	out->pick = read_part(r, v, at);
}

static void read_update(struct reading *r, struct json_object *v, const struct place *at, struct rule *out)
{
	AUTO(buf_free) struct buf inner = {0};
	struct err err;

	out->update = update_compile(v, r->binding, &inner, &err);
	if (!out->update)
		problem(r, at, inner.s ? inner.s : "", err.msg);
}

static void read_take(struct reading *r, struct json_object *v, const struct place *at, struct rule *out)
{
	int64_t n = json_object_is_type(v, json_type_int) ? json_object_get_int64(v) : 0;

	if (n < 1)
		problem(r, at, "", "must be a whole number from 1 on: how many \"pick\" takes at once");
	out->take = (uint64_t)n;
}

/* ---- a trigger's keys ---- */

static void read_exec(struct reading *r, struct json_object *v, const struct place *at, struct rule *out)
{
	size_t n = json_object_is_type(v, json_type_array) ? json_object_array_length(v) : 0;

	for (size_t i = 0; i < n; i++)
		if (!json_object_is_type(json_object_array_get_idx(v, i), json_type_string))
			n = 0;
	if (!n || *json_str_at(v, 0) != '/') {
		problem(r, at, "", "must be a list of strings: a program's absolute path, and its arguments");
		return;
	}
	out->trigger->exec = mem_calloc(n + 1, sizeof(char *));
	for (size_t i = 0; i < n; i++)
		out->trigger->exec[i] = mem_strdup(json_str_at(v, i));
}

static bool are_texts(struct json_object *object)
{
	if (!json_object_is_type(object, json_type_object))
		return false;
	json_object_object_foreach (object, key, value) {
		if (!json_object_is_type(value, json_type_string) ||
		    strpbrk(json_object_get_string(value), "\r\n") || strpbrk(key, "\r\n:"))
			return false;
	}
	return true;
}

static void read_webhook(struct reading *r, struct json_object *v, const struct place *at, struct rule *out)
{
	const char *url = json_get_str(v, "url");
	struct json_object *headers = json_get(v, "headers");
	int known = (*url != 0) + (headers != NULL);

	if (!str_starts_with(url, "http://") && !str_starts_with(url, "https://")) {
		problem(r, at, "", "must be an object with \"url\", which begins with https:// or http://");
		return;
	}
	if (json_object_object_length(v) != known)
		problem(r, at, "", "has keys other than \"url\" and \"headers\"");
	if (headers && !are_texts(headers))
		problem(r, at, "/headers", "must be an object of strings, each a header's value in one line");
	out->trigger->url = mem_strdup(url);
	out->trigger->headers = json_object_get(headers);
}

static void read_log(struct reading *r, struct json_object *v, const struct place *at, struct rule *out)
{
	out->trigger->log = read_template(r, v, at);
}

static void read_timeout(struct reading *r, struct json_object *v, const struct place *at, struct rule *out)
{
	read_duration(r, v, at, &out->trigger->timeout_ns);
}

/* ---- files ---- */

#define IN(f)	   (1U << (f))
#define RULES	   IN(FILE_RULES)
#define REQUESTS   IN(FILE_REQUEST_RULES)
#define EXEMPTIONS IN(FILE_WHITELIST_RULES)
#define TRIGGERS   IN(FILE_TRIGGERS)

static const struct key {
	const char *name;
	unsigned files; /* where it may be */
	read_fn read;
} keys[] = {
	{"name", RULES | REQUESTS | EXEMPTIONS | TRIGGERS, read_name},
	{"rule", RULES | REQUESTS | EXEMPTIONS | TRIGGERS, read_logic},
	{"description", RULES | REQUESTS | EXEMPTIONS | TRIGGERS, read_description},
	{"enabled", RULES | REQUESTS | EXEMPTIONS | TRIGGERS, read_enabled},
	{"message", RULES | REQUESTS, read_message},
	{"severity", RULES | REQUESTS, read_severity},
	{"mode", RULES | REQUESTS, read_mode},
	{"action", RULES, read_action},
	{"for", RULES, read_for},
	{"grace", RULES, read_grace},
	{"per", RULES, read_per},
	{"pick", RULES, read_pick},
	{"take", RULES, read_take},
	{"update", RULES, read_update},
	{"remind", RULES, read_remind},
	{"owner", EXEMPTIONS, read_owner},
	{"reason", EXEMPTIONS, read_reason},
	{"expires", EXEMPTIONS, read_expires},
	{"exec", TRIGGERS, read_exec},
	{"webhook", TRIGGERS, read_webhook},
	{"log", TRIGGERS, read_log},
	{"timeout", TRIGGERS, read_timeout},
};

const char *rule_file_name(enum rule_file f)
{
	static const char *const names[] = {[FILE_RULES] = "rules.json",
					    [FILE_REQUEST_RULES] = "request_rules.json",
					    [FILE_WHITELIST_RULES] = "whitelist_rules.json",
					    [FILE_TRIGGERS] = "triggers.json"};

	return names[f];
}

const char *rule_folder_name(enum rule_file f)
{
	static const char *const names[] = {[FILE_RULES] = "rules.d",
					    [FILE_REQUEST_RULES] = "request_rules.d",
					    [FILE_WHITELIST_RULES] = "whitelist_rules.d",
					    [FILE_TRIGGERS] = "triggers.d"};

	return names[f];
}

bool rule_is_enforced(const struct rule *rule, int mode)
{
	return (rule->mode < 0 ? mode : rule->mode) == MODE_KILL;
}

bool rule_has_expired(const struct rule *rule, uint64_t wall_ns)
{
	return rule->expires_ns && wall_ns >= rule->expires_ns;
}

int action_strength(enum action a)
{
	static const int strength[] = {
		[ACTION_UPDATE] = 0, [ACTION_PAUSE] = 1, [ACTION_STOP] = 2, [ACTION_KILL] = 3};

	return strength[a];
}

const char *action_name(enum action a)
{
	static const char *const names[] = {[ACTION_STOP] = "stop",
					    [ACTION_KILL] = "kill",
					    [ACTION_PAUSE] = "pause",
					    [ACTION_UPDATE] = "update"};

	return names[a];
}

static const struct key *find_key(enum rule_file kind, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (keys[i].files & IN(kind) && !strcmp(keys[i].name, name))
			return &keys[i];
	return NULL;
}

static void unknown_key(struct reading *r, const struct place *at)
{
	const char *names[ARRAY_LEN(keys) + 1], *nearest;
	AUTO(buf_free) struct buf what = {0};
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (keys[i].files & IN(r->kind))
			names[n++] = keys[i].name;
	names[n] = NULL;
	nearest = str_nearest(at->key, names);
	buf_puts(&what, "unknown key");
	if (nearest)
		buf_printf(&what, "; did you mean \"%s\"?", nearest);
	problem(r, at, "", what.s);
}

static void check_trigger(struct reading *r, struct json_object *j, const struct place *at)
{
	int ways = json_object_object_get_ex(j, "exec", NULL) +
		   json_object_object_get_ex(j, "webhook", NULL) + json_object_object_get_ex(j, "log", NULL);

	if (ways != 1)
		problem(r, at, "", "a trigger needs one of \"exec\", \"webhook\" and \"log\"");
}

/* FNV-1a (RFC 9923). */
static uint64_t hash_text(const char *s)
{
	uint64_t h = 14695981039346656037ULL;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 1099511628211ULL;
	return h;
}

/* What only makes sense beside another key. */
static void check_grouping(struct reading *r, struct json_object *j, const struct rule *rule,
			   const struct place *at)
{
	if (json_object_object_get_ex(j, "take", NULL) && !json_object_object_get_ex(j, "pick", NULL))
		problem(r, at, "", "\"take\" needs \"pick\", which says what is taken first");
	if ((rule->action == ACTION_UPDATE) != json_object_object_get_ex(j, "update", NULL))
		problem(r, at, "",
			"\"action\": \"update\" and \"update\", which says what is set, need each other");
	if (rule->needs & NEED_GROUP && rule->needs != NEED_ALL && !json_object_object_get_ex(j, "per", NULL))
		problem(r, at, "",
			"reads `group`, and has no \"per\" that says who is together; true is the host");
}

static void read_rule(struct reading *r, struct json_object *j, size_t index, struct rule *rule)
{
	const struct place at = {index, NULL};

	rule->mode = -1;
	rule->enabled = true;
	rule->take = 1;
	rule->name = mem_strdup("");
	if (!json_object_is_type(j, json_type_object)) {
		problem(r, &at, "", "a rule is an object with \"name\" and \"rule\"");
		return;
	}
	if (r->kind == FILE_TRIGGERS) {
		rule->trigger = mem_calloc(1, sizeof(*rule->trigger));
		rule->trigger->timeout_ns = TRIGGER_TIMEOUT;
		check_trigger(r, j, &at);
	}
	json_object_object_foreach (j, name, value) {
		const struct place key_at = {index, name};
		const struct key *key = find_key(r->kind, name);

		if (key)
			key->read(r, value, &key_at, rule);
		else
			unknown_key(r, &key_at);
	}
	if (!json_object_object_get_ex(j, "name", NULL))
		problem(r, &at, "", "a rule needs a \"name\"");
	if (r->kind != FILE_TRIGGERS && !json_object_object_get_ex(j, "rule", NULL))
		problem(r, &at, "", "a rule needs \"rule\", its JsonLogic expression");
	check_grouping(r, j, rule, &at);
	rule->hash = hash_text(json_object_to_json_string_ext(j, JSON_C_TO_STRING_PLAIN));
}

static void check_names(struct reading *r, const struct rule_list *list)
{
	AUTO(json_putp) struct json_object *seen = json_object_new_object();

	for (size_t i = 0; i < list->count; i++) {
		const struct place at = {i, "name"};

		if (!*list->items[i].name)
			continue;
		if (json_object_object_get_ex(seen, list->items[i].name, NULL))
			problem(r, &at, "",
				"another rule has the same name; detections could not be told apart");
		json_object_object_add(seen, list->items[i].name, NULL);
	}
}

size_t ruleset_compile(enum rule_file kind, struct json_object *array, const char *file,
		       const struct logic_binding *binding, struct rule_list *out, struct findings *findings)
{
	struct reading r = {kind, file, binding, findings, 0};

	*out = (struct rule_list){0};
	if (!json_object_is_type(array, json_type_array)) {
		problem(&r, NULL, "", "a rule file is an array of rules: [{\"name\": …, \"rule\": …}]");
		return r.count;
	}
	if (json_object_array_length(array) > MAX_RULES) {
		problem(&r, NULL, "", "more than 10000 rules");
		return r.count;
	}
	out->count = json_object_array_length(array);
	out->items = mem_calloc(out->count, sizeof(*out->items));
	for (size_t i = 0; i < out->count; i++)
		read_rule(&r, json_object_array_get_idx(array, i), i, &out->items[i]);
	check_names(&r, out);
	return r.count;
}

void ruleset_append(struct rule_list *to, struct rule_list *from)
{
	to->items = mem_realloc(to->items, (to->count + from->count) * sizeof(*to->items));
	if (from->count)
		memcpy(to->items + to->count, from->items, from->count * sizeof(*to->items));
	to->count += from->count;
	free(from->items);
	*from = (struct rule_list){0};
}

static void trigger_free(struct trigger *t)
{
	if (!t)
		return;
	for (char **arg = t->exec; arg && *arg; arg++)
		free(*arg);
	free(t->exec);
	free(t->url);
	json_object_put(t->headers);
	logic_free(t->log);
	free(t);
}

void ruleset_free(struct rule_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct rule *rule = &list->items[i];

		free(rule->name);
		free(rule->description);
		free(rule->severity);
		free(rule->owner);
		free(rule->reason);
		logic_free(rule->message);
		logic_free(rule->program);
		logic_free(rule->per);
		logic_free(rule->pick);
		update_free(rule->update);
		trigger_free(rule->trigger);
	}
	free(list->items);
	*list = (struct rule_list){0};
}
