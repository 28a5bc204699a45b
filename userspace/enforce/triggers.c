/* Filters, queue and workers. What a job does is in trigger_exec.c and trigger_webhook.c. */
#include "base/json.h"
#include "base/log.h"
#include "base/stop.h"
#include "base/workers.h"
#include "base/text.h"
#include "trigger_job_internal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uthash.h>

#define WORKERS	  4 /* of each trigger */
#define MAX_QUEUE 1000
#define MAX_BYTES                                                                                            \
	(4U << 20)   /* of a queue: verdicts are as long as containers' owners like, within bounds           \
		      */
#define MAX_LANES 64 /* triggers of later names share one */

/* What one trigger has to do, and its workers: a webhook that does not answer holds up no other trigger. */
struct lane {
	UT_hash_handle hh;
	char *name;
	struct triggers *triggers;
	struct workers *workers;
	pthread_cond_t wake;
	struct job *first, **last;
	size_t queued, bytes;
	bool full; /* it was said that jobs are dropped */
};

struct triggers {
	pthread_mutex_t lock; /* the lanes, and what is in them */
	struct lane *lanes;
	bool stopping;
	struct stop *stop; /* for programs and pauses under way */
	atomic_ullong run, failed, dropped;
	atomic_ullong runs; /* of programs, by which they are numbered */
};

static void job_free(struct job *j)
{
	for (char **arg = j->argv; arg && *arg; arg++)
		free(*arg);
	for (char **var = j->env; var && *var; var++)
		free(*var);
	for (char **header = j->headers; header && *header; header++)
		free(*header);
	free(j->argv);
	free(j->env);
	free(j->headers);
	free(j->name);
	free(j->url);
	free(j->verdict);
	free(j);
}

/* ---- workers ---- */

static struct job *take(struct lane *l)
{
	struct triggers *t = l->triggers;
	struct job *j;

	pthread_mutex_lock(&t->lock);
	while (!l->first && !t->stopping)
		pthread_cond_wait(&l->wake, &t->lock);
	j = t->stopping ? NULL : l->first;
	if (j) {
		l->first = j->next;
		if (!l->first)
			l->last = &l->first;
		l->queued--;
		l->bytes -= j->bytes;
		l->full = l->full && (l->queued > MAX_QUEUE / 2 || l->bytes > MAX_BYTES / 2);
	}
	pthread_mutex_unlock(&t->lock);
	return j;
}

static void *work(void *arg)
{
	struct lane *l = arg;
	struct triggers *t = l->triggers;
	struct job *j;
	struct err err;

	while ((j = take(l))) {
		atomic_fetch_add(&t->run, 1);
		if ((j->argv ? trigger_exec : trigger_webhook)(j, stop_fd(t->stop), &err)) {
			atomic_fetch_add(&t->failed, 1);
			log_error("trigger \"%s\": %s", j->name, err.msg);
		}
		job_free(j);
	}
	return NULL;
}

struct triggers *triggers_start(struct err *err)
{
	struct triggers *t = mem_calloc(1, sizeof(*t));

	trigger_adopt_orphans();
	pthread_mutex_init(&t->lock, NULL);
	t->stop = stop_new(err);
	if (t->stop)
		return t;
	triggers_stop(t);
	return NULL;
}

static void lane_free(struct triggers *t, struct lane *l)
{
	struct job *j;

	workers_join(l->workers);
	if (l->queued)
		log_warning("trigger \"%s\": %zu that waited are dropped", l->name, l->queued);
	while ((j = l->first)) {
		l->first = j->next;
		job_free(j);
	}
	HASH_DEL(t->lanes, l);
	pthread_cond_destroy(&l->wake);
	free(l->name);
	free(l);
}

void triggers_stop(struct triggers *t)
{
	struct lane *l, *next;

	if (!t)
		return;
	pthread_mutex_lock(&t->lock);
	t->stopping = true;
	HASH_ITER (hh, t->lanes, l, next) {
		pthread_cond_broadcast(&l->wake);
	}
	pthread_mutex_unlock(&t->lock);
	if (t->stop)
		stop_request(t->stop);
	HASH_ITER (hh, t->lanes, l, next) {
		lane_free(t, l);
	}
	pthread_mutex_destroy(&t->lock);
	stop_free(t->stop);
	free(t);
}

/* ---- submitting ---- */

bool triggers_wanted(const struct policy *p)
{
	for (size_t i = 0; i < p->lists[FILE_TRIGGERS].count; i++)
		if (p->lists[FILE_TRIGGERS].items[i].enabled)
			return true;
	return false;
}

static struct lane *find_lane(struct triggers *t, const char *name)
{
	struct lane *l;

	HASH_FIND(hh, t->lanes, name, strlen(name), l);
	return l;
}

/* The trigger's lane, made with its workers where there is none yet; with the lock. */
static struct lane *lane_of(struct triggers *t, const char *name, struct err *err)
{
	struct lane *l = find_lane(t, name);

	if (!l && HASH_COUNT(t->lanes) >= MAX_LANES)
		l = find_lane(t, name = "");
	if (l)
		return l;
	l = mem_calloc(1, sizeof(*l));
	l->triggers = t;
	l->last = &l->first;
	l->name = mem_strdup(name);
	pthread_cond_init(&l->wake, NULL);
	HASH_ADD_KEYPTR(hh, t->lanes, l->name, strlen(l->name), l);
	l->workers = workers_start("trigger", WORKERS, work, l, err);
	if (l->workers)
		return l;
	lane_free(t, l);
	return NULL;
}

