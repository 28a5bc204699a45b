#include "base/workers.h"
#include "base/clock.h"
#include "base/memory.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum gate { GATE_SHUT, GATE_OPEN, GATE_GIVEN_UP };

struct workers {
	void *(*fn)(void *);
	void *arg;
	pthread_mutex_t lock; /* of the next three */
	pthread_cond_t changed;
	enum gate gate;
	size_t running;
	size_t n; /* threads made; the owner's, as what follows */
	pthread_t thread[];
};

static struct workers *workers_new(size_t n, void *(*fn)(void *), void *arg)
{
	struct workers *w = mem_calloc(1, sizeof(*w) + n * sizeof(w->thread[0]));

	w->fn = fn;
	w->arg = arg;
	pthread_mutex_init(&w->lock, NULL);
	clock_cond_init(&w->changed);
	return w;
}

static bool pass_gate(struct workers *w)
{
	bool open;

	pthread_mutex_lock(&w->lock);
	while (w->gate == GATE_SHUT)
		pthread_cond_wait(&w->changed, &w->lock);
	open = w->gate == GATE_OPEN;
	pthread_mutex_unlock(&w->lock);
	return open;
}

static void *run(void *arg)
{
	struct workers *w = arg;

	if (pass_gate(w))
		w->fn(w->arg);
	pthread_mutex_lock(&w->lock);
	w->running--;
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

static void set_gate(struct workers *w, enum gate gate)
{
	pthread_mutex_lock(&w->lock);
	w->gate = gate;
	w->running = w->n;
	pthread_cond_broadcast(&w->changed);
	pthread_mutex_unlock(&w->lock);
}

/* A name is a help only: that it could not be set is no error. */
static void name_thread(pthread_t thread, const char *name, size_t number, size_t n)
{
	char text[16]; /* the kernel's limit */

	if (n == 1)
		snprintf(text, sizeof(text), "%.15s", name);
	else
		snprintf(text, sizeof(text), "%.10s/%zu", name, number % 1000);
	pthread_setname_np(thread, text);
}

static void explain(const char *name, size_t n, int code, struct err *err)
{
	const char *advice = code == EAGAIN ? "; raise the limit of processes (TasksMax, ulimit -u)" : "";

	if (n == 1)
		err_set(err, code, "starting the %s thread: %s%s", name, strerror(code), advice);
	else
		err_set(err, code, "starting %zu %s threads: %s%s", n, name, strerror(code), advice);
}

struct workers *workers_start(const char *name, size_t n, void *(*fn)(void *), void *arg, struct err *err)
{
	struct workers *w = workers_new(n, fn, arg);
	int code = 0;

	while (w->n < n && !(code = pthread_create(&w->thread[w->n], NULL, run, w))) {
		name_thread(w->thread[w->n], name, w->n, n);
		w->n++;
	}
	set_gate(w, code ? GATE_GIVEN_UP : GATE_OPEN);
	if (!code)
		return w;
	workers_join(w);
	explain(name, n, code, err);
	return NULL;
}

void workers_join(struct workers *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->n; i++)
		pthread_join(w->thread[i], NULL);
	pthread_cond_destroy(&w->changed);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

bool workers_join_until(struct workers *w, uint64_t deadline_ns)
{
	struct timespec deadline = clock_timespec(deadline_ns);
	bool ended;

	if (!w)
		return true;
	pthread_mutex_lock(&w->lock);
	while (w->running && pthread_cond_timedwait(&w->changed, &w->lock, &deadline) != ETIMEDOUT)
		;
	ended = !w->running;
	pthread_mutex_unlock(&w->lock);
	if (ended)
		workers_join(w);
	return ended;
}
