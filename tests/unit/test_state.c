/* Tables of state.db: rows come in order, survive a file that is removed, and what is lost is counted. */
#include "unit.h"

#include "base/clock.h"
#include "history/state.h"
#include "history/tables_internal.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INSERT "INSERT INTO owners VALUES ('container', ?, ?, '', ?, 0)"

static char dir[64];
static atomic_int told;

static int make_dir(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/var/tmp/de-state-XXXXXX");
	atomic_store(&told, 0);
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	static const char *const names[] = {"state.db", "state.db-wal", "state.db-shm"};
	char path[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	return rmdir(dir);
}

static struct state *open_state(void)
{
	struct state *s;
	struct err err;

	assert_int_equal(state_open(dir, &s, &err), 0);
	return s;
}

static void add(struct state *s, const char *id, const char *owner)
{
	const struct state_value values[] = {state_text(id), state_text(owner), state_number(7)};

	state_add(s, INSERT, values, ARRAY_LEN(values));
}

static bool count(void *arg, sqlite3_stmt *row)
{
	(void)row;
	++*(int *)arg;
	return true;
}

static int rows_in(struct state *s)
{
	struct err err;
	int n = 0;

	/* -1 while the file is being made */
	return state_select(s, "SELECT id FROM owners", NULL, 0, count, &n, &err) ? -1 : n;
}

static void await_rows(struct state *s, int n)
{
	for (uint64_t until = clock_monotonic_ns() + 20 * NS_PER_S; rows_in(s) != n; usleep(1000))
		assert_true(clock_monotonic_ns() < until);
}

static void rows_are_there_at_the_next_start(void **state)
{
	struct state *s = open_state();
	char id[16];

	(void)state;
	for (int i = 0; i < 2000; i++) {
		snprintf(id, sizeof(id), "%d", i);
		add(s, id, "alice");
	}
	state_close(s);
	s = open_state();
	assert_int_equal(rows_in(s), 2000);
	state_close(s);
}

static void one_that_is_refused_does_not_hold_up_others(void **state)
{
	struct state *s = open_state();

	(void)state;
	add(s, "a", "alice");
	add(s, "a", "bob");
	add(s, "b", NULL);
	add(s, "c", "carol");
	for (uint64_t until = clock_monotonic_ns() + 20 * NS_PER_S; state_lost(s) != 2; usleep(1000))
		assert_true(clock_monotonic_ns() < until);
	assert_int_equal(rows_in(s), 2);
	state_close(s);
}

static void bring_anew(void *arg)
{
	atomic_fetch_add(&told, 1);
	add(arg, "kept in memory", "alice");
}

static void a_removed_file_is_made_anew_from_memory(void **state)
{
	struct state *s = open_state();
	char path[128];

	(void)state;
	state_on_loss(s, bring_anew, s);
	add(s, "a", "alice");
	await_rows(s, 1);
	snprintf(path, sizeof(path), "%s/state.db", dir);
	unlink(path);
	assert_int_equal(rows_in(s), 0);
	add(s, "b", "bob");
	await_rows(s, 2);
	assert_int_equal(atomic_load(&told), 1);
	state_close(s);
}

static void what_has_no_room_is_counted_and_said(void **state)
{
	struct state *s = open_state();
	static char large[5 << 20];
	char id[16];

	(void)state;
	state_on_loss(s, bring_anew, s);
	memset(large, 'x', sizeof(large) - 1);
	for (int i = 0; i < 400 && !state_lost(s); i++) {
		snprintf(id, sizeof(id), "%d", i);
		add(s, id, large);
	}
	assert_int_not_equal(state_lost(s), 0);
	for (uint64_t until = clock_monotonic_ns() + 60 * NS_PER_S; !atomic_load(&told); usleep(1000))
		assert_true(clock_monotonic_ns() < until);
	state_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(rows_are_there_at_the_next_start, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(one_that_is_refused_does_not_hold_up_others, make_dir,
						remove_dir),
		cmocka_unit_test_setup_teardown(a_removed_file_is_made_anew_from_memory, make_dir,
						remove_dir),
		cmocka_unit_test_setup_teardown(what_has_no_room_is_counted_and_said, make_dir, remove_dir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
