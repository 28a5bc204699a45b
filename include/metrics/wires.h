/*
 * wires - the kernel says when a container's memory crosses a value, at once: no matter how many containers
 * there are, nothing is polled. On cgroup v1, by an eventfd on memory.usage_in_bytes.
 *
 * Any thread may set and clear; one waits. Nothing outlives the process.
 *
 * Source: Documentation/admin-guide/cgroup-v1/memory.rst, 9 (memory thresholds: they fire in both
 * directions).
 */
#ifndef DE_METRICS_WIRES_H
#define DE_METRICS_WIRES_H

#include "metrics/metrics.h"

struct wires;

/* NULL with *err where this host has no such wires. */
struct wires *wires_open(struct err *err);
void wires_close(struct wires *w); /* nothing for NULL */

#define WIRES_MOST 16 /* for one container */

/* Has `n` values, in bytes, be wires of the container, in place of those that were. None: it has none. */
int wires_set(struct wires *w, const struct metrics_target *target, const uint64_t *bytes, size_t n,
	      struct err *err);
void wires_clear(struct wires *w, const char *id);

enum wires_wait { WIRES_CROSSED, WIRES_AGAIN, WIRES_WOKEN, WIRES_ENDING, WIRES_QUIET };

/*
 * Waits until a container crosses one of its wires, whose id is in `id` then: at most ten times a second for
 * one container, however it hovers; the last crossing is never left out. WIRES_AGAIN: a moment after it
 * crossed, for it may have stood right at its wire when it was looked at, and gone on. WIRES_WOKEN,
 * WIRES_ENDING: `wake_fd` or `stop_fd` can be read. WIRES_QUIET: nothing yet, within a second; to be asked
 * again.
 */
enum wires_wait wires_wait(struct wires *w, int wake_fd, int stop_fd, char id[METRICS_ID_SIZE]);

size_t wires_count(struct wires *w); /* of values that are set */

#endif
