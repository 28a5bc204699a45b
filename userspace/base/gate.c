#include "base/gate.h"
#include "base/clock.h"

#include <time.h>

/* On the stack of who waits. Whoever leaves lets the first in: nobody who comes later gets before it. */
struct gate_waiter {
	struct gate_waiter *next;
	pthread_cond_t let_in;
	bool inside;
};

void gate_init(struct gate *g, size_t most)
{
	pthread_mutex_init(&g->lock, NULL);
	g->first = NULL;
	g->last = &g->first;
	g->inside = 0;
	g->most = most;
}

void gate_destroy(struct gate *g)
{
	pthread_mutex_destroy(&g->lock);
}

/* The two with the lock. */
static void line_up(struct gate *g, struct gate_waiter *w)
{
	*g->last = w;
	g->last = &w->next;
}

static void step_out(struct gate *g, const struct gate_waiter *w)
{
	struct gate_waiter **at = &g->first;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	if (!*at)
		g->last = at;
}

static void wait_in_line(struct gate *g, struct gate_waiter *w, uint64_t deadline_ns)
{
	const struct timespec until = clock_timespec(deadline_ns);

	clock_cond_init(&w->let_in);
	line_up(g, w);
	while (!w->inside && clock_monotonic_ns() < deadline_ns)
		pthread_cond_timedwait(&w->let_in, &g->lock, &until);
	if (!w->inside)
		step_out(g, w);
	pthread_cond_destroy(&w->let_in);
}

bool gate_enter(struct gate *g, uint64_t deadline_ns)
{
	struct gate_waiter w = {0};

	pthread_mutex_lock(&g->lock);
	if (g->inside < g->most) {
		g->inside++;
		w.inside = true;
	} else {
		wait_in_line(g, &w, deadline_ns);
	}
	pthread_mutex_unlock(&g->lock);
	return w.inside;
}

void gate_leave(struct gate *g)
{
	struct gate_waiter *w;

	pthread_mutex_lock(&g->lock);
	w = g->first;
	if (w) { /* it takes the place */
		step_out(g, w);
		w->inside = true;
		pthread_cond_signal(&w->let_in);
	} else {
		g->inside--;
	}
	pthread_mutex_unlock(&g->lock);
}
