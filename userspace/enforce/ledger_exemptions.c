/* Exemptions that counted: one entry per container, rule and what exempts from it. */
#include "base/json.h"
#include "base/memory.h"
#include "ledger_internal.h"

#include <stdlib.h>
#include <string.h>

#define BY_WHITE_LIST "WHITE_LIST, IMAGE_WHITE_LIST"

/* Who is exempt from what, by what. Never changed, so that pages read it without the lock. */
struct excuse {
	atomic_int refs;
	char *id, *name, *rule, *by, *owner, *reason; /* the last two: of a whitelist rule, or NULL */
	uint64_t expires_ns;			      /* 0: never */
	size_t bytes;				      /* of these texts */
};

struct exemption_entry {
	UT_hash_handle hh;
	char *key;
	struct excuse *excuse;
	uint64_t count, last_ns;
};

static void excuse_put(struct excuse *x)
{
	if (atomic_fetch_sub(&x->refs, 1) != 1)
		return;
	free(x->id);
	free(x->name);
	free(x->rule);
	free(x->by);
	free(x->owner);
	free(x->reason);
	free(x);
}

/* What it takes, about. */
static size_t size_of(const struct exemption_entry *e)
{
	return sizeof(*e) + sizeof(*e->excuse) + strlen(e->key) + e->excuse->bytes;
}

static void drop(struct ledger *l, struct exemption_entry *e)
{
	HASH_DEL(l->exemptions, e);
	l->exemption_bytes -= size_of(e);
	excuse_put(e->excuse);
	free(e->key);
	free(e);
}

void ledger_free_exemptions(struct ledger *l)
{
	struct exemption_entry *e, *next;

	HASH_ITER (hh, l->exemptions, e, next) {
		drop(l, e);
	}
}

/* The copy, counted. */
static char *keep(struct excuse *e, const char *s)
{
	char *text = ledger_text(s);

	e->bytes += text ? strlen(text) : 0;
	return text;
}

static struct excuse *excuse_new(const struct container *c, const struct exempted *x)
{
	struct excuse *e = mem_calloc(1, sizeof(*e));
	AUTO(free_charp) char *id = ledger_key(c);

	atomic_init(&e->refs, 1);
	e->id = keep(e, id);
	e->name = keep(e, *c->name ? c->name : UNNAMED);
	e->rule = keep(e, x->rule->name);
	e->by = keep(e, x->by ? x->by->name : BY_WHITE_LIST);
	if (x->by) {
		e->owner = keep(e, x->by->owner);
		e->reason = keep(e, x->by->reason);
		e->expires_ns = x->by->expires_ns;
	}
	return e;
}

/* uthash keeps the order of insertion: the oldest go, never the one that was just added. */
static void make_room(struct ledger *l)
{
	struct exemption_entry *e, *next;

	HASH_ITER (hh, l->exemptions, e, next) {
		if (HASH_COUNT(l->exemptions) <= LEDGER_MAX && l->exemption_bytes <= LEDGER_MAX_BYTES)
			return;
		drop(l, e);
	}
}

static struct exemption_entry *entry_of(struct ledger *l, const char *key, const struct container *c,
					const struct exempted *x)
{
	struct exemption_entry *e;

	HASH_FIND(hh, l->exemptions, key, strlen(key), e);
	if (e)
		return e;
	e = mem_calloc(1, sizeof(*e));
	e->key = mem_strdup(key);
	e->excuse = excuse_new(c, x);
	HASH_ADD_KEYPTR(hh, l->exemptions, e->key, strlen(e->key), e);
	l->exemption_bytes += size_of(e);
	make_room(l);
	return e;
}

void ledger_add_exemption(struct ledger *l, const struct container *c, const struct exempted *x,
			  uint64_t wall_ns)
{
	AUTO(free_charp) char *id = ledger_key(c);
	AUTO(free_charp) char *key = mem_printf("%s\n%s\n%s", id, x->rule->name, x->by ? x->by->name : "");
	struct exemption_entry *e;

	pthread_mutex_lock(&l->lock);
	e = entry_of(l, key, c, x);
	e->count++;
	e->last_ns = wall_ns;
	pthread_mutex_unlock(&l->lock);
	atomic_fetch_add(&l->exempted, 1);
}

static struct json_object *entry_to_json(const struct exemption_entry *e)
{
	struct json_object *j = json_object_new_object();
	const struct excuse *x = e->excuse;

	json_add_str(j, "id", x->id);
	json_add_str(j, "name", x->name);
	json_add_str(j, "rule", x->rule);
	json_add_str(j, "exempt_by", x->by);
	if (x->owner)
		json_add_str(j, "owner", x->owner);
	if (x->reason)
		json_add_str(j, "reason", x->reason);
	if (x->expires_ns)
		ledger_add_time(j, "expires", x->expires_ns);
	json_add_uint(j, "count", e->count);
	ledger_add_time(j, "last_timestamp", e->last_ns);
	return j;
}

/* Each as it is now; the caller puts their excuses, and frees. */
static size_t copy_entries(struct ledger *l, struct exemption_entry **out)
{
	struct exemption_entry *e, *next;
	size_t n = 0;

	pthread_mutex_lock(&l->lock);
	*out = mem_calloc(HASH_COUNT(l->exemptions), sizeof(**out));
	HASH_ITER (hh, l->exemptions, e, next) {
		atomic_fetch_add(&e->excuse->refs, 1);
		(*out)[n++] = *e;
	}
	pthread_mutex_unlock(&l->lock);
	return n;
}

struct json_object *ledger_exemptions_to_json(struct ledger *l)
{
	struct json_object *list = json_object_new_array();
	struct exemption_entry *copies;
	size_t n = copy_entries(l, &copies);

	for (size_t i = 0; i < n; i++) {
		json_object_array_add(list, entry_to_json(&copies[i]));
		excuse_put(copies[i].excuse);
	}
	free(copies);
	return list;
}

uint64_t ledger_exempted(struct ledger *l)
{
	return atomic_load(&l->exempted);
}
