/* Strings, durations, paths, clocks, the strict JSON reader, options. */
#include "unit.h"

#include "base/clock.h"
#include "base/config.h"
#include "base/pulse.h"
#include "base/text.h"

#include <unistd.h>

static void bytes_are_parsed(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = {{"0", 0},
		    {"100", 100},
		    {"1k", 1024},
		    {"512MiB", 512ULL << 20},
		    {"1.5g", 3ULL << 29},
		    {"1 GiB", 1ULL << 30},
		    {"2TB", 2ULL << 40},
		    {"10b", 10},
		    {"16777215t", 16777215ULL << 40}};
	static const char *const bad[] = {"",	   "x",	  "1x",	 "-1",
					  "1.2.3", "MiB", "1kk", "99999999999999999999p"};
	uint64_t v;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_true(str_parse_bytes(good[i].text, strlen(good[i].text), &v));
		assert_int_equal(v, good[i].bytes);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(str_parse_bytes(bad[i], strlen(bad[i]), &v));
}

static void durations_are_parsed(void **state)
{
	uint64_t v;

	(void)state;
	assert_true(str_parse_duration("30s", 3, &v) && v == 30 * NS_PER_S);
	assert_true(str_parse_duration("1h30m", 5, &v) && v == 5400 * NS_PER_S);
	assert_true(str_parse_duration("250ms", 5, &v) && v == 250 * NS_PER_MS);
	assert_true(str_parse_duration("1.5s", 4, &v) && v == 1500 * NS_PER_MS);
	assert_false(str_parse_duration("", 0, &v));
	assert_false(str_parse_duration("30", 2, &v));
	assert_false(str_parse_duration("s", 1, &v));
	assert_false(str_parse_duration("5 minutes", 9, &v));
}

static void paths_are_cleaned(void **state)
{
	static const char *const cases[][2] = {{"/", "/"},
					       {"", "/"},
					       {"/a/b", "/a/b"},
					       {"/a//b/", "/a/b"},
					       {"/a/./b/../c", "/a/c"},
					       {"/../../etc", "/etc"},
					       {"/a/../..", "/"},
					       {"/..a/b..", "/..a/b.."},
					       {"/opt/mnt1/../../etc", "/etc"}};
	char out[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		str_clean_path(cases[i][0], out);
		assert_string_equal(out, cases[i][1]);
	}
}

static void nearest_name_is_found(void **state)
{
	static const char *const names[] = {"Memory", "MemorySwap", "CpuShares", NULL};

	(void)state;
	assert_string_equal(str_nearest("Memroy", names), "Memory");
	assert_string_equal(str_nearest("memory", names), "Memory");
	assert_null(str_nearest("Privileged", names));
}

static void times_are_parsed(void **state)
{
	(void)state;
	assert_int_equal(clock_parse_rfc3339("1970-01-01T00:00:01Z"), NS_PER_S);
	assert_int_equal(clock_parse_rfc3339("1970-01-01T01:00:01.5+01:00"), NS_PER_S + 500 * NS_PER_MS);
	assert_int_equal(clock_parse_rfc3339("2026-11-24T00:28:40.04473451Z") % NS_PER_S, 44734510);
	assert_int_equal(clock_parse_rfc3339("0001-01-01T00:00:00Z"), 0);
	assert_int_equal(clock_parse_rfc3339("yesterday"), 0);
}

static void arena_grows_and_resets(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a);
	for (int i = 0; i < 1000; i++) {
		char *p = arena_alloc(&a, 100);

		assert_int_equal(p[99], 0);
		memset(p, 0xff, 100);
	}
	assert_non_null(arena_alloc(&a, 1 << 20));
	arena_reset(&a);
	assert_null(a.chunks);
}

