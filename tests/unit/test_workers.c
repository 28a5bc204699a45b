/* Threads: started all or none, named, joined with and without a limit. pthread_create() is wrapped
 * (Makefile). */
#include "unit.h"

#include "base/clock.h"
#include "base/workers.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *), void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *), void *arg);

static int to_make = -1; /* threads until one cannot be made; -1: no limit */
static int failure = EAGAIN;

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *), void *arg)
{
	if (!to_make)
		return failure;
	if (to_make > 0)
		to_make--;
	return __real_pthread_create(thread, attr, fn, arg);
}

struct shared {
	atomic_int calls, named;
	atomic_bool end;
};

static void *work(void *arg)
{
	struct shared *s = arg;
	char name[16];

	pthread_getname_np(pthread_self(), name, sizeof(name));
	for (int i = 0; i < 4; i++) {
		char expected[32];

		snprintf(expected, sizeof(expected), "action/%d", i);
		if (!strcmp(name, expected))
			atomic_fetch_or(&s->named, 1 << i);
	}
	atomic_fetch_add(&s->calls, 1);
	return NULL;
}

static void *wait_for_end(void *arg)
{
	struct shared *s = arg;

	while (!atomic_load(&s->end))
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	return work(arg);
}

static void all_run_and_are_joined(void **state)
{
	struct shared s = {0};
	struct workers *w;
	struct err err = {0};

	(void)state;
	w = workers_start("action", 4, work, &s, &err);
	assert_non_null(w);
	workers_join(w);
	assert_int_equal(atomic_load(&s.calls), 4);
	assert_int_equal(atomic_load(&s.named), 0xf);
	assert_string_equal(err.msg, "");
	workers_join(NULL);
}

static void none_runs_where_one_cannot_be_made(void **state)
{
	(void)state;
	for (int made = 0; made < 4; made++) {
		struct shared s = {0};
		struct err err = {0};

		to_make = made;
		assert_null(workers_start("action", 4, work, &s, &err));
		assert_int_equal(atomic_load(&s.calls), 0);
		assert_int_equal(err.code, EAGAIN);
		assert_string_equal(err.msg, "starting 4 action threads: Resource temporarily unavailable; "
					     "raise the limit of processes (TasksMax, ulimit -u)");
	}
	to_make = -1;
}

static void an_error_names_one_thread(void **state)
{
	struct shared s = {0};
	struct err err = {0};

	(void)state;
	to_make = 0;
	failure = EPERM;
	assert_null(workers_start("events", 1, work, &s, &err));
	assert_string_equal(err.msg, "starting the events thread: Operation not permitted");
	to_make = -1;
	failure = EAGAIN;
}

static void joining_has_a_limit(void **state)
{
	struct shared s = {0};
	uint64_t before = clock_monotonic_ns();
	struct workers *w;
	struct err err;

	(void)state;
	w = workers_start("waiting", 2, wait_for_end, &s, &err);
	assert_non_null(w);
	assert_false(workers_join_until(w, before + 30 * NS_PER_MS));
	assert_true(clock_monotonic_ns() - before >= 30 * NS_PER_MS);
	assert_false(workers_join_until(w, 0));
	atomic_store(&s.end, true);
	assert_true(workers_join_until(w, clock_monotonic_ns() + 60 * NS_PER_S));
	assert_int_equal(atomic_load(&s.calls), 2);
	assert_true(workers_join_until(NULL, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_run_and_are_joined),
		cmocka_unit_test(none_runs_where_one_cannot_be_made),
		cmocka_unit_test(an_error_names_one_thread),
		cmocka_unit_test(joining_has_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
