#include "carrier_internal.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/workers.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define EVENTS 256

struct carrier {
	int epoll, wake;
	struct stop *stop;
	atomic_ullong *open;
	struct workers *thread;
	pthread_mutex_t lock;
	struct link *fresh; /* the lock's; what follows is the thread's own */
	struct link *all, *ready;
	char scratch[LINK_SCRATCH];
};

/* Which of a link's sockets an event is of: links are aligned. */
#define OF_ENGINE ((uintptr_t)1)

static void make_ready(struct carrier *c, struct link *l)
{
	if (l->ready)
		return;
	l->ready = true;
	l->next_ready = c->ready;
	c->ready = l;
}

static void end(struct carrier *c, struct link *l)
{
	*l->self = l->next;
	if (l->next)
		l->next->self = l->self;
	link_free(l);
	atomic_fetch_sub(c->open, 1);
}

static int watch(struct carrier *c, int fd, uintptr_t data)
{
	struct epoll_event e = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.u64 = data};

	return epoll_ctl(c->epoll, EPOLL_CTL_ADD, fd, &e);
}

static void take_in(struct carrier *c, struct link *l)
{
	l->self = &c->all;
	l->next = c->all;
	if (l->next)
		l->next->self = &l->next;
	c->all = l;
	if (!watch(c, l->peer, (uintptr_t)l) && !watch(c, l->engine, (uintptr_t)l | OF_ENGINE)) {
		make_ready(c, l);
		return;
	}
	log_error("relay: a connection cannot be watched (%s); it is closed", strerror(errno));
	end(c, l);
}

static void take_fresh(struct carrier *c)
{
	struct link *l, *next;
	eventfd_t count;

	(void)!eventfd_read(c->wake, &count);
	pthread_mutex_lock(&c->lock);
	l = c->fresh;
	c->fresh = NULL;
	pthread_mutex_unlock(&c->lock);
	for (; l; l = next) {
		next = l->next;
		take_in(c, l);
	}
}

static void note(struct carrier *c, const struct epoll_event *e)
{
	struct link *l = (struct link *)(uintptr_t)(e->data.u64 & ~OF_ENGINE);

	if (!l)
		return;
	if (e->data.u64 & OF_ENGINE && e->events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		l->engine_gone = true;
	make_ready(c, l);
}

/* A turn for each that has something to move. Links end only here, after all events were noted. */
static void drive_ready(struct carrier *c)
{
	struct link *l = c->ready, *next;

	c->ready = NULL;
	for (; l; l = next) {
		enum link_state state;

		next = l->next_ready;
		l->ready = false;
		state = link_drive(l, c->scratch);
		if (state == LINK_OVER)
			end(c, l);
		else if (state == LINK_MOVES)
			make_ready(c, l);
	}
}

static void *carry(void *arg)
{
	struct carrier *c = arg;
	struct epoll_event events[EVENTS];

	while (!stop_wait(c->stop, 0)) {
		int n = epoll_wait(c->epoll, events, EVENTS, c->ready ? 0 : -1);

		for (int i = 0; i < n; i++)
			note(c, &events[i]);
		take_fresh(c);
		drive_ready(c);
	}
	return NULL;
}

/* ---- for others ---- */

static void carrier_free(struct carrier *c)
{
	take_fresh(c);
	while (c->all)
		end(c, c->all);
	close_fdp(&c->epoll);
	close_fdp(&c->wake);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

static int open_descriptors(struct carrier *c, struct err *err)
{
	struct epoll_event e = {.events = EPOLLIN};

	c->epoll = epoll_create1(EPOLL_CLOEXEC);
	c->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (c->epoll < 0 || c->wake < 0 || epoll_ctl(c->epoll, EPOLL_CTL_ADD, c->wake, &e) ||
	    epoll_ctl(c->epoll, EPOLL_CTL_ADD, stop_fd(c->stop), &e))
		return err_errno(err, "relay: preparing to wait for connections");
	return 0;
}

struct carrier *carrier_start(struct stop *stop, atomic_ullong *open, struct err *err)
{
	struct carrier *c = mem_calloc(1, sizeof(*c));

	c->stop = stop;
	c->open = open;
	pthread_mutex_init(&c->lock, NULL);
	if (!open_descriptors(c, err))
		c->thread = workers_start("relay-carry", 1, carry, c, err);
	if (c->thread)
		return c;
	carrier_free(c);
	return NULL;
}

void carrier_join(struct carrier *c)
{
	if (!c)
		return;
	workers_join(c->thread);
	carrier_free(c);
}

void carrier_add(struct carrier *c, struct link *l)
{
	pthread_mutex_lock(&c->lock);
	l->next = c->fresh;
	c->fresh = l;
	pthread_mutex_unlock(&c->lock);
	(void)!eventfd_write(c->wake, 1);
}
