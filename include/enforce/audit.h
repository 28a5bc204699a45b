/*
 * audit - what was decided and done, for whoever has to account for it: one JSON object per line, appended to
 * AUDIT_LOG. A thread of its own writes, so that a slow disk delays no check and no authorization; what it
 * cannot keep up with, or the disk does not take, is lost, counted and said, and enforcement goes on.
 *
 * Every function may be called from any thread; NULL for the audit log is none, and does nothing.
 */
#ifndef DE_ENFORCE_AUDIT_H
#define DE_ENFORCE_AUDIT_H

#include "base/err.h"

#include <json-c/json.h>
#include <stdint.h>

struct audit;

/* Opens `path` for appending (made for root only). NULL with *err. */
struct audit *audit_open(const char *path, struct err *err);

/* Writes what waits, unless the disk is stuck for a second; what is added later may not be written. */
void audit_flush(struct audit *a);

/* audit_flush(), and closes. */
void audit_close(struct audit *a);

/* After logrotate has moved the file: what follows goes to a new one. */
void audit_reopen(struct audit *a);

/* Adds "event" and, where it is missing, "time" to `line`, whose reference it takes over, and has it written.
 */
void audit_add(struct audit *a, const char *event, struct json_object *line);

uint64_t audit_lost(struct audit *a); /* lines */

#endif
