/* Answers that are looked through without making a document of them. */
#include "unit.h"

#include "docker/scan_internal.h"

static struct buf seen;

static void note(void *arg, const char *text, size_t len, bool cut)
{
	(void)arg;
	buf_printf(&seen, "%.*s%s;", (int)(len < 40 ? len : 40), text, cut ? " cut" : "");
}

/* What is found in `text`, given in pieces of `step` bytes; "broken" or "open" behind it where it is. */
static const char *found_in(const char *text, size_t step)
{
	struct scan_list s = {.found = note};
	size_t len = strlen(text);

	seen.len = 0;
	buf_puts(&seen, "");
	for (size_t i = 0; i < len; i += step)
		scan_list_add(&s, text + i, len - i < step ? len - i : step);
	buf_puts(&seen, s.broken ? "broken" : s.ended ? "" : "open");
	buf_free(&s.element);
	return seen.s;
}

static void lists_are_split_wherever_they_are_cut(void **state)
{
	static const struct {
		const char *text, *found;
	} cases[] = {
		{"[]", ""},
		{" [ ] \n", ""},
		{"[{\"a\":1},{\"b\":[{}]}]\n", "{\"a\":1};{\"b\":[{}]};"},
		{"[{\"a\":\"}]\\\"{\"}]", "{\"a\":\"}]\\\"{\"};"},
		{"[{\"a\":\"\\\\\"}]", "{\"a\":\"\\\\\"};"},
		{"[{\"a\":1}", "{\"a\":1};open"},
		{"{\"message\":1}", "broken"},
		{"[1]", "broken"},
		{"[] []", "broken"},
		{"<html>", "broken"},
		{"", "open"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		for (size_t step = 1; step < 8; step++)
			assert_string_equal(found_in(cases[i].text, step), cases[i].found);
	buf_free(&seen);
}

static void an_element_that_is_too_long_is_cut(void **state)
{
	AUTO(buf_free) struct buf text = {0};

	(void)state;
	buf_puts(&text, "[{\"Id\":\"a\",\"L\":\"");
	for (size_t i = 0; i <= SCAN_ELEMENT_MAX / 1024; i++)
		buf_printf(&text, "%01024d", 0);
	buf_puts(&text, "\"},{\"Id\":\"b\"}]");
	assert_string_equal(found_in(text.s, 65536),
			    "{\"Id\":\"a\",\"L\":\"0000000000000000000000000 cut;{\"Id\":\"b\"};");
	buf_free(&seen);
}

static void members_are_found_as_far_as_they_are_there(void **state)
{
	static const char text[] =
		"{\"x\": {\"Id\": 1}, \"y\":\"Id\", \"Id\" : \"\\\"a,}\", \"n\":[1,2], \"State\":{\"R\":";
	size_t len = 0;
	const char *at = scan_member(text, sizeof(text) - 1, "Id", &len);

	(void)state;
	assert_non_null(at);
	assert_int_equal(len, strlen("\"\\\"a,}\""));
	assert_memory_equal(at, "\"\\\"a,}\"", len);
	at = scan_member(text, sizeof(text) - 1, "n", &len);
	assert_non_null(at);
	assert_int_equal(len, 5);
	assert_null(scan_member(text, sizeof(text) - 1, "State", &len));
	assert_null(scan_member(text, sizeof(text) - 1, "Z", &len));
	for (size_t cut = 0; cut < sizeof(text) - 1; cut++)
		(void)scan_member(text, cut, "State", &len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_split_wherever_they_are_cut),
		cmocka_unit_test(an_element_that_is_too_long_is_cut),
		cmocka_unit_test(members_are_found_as_far_as_they_are_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
