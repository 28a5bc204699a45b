/*
 * idle - since when a container has done nothing; for metrics.c, which keeps one for each. Pure, but for
 * idle_read_received().
 */
#ifndef DE_METRICS_IDLE_INTERNAL_H
#define DE_METRICS_IDLE_INTERNAL_H

#include "abi/usage.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* All zero: nothing is known yet. Times are monotonic. */
struct idle {
	uint64_t since_ns;	    /* when it was last seen at work, or first seen */
	uint64_t looked_ns, cpu_ns; /* the look that the next is compared with */
	uint64_t received;	    /* bytes, of the last time that they were read */
	bool received_known;
};

/* Whether it is to be looked at again: a share of a CPU wants its time. */
bool idle_is_due(const struct idle *i, const struct usage *now);

/* Has it used more than so much of one CPU since the last look? The first look says yes. */
bool idle_used_cpu(const struct idle *i, const struct usage *now, long percent);

/*
 * Notes a look. `worked`: it used CPU; `received`, if `given`: all bytes that it has received so far. Less
 * than IDLE_NOISE a second is what a network says to everybody (ARP, router advertisements).
 */
#define IDLE_NOISE 100
void idle_note(struct idle *i, const struct usage *now, bool worked, bool given, uint64_t received);

/* What interfaces of its own have received; false where it has none (the host's network) or is gone. */
bool idle_read_received(pid_t pid, const char *id, uint64_t *out);

#endif
