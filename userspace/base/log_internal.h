/*
 * log_internal - a message that is made, on its way to be written; for log.c (making and writing it) and
 * log_queue.c (keeping it meanwhile) alone.
 */
#ifndef DE_BASE_LOG_INTERNAL_H
#define DE_BASE_LOG_INTERNAL_H

#include "base/log.h"

#include <stddef.h>

#define LOG_MAX_FIELDS 8

struct log_line {
	struct log_line *next;
	enum log_level level;
	char *text;				    /* the whole line, or the journal's message */
	size_t bytes;				    /* that it takes, about */
	struct log_field field[LOG_MAX_FIELDS + 1]; /* for the journal; the values are its own */
	size_t fields;
};

void log_line_free(struct log_line *line);

/* May take as long as whoever reads it wants. */
void log_write_line(const struct log_line *line);

/* Says that so many lines were lost. */
void log_write_lost(size_t lines);

/* Takes over the line, to be written or lost; false if there is no queue: the caller writes it. */
bool log_queue_add(struct log_line *line);

#endif
