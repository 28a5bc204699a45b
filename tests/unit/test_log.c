/* What is shown to people: escaped text, log lines as text and JSON, messages that are cut. */
#include "unit.h"

#include "base/log.h"
#include "base/text.h"

#include <fcntl.h>
#include <unistd.h>

static void text_is_escaped_for_people(void **state)
{
	static const char *const cases[][2] = {
		{"größe 大 🙂", "größe 大 🙂"},
		{"a\nb\tc\x1b[2J\x7f", "a\\u000ab\\u0009c\\u001b[2J\\u007f"},
		{"\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0", "\\u0080\\u009b\\u009f\xc2\xa0"},
		{"\u061c\u200e\u200f\u202a\u202e\u2028\u2029\u2066\u2069\ufeff",
		 "\\u061c\\u200e\\u200f\\u202a\\u202e\\u2028\\u2029\\u2066\\u2069\\ufeff"},
		{"\u200b\u2060\u00ad", "\\u200b\\u2060\\u00ad"},
		{"نمی\u200cخواهم 👨\u200d👩", "نمی\u200cخواهم 👨\u200d👩"},
		{"\xf3\xa0\x81\x81", "\\udb40\\udc41"},
		{"a\xff\xc3(\xed\xa0\x80\xe2\x82", "a\\xff\\xc3(\\xed\\xa0\\x80\\xe2\\x82"},
		/* a backslash of the text's own is not taken for ours */
		{"^/opt\\.d\\w+$ C:\\dir\\", "^/opt\\.d\\w+$ C:\\dir\\"},
		{"\\u001b \\xff \\\\n \\\x1b \\\xff", "\\\\u001b \\\\xff \\\\\\n \\\\\\u001b \\\\\\xff"},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(buf_free) struct buf b = {0};

		buf_escape(&b, cases[i][0], strlen(cases[i][0]));
		assert_string_equal(b.s ? b.s : "", cases[i][1]);
	}
}

static void plain_is_what_is_seen(void **state)
{
	static const char *const plain[] = {"", "größe 大 🙂", "C:\\users\\x", "نمی\u200cخواهم",
					    "\xc2\xa0"};
	static const char *const hidden[] = {"a\nb",   "\x1b[2J", "\x7f", "\xc2\x9b",
					     "\u202e", "\u200b",  "\xff", "a\xc3"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(plain); i++)
		assert_true(str_is_plain(plain[i], strlen(plain[i])));
	for (size_t i = 0; i < ARRAY_LEN(hidden); i++)
		assert_false(str_is_plain(hidden[i], strlen(hidden[i])));
	assert_false(str_is_plain("a\0b", 3));
}

static void texts_are_cut_between_characters(void **state)
{
	static const struct {
		const char *text;
		size_t max;
		const char *expected;
	} cases[] = {{"", 10, ""},
		     {"exactly", 7, "exactly"},
		     {"one more", 7, "one …"},
		     {"größer", 7, "grö…"},
		     {"大大大大", 8, "大…"},
		     {"大大大大", 12, "大大大大"},
		     {"大大大大x", 12, "大大大…"},
		     {"🙂🙂🙂", 8, "🙂…"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(free_charp) char *cut = str_cut(cases[i].text, cases[i].max);

		assert_string_equal(cut, cases[i].expected);
		assert_true(strlen(cut) <= cases[i].max);
	}
}

static FILE *lines;
static int real_stderr;

static int catch_stderr(void **state)
{
	(void)state;
	lines = tmpfile();
	real_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	dup2(fileno(lines), STDERR_FILENO);
	return 0;
}

static int release_stderr(void **state)
{
	(void)state;
	dup2(real_stderr, STDERR_FILENO);
	close(real_stderr);
	fclose(lines);
	return 0;
}

/* The line that was logged last, which must end with the only \n. */
static char *last_line(void)
{
	static char line[65536];

	rewind(lines);
	assert_non_null(fgets(line, sizeof(line), lines));
	assert_int_equal(line[strlen(line) - 1], '\n');
	assert_int_equal(fgetc(lines), EOF);
	line[strlen(line) - 1] = 0;
	assert_int_equal(ftruncate(fileno(lines), 0), 0);
	rewind(lines);
	return line;
}

static void text_lines_are_escaped(void **state)
{
	(void)state;
	log_setup(LOG_INFO_, false);
	log_info("größe \xc2\x9b"
		 "31m %s \xff",
		 "a\nb\u202e");
	assert_string_equal(last_line() + strlen("2026-01-01T10:00:00.000000 "),
			    "INFO größe \\u009b31m a\\u000ab\\u202e \\xff");
}

static void json_lines_mean_what_was_logged(void **state)
{
	static const char message[] = "größe \"a\\b\" /x\n\x1b[m \xc2\x9b\u202e\x7f \xf3\xa0\x81\x81";
	const struct log_field fields[] = {
		{"CONTAINER_NAME", "/größe"}, {"RULE", "\xff\xc3"}, {"ACTION", ""}, {NULL, NULL}};
	AUTO(json_putp) struct json_object *j = NULL;
	struct err err;
	char *line;

	(void)state;
	log_setup(LOG_INFO_, true);
	log_event(LOG_ERROR_, fields, "%s", message);
	line = last_line();
	assert_contains(line, "\"message\":\"größe \\\"a\\\\b\\\" /x\\n\\u001b[m \\u009b\\u202e\\u007f ");
	assert_int_equal(json_parse(line, strlen(line), &j, &err), 0);
	assert_string_equal(json_get_str(j, "level"), "ERROR");
	assert_string_equal(json_get_str(j, "message"), message);
	assert_string_equal(json_get_str(j, "container_name"), "/größe");
	assert_string_equal(json_get_str(j, "rule"), "\ufffd\ufffd");
	assert_null(json_get(j, "action"));
}

static void messages_are_cut_between_characters(void **state)
{
	(void)state;
	for (size_t before = 0; before < 6; before++) {
		AUTO(buf_free) struct buf text = {0};
		AUTO(json_putp) struct json_object *j = NULL;
		struct err err;
		const char *line, *message;

		buf_add(&text, "aaaaaa", before);
		while (text.len < 5000)
			buf_puts(&text, "ß大🙂");
		log_setup(LOG_INFO_, true);
		log_info("%s", text.s);
		line = last_line();
		assert_int_equal(json_parse(line, strlen(line), &j, &err), 0);
		message = json_get_str(j, "message");
		assert_in_range(strlen(message), 4090, 4095);
		assert_null(strstr(message, "\ufffd"));
		assert_string_equal(message + strlen(message) - strlen("…"), "…");

		err_set(&err, 0, "%s", text.s);
		err_wrap(&err, "%s", text.s);
		buf_free(&text);
		buf_escape(&text, err.msg, strlen(err.msg));
		assert_in_range(text.len, 1018, 1023);
		assert_null(strstr(text.s, "\\x"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_escaped_for_people),
		cmocka_unit_test(plain_is_what_is_seen),
		cmocka_unit_test(texts_are_cut_between_characters),
		cmocka_unit_test_setup_teardown(text_lines_are_escaped, catch_stderr, release_stderr),
		cmocka_unit_test_setup_teardown(json_lines_mean_what_was_logged, catch_stderr,
						release_stderr),
		cmocka_unit_test_setup_teardown(messages_are_cut_between_characters, catch_stderr,
						release_stderr),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
