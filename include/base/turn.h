/*
 * turn - work that only one thread does at a time, and that may take its time (I/O): the others wait for
 * their turn. No lock is held meanwhile; data that others read has a lock of its own. Any thread; not by one
 * that has the turn.
 */
#ifndef DE_BASE_TURN_H
#define DE_BASE_TURN_H

#include <pthread.h>
#include <stdbool.h>

struct turn {
	pthread_mutex_t lock;
	pthread_cond_t given;
	bool taken;
};

void turn_init(struct turn *t);
void turn_destroy(struct turn *t);

/* Whoever has it is a watched loop too, or soon done: waiting is no hanging (pulse.h). */
void turn_take(struct turn *t);
void turn_give(struct turn *t);

#endif
