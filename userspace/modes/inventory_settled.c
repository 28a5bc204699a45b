/* Whether all that run are known, so that a place among them means something. */
#include "inventory_internal.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct unread_id {
	UT_hash_handle hh;
	char id[65];
};

static struct unread_id *find(struct inventory *inv, const char *id)
{
	struct unread_id *u;

	HASH_FIND(hh, inv->unread, id, strlen(id), u);
	return u;
}

void inventory_note_unread(struct inventory *inv, const char *id)
{
	struct unread_id *u;

	if (find(inv, id))
		return;
	u = mem_calloc(1, sizeof(*u));
	snprintf(u->id, sizeof(u->id), "%s", id);
	HASH_ADD_KEYPTR(hh, inv->unread, u->id, strlen(u->id), u);
	atomic_fetch_add(&inv->unread_count, 1);
}

void inventory_note_read(struct inventory *inv, const char *id)
{
	struct unread_id *u = find(inv, id);

	if (!u)
		return;
	HASH_DEL(inv->unread, u);
	atomic_fetch_sub(&inv->unread_count, 1);
	free(u);
}

void inventory_free_unread_ids(struct inventory *inv)
{
	while (inv->unread)
		inventory_note_read(inv, inv->unread->id);
}

void inventory_set_followed(struct inventory *inv, bool followed)
{
	atomic_store(&inv->followed, followed);
}

bool inventory_is_settled(const struct inventory *inv)
{
	return atomic_load(&inv->followed) && !atomic_load(&inv->unread_count);
}

/* ---- who is missing, by a list ---- */

struct missing {
	struct inventory *inv;
	const char *id;
	int64_t count;
};

static void on_listed(void *arg, const char *id, struct json_object *entry)
{
	struct missing *m = arg;

	(void)entry;
	if (!strcmp(id, m->id))
		return;
	pthread_mutex_lock(&m->inv->lock);
	m->count += !inventory_find(m->inv, id) && !inventory_expects(m->inv, id);
	pthread_mutex_unlock(&m->inv->lock);
}

int inventory_count_missing(struct inventory *inv, struct docker *docker, const char *id, int64_t *out,
			    struct err *err)
{
	struct missing m = {.inv = inv, .id = id};
	int r = docker_list(docker, false, on_listed, &m, err);

	*out = m.count;
	return r;
}
