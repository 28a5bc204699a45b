/*
 * pulse - signs of life of the daemon's loops, for the service manager's watchdog. Each loop says by when it
 * will be back; one that is not back in time hangs. Waiting for dockerd has a time limit of its own and
 * says so: a slow engine is no hanging loop.
 *
 * Thread-safe. The functions are called from everywhere below a loop; in a thread that never called
 * pulse_begin() (HTTP, commands) they do nothing.
 */
#ifndef DE_BASE_PULSE_H
#define DE_BASE_PULSE_H

#include <stdint.h>

/* This thread is a loop of that name (static) from now on, until pulse_end(). */
void pulse_begin(const char *name);
void pulse_end(void);

/* It will be back within so many nanoseconds; 0: it is back, and works. */
void pulse_expect(uint64_t ns);

/*
 * It waits for a thread that is itself a watched loop, or has a time limit: as long as that takes. With the
 * docker source a collection asks dockerd for every container, and others wait for it.
 */
void pulse_wait_for_others(void);

/* The name of a loop that is late by more than `grace_ns`; NULL: none. */
const char *pulse_find_late(uint64_t grace_ns);

#endif
