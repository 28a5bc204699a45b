#include "peers_internal.h"
#include "base/clock.h"
#include "base/memory.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>

struct peer {
	struct peer *next, **self;
	int fd; /* of our own, for the server may close its at any time and another have the number; -1: none
		 */
	bool used, busy, told; /* told: it was shut down, and will be closed by its server */
	uint64_t idle_ns;      /* monotonic, since when */
};

struct peers {
	pthread_mutex_t lock;
	struct peer *first;
	size_t count, most;
	uint64_t headers_ns;
};

struct peers *peers_new(size_t most, uint64_t headers_ns)
{
	struct peers *p = mem_calloc(1, sizeof(*p));

	pthread_mutex_init(&p->lock, NULL);
	p->most = most;
	p->headers_ns = headers_ns;
	return p;
}

void peers_free(struct peers *p)
{
	if (!p)
		return;
	pthread_mutex_destroy(&p->lock);
	free(p);
}

/* One that has asked for something is worth more than any that has not; else who was idle for less. */
static bool goes_before(const struct peer *x, const struct peer *y)
{
	return x->used != y->used ? !x->used : x->idle_ns < y->idle_ns;
}

/* The one that is to make way; NULL: all are in use. */
static struct peer *idle_longest(const struct peers *p)
{
	struct peer *found = NULL;

	for (struct peer *x = p->first; x; x = x->next)
		if (!x->busy && !x->told && (!found || goes_before(x, found)))
			found = x;
	return found;
}

/* Who asks for nothing, or says it a byte at a time, is no client. */
static bool is_late(const struct peers *p, const struct peer *x)
{
	return p->headers_ns && !x->used && clock_monotonic_ns() - x->idle_ns > p->headers_ns;
}

/* With the lock: who makes way is only marked, and counts no more. Its descriptor is the caller's; -1: nobody
 * has to. */
static int pick_leaver(struct peers *p)
{
	struct peer *x = p->count > p->most || p->headers_ns ? idle_longest(p) : NULL;
	int fd;

	if (!x || (p->count <= p->most && !is_late(p, x)))
		return -1;
	x->told = true;
	p->count--;
	fd = x->fd;
	x->fd = -1;
	return fd;
}

static struct peer *add(struct peers *p, struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct peer *x = mem_calloc(1, sizeof(*x));
	AUTO(close_fdp) int leaver = -1;

	x->fd = info ? fcntl(info->connect_fd, F_DUPFD_CLOEXEC, 3) : -1;
	x->idle_ns = clock_monotonic_ns();
	pthread_mutex_lock(&p->lock);
	p->count++;
	leaver = pick_leaver(p);
	x->next = p->first;
	x->self = &p->first;
	if (x->next)
		x->next->self = &x->next;
	p->first = x;
	pthread_mutex_unlock(&p->lock);
	if (leaver >= 0)
		shutdown(leaver, SHUT_RDWR);
	return x;
}

static void take_out(struct peers *p, struct peer *x)
{
	pthread_mutex_lock(&p->lock);
	*x->self = x->next;
	if (x->next)
		x->next->self = x->self;
	p->count -= !x->told;
	pthread_mutex_unlock(&p->lock);
	close_fdp(&x->fd);
	free(x);
}

void peers_notify(void *arg, struct MHD_Connection *c, void **context,
		  enum MHD_ConnectionNotificationCode what)
{
	if (what == MHD_CONNECTION_NOTIFY_STARTED)
		*context = add(arg, c);
	else if (*context)
		take_out(arg, *context);
}

static void set_busy(struct peers *p, struct MHD_Connection *c, bool busy)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct peer *x = info ? info->socket_context : NULL;

	if (!x)
		return;
	pthread_mutex_lock(&p->lock);
	x->used = true;
	x->busy = busy;
	x->idle_ns = clock_monotonic_ns();
	pthread_mutex_unlock(&p->lock);
}

void peers_begin(struct peers *p, struct MHD_Connection *c)
{
	set_busy(p, c, true);
}

void peers_end(struct peers *p, struct MHD_Connection *c)
{
	set_busy(p, c, false);
}
