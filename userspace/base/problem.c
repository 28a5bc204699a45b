#include "base/problem.h"

#include <stdio.h>

void problem_init(struct problem *p)
{
	pthread_mutex_init(&p->lock, NULL);
	problem_clear(p);
}

void problem_destroy(struct problem *p)
{
	pthread_mutex_destroy(&p->lock);
}

void problem_set(struct problem *p, const char *text)
{
	pthread_mutex_lock(&p->lock);
	p->there = true;
	snprintf(p->text, sizeof(p->text), "%s", text);
	pthread_mutex_unlock(&p->lock);
}

void problem_clear(struct problem *p)
{
	pthread_mutex_lock(&p->lock);
	p->there = false;
	pthread_mutex_unlock(&p->lock);
}

bool problem_get(struct problem *p, char *out, size_t size)
{
	bool there;

	pthread_mutex_lock(&p->lock);
	there = p->there;
	snprintf(out, size, "%s", there ? p->text : "");
	pthread_mutex_unlock(&p->lock);
	return there;
}
