/* Detections. Exemptions are in ledger_exemptions.c. */
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "ledger_internal.h"

#include <stdlib.h>
#include <string.h>

struct found_rule {
	char *name, *detail; /* detail: the rule's error or message, "" if none */
	bool failed;
};

struct entry {
	UT_hash_handle hh;
	char *id, *name, *image, *owner, *labels;
	const char *source; /* static */
	const char *action; /* static; NULL: nothing was done */
	uint64_t count, first_ns, last_ns, action_ns;
	struct found_rule *rules; /* latest verdict's first, then what was found before */
	size_t rule_count;
};

struct rule_count {
	UT_hash_handle hh;
	char *name;
	uint64_t count;
};

struct ledger *ledger_new(void)
{
	struct ledger *l = mem_calloc(1, sizeof(*l));

	pthread_mutex_init(&l->lock, NULL);
	return l;
}

static void entry_free_rules(struct entry *e)
{
	for (size_t i = 0; i < e->rule_count; i++) {
		free(e->rules[i].name);
		free(e->rules[i].detail);
	}
	free(e->rules);
}

static void entry_free(struct ledger *l, struct entry *e)
{
	HASH_DEL(l->entries, e);
	entry_free_rules(e);
	free(e->id);
	free(e->name);
	free(e->image);
	free(e->owner);
	free(e->labels);
	free(e);
}