enum queued { QUEUED, DROPPED, DROPPED_QUIETLY, NO_WORKERS };

static enum queued put(struct triggers *t, struct job *j, struct err *err)
{
	struct lane *l = t->stopping ? NULL : lane_of(t, j->name, err);
	bool said;

	if (!l)
		return t->stopping ? DROPPED_QUIETLY : NO_WORKERS;
	if (l->queued >= MAX_QUEUE || l->bytes + j->bytes > MAX_BYTES) {
		said = l->full;
		l->full = true;
		return said ? DROPPED_QUIETLY : DROPPED;
	}
	*l->last = j;
	l->last = &j->next;
	l->queued++;
	l->bytes += j->bytes;
	pthread_cond_signal(&l->wake);
	return QUEUED;
}

static void queue(struct triggers *t, struct job *j)
{
	enum queued queued;
	struct err err;

	pthread_mutex_lock(&t->lock);
	queued = put(t, j, &err);
	pthread_mutex_unlock(&t->lock);
	if (queued == QUEUED)
		return;
	atomic_fetch_add(&t->dropped, 1);
	if (queued == DROPPED)
		log_warning("triggers: %d wait already, or %u MiB of them; further ones are dropped until "
			    "half of "
			    "them are done (is \"%s\" slow?)",
			    MAX_QUEUE, MAX_BYTES >> 20, j->name);
	if (queued == NO_WORKERS)
		log_error("trigger \"%s\" is not run: %s", j->name, err.msg);
	job_free(j);
}

static char **copy_list(char **list)
{
	size_t n = 0;
	char **out;

	while (list[n])
		n++;
	out = mem_calloc(n + 1, sizeof(*out));
	for (size_t i = 0; i < n; i++)
		out[i] = mem_strdup(list[i]);
	return out;
}

/* The run's mark, a PATH, and the verdict's main fields as DE_*. */
static char **make_environment(struct triggers *t, const struct verdict_view *verdict)
{
	const struct verdict_field *f = verdict_fields();
	size_t n = 0, most = 2;
	char **env;

	while (f[most].name)
		most++;
	env = mem_calloc(most + 3, sizeof(*env));
	env[n++] = mem_printf("DE_RUN=%d.%llu", (int)getpid(),
			      (unsigned long long)atomic_fetch_add(&t->runs, 1));
	env[n++] = mem_strdup("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	for (; f->name; f++)
		if (f->variable)
			env[n++] = mem_printf("%s=%s", f->variable, verdict_text(verdict, f));
	return env;
}

static size_t size_of(char **list)
{
	size_t bytes = 0;

	for (; list && *list; list++)
		bytes += strlen(*list) + sizeof(*list);
	return bytes;
}

static char **make_headers(struct json_object *headers)
{
	char **out = mem_calloc(headers ? (size_t)json_object_object_length(headers) + 1 : 1, sizeof(*out));
	size_t n = 0;

	if (headers) {
		json_object_object_foreach (headers, name, value) {
			out[n++] = mem_printf("%s: %s", name, json_str(value));
		}
	}
	return out;
}

static void run_trigger(struct triggers *t, const struct rule *rule, struct logic_ctx *ctx,
			const struct verdict_view *verdict, struct json_object *json)
{
	const struct trigger *trigger = rule->trigger;
	struct job *j;

	if (trigger->log) {
		AUTO(buf_free) struct buf text = {0};
		struct value v;

		if (logic_eval(trigger->log, ctx, value_from_json(json), &v))
			value_to_text(v, &text);
		log_info("%s", text.s ? text.s : "");
		atomic_fetch_add(&t->run, 1);
		return;
	}
	j = mem_calloc(1, sizeof(*j));
	j->name = mem_strdup(rule->name);
	j->timeout_ns = trigger->timeout_ns;
	j->verdict = mem_strdup(json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN));
	if (trigger->exec) {
		j->argv = copy_list(trigger->exec);
		j->env = make_environment(t, verdict);
		j->mark = j->env[0];
	} else {
		j->url = mem_strdup(trigger->url);
		j->headers = make_headers(trigger->headers);
	}
	j->bytes = sizeof(*j) + strlen(j->verdict) + size_of(j->argv) + size_of(j->env) + size_of(j->headers);
	queue(t, j);
}

/* Whether the trigger's filter, if it has one, lets the verdict through. */
static bool passes(struct rule *rule, struct logic_ctx *ctx, struct json_object *json)
{
	struct value v;

	if (!rule->program)
		return true;
	if (logic_eval(rule->program, ctx, value_from_json(json), &v))
		return value_truthy(v);
	if (!atomic_exchange(&rule->said, true))
		log_error("trigger \"%s\": its filter failed on a verdict; it is not run, mend it",
			  rule->name);
	return false;
}

void triggers_submit(struct triggers *t, const struct policy *p, const struct verdict_view *verdict)
{
	AUTO(json_putp) struct json_object *json = verdict_view_to_json(verdict);
	const struct rule_list *list = &p->lists[FILE_TRIGGERS];
	struct logic_ctx *ctx = mem_calloc(1, sizeof(*ctx));

	logic_ctx_init(ctx);
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].enabled && passes(&list->items[i], ctx, json))
			run_trigger(t, &list->items[i], ctx, verdict, json);
	logic_ctx_free(ctx);
	free(ctx);
}

struct triggers_counts triggers_counts(const struct triggers *t)
{
	return (struct triggers_counts){.run = atomic_load(&t->run),
					.failed = atomic_load(&t->failed),
					.dropped = atomic_load(&t->dropped)};
}
