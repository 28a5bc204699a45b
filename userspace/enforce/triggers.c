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

#define WORKERS	  4
#define MAX_QUEUE 1000

struct triggers {
	struct workers *workers;
	pthread_mutex_t lock; /* the queue */
	pthread_cond_t wake;
	struct job *first, **last;
	size_t queued;
	bool stopping, full; /* full: it was said that jobs are dropped */
	struct stop *stop;   /* for programs and pauses under way */
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

static struct job *take(struct triggers *t)
{
	struct job *j;

	pthread_mutex_lock(&t->lock);
	while (!t->first && !t->stopping)
		pthread_cond_wait(&t->wake, &t->lock);
	j = t->stopping ? NULL : t->first;
	if (j) {
		t->first = j->next;
		if (!t->first)
			t->last = &t->first;
		t->queued--;
		t->full = t->full && t->queued > MAX_QUEUE / 2;
	}
	pthread_mutex_unlock(&t->lock);
	return j;
}

static void *work(void *arg)
{
	struct triggers *t = arg;
	struct job *j;
	struct err err;

	while ((j = take(t))) {
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
	t->last = &t->first;
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->wake, NULL);
	t->stop = stop_new(err);
	t->workers = t->stop ? workers_start("trigger", WORKERS, work, t, err) : NULL;
	if (t->workers)
		return t;
	triggers_stop(t);
	return NULL;
}

void triggers_stop(struct triggers *t)
{
	struct job *j;

	if (!t)
		return;
	pthread_mutex_lock(&t->lock);
	t->stopping = true;
	pthread_cond_broadcast(&t->wake);
	pthread_mutex_unlock(&t->lock);
	if (t->stop)
		stop_request(t->stop);
	workers_join(t->workers);
	if (t->queued)
		log_warning("triggers: %zu that waited are dropped", t->queued);
	while ((j = t->first)) {
		t->first = j->next;
		job_free(j);
	}
	pthread_cond_destroy(&t->wake);
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

static void queue(struct triggers *t, struct job *j)
{
	bool dropped, say;

	pthread_mutex_lock(&t->lock);
	dropped = t->queued >= MAX_QUEUE || t->stopping;
	say = dropped && !t->full && !t->stopping;
	t->full = t->full || dropped;
	if (!dropped) {
		*t->last = j;
		t->last = &j->next;
		t->queued++;
		pthread_cond_signal(&t->wake);
	}
	pthread_mutex_unlock(&t->lock);
	if (!dropped)
		return;
	atomic_fetch_add(&t->dropped, 1);
	if (say)
		log_warning("triggers: %d wait already; further ones are dropped until half of them are done "
			    "(is \"%s\" "
			    "slow?)",
			    MAX_QUEUE, j->name);
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
