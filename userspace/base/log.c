#include "base/log.h"
#include "base/clock.h"
#include "base/service.h"
#include "base/text.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>
#include <unistd.h>

static enum log_level min_level = LOG_INFO_;
static bool as_json, to_journal;
static const char *const level_names[] = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"};

void log_setup(enum log_level level, bool json)
{
	min_level = level;
	as_json = json;
	to_journal = !json && service_has_journal();
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

/* ,"container_id":"…" */
static void add_fields(struct buf *line, const struct log_field *fields)
{
	for (; fields && fields->name; fields++) {
		if (!fields->value || !*fields->value)
			continue;
		buf_puts(line, ",\"");
		for (const char *p = fields->name; *p; p++)
			buf_printf(line, "%c", tolower((unsigned char)*p));
		buf_puts(line, "\":\"");
		add_escaped(line, fields->value);
		buf_puts(line, "\"");
	}
}

static void write_line(enum log_level level, const struct log_field *fields, const char *message)
{
	AUTO(buf_free) struct buf line = {0};
	char when[32];

	clock_format(clock_wall_ns(), 'T', when, sizeof(when));
	buf_printf(&line, as_json ? "{\"time\":\"%s\",\"level\":\"%s\",\"message\":\"" : "%s %s ", when,
		   level_names[level]);
	buf_puts(&line, message);
	if (as_json) {
		buf_puts(&line, "\"");
		add_fields(&line, fields);
		buf_puts(&line, "}");
	}
	buf_puts(&line, "\n");
	/* One write per line, so that lines of several threads do not mix. A full disk is not our fault. */
	if (write(STDERR_FILENO, line.s, line.len) < 0)
		return;
}

void log_event(enum log_level level, const struct log_field *fields, const char *fmt, ...)
{
	static const int priorities[] = {LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERR, LOG_CRIT};
	AUTO(buf_free) struct buf message = {0};
	char text[4096];
	va_list ap;

	if (!log_enabled(level))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	add_escaped(&message, text);
	if (!to_journal || !service_write_journal(priorities[level], fields, message.s ? message.s : ""))
		write_line(level, fields, message.s ? message.s : "");
}
