/*
 * workers - the one way to make threads, so that one that cannot be made is an error like any other. All or
 * nothing: none begins its work before all are there.
 *
 * pthread's calls on locks and conditions that are set up as they are here (no robust, error-checking or
 * shared ones) do not fail on Linux, and are not checked. The only other threads are
 * libmicrohttpd's.
 */
#ifndef DE_BASE_WORKERS_H
#define DE_BASE_WORKERS_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct workers;

/*
 * Starts `n` threads that run fn(arg), which ends by returning; what it returns is ignored. `name` is what
 * tools show: "action", or with several "action/0" and so on. NULL with *err ("starting 4 action threads: …")
 * if one could not be made: then fn was called in none.
 */
struct workers *workers_start(const char *name, size_t n, void *(*fn)(void *), void *arg, struct err *err);

/* Waits until all have returned, and frees `w`. Nothing for NULL. Not from one of its threads. */
void workers_join(struct workers *w);

/*
 * The same, but no longer than until `deadline_ns` (clock_monotonic_ns()): false if some still run then, and
 * `w` remains, to be joined later or left where the process ends.
 */
bool workers_join_until(struct workers *w, uint64_t deadline_ns);

#endif
