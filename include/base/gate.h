/*
 * gate - how many may do something at once; the others wait in the order in which they came. Any thread; not
 * by one that is inside already.
 */
#ifndef DE_BASE_GATE_H
#define DE_BASE_GATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gate_waiter;

struct gate {
	pthread_mutex_t lock;
	struct gate_waiter *first, **last;
	size_t inside, most;
};

void gate_init(struct gate *g, size_t most);
void gate_destroy(struct gate *g); /* nobody is inside, or waits */

/* False if it was not its turn by `deadline_ns` (monotonic): it is not inside. */
bool gate_enter(struct gate *g, uint64_t deadline_ns);
void gate_leave(struct gate *g);

#endif
