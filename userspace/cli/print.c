#include "base/json.h"
#include "base/text.h"
#include "print_internal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void print(FILE *f, const char *fmt, va_list ap)
{
	AUTO(free_charp) char *text = NULL;
	AUTO(buf_free) struct buf seen = {0};

	if (vasprintf(&text, fmt, ap) < 0)
		mem_fail();
	buf_escape(&seen, text, strlen(text));
	fputs(seen.s ? seen.s : "", f);
}

void print_text(FILE *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print(f, fmt, ap);
	va_end(ap);
}

void print_line(FILE *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print(f, fmt, ap);
	va_end(ap);
	putc('\n', f);
}

void print_end(FILE *f)
{
	putc('\n', f);
}

void print_error(const char *fmt, ...)
{
	va_list ap;

	fputs("docker-enforcer: ", stderr);
	va_start(ap, fmt);
	print(stderr, fmt, ap);
	va_end(ap);
	putc('\n', stderr);
}

/* A line that is escaped is plain; one that is not was forgotten. */
static void put_line(const char *s, size_t len, FILE *f)
{
	AUTO(buf_free) struct buf seen = {0};

	buf_puts(&seen, "");
	if (str_is_plain(s, len))
		buf_add(&seen, s, len);
	else
		buf_escape(&seen, s, len);
	fputs(seen.s, f);
}

void print_escaped(FILE *f, const char *text)
{
	for (;;) {
		size_t len = strcspn(text, "\n");

		put_line(text, len, f);
		if (!text[len])
			return;
		putc('\n', f);
		text += len + 1;
	}
}

void print_problems(const char *what, const char *lines)
{
	print_text(stderr, "docker-enforcer: %s: ", what);
	print_escaped(stderr, lines);
	putc('\n', stderr);
}

void print_json(FILE *f, struct json_object *j, int flags)
{
	AUTO(buf_free) struct buf seen = {0};
	const char *text;
	size_t len;

	text = json_object_to_json_string_length(j, flags | JSON_C_TO_STRING_NOSLASHESCAPE, &len);
	buf_escape_json(&seen, text, len);
	fputs(seen.s, f);
	putc('\n', f);
}

void print_colour(FILE *f, enum colour colour)
{
	static const char *const codes[] = {
		[COLOUR_NONE] = "\033[0m", [COLOUR_RED] = "\033[31m", [COLOUR_GREEN] = "\033[32m"};

	if (isatty(fileno(f)))
		fputs(codes[colour], f);
}

void print_clear(FILE *f)
{
	if (isatty(fileno(f)))
		fputs("\033[H\033[2J", f);
}
