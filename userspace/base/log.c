#include "log.h"
#include "clock.h"
#include "str.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static enum log_level min_level = LOG_INFO_;
static bool as_json;
static const char *const level_names[] = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"};

void log_setup(enum log_level level, bool json)
{
	min_level = level;
	as_json = json;
}

bool log_enabled(enum log_level level)
{
	return level >= min_level;
}

/* Escapes what could break the line, or in JSON the string; invalid UTF-8 is left to the terminal in text. */
static void add_escaped(struct buf *b, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < 0x20 || c == 0x7f)
			buf_printf(b, "\\u%04x", c);
		else if (as_json && (c == '"' || c == '\\'))
			buf_printf(b, "\\%c", c);
		else if (as_json && c >= 0x80)
			buf_printf(b, "\\u%04x", c); /* Latin-1 view of bytes: always valid JSON */
		else
			buf_add(b, s, 1);
	}
}

void log_write(enum log_level level, const char *fmt, ...)
{
	AUTO(buf_free) struct buf msg = {0};
	AUTO(buf_free) struct buf line = {0};
	char when[32], text[4096];
	va_list ap;

	if (!log_enabled(level))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	clock_format(clock_wall_ns(), 'T', when, sizeof(when));
	add_escaped(&msg, text);
	buf_printf(&line, as_json ? "{\"time\":\"%s\",\"level\":\"%s\",\"message\":\"" : "%s %s ", when,
		   level_names[level]);
	buf_add(&line, msg.s ? msg.s : "", msg.len);
	buf_puts(&line, as_json ? "\"}\n" : "\n");
	/* One write per line, so that lines of several threads do not mix. A full disk is not our fault. */
	if (write(STDERR_FILENO, line.s, line.len) < 0)
		return;
}
