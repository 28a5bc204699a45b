/* problem - what went wrong last with something that is tried again and again, for /healthz. Any thread. */
#ifndef DE_BASE_PROBLEM_H
#define DE_BASE_PROBLEM_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct problem {
	pthread_mutex_t lock;
	bool there;
	char text[512];
};

void problem_init(struct problem *p);
void problem_destroy(struct problem *p);

void problem_set(struct problem *p, const char *text);
void problem_clear(struct problem *p);

/* False if there is none; else the text, cut to `size`. */
bool problem_get(struct problem *p, char *out, size_t size);

#endif
