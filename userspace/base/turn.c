#include "base/turn.h"
#include "base/pulse.h"

void turn_init(struct turn *t)
{
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->given, NULL);
	t->taken = false;
}

void turn_destroy(struct turn *t)
{
	pthread_cond_destroy(&t->given);
	pthread_mutex_destroy(&t->lock);
}

void turn_take(struct turn *t)
{
	pulse_wait_for_others();
	pthread_mutex_lock(&t->lock);
	while (t->taken)
		pthread_cond_wait(&t->given, &t->lock);
	t->taken = true;
	pthread_mutex_unlock(&t->lock);
	pulse_expect(0);
}

void turn_give(struct turn *t)
{
	pthread_mutex_lock(&t->lock);
	t->taken = false;
	pthread_cond_signal(&t->given);
	pthread_mutex_unlock(&t->lock);
}
