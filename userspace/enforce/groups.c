#include "enforce/groups.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "rules/needs.h"
#include "view/figures.h"
#include "view/subject.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

struct named_group {
	UT_hash_handle hh;
	struct group sums; /* its key is the hash's */
};

/* A container's place by one rule. */
struct place {
	UT_hash_handle hh;
	char *id;
	struct named_group *group; /* NULL: without `per` */
	bool holds, picked;
	double value; /* of `pick` */
};

/* Of one rule. */
struct grouping {
	const struct rule *rule;
	struct named_group *groups;
	struct place *places;
};

struct groups {
	struct grouping *items;
	size_t count;
};

static bool is_grouping(const struct rule *rule)
{
	return rule->enabled && (rule->per || rule->pick);
}

bool groups_wanted(const struct policy *p)
{
	for (size_t i = 0; i < p->lists[FILE_RULES].count; i++)
		if (is_grouping(&p->lists[FILE_RULES].items[i]))
			return true;
	return false;
}

/* ---- sums ---- */

static double figure_number(const char *path, const struct groups_member *m)
{
	struct value v;

	return m->now && figure_read(figure_find(path), m->now, m->base, &v) ? (double)value_number(v) : 0;
}

static int64_t limit_of(const struct container *c, const char *name)
{
	struct value host, v;

	if (!value_get(c->params, "HostConfig", strlen("HostConfig"), &host) ||
	    !value_get(host, name, strlen(name), &v) || v.type == V_NULL)
		return 0;
	return (int64_t)value_number(v);
}

/* `docker run --cpus` gives NanoCpus, others a quota of a period. */
static double cpus_of(const struct container *c)
{
	int64_t quota = limit_of(c, "CpuQuota"), period = limit_of(c, "CpuPeriod");

	if (limit_of(c, "NanoCpus"))
		return (double)limit_of(c, "NanoCpus") / 1e9;
	return quota > 0 ? (double)quota / (double)(period > 0 ? period : 100000) : 0;
}

void groups_add_member(struct group *g, const struct groups_member *m)
{
	int64_t memory = limit_of(m->container, "Memory"), pids = limit_of(m->container, "PidsLimit");

	g->count++;
	g->measured += m->now != NULL;
	g->memory += (uint64_t)figure_number("memory_stats.usage", m);
	g->pids += (uint64_t)figure_number("pids_stats.current", m);
	g->cpu_percent += figure_number("cpu_percent", m);
	g->memory_limit += memory > 0 ? (uint64_t)memory : 0;
	g->pids_limit += pids > 0 ? (uint64_t)pids : 0;
	g->cpus_limit += cpus_of(m->container);
	g->unlimited += memory <= 0;
}

static struct named_group *group_of(struct grouping *g, const char *key)
{
	struct named_group *x;

	HASH_FIND_STR(g->groups, key, x);
	if (x)
		return x;
	x = mem_calloc(1, sizeof(*x));
	x->sums.key = mem_strdup(key);
	HASH_ADD_KEYPTR(hh, g->groups, x->sums.key, strlen(x->sums.key), x);
	return x;
}

/* ---- evaluating ---- */

/* What it takes to evaluate a rule's parts on one member. */
struct look {
	const struct judge_options *options;
	struct logic_ctx *ctx;
	struct subject subject;
};

static void begin_look(struct look *l, const char *source, const struct groups_member *m)
{
	subject_init(&l->subject, m->container, m->position, source);
	subject_set_moment(&l->subject, l->options->wall_ns, l->options->host);
	l->subject.usage = m->now;
	l->subject.base = m->base;
}

static bool evaluate(struct look *l, const struct logic_program *p, struct value *out)
{
	l->subject.absent = false;
	return logic_eval(p, l->ctx, subject_value(&l->subject), out) && !l->subject.absent;
}

/* NULL: it is in no group. */
static char *key_of(struct look *l, const struct logic_program *per)
{
	struct buf text = {0};
	struct value v;

	if (!evaluate(l, per, &v) || v.type == V_NULL)
		return NULL;
	value_to_text(v, &text);
	return text.s ? text.s : mem_strdup("");
}

static void place_member(struct grouping *g, struct look *l, const struct groups_member *m)
{
	AUTO(free_charp) char *key = g->rule->per ? key_of(l, g->rule->per) : NULL;
	struct place *p;

	if (g->rule->per && !key)
		return;
	HASH_FIND_STR(g->places, m->container->id, p);
	if (p)
		return;
	p = mem_calloc(1, sizeof(*p));
	p->id = mem_strdup(m->container->id);
	p->group = key ? group_of(g, key) : NULL;
	HASH_ADD_KEYPTR(hh, g->places, p->id, strlen(p->id), p);
	if (p->group)
		groups_add_member(&p->group->sums, m);
}

/* ---- picking ---- */

static void value_member(struct grouping *g, struct look *l, const struct groups_member *m)
{
	struct value v;
	struct place *p;

	HASH_FIND_STR(g->places, m->container->id, p);
	if (!p || (g->rule->needs & NEED_METRICS && !m->now))
		return;
	subject_set_group(&l->subject, p->group ? &p->group->sums : NULL);
	p->holds = evaluate(l, g->rule->program, &v) && value_truthy(v) && evaluate(l, g->rule->pick, &v) &&
		   v.type != V_NULL;
	p->value = p->holds ? (double)value_number(v) : 0;
	subject_set_group(&l->subject, NULL);
}