static void strict_json_is_enforced(void **state)
{
	static const char *const bad[][2] = {
		{"", "unexpected end"},
		{"{\"a\":1,\"a\":2}", "same key twice"},
		{"{\"a\":1,\"\\u0061\":2}", "same key twice"},
		{"[1] x", "text after"},
		{"[1,]", "expected a JSON value"},
		{"{\"a\" 1}", "expected :"},
		{"{a:1}", "key in quotes"},
		{"\"a\nb\"", "control character"},
		{"\"\xff\"", "not UTF-8"},
		{"\"\xed\xa0\x80\"", "not UTF-8"},
		{"\"\\ud800\"", "surrogate"},
		{"\"abc", "closing quote"},
		{"{\"\\u0000\":1}", "\\u0000"},
		{"01", "start with 0"},
		{"1.", "digit is missing"},
		{"18446744073709551616", "beyond 64 bits"},
		{"-9223372036854775809", "beyond 64 bits"},
		{"NaN", "expected a JSON value"},
		{"// no\n1", "expected a JSON value"},
		{"null x", "text after"},
	};
	struct json_object *j;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(json_parse(bad[i][0], strlen(bad[i][0]), &j, &err), -1);
		assert_null(j);
		assert_contains(err.msg, bad[i][1]);
	}
	assert_int_equal(json_parse("{\n \"a\": tru}", 12, &j, &err), -1);
	assert_contains(err.msg, "line 2, column 7");
}

static void deep_json_is_refused(void **state)
{
	AUTO(free_charp) char *deep = mem_calloc(20001, 1);
	struct json_object *j;
	struct err err;

	(void)state;
	memset(deep, '[', 10000);
	memset(deep + 10000, ']', 10000);
	assert_int_equal(json_parse(deep, 20000, &j, &err), -1);
	assert_null(j);
	assert_contains(err.msg, "too deep");
}

/* What our parser makes is what json-c's own would. */
static void json_means_the_same_to_json_c(void **state)
{
	static const char *const texts[] = {
		"null",
		" [ ] ",
		"{}",
		"{\"a\":{\"b\":[1,2.50,-3e2,0,-0,true,false,null,\"\"]},\"\":\"x\"}",
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20ac\\ud83d\\ude00\\udbff\\udfff z\"",
		"{\"k\\u0065y\":\"a\\u0000b\",\"\xc3\xa9\":\"\xf0\x9f\x98\x80\"}",
		"[1.7976931348623157e308,1E-5,123456789.125,9223372036854775808]",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct err err;
		AUTO(json_putp) struct json_object *ours = NULL, *theirs = json_tokener_parse(texts[i]);

		assert_int_equal(json_parse(texts[i], strlen(texts[i]), &ours, &err), 0);
		assert_true(json_object_equal(ours, theirs));
		assert_string_equal(json_object_to_json_string(ours), json_object_to_json_string(theirs));
	}
}

/* null is a document; whoever gets no object from it cannot take it for an error. */
static void null_is_no_error(void **state)
{
	char path[] = "/tmp/de-null-XXXXXX";
	int fd = mkstemp(path);
	struct json_object *j = (struct json_object *)path;
	struct err err = {.code = 4711, .msg = "untouched"};

	(void)state;
	assert_int_equal(json_parse(" null ", 6, &j, &err), 0);
	assert_null(j);
	assert_int_equal(write(fd, "null\n", 5), 5);
	assert_int_equal(json_read_file(path, &j, &err), 0);
	assert_null(j);
	assert_int_equal(err.code, 4711);
	assert_string_equal(err.msg, "untouched");
	assert_int_equal(ftruncate(fd, 2), 0);
	assert_int_equal(json_read_file(path, &j, &err), -1);
	assert_contains(err.msg, path);
	close(fd);
	unlink(path);
}

static void json_integers_are_exact(void **state)
{
	struct err err;
	AUTO(json_putp) struct json_object *j = NULL;

	(void)state;
	assert_int_equal(json_parse("[18446744073709551615,-9223372036854775808]", 43, &j, &err), 0);
	assert_true(json_object_get_uint64(json_object_array_get_idx(j, 0)) == UINT64_MAX);
	assert_true(json_object_get_int64(json_object_array_get_idx(j, 1)) == INT64_MIN);
}

