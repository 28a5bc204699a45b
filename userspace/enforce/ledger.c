/* Detections. Exemptions are in ledger_exemptions.c. */
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "ledger_internal.h"
#include "view/verdict.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct found_rule {
	char *name, *detail; /* detail: the rule's error or message, "" if none */
	bool failed;
};

/* What was found, and on whom. Never changed, but replaced, so that pages read it without the lock. */
struct found {
	atomic_int refs;
	char *id, *name, *image, *owner;
	const char *source;	  /* static */
	struct value *labels;	  /* packed */
	struct found_rule *rules; /* latest verdict's first, then what was found before */
	size_t rule_count;
	size_t bytes; /* what it takes, about */
};

/* What changes with each detection. */
struct history {
	const char *action; /* static; NULL: nothing was done */
	uint64_t count, first_ns, last_ns, action_ns;
	uint64_t action_at_ns; /* when it is to be acted upon; 0: nothing is put off */
};

struct entry {
	UT_hash_handle hh;
	char *key; /* the container's id, or before it has one its name; a request's place */
	struct found *found;
	struct history history;
};

struct rule_count {
	UT_hash_handle hh;
	char *name;
	uint64_t count;
};

/* ---- what was found ---- */

static void found_put(struct found *f)
{
	if (!f || atomic_fetch_sub(&f->refs, 1) != 1)
		return;
	for (size_t i = 0; i < f->rule_count; i++) {
		free(f->rules[i].name);
		free(f->rules[i].detail);
	}
	free(f->rules);
	free(f->id);
	free(f->name);
	free(f->image);
	free(f->owner);
	free(f->labels);
	free(f);
}

static void add_rule(struct found *f, const char *name, const char *detail, bool failed)
{
	struct found_rule *r = &f->rules[f->rule_count++];

	*r = (struct found_rule){mem_strdup(name), ledger_text(detail ? detail : ""), failed};
	f->bytes += sizeof(*r) + strlen(r->name) + strlen(r->detail);
}

static void set_labels(struct found *f, const struct container *c)
{
	AUTO(json_putp) struct json_object *j = verdict_labels(c ? c->labels : value_null());

	f->labels = value_pack(j);
	json_object_object_foreach (j, name, value) {
		f->bytes += strlen(name) + strlen(json_str(value)) + VERDICT_LABEL_COST;
	}
}

static struct found *found_new(const struct occasion *o, const struct verdict *v)
{
	const struct container *c = o->container;
	struct found *f = mem_calloc(1, sizeof(*f));

	atomic_init(&f->refs, 1);
	f->id = c ? ledger_key(c) : mem_strdup("");
	f->name = ledger_text(!c ? o->place : *c->name ? c->name : UNNAMED);
	f->image = ledger_text(c ? c->image : "");
	f->owner = ledger_text(o->owner);
	f->source = o->source;
	f->bytes = sizeof(*f) + sizeof(struct entry) + 2 * strlen(f->id) + strlen(f->name) +
		   strlen(f->image) + strlen(f->owner);
	set_labels(f, c);
	f->rules = mem_calloc(v->count, sizeof(*f->rules));
	for (size_t i = 0; i < v->count; i++) {
		const struct violation *x = &v->items[i];

		add_rule(f, x->rule->name, x->error ? x->error : x->message, x->error != NULL);
	}
	return f;
}

static bool names_rule(const struct found *f, const char *name)
{
	for (size_t i = 0; i < f->rule_count; i++)
		if (!strcmp(f->rules[i].name, name))
			return true;
	return false;
}

/* What was found before, and not now, stays behind the latest. */
static void keep_earlier(struct found *f, const struct found *before)
{
	if (!before)
		return;
	f->rules = mem_realloc(f->rules, (f->rule_count + before->rule_count) * sizeof(*f->rules));
	for (size_t i = 0; i < before->rule_count; i++)
		if (!names_rule(f, before->rules[i].name))
			add_rule(f, before->rules[i].name, before->rules[i].detail, before->rules[i].failed);
}

/* ---- the ledger ---- */

struct ledger *ledger_new(void)
{
	struct ledger *l = mem_calloc(1, sizeof(*l));

	pthread_mutex_init(&l->lock, NULL);
	return l;
}

static void entry_free(struct ledger *l, struct entry *e)
{
	HASH_DEL(l->entries, e);
	l->bytes -= e->found->bytes;
	found_put(e->found);
	free(e->key);
	free(e);
}