/* By group, the greatest value first; who holds not is last. */
static int by_value(const void *a, const void *b)
{
	const struct place *x = *(struct place *const *)a, *y = *(struct place *const *)b;
	int by_group = (x->group > y->group) - (x->group < y->group);

	if (by_group || x->holds != y->holds)
		return by_group ? by_group : y->holds - x->holds;
	if (x->value > y->value || x->value < y->value)
		return x->value > y->value ? -1 : 1;
	return strcmp(x->id, y->id);
}

static void pick(struct grouping *g)
{
	size_t n = HASH_COUNT(g->places), i = 0;
	struct place **all = mem_calloc(n, sizeof(*all)), *p, *next;
	uint64_t taken = 0;

	HASH_ITER (hh, g->places, p, next) {
		all[i++] = p;
	}
	qsort(all, n, sizeof(*all), by_value);
	for (i = 0; i < n; i++) {
		if (!i || all[i]->group != all[i - 1]->group)
			taken = 0;
		all[i]->picked = all[i]->holds && taken++ < g->rule->take;
	}
	free(all);
}

/* ---- for everybody ---- */

static void make_grouping(struct grouping *g, const struct judge_options *o, struct logic_ctx *ctx,
			  const char *source, const struct groups_member *members, size_t n)
{
	struct look l = {.options = o, .ctx = ctx};

	for (size_t i = 0; i < n; i++) {
		begin_look(&l, source, &members[i]);
		place_member(g, &l, &members[i]);
		subject_clear(&l.subject);
	}
	for (size_t i = 0; g->rule->pick && i < n; i++) {
		begin_look(&l, source, &members[i]);
		value_member(g, &l, &members[i]);
		subject_clear(&l.subject);
	}
	if (g->rule->pick)
		pick(g);
}

struct groups *groups_new(const struct policy *p, const struct judge_options *o, struct logic_ctx *ctx,
			  const char *source, const struct groups_member *members, size_t n)
{
	const struct rule_list *rules = &p->lists[FILE_RULES];
	struct groups *g = mem_calloc(1, sizeof(*g));

	g->items = mem_calloc(rules->count, sizeof(*g->items));
	for (size_t i = 0; i < rules->count; i++) {
		if (!is_grouping(&rules->items[i]))
			continue;
		g->items[g->count].rule = &rules->items[i];
		make_grouping(&g->items[g->count++], o, ctx, source, members, n);
	}
	return g;
}

static void grouping_clear(struct grouping *g)
{
	struct named_group *x, *next_group;
	struct place *p, *next;

	HASH_ITER (hh, g->places, p, next) {
		HASH_DEL(g->places, p);
		free(p->id);
		free(p);
	}
	HASH_ITER (hh, g->groups, x, next_group) {
		HASH_DEL(g->groups, x);
		free(x->sums.key);
		free(x);
	}
}

void groups_free(struct groups *g)
{
	if (!g)
		return;
	for (size_t i = 0; i < g->count; i++)
		grouping_clear(&g->items[i]);
	free(g->items);
	free(g);
}

static void set_uint(struct json_object *j, const char *key, uint64_t *out)
{
	if (json_get(j, key))
		*out = (uint64_t)json_get_int(j, key);
}

static void set_double(struct json_object *j, const char *key, double *out)
{
	if (json_get(j, key))
		*out = json_object_get_double(json_get(j, key));
}

static void set_figures(struct group *g, struct json_object *j)
{
	struct json_object *limits = json_get(j, "limits");

	set_uint(j, "count", &g->count);
	g->measured += json_get(j, "memory") || json_get(j, "pids") || json_get(j, "cpu_percent");
	set_uint(j, "memory", &g->memory);
	set_uint(j, "pids", &g->pids);
	set_double(j, "cpu_percent", &g->cpu_percent);
	set_uint(j, "unlimited", &g->unlimited);
	set_uint(limits, "memory", &g->memory_limit);
	set_uint(limits, "pids", &g->pids_limit);
	set_double(limits, "cpus", &g->cpus_limit);
}

void groups_set_figures(struct groups *g, struct json_object *group)
{
	struct named_group *x, *next;
	struct place *p, *next_place;

	for (size_t i = 0; i < g->count; i++) {
		HASH_ITER (hh, g->items[i].places, p, next_place) {
			p->picked = true;
		}
		HASH_ITER (hh, g->items[i].groups, x, next) {
			set_figures(&x->sums, group);
		}
	}
}

static const struct place *find_place(const struct groups *g, const struct rule *rule, const char *id)
{
	struct place *p = NULL;

	for (size_t i = 0; g && i < g->count; i++)
		if (g->items[i].rule == rule)
			HASH_FIND_STR(g->items[i].places, id, p);
	return p;
}

const struct group *groups_find(const struct groups *g, const struct rule *rule, const char *id)
{
	const struct place *p = find_place(g, rule, id);

	return p && p->group ? &p->group->sums : NULL;
}

bool groups_is_picked(const struct groups *g, const struct rule *rule, const char *id)
{
	const struct place *p = find_place(g, rule, id);

	return !rule->pick || (p && p->picked);
}
