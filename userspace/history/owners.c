#include "history/owners.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "tables_internal.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#define CLAIM_NS (60 * NS_PER_S)
#define DAY_NS	 (86400 * NS_PER_S)
#define KEPT_NS	 (7 * DAY_NS)	  /* what is gone */
#define EXEC_NS	 DAY_NS		  /* dockerd forgets an exec minutes after its end, and tells nobody */
#define MOST	 50000		  /* the oldest goes for the next */
#define SWEEP_NS (600 * NS_PER_S) /* what is due to be forgotten is looked for so often */
#define KEY_MAX	 320

#define PUT    "INSERT OR REPLACE INTO owners (kind, id, owner, maker, since, gone) VALUES (?, ?, ?, ?, ?, ?)"
#define REMOVE "DELETE FROM owners WHERE kind = ? AND id = ?"

struct owned {
	UT_hash_handle hh; /* in order of when it was noted */
	enum owned_kind kind;
	struct ownership who;
	uint64_t since_ns, gone_ns; /* wall clock; gone_ns 0: it is there */
	uint64_t claimed_ns;	    /* monotonic, 0: it is no mere claim */
	char *id, *key;
};

struct owners {
	pthread_mutex_t lock;
	struct state *state;
	struct owned *items;
	uint64_t swept_ns; /* monotonic */
};

static const char *const kinds[] = {"container", "exec", "volume", "network"};

const char *owned_kind_name(enum owned_kind kind)
{
	return kinds[kind];
}

/* ---- the table in memory; with the lock ---- */

static struct owned *find(struct owners *o, enum owned_kind kind, const char *id)
{
	AUTO(free_charp) char *key = mem_printf("%d/%s", (int)kind, id);
	struct owned *it;

	HASH_FIND_STR(o->items, key, it);
	return it;
}

static void drop(struct owners *o, struct owned *it)
{
	HASH_DEL(o->items, it);
	free(it->id);
	free(it->key);
	free(it);
}

static void write_row(struct owners *o, const struct owned *it)
{
	const struct state_value values[] = {
		state_text(kinds[it->kind]),	     state_text(it->id),
		state_text(it->who.owner),	     state_text(it->who.maker),
		state_number((int64_t)it->since_ns), state_number((int64_t)it->gone_ns)};

	if (!it->claimed_ns)
		state_add(o->state, PUT, values, ARRAY_LEN(values));
}

static void forget(struct owners *o, struct owned *it)
{
	const struct state_value values[] = {state_text(kinds[it->kind]), state_text(it->id)};

	state_add(o->state, REMOVE, values, ARRAY_LEN(values));
	drop(o, it);
}

static struct owned *put(struct owners *o, enum owned_kind kind, const char *id, const struct ownership *who)
{
	struct owned *it = find(o, kind, id);

	if (it)
		drop(o, it);
	else if (HASH_COUNT(o->items) >= MOST)
		forget(o, o->items);
	it = mem_calloc(1, sizeof(*it));
	*it = (struct owned){.kind = kind,
			     .who = *who,
			     .since_ns = clock_wall_ns(),
			     .id = mem_strdup(id),
			     .key = mem_printf("%d/%s", (int)kind, id)};
	HASH_ADD_KEYPTR(hh, o->items, it->key, strlen(it->key), it);
	return it;
}

static bool is_due(const struct owned *it, uint64_t now_ns, uint64_t wall_ns)
{
	if (it->claimed_ns)
		return now_ns - it->claimed_ns > CLAIM_NS;
	if (it->gone_ns)
		return wall_ns > it->gone_ns && wall_ns - it->gone_ns > KEPT_NS;
	return it->kind == OWNED_EXEC && wall_ns > it->since_ns && wall_ns - it->since_ns > EXEC_NS;
}

static void sweep(struct owners *o)
{
	uint64_t now_ns = clock_monotonic_ns(), wall_ns = clock_wall_ns();
	struct owned *it, *next;

	if (o->swept_ns && now_ns - o->swept_ns < SWEEP_NS)
		return;
	o->swept_ns = now_ns;
	HASH_ITER (hh, o->items, it, next) {
		if (is_due(it, now_ns, wall_ns))
			forget(o, it);
	}
}

/* ---- the file ---- */

static bool read_row(void *arg, sqlite3_stmt *row)
{
	struct owners *o = arg;
	const char *text[4];
	struct ownership who;
	struct owned *it;

	for (int i = 0; i < 4; i++) {
		text[i] = (const char *)sqlite3_column_text(row, i);
		text[i] = text[i] ? text[i] : "";
	}
	snprintf(who.owner, sizeof(who.owner), "%s", text[2]);
	snprintf(who.maker, sizeof(who.maker), "%s", text[3]);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (strcmp(kinds[i], text[0]) != 0)
			continue;
		it = put(o, (enum owned_kind)i, text[1], &who);
		it->since_ns = (uint64_t)sqlite3_column_int64(row, 4);
		it->gone_ns = (uint64_t)sqlite3_column_int64(row, 5);
	}
	return true;
}