void ledger_free(struct ledger *l)
{
	struct rule_count *rc, *next_rc;
	struct entry *e, *next;

	if (!l)
		return;
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

char *ledger_text(const char *s)
{
	return s ? str_cut(s, VERDICT_TEXT_MAX) : NULL;
}

char *ledger_key(const struct container *c)
{
	if (*c->id)
		return ledger_text(c->id);
	return ledger_text(*c->name ? c->name + (*c->name == '/') : UNNAMED);
}

static struct entry *find_entry(struct ledger *l, const char *key)
{
	struct entry *e;

	HASH_FIND(hh, l->entries, key, strlen(key), e);
	return e;
}

/* uthash keeps the order of insertion: the first is the one that was not seen for longest. */
static void make_latest(struct ledger *l, struct entry *e)
{
	HASH_DEL(l->entries, e);
	HASH_ADD_KEYPTR(hh, l->entries, e->key, strlen(e->key), e);
}

static void make_room(struct ledger *l)
{
	struct entry *e, *next;

	HASH_ITER (hh, l->entries, e, next) {
		if (HASH_COUNT(l->entries) <= LEDGER_MAX && l->bytes <= LEDGER_MAX_BYTES)
			return;
		entry_free(l, e);
	}
}

static struct entry *entry_of(struct ledger *l, const char *key)
{
	struct entry *e = find_entry(l, key);

	if (e) {
		make_latest(l, e);
		return e;
	}
	e = mem_calloc(1, sizeof(*e));
	e->key = mem_strdup(key);
	HASH_ADD_KEYPTR(hh, l->entries, e->key, strlen(e->key), e);
	return e;
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

static struct tally tally_of(const struct entry *e)
{
	return (struct tally){e->history.count, e->history.first_ns};
}

/* Moves the time of an entry that is there; false if there is none. */
static bool touch(struct ledger *l, const char *key, uint64_t wall_ns, struct tally *out)
{
	struct entry *e;

	pthread_mutex_lock(&l->lock);
	e = find_entry(l, key);
	if (e) {
		make_latest(l, e);
		e->history.last_ns = wall_ns;
		*out = tally_of(e);
	}
	pthread_mutex_unlock(&l->lock);
	return e != NULL;
}

static struct tally put_found(struct ledger *l, const char *key, struct found *fresh,
			      const struct occasion *o, const struct verdict *v)
{
	struct found *before;
	struct tally tally;
	struct history *h;
	struct entry *e;

	pthread_mutex_lock(&l->lock);
	e = entry_of(l, key);
	h = &e->history;
	before = e->found;
	keep_earlier(fresh, before);
	e->found = fresh;
	l->bytes += fresh->bytes - (before ? before->bytes : 0);
	h->last_ns = o->wall_ns;
	h->action_at_ns = o->action_at_ns;
	if (!h->count++)
		h->first_ns = o->wall_ns;
	if (o->done) {
		h->action = o->done;
		h->action_ns = o->wall_ns;
	}
	for (size_t i = 0; i < v->count; i++)
		count_rule(l, v->items[i].rule->name);
	tally = tally_of(e);
	make_room(l);
	pthread_mutex_unlock(&l->lock);
	found_put(before);
	return tally;
}

struct tally ledger_record(struct ledger *l, const struct occasion *o, const struct verdict *v, bool counts)
{
	struct tally tally = {0};
	AUTO(free_charp) char *key = o->container ? ledger_key(o->container) : ledger_text(o->place);

	if (v->count && (counts || !touch(l, key, o->wall_ns, &tally)))
		tally = put_found(l, key, found_new(o, v), o, v);
	for (size_t i = 0; i < v->exempted_count; i++)
		ledger_add_exemption(l, o->container, &v->exempted[i], o->wall_ns);
	return tally;
}

void ledger_count_stop(struct ledger *l)
{
	atomic_fetch_add(&l->stopped, 1);
}

void ledger_note_action(struct ledger *l, const struct container *c, const char *what, uint64_t wall_ns)
{
	AUTO(free_charp) char *key = ledger_key(c);
	struct entry *e;

	pthread_mutex_lock(&l->lock);
	e = find_entry(l, key);
	if (e) {
		e->history.action = what;
		e->history.action_ns = wall_ns;
		e->history.action_at_ns = 0;
	}
	pthread_mutex_unlock(&l->lock);
}

const char *ledger_action(struct ledger *l, const struct container *c, uint64_t since_ns)
{
	AUTO(free_charp) char *key = ledger_key(c);
	const char *what = NULL;
	struct entry *e;

	pthread_mutex_lock(&l->lock);
	e = find_entry(l, key);
	if (e && e->history.action_ns >= since_ns)
		what = e->history.action;
	pthread_mutex_unlock(&l->lock);
	return what;
}

/* ---- documents ---- */

void ledger_add_time(struct json_object *j, const char *key, uint64_t wall_ns)
{
	char when[40];

	clock_format(wall_ns, 'T', when, sizeof(when));
	json_add_str(j, key, when);
}

/* One entry as it was at a moment. */
struct copy {
	struct found *found; /* a reference */
	struct history history;
};

static void add_rules(struct json_object *j, const struct found *f, bool all)
{
	struct json_object *list;

	if (!all) {
		json_add_str(j, "violated_rule", f->rules[0].name);
		return;
	}
	list = json_object_new_array();
	for (size_t i = 0; i < f->rule_count; i++)
		json_object_array_add(list, json_object_new_string(f->rules[i].name));
	json_object_object_add(j, "violated_rule", list);
}

static struct json_object *copy_to_json(const struct copy *c, const struct ledger_filter *filter)
{
	struct json_object *j = json_object_new_object();
	const struct history *h = &c->history;
	const struct found *f = c->found;

	json_add_str(j, "id", f->id);
	json_add_str(j, "name", f->name);
	add_rules(j, f, filter->all_rules);
	if (*f->rules[0].detail)
		json_add_str(j, f->rules[0].failed ? "error" : "message", f->rules[0].detail);
	json_add_str(j, "owner", f->owner);
	json_add_str(j, "source", f->source);
	json_add_uint(j, "count", h->count);
	ledger_add_time(j, "first_timestamp", h->first_ns);
	ledger_add_time(j, "last_timestamp", h->last_ns);
	if (h->action_at_ns) {
		char at[40];

		clock_format_rfc3339(h->action_at_ns, at, sizeof(at));
		json_add_str(j, "action_at", at);
	}
	if (h->action) {
		json_add_str(j, "action", h->action);
		ledger_add_time(j, "action_timestamp", h->action_ns);
	}
	if (filter->image_and_labels) {
		json_add_str(j, "image", f->image);
		json_object_object_add(j, "labels", value_to_json(*f->labels));
	}
	return j;
}

/* The entries seen since `since_ns`; the caller puts what was found, and frees. */
static size_t copy_entries(struct ledger *l, uint64_t since_ns, struct copy **out)
{
	struct entry *e, *next;
	size_t n = 0;

	pthread_mutex_lock(&l->lock);
	*out = mem_calloc(HASH_COUNT(l->entries), sizeof(**out));
	HASH_ITER (hh, l->entries, e, next) {
		if (e->history.last_ns < since_ns)
			continue;
		atomic_fetch_add(&e->found->refs, 1);
		(*out)[n++] = (struct copy){e->found, e->history};
	}
	pthread_mutex_unlock(&l->lock);
	return n;
}

struct json_object *ledger_to_json(struct ledger *l, const struct ledger_filter *filter)
{
	struct json_object *list = json_object_new_array();
	struct copy *copies;
	size_t n = copy_entries(l, filter->since_ns, &copies);

	for (size_t i = 0; i < n; i++) {
		json_object_array_add(list, copy_to_json(&copies[i], filter));
		found_put(copies[i].found);
	}
	free(copies);
	return list;
}

uint64_t ledger_stopped(struct ledger *l)
{
	return atomic_load(&l->stopped);
}

size_t ledger_rules(struct ledger *l, struct rule_total **out)
{
	struct rule_count *rc, *next;
	size_t n = 0;

	pthread_mutex_lock(&l->lock);
	*out = mem_calloc(HASH_COUNT(l->counts), sizeof(**out));
	HASH_ITER (hh, l->counts, rc, next) {
		(*out)[n++] = (struct rule_total){rc->name, rc->count};
	}
	pthread_mutex_unlock(&l->lock);
	return n;
}

uint64_t ledger_detections(struct ledger *l, const char *rule)
{
	struct rule_count *rc;
	uint64_t n;

	pthread_mutex_lock(&l->lock);
	HASH_FIND(hh, l->counts, rule, strlen(rule), rc);
	n = rc ? rc->count : 0;
	pthread_mutex_unlock(&l->lock);
	return n;
}
