/*
 * log - one line per message on standard error, as text or as JSON; or, where standard error is the journal
 * and text was asked for, a message with fields there. Called from any thread.
 *
 * Levels are Python's logging levels. Text from containers or users (names, labels, errors) may hold any
 * byte: as text (and in the journal) a message is shown as buf_escape() does, so that it is one line and
 * cannot forge another, nor command a terminal. In JSON a string has its own characters, and U+FFFD for each
 * byte that is not UTF-8. A message of more than 4,095 bytes, or a field of more than 2,048, is cut and ends
 * with "…".
 */
#ifndef DE_BASE_LOG_H
#define DE_BASE_LOG_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>

enum log_level { LOG_DEBUG_, LOG_INFO_, LOG_WARNING_, LOG_ERROR_, LOG_CRITICAL_ };

void log_setup(enum log_level level, bool json); /* before threads start */

/*
 * From now on whoever logs waits for nobody: lines wait in a bounded queue for one thread that writes them,
 * and what whoever reads them (a full pipe, a hung journal) does not take in time is lost, counted and said.
 * -1 with *err where the thread cannot be made. Before, and after log_stop(), a line is written at once.
 */
int log_start(struct err *err);

/* Writes what waits, unless that takes longer than a moment; then nothing is written any more. */
void log_stop(void);
uint64_t log_lost(void); /* lines */

bool log_enabled(enum log_level level);

/* What a message is about, for the journal ("CONTAINER_ID") and as a key in lower case of JSON lines. */
struct log_field {
	const char *name, *value; /* NULL or "" values are left out */
};

/* `fields` ends with a NULL name. */
void log_event(enum log_level level, const struct log_field *fields, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
#define log_write(level, ...) log_event(level, NULL, __VA_ARGS__)

#define log_debug(...)                                                                                       \
	do {                                                                                                 \
		if (log_enabled(LOG_DEBUG_))                                                                 \
			log_write(LOG_DEBUG_, __VA_ARGS__);                                                  \
	} while (0)
#define log_info(...)	 log_write(LOG_INFO_, __VA_ARGS__)
#define log_warning(...) log_write(LOG_WARNING_, __VA_ARGS__)
#define log_error(...)	 log_write(LOG_ERROR_, __VA_ARGS__)

#endif
