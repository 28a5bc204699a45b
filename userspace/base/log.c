#include "base/log.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/service.h"
#include "base/text.h"

#include <ctype.h>
#include <stdarg.h>
#include <string.h>
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

static void make_text(struct buf *line, const char *when, enum log_level level, const char *message)
{
	buf_printf(line, "%s %s ", when, level_names[level]);
	buf_escape(line, message, strlen(message));
}

static void add_field(struct json_object *j, const struct log_field *field)
{
	AUTO(free_charp) char *key = mem_strdup(field->name);

	for (char *p = key; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	json_add_str(j, key, field->value);
}

static void make_json(struct buf *line, const char *when, enum log_level level,
		      const struct log_field *fields, const char *message)
{
	AUTO(json_putp) struct json_object *j = json_object_new_object();
	const char *text;
	size_t len;

	json_add_str(j, "time", when);
	json_add_str(j, "level", level_names[level]);
	json_add_str(j, "message", message);
	for (; fields && fields->name; fields++)
		if (fields->value && *fields->value)
			add_field(j, fields);
	text = json_object_to_json_string_length(j, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE,
						 &len);
	buf_escape_json(line, text, len);
}

static void write_line(enum log_level level, const struct log_field *fields, const char *message)
{
	AUTO(buf_free) struct buf line = {0};
	char when[32];

	clock_format(clock_wall_ns(), 'T', when, sizeof(when));
	if (as_json)
		make_json(&line, when, level, fields, message);
	else
		make_text(&line, when, level, message);
	buf_puts(&line, "\n");
	/* One write per line, so that lines of several threads do not mix. A full disk is not our fault. */
	if (write(STDERR_FILENO, line.s, line.len) < 0)
		return;
}

static bool write_journal(enum log_level level, const struct log_field *fields, const char *message)
{
	static const int priorities[] = {LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERR, LOG_CRIT};
	AUTO(buf_free) struct buf text = {0};

	buf_escape(&text, message, strlen(message));
	return service_write_journal(priorities[level], fields, text.s ? text.s : "");
}

void log_event(enum log_level level, const struct log_field *fields, const char *fmt, ...)
{
	char message[4096];
	va_list ap;

	if (!log_enabled(level))
		return;
	va_start(ap, fmt);
	str_vprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	if (!to_journal || !write_journal(level, fields, message))
		write_line(level, fields, message);
}