/* The file is a new one, or rows did not get there: all are brought again. */
static void write_all(void *arg)
{
	struct owners *o = arg;
	struct owned *it, *next;

	pthread_mutex_lock(&o->lock);
	HASH_ITER (hh, o->items, it, next) {
		write_row(o, it);
	}
	pthread_mutex_unlock(&o->lock);
}

struct owners *owners_open(struct state *state)
{
	struct owners *o = mem_calloc(1, sizeof(*o));
	struct err err;

	pthread_mutex_init(&o->lock, NULL);
	o->state = state;
	if (state_select(state, "SELECT kind, id, owner, maker, since, gone FROM owners ORDER BY since", NULL,
			 0, read_row, o, &err))
		log_error("%s; whose containers are is not known for those that are there", err.msg);
	state_on_loss(state, write_all, o);
	return o;
}

void owners_free(struct owners *o)
{
	struct owned *it, *next;

	if (!o)
		return;
	HASH_ITER (hh, o->items, it, next) {
		drop(o, it);
	}
	pthread_mutex_destroy(&o->lock);
	free(o);
}

/* ---- for everybody ---- */

static bool is_held(const struct owned *it)
{
	return it && it->claimed_ns && clock_monotonic_ns() - it->claimed_ns < CLAIM_NS;
}

bool owners_find(struct owners *o, enum owned_kind kind, const char *id, struct ownership *out)
{
	struct owned *it;
	bool known;

	*out = (struct ownership){0};
	if (!o)
		return false;
	pthread_mutex_lock(&o->lock);
	sweep(o);
	it = find(o, kind, id);
	known = it && (!it->claimed_ns || is_held(it));
	if (known)
		*out = it->who;
	pthread_mutex_unlock(&o->lock);
	return known;
}

void owners_note(struct owners *o, enum owned_kind kind, const char *id, const struct ownership *who)
{
	if (!o || !*who->owner || !*id || strlen(id) > KEY_MAX)
		return;
	pthread_mutex_lock(&o->lock);
	write_row(o, put(o, kind, id, who));
	pthread_mutex_unlock(&o->lock);
}

void owners_claim(struct owners *o, const char *volume, const struct ownership *who, struct ownership *holder)
{
	struct owned *it;

	*holder = *who;
	if (!o || !*who->owner || strlen(volume) > KEY_MAX)
		return;
	pthread_mutex_lock(&o->lock);
	it = find(o, OWNED_VOLUME, volume);
	if (is_held(it))
		*holder = it->who;
	else
		it = put(o, OWNED_VOLUME, volume, who);
	if (!strcmp(it->who.maker, who->maker))
		it->claimed_ns = clock_monotonic_ns();
	pthread_mutex_unlock(&o->lock);
}

void owners_confirm(struct owners *o, const char *volume, const struct ownership *who)
{
	struct owned *it;

	if (!o)
		return;
	pthread_mutex_lock(&o->lock);
	it = find(o, OWNED_VOLUME, volume);
	if (it && it->claimed_ns && !strcmp(it->who.maker, who->maker)) {
		it->claimed_ns = 0;
		it->since_ns = clock_wall_ns();
		write_row(o, it);
	}
	pthread_mutex_unlock(&o->lock);
}

void owners_end(struct owners *o, enum owned_kind kind, const char *id)
{
	struct owned *it;

	if (!o)
		return;
	pthread_mutex_lock(&o->lock);
	sweep(o);
	it = find(o, kind, id);
	if (it && !it->gone_ns) {
		it->gone_ns = clock_wall_ns();
		write_row(o, it);
	}
	pthread_mutex_unlock(&o->lock);
}

bool owners_has(struct owners *o, enum owned_kind kind)
{
	struct owned *it, *next;
	bool has = false;

	if (!o)
		return false;
	pthread_mutex_lock(&o->lock);
	HASH_ITER (hh, o->items, it, next) {
		has = has || (it->kind == kind && !it->gone_ns);
	}
	pthread_mutex_unlock(&o->lock);
	return has;
}

struct copied {
	enum owned_kind kind;
	char *id;
	struct ownership who;
	uint64_t since_ns;
};

void owners_each(struct owners *o,
		 void (*found)(void *arg, enum owned_kind kind, const char *id, const struct ownership *who,
			       uint64_t since_ns),
		 void *arg)
{
	struct owned *it, *next;
	struct copied *all;
	size_t n = 0;

	if (!o)
		return;
	pthread_mutex_lock(&o->lock);
	all = mem_calloc(HASH_COUNT(o->items), sizeof(*all));
	HASH_ITER (hh, o->items, it, next) {
		if (!it->gone_ns && !it->claimed_ns)
			all[n++] = (struct copied){it->kind, mem_strdup(it->id), it->who, it->since_ns};
	}
	pthread_mutex_unlock(&o->lock);
	for (size_t i = 0; i < n; i++) {
		found(arg, all[i].kind, all[i].id, &all[i].who, all[i].since_ns);
		free(all[i].id);
	}
	free(all);
}
