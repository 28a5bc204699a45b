/* Who is together by the rules' `per`: all that run, those that were let start, and one that is to run. */
#include "base/memory.h"
#include "enforce/groups.h"
#include "inventory_internal.h"

#include <stdlib.h>
#include <string.h>

/*
 * Those that were let start and do not run yet, of several at once only those before `id`: references, which
 * the caller puts.
 */
static size_t copy_expected(struct inventory *inv, const char *id, struct container ***out)
{
	size_t n = 0;

	pthread_mutex_lock(&inv->lock);
	*out = mem_calloc(atomic_load(&inv->expecting) + 1, sizeof(**out));
	for (struct expected *e = inv->expected; e && strcmp(e->id, id) != 0; e = e->next)
		if (e->container && !e->ended && !inventory_takes_place(inv, e->id))
			(*out)[n++] = container_get(e->container);
	pthread_mutex_unlock(&inv->lock);
	return n;
}

static void add_running(struct groups_member *m, const struct inventory_entry *e)
{
	*m = (struct groups_member){.container = e->container, .position = e->position};
	if (e->measured) {
		m->now = &e->now;
		m->base = &e->base;
	}
}

struct groups *inventory_make_groups(struct inventory *inv, const struct policy *p,
				     const struct judge_options *o, const char *source,
				     struct container *beside)
{
	struct container **expected = NULL;
	struct inventory_entry *entries = NULL;
	struct groups_member *members;
	struct logic_ctx *ctx;
	struct groups *groups;
	size_t n, more, count = 0;

	if (!groups_wanted(p))
		return NULL;
	n = inventory_snapshot(inv, &entries);
	more = copy_expected(inv, beside ? beside->id : "", &expected);
	members = mem_calloc(n + more + 1, sizeof(*members));
	ctx = mem_calloc(1, sizeof(*ctx));
	logic_ctx_init(ctx);
	/* as it would be, not as it is: what an update makes of it, for one */
	if (beside)
		members[count++] =
			(struct groups_member){.container = beside, .position = (int64_t)(n + more)};
	for (size_t i = 0; i < n; i++)
		add_running(&members[count++], &entries[i]);
	for (size_t i = 0; i < more; i++)
		members[count++] = (struct groups_member){.container = expected[i], .position = (int64_t)n};
	groups = groups_new(p, o, ctx, source, members, count);
	logic_ctx_free(ctx);
	free(ctx);
	free(members);
	for (size_t i = 0; i < more; i++)
		container_put(expected[i]);
	free(expected);
	inventory_free_entries(entries, n);
	return groups;
}