void ledger_free(struct ledger *l)
{
	struct rule_count *rc, *next_rc;
	struct entry *e, *next;

	HASH_ITER (hh, l->entries, e, next) {
		entry_free(l, e);
	}
	HASH_ITER (hh, l->counts, rc, next_rc) {
		HASH_DEL(l->counts, rc);
		free(rc->name);
		free(rc);
	}
	ledger_free_exemptions(l);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

static void drop_oldest(struct ledger *l)
{
	struct entry *e, *next, *oldest = NULL;

	HASH_ITER (hh, l->entries, e, next) {
		if (!oldest || e->last_ns < oldest->last_ns)
			oldest = e;
	}
	if (oldest)
		entry_free(l, oldest);
}

const char *ledger_key(const struct container *c)
{
	if (*c->id)
		return c->id;
	return *c->name ? c->name + (*c->name == '/') : UNNAMED;
}

static struct entry *find_entry(struct ledger *l, const struct container *c)
{
	const char *key = ledger_key(c);
	struct entry *e;

	HASH_FIND(hh, l->entries, key, strlen(key), e);
	return e;
}

static struct entry *entry_of(struct ledger *l, const struct container *c)
{
	struct entry *e = find_entry(l, c);

	if (e)
		return e;
	if (HASH_COUNT(l->entries) >= LEDGER_MAX)
		drop_oldest(l);
	e = mem_calloc(1, sizeof(*e));
	e->id = mem_strdup(ledger_key(c));
	HASH_ADD_KEYPTR(hh, l->entries, e->id, strlen(e->id), e);
	return e;
}

static void replace(char **member, const char *s)
{
	if (*member && !strcmp(*member, s))
		return;
	free(*member);
	*member = mem_strdup(s);
}

static void count_rule(struct ledger *l, const char *name)
{
	struct rule_count *rc;

	HASH_FIND(hh, l->counts, name, strlen(name), rc);
	if (!rc) {
		rc = mem_calloc(1, sizeof(*rc));
		rc->name = mem_strdup(name);
		HASH_ADD_KEYPTR(hh, l->counts, rc->name, strlen(rc->name), rc);
	}
	rc->count++;
}

static bool verdict_names(const struct verdict *v, const char *rule)
{
	for (size_t i = 0; i < v->count; i++)
		if (!strcmp(v->items[i].rule->name, rule))
			return true;
	return false;
}

/* The verdict's rules come first, those found earlier stay behind them. */
static void merge_rules(struct entry *e, const struct verdict *v)
{
	struct found_rule *rules = mem_calloc(v->count + e->rule_count, sizeof(*rules));
	size_t n = 0;

	for (size_t i = 0; i < v->count; i++) {
		const struct violation *x = &v->items[i];

		rules[n++] = (struct found_rule){mem_strdup(x->rule->name),
						 mem_strdup(x->error	 ? x->error
							    : x->message ? x->message
									 : ""),
						 x->error != NULL};
	}
	for (size_t i = 0; i < e->rule_count; i++) {
		if (verdict_names(v, e->rules[i].name)) {
			free(e->rules[i].name);
			free(e->rules[i].detail);
		} else {
			rules[n++] = e->rules[i];
		}
	}
	free(e->rules);
	e->rules = rules;
	e->rule_count = n;
}

static void record_violations(struct ledger *l, const struct container *c, const char *owner,
			      const char *source, const struct verdict *v, bool counts, uint64_t wall_ns)
{
	struct entry *e = entry_of(l, c);

	e->last_ns = wall_ns;
	if (!counts && e->count)
		return;
	replace(&e->name, *c->name ? c->name : UNNAMED);
	replace(&e->image, c->image);
	replace(&e->owner, owner);
	if (!e->labels)
		e->labels = mem_strdup(c->labels_text);
	if (!e->count)
		e->first_ns = wall_ns;
	e->source = source;
	e->count++;
	merge_rules(e, v);
	for (size_t i = 0; i < v->count; i++)
		count_rule(l, v->items[i].rule->name);
}

void ledger_record(struct ledger *l, const struct container *c, const char *owner, const char *source,
		   const struct verdict *v, bool counts, uint64_t wall_ns)
{
	pthread_mutex_lock(&l->lock);
	if (v->count)
		record_violations(l, c, owner, source, v, counts, wall_ns);
	for (size_t i = 0; i < v->exempted_count; i++)
		ledger_add_exemption(l, c, &v->exempted[i], wall_ns);
	pthread_mutex_unlock(&l->lock);
}

void ledger_count_request(struct ledger *l, const struct verdict *v)
{
	pthread_mutex_lock(&l->lock);
	for (size_t i = 0; i < v->count; i++)
		count_rule(l, v->items[i].rule->name);
	pthread_mutex_unlock(&l->lock);
}

void ledger_count_stop(struct ledger *l)
{
	pthread_mutex_lock(&l->lock);
	l->stopped++;
	pthread_mutex_unlock(&l->lock);
}

void ledger_note_action(struct ledger *l, const struct container *c, const char *what, uint64_t wall_ns)
{
	struct entry *e;

	pthread_mutex_lock(&l->lock);
	e = find_entry(l, c);
	if (e) {
		e->action = what;
		e->action_ns = wall_ns;
	}
	pthread_mutex_unlock(&l->lock);
}

const char *ledger_action(struct ledger *l, const struct container *c, uint64_t since_ns)
{
	const char *what = NULL;
	struct entry *e;

	pthread_mutex_lock(&l->lock);
	e = find_entry(l, c);
	if (e && e->action_ns >= since_ns)
		what = e->action;
	pthread_mutex_unlock(&l->lock);
	return what;
}

void ledger_add_time(struct json_object *j, const char *key, uint64_t wall_ns)
{
	char when[40];

	clock_format(wall_ns, 'T', when, sizeof(when));
	json_add_str(j, key, when);
}

static struct json_object *entry_to_json(const struct entry *e, const struct ledger_filter *filter)
{
	struct json_object *j = json_object_new_object();

	json_add_str(j, "id", e->id);
	json_add_str(j, "name", e->name);
	if (filter->all_rules) {
		struct json_object *list = json_object_new_array();

		for (size_t i = 0; i < e->rule_count; i++)
			json_object_array_add(list, json_object_new_string(e->rules[i].name));
		json_object_object_add(j, "violated_rule", list);
	} else {
		json_add_str(j, "violated_rule", e->rules[0].name);
	}
	if (*e->rules[0].detail)
		json_add_str(j, e->rules[0].failed ? "error" : "message", e->rules[0].detail);
	json_add_str(j, "owner", e->owner);
	json_add_str(j, "source", e->source);
	json_add_uint(j, "count", e->count);
	ledger_add_time(j, "first_timestamp", e->first_ns);
	ledger_add_time(j, "last_timestamp", e->last_ns);
	if (e->action) {
		json_add_str(j, "action", e->action);
		ledger_add_time(j, "action_timestamp", e->action_ns);
	}
	if (filter->image_and_labels) {
		json_add_str(j, "image", e->image);
		json_object_object_add(j, "labels", json_tokener_parse(e->labels));
	}
	return j;
}

struct json_object *ledger_to_json(struct ledger *l, const struct ledger_filter *filter)
{
	struct json_object *list = json_object_new_array();
	struct entry *e, *next;

	pthread_mutex_lock(&l->lock);
	HASH_ITER (hh, l->entries, e, next) {
		if (e->last_ns >= filter->since_ns)
			json_object_array_add(list, entry_to_json(e, filter));
	}
	pthread_mutex_unlock(&l->lock);
	return list;
}

uint64_t ledger_stopped(struct ledger *l)
{
	uint64_t n;

	pthread_mutex_lock(&l->lock);
	n = l->stopped;
	pthread_mutex_unlock(&l->lock);
	return n;
}

void ledger_each_rule(struct ledger *l, void (*fn)(void *arg, const char *rule, uint64_t detections),
		      void *arg)
{
	struct rule_count *rc, *next;

	pthread_mutex_lock(&l->lock);
	HASH_ITER (hh, l->counts, rc, next) {
		fn(arg, rc->name, rc->count);
	}
	pthread_mutex_unlock(&l->lock);
}
