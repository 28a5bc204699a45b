#include "log_internal.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/service.h"
#include "base/text.h"

#include <ctype.h>
#include <stdarg.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#define FIELD_MAX 2048

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
	AUTO(free_charp) char *value = str_cut(field->value, FIELD_MAX);

	for (char *p = key; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	json_add_str(j, key, value);
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

/* One write per line, so that lines of several threads do not mix. A full disk is not our fault. */
static void write_text(const char *text)
{
	if (write(STDERR_FILENO, text, strlen(text)) < 0)
		return;
}

static char *make_line(enum log_level level, const struct log_field *fields, const char *message)
{
	struct buf line = {0};
	char when[32];

	clock_format(clock_wall_ns(), 'T', when, sizeof(when));
	if (as_json)
		make_json(&line, when, level, fields, message);
	else
		make_text(&line, when, level, message);
	buf_puts(&line, "\n");
	return line.s;
}

static char *make_journal_message(const char *message)
{
	struct buf text = {0};

	buf_puts(&text, "");
	buf_escape(&text, message, strlen(message));
	return text.s;
}

static void copy_fields(struct log_line *line, const struct log_field *fields)
{
	for (; fields && fields->name && line->fields < LOG_MAX_FIELDS; fields++) {
		if (!fields->value || !*fields->value)
			continue;
		line->field[line->fields++] =
			(struct log_field){fields->name, str_cut(fields->value, FIELD_MAX)};
		line->bytes += strlen(line->field[line->fields - 1].value);
	}
}

static struct log_line *make(enum log_level level, const struct log_field *fields, const char *message)
{
	struct log_line *line = mem_calloc(1, sizeof(*line));

	line->level = level;
	if (to_journal)
		copy_fields(line, fields);
	line->text = to_journal ? make_journal_message(message) : make_line(level, fields, message);
	line->bytes += sizeof(*line) + strlen(line->text);
	return line;
}

void log_write_line(const struct log_line *line)
{
	static const int priorities[] = {LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERR, LOG_CRIT};

	if (!to_journal) {
		write_text(line->text);
	} else if (!service_write_journal(priorities[line->level], line->field, line->text)) {
		AUTO(free_charp) char *text = make_line(line->level, NULL, line->text);

		write_text(text);
	}
}

void log_write_lost(size_t lines)
{
	AUTO(free_charp)
	char *message = mem_printf("%zu log lines were lost: whoever reads standard error did not take "
				   "them in time",
				   lines);
	struct log_line *line = make(LOG_WARNING_, NULL, message);

	log_write_line(line);
	log_line_free(line);
}

void log_event(enum log_level level, const struct log_field *fields, const char *fmt, ...)
{
	char message[4096];
	struct log_line *line;
	va_list ap;

	if (!log_enabled(level))
		return;
	va_start(ap, fmt);
	str_vprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	line = make(level, fields, message);
	if (log_queue_add(line))
		return;
	log_write_line(line);
	log_line_free(line);
}
