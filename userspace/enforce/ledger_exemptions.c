/* Exemptions that counted: one entry per container, rule and what exempts from it. */
#include "base/json.h"
#include "base/memory.h"
#include "ledger_internal.h"

#include <stdlib.h>
#include <string.h>

#define BY_WHITE_LIST "WHITE_LIST, IMAGE_WHITE_LIST"

struct exemption_entry {
	UT_hash_handle hh;
	char *key;
	char *id, *name, *rule, *by, *owner, *reason; /* the last two: of a whitelist rule, or NULL */
	uint64_t expires_ns;			      /* 0: never */
	uint64_t count, last_ns;
};

static void drop(struct ledger *l, struct exemption_entry *e)
{
	HASH_DEL(l->exemptions, e);
	free(e->key);
	free(e->id);
	free(e->name);
	free(e->rule);
	free(e->by);
	free(e->owner);
	free(e->reason);
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

static struct exemption_entry *make(const char *key, const struct container *c, const struct exempted *x)
{
	struct exemption_entry *e = mem_calloc(1, sizeof(*e));

	e->key = mem_strdup(key);
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

void ledger_add_exemption(struct ledger *l, const struct container *c, const struct exempted *x,
			  uint64_t wall_ns)
{
	AUTO(free_charp)
	char *key = mem_printf("%s\n%s\n%s", ledger_key(c), x->rule->name, x->by ? x->by->name : "");
	struct exemption_entry *e;

	HASH_FIND(hh, l->exemptions, key, strlen(key), e);
	if (!e) {
		if (HASH_COUNT(l->exemptions) >= LEDGER_MAX)
			drop(l, l->exemptions); /* uthash keeps the order of insertion */
		e = make(key, c, x);
		HASH_ADD_KEYPTR(hh, l->exemptions, e->key, strlen(e->key), e);
	}
	e->count++;
	e->last_ns = wall_ns;
	l->exempted++;
}

static struct json_object *entry_to_json(const struct exemption_entry *e)
{
	struct json_object *j = json_object_new_object();

	json_add_str(j, "id", e->id);
	json_add_str(j, "name", e->name);
	json_add_str(j, "rule", e->rule);
	json_add_str(j, "exempt_by", e->by);
	if (e->owner)
		json_add_str(j, "owner", e->owner);
	if (e->reason)
		json_add_str(j, "reason", e->reason);
	if (e->expires_ns)
		ledger_add_time(j, "expires", e->expires_ns);
	json_add_uint(j, "count", e->count);
	ledger_add_time(j, "last_timestamp", e->last_ns);
	return j;
}

struct json_object *ledger_exemptions_to_json(struct ledger *l)
{
	struct json_object *list = json_object_new_array();
	struct exemption_entry *e, *next;

	pthread_mutex_lock(&l->lock);
	HASH_ITER (hh, l->exemptions, e, next) {
		json_object_array_add(list, entry_to_json(e));
	}
	pthread_mutex_unlock(&l->lock);
	return list;
}

uint64_t ledger_exempted(struct ledger *l)
{
	uint64_t n;

	pthread_mutex_lock(&l->lock);
	n = l->exempted;
	pthread_mutex_unlock(&l->lock);
	return n;
}
