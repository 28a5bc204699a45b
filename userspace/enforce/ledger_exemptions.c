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

static void drop(struct ledger *l, struct exemption_entry *e)
{
	HASH_DEL(l->exemptions, e);
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

static char *copy(const char *s)
{
	return s ? mem_strdup(s) : NULL;
}

static struct excuse *excuse_new(const struct container *c, const struct exempted *x)
{
	struct excuse *e = mem_calloc(1, sizeof(*e));

	atomic_init(&e->refs, 1);
	e->id = mem_strdup(ledger_key(c));
	e->name = mem_strdup(*c->name ? c->name : UNNAMED);
	e->rule = mem_strdup(x->rule->name);
	e->by = mem_strdup(x->by ? x->by->name : BY_WHITE_LIST);
	if (x->by) {
		e->owner = copy(x->by->owner);
		e->reason = copy(x->by->reason);
		e->expires_ns = x->by->expires_ns;
	}
	return e;
}

static struct exemption_entry *entry_of(struct ledger *l, const char *key, const struct container *c,
					const struct exempted *x)
{
	struct exemption_entry *e;

	HASH_FIND(hh, l->exemptions, key, strlen(key), e);
	if (e)
		return e;
	if (HASH_COUNT(l->exemptions) >= LEDGER_MAX)
		drop(l, l->exemptions); /* uthash keeps the order of insertion */
	e = mem_calloc(1, sizeof(*e));
	e->key = mem_strdup(key);
	e->excuse = excuse_new(c, x);
	HASH_ADD_KEYPTR(hh, l->exemptions, e->key, strlen(e->key), e);
	return e;
}

void ledger_add_exemption(struct ledger *l, const struct container *c, const struct exempted *x,
			  uint64_t wall_ns)
{
	AUTO(free_charp)
	char *key = mem_printf("%s\n%s\n%s", ledger_key(c), x->rule->name, x->by ? x->by->name : "");
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