static void output_is_utf8(void **state)
{
	AUTO(json_putp) struct json_object *j = json_object_new_object();

	(void)state;
	json_add_str(j, "k", "a\xff\x62");
	assert_string_equal(json_get_str(j, "k"), "a\xef\xbf\xbd\x62");
}

/* All but what tells cmocka how to report. */
static void clear_environment(void)
{
	const char *output = getenv("CMOCKA_MESSAGE_OUTPUT");
	AUTO(free_charp) char *kept = mem_strdup(output ? output : "");

	clearenv();
	if (*kept)
		setenv("CMOCKA_MESSAGE_OUTPUT", kept, 1);
}

static void options_have_defaults(void **state)
{
	struct config c;
	struct err err;

	(void)state;
	clear_environment();
	assert_int_equal(config_load(&c, &err), 0);
	assert_int_equal(c.check_interval_s, 600);
	assert_int_equal(c.mode, MODE_WARN);
	assert_true(c.run_periodic && c.cache_params && c.stop_on_first_violation);
	assert_false(c.run_start_events || c.disable_params || c.immediate_periodical_start);
	assert_string_equal(c.docker_socket, "unix:///var/run/docker.sock");
	assert_string_equal(c.white_list, "docker-enforcer,docker_enforcer");
	assert_string_equal(c.listen, "127.0.0.1:8888");
	config_free(&c);
}

static void bad_options_are_named(void **state)
{
	static const char *const bad[][3] = {{"MODE", "MAIM", "WARN|KILL"},
					     {"CHECK_INTERVAL_S", "soon", "whole number"},
					     {"CHECK_INTERVAL_S", "0", "from 1 to"},
					     {"WATCH_INTERVAL_MS", "1", "from 10 to"},
					     {"RUN_PERIODIC", "perhaps", "False|True"},
					     {"METRICS_SOURCE", "magic", "auto|bpf|cgroupfs|docker"}};
	struct config c;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		clear_environment();
		setenv(bad[i][0], bad[i][1], 1);
		assert_int_equal(config_load(&c, &err), -1);
		assert_contains(err.msg, bad[i][0]);
		assert_contains(err.msg, bad[i][1]);
		assert_contains(err.msg, bad[i][2]);
	}
	clear_environment();
}

static void a_loop_that_does_not_come_back_is_late(void **state)
{
	(void)state;
	pulse_expect(0); /* no loop yet: nothing happens */
	assert_null(pulse_find_late(0));
	pulse_begin("unit");
	while (!pulse_find_late(0))
		;
	assert_string_equal(pulse_find_late(0), "unit");
	assert_null(pulse_find_late(3600 * NS_PER_S));
	pulse_expect(3600 * NS_PER_S);
	assert_null(pulse_find_late(0));
	pulse_expect(0);
	while (!pulse_find_late(0))
		;
	pulse_wait_for_others();
	assert_null(pulse_find_late(0));
	pulse_expect(0);
	pulse_end();
	assert_null(pulse_find_late(0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_are_parsed),
		cmocka_unit_test(durations_are_parsed),
		cmocka_unit_test(paths_are_cleaned),
		cmocka_unit_test(nearest_name_is_found),
		cmocka_unit_test(times_are_parsed),
		cmocka_unit_test(arena_grows_and_resets),
		cmocka_unit_test(strict_json_is_enforced),
		cmocka_unit_test(deep_json_is_refused),
		cmocka_unit_test(a_loop_that_does_not_come_back_is_late),
		cmocka_unit_test(json_means_the_same_to_json_c),
		cmocka_unit_test(null_is_no_error),
		cmocka_unit_test(json_integers_are_exact),
		cmocka_unit_test(output_is_utf8),
		cmocka_unit_test(options_have_defaults),
		cmocka_unit_test(bad_options_are_named),
	};

	return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
