/* So many at once, in the order in which they came, until their deadlines. */
#include "unit.h"

#include "base/clock.h"
#include "base/gate.h"

#include <pthread.h>
#include <stdatomic.h>

#define THREADS 16

struct shared {
	struct gate gate;
	atomic_int inside, most, waiting, order[THREADS], came;
};

struct one {
	struct shared *s;
	int number;
	pthread_t thread;
};

static uint64_t far(void)
{
	return clock_monotonic_ns() + 3600 * NS_PER_S;
}

static void *go_through(void *arg)
{
	struct shared *s = ((struct one *)arg)->s;
	int now, most;

	assert_true(gate_enter(&s->gate, far()));
	now = atomic_fetch_add(&s->inside, 1) + 1;
	most = atomic_load(&s->most);
	while (now > most && !atomic_compare_exchange_weak(&s->most, &most, now))
		;
	atomic_store(&s->order[atomic_fetch_add(&s->came, 1)], ((struct one *)arg)->number);
	sched_yield();
	atomic_fetch_sub(&s->inside, 1);
	gate_leave(&s->gate);
	return NULL;
}

/* How many wait in line. */
static int line_of(struct gate *g)
{
	struct gate_waiter **last;
	int differs;

	pthread_mutex_lock(&g->lock);
	last = g->last;
	differs = g->first != NULL;
	pthread_mutex_unlock(&g->lock);
	return differs ? (int)(size_t)last : 0;
}

static void many_go_through_a_few_at_once(void **state)
{
	struct shared s = {0};
	struct one all[THREADS];

	(void)state;
	gate_init(&s.gate, 3);
	for (int i = 0; i < THREADS; i++) {
		all[i] = (struct one){&s, i, 0};
		assert_int_equal(pthread_create(&all[i].thread, NULL, go_through, &all[i]), 0);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(all[i].thread, NULL);
	assert_true(s.most <= 3);
	assert_int_equal(s.came, THREADS);
	assert_int_equal(s.gate.inside, 0);
	gate_destroy(&s.gate);
}

static void who_comes_first_is_let_in_first(void **state)
{
	struct shared s = {0};
	struct one all[THREADS];

	(void)state;
	gate_init(&s.gate, 1);
	assert_true(gate_enter(&s.gate, far()));
	for (int i = 0; i < THREADS; i++) {
		int before = line_of(&s.gate);

		all[i] = (struct one){&s, i, 0};
		assert_int_equal(pthread_create(&all[i].thread, NULL, go_through, &all[i]), 0);
		while (line_of(&s.gate) == before)
			sched_yield();
	}
	gate_leave(&s.gate);
	for (int i = 0; i < THREADS; i++)
		pthread_join(all[i].thread, NULL);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(s.order[i], i);
	gate_destroy(&s.gate);
}

static void who_waits_too_long_goes_away(void **state)
{
	struct gate g;

	(void)state;
	gate_init(&g, 1);
	assert_true(gate_enter(&g, 0)); /* there is room: nobody waits */
	assert_false(gate_enter(&g, 0));
	assert_false(gate_enter(&g, clock_monotonic_ns() + NS_PER_MS));
	gate_leave(&g);
	assert_true(gate_enter(&g, 0));
	gate_leave(&g);
	assert_int_equal(g.inside, 0);
	gate_destroy(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(many_go_through_a_few_at_once),
					   cmocka_unit_test(who_comes_first_is_let_in_first),
					   cmocka_unit_test(who_waits_too_long_goes_away)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
