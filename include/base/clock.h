/*
 * clock - time, read in one place. Monotonic time for intervals and `for`, wall time for people.
 * Thread-safe.
 */
#ifndef DE_BASE_CLOCK_H
#define DE_BASE_CLOCK_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define NS_PER_S  1000000000ULL
#define NS_PER_MS 1000000ULL

uint64_t clock_monotonic_ns(void); /* CLOCK_MONOTONIC, what BPF's bpf_ktime_get_ns() counts */
uint64_t clock_wall_ns(void);	   /* nanoseconds since the epoch */

/* The same time, or span of it, as system calls want it. */
struct timespec clock_timespec(uint64_t ns);

/* pthread_cond_init(), for deadlines by clock_monotonic_ns(). */
void clock_cond_init(pthread_cond_t *cond);

/* "2026-01-01T10:00:00.000000" (local time, as the original's isoformat()); `sep` is 'T' or ' '. */
void clock_format(uint64_t wall_ns, char sep, char *out, size_t size);

/* "2026-01-01T10:00:00.000000+02:00" (RFC 3339): what no format of the original binds. */
void clock_format_rfc3339(uint64_t wall_ns, char *out, size_t size);

/* "0:00:00.004000", as the original's timedelta prints. */
void clock_format_duration(uint64_t ns, char *out, size_t size);

/* RFC 3339 ("2026-01-01T10:00:00.123456789Z", "+02:00", or a date alone) to nanoseconds; 0 if it is not one.
 */
uint64_t clock_parse_rfc3339(const char *s);

#endif
