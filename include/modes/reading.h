/*
 * reading - containers that are to be inspected, by a few workers, so that one about which Docker does not
 * answer holds up nobody else. Starts come before the backlog; what could not be read is tried again, more
 * and more rarely, until it is read or ends. Every function may be called from any thread.
 */
#ifndef DE_MODES_READING_H
#define DE_MODES_READING_H

#include "modes/inventory.h"

struct reading;

/* Called by workers, without a lock. */
struct reading_parts {
	struct inventory *inventory;
	/* It was read; `source` is why it is judged, NULL where it is not. `urgent`: alone, not in a backlog.
	 */
	void (*arrived)(void *arg, const char *id, const char *source, bool urgent);
	/* A backlog that was to be judged is read to the end. */
	void (*drained)(void *arg, const char *source);
	/* It ended, or was started anew. */
	void (*gone)(void *arg, const char *id);
	void *arg;
	/* Why a container is judged that turns out to be new, or started anew; NULL: it is not. */
	const char *source_of_new;
};

/* NULL with *err where the threads cannot be made. */
struct reading *reading_start(const struct reading_parts *parts, struct err *err);

/* Nothing further is read; who waits for a batch goes on. */
void reading_shutdown(struct reading *r);

/* After that: false if a worker is still held up by Docker then, and it must not be stopped. */
bool reading_join_until(struct reading *r, uint64_t deadline_ns);
void reading_stop(struct reading *r);

/* One is to be read before all others. `source` lives for ever; NULL: it is not judged for that. */
void reading_want(struct reading *r, const char *id, const char *source);

/* Many are to be read when there is time; `afresh`: a look that is under way already does not count. */
void reading_want_all(struct reading *r, const struct unread *ids, const char *source, bool afresh);

/* The same, and waits until each was read, or could not be read once. One batch at a time. */
void reading_batch(struct reading *r, const struct unread *ids, const char *source);

/* It ended: it is not read any more. */
void reading_forget(struct reading *r, const char *id);

size_t reading_failing(struct reading *r); /* how many could not be read, and are tried again */

#endif
