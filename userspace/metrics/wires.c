#include "metrics/wires.h"
#include "base/clock.h"
#include "base/memory.h"
#include "cgroup_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <uthash.h>

#define APART_NS (100 * NS_PER_MS) /* two crossings of one container that are told */
#define LOOK_NS	 (1 * NS_PER_S)	   /* no wait is longer: a sign of life is due */

/* A container's: all of its values are on one eventfd. */
struct wire {
	UT_hash_handle hh;
	char id[METRICS_ID_SIZE];
	uint64_t number; /* by which epoll tells of it: a descriptor may be another's by then */
	int fd;
	size_t values;
	bool crossed; /* and not told yet */
	bool again;   /* told, and to be told once more: it may stand right at its bound as it is looked at */
	uint64_t told_ns; /* monotonic, when it was told last */
};

struct wires {
	struct cgroup_mounts mounts;
	int epoll;
	pthread_mutex_t lock; /* of those below */
	struct wire *wires;
	uint64_t numbers; /* given so far */
	size_t values;
};

struct wires *wires_open(struct err *err)
{
	struct wires *w = mem_calloc(1, sizeof(*w));

	w->epoll = -1;
	if (cgroup_find_mounts(&w->mounts, err))
		goto fail;
	if (w->mounts.role[CGROUP_MEMORY].v2) {
		err_set(err, 0, "cgroup v2 has no thresholds of memory");
		goto fail;
	}
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (w->epoll < 0) {
		err_errno(err, "wires: epoll");
		goto fail;
	}
	pthread_mutex_init(&w->lock, NULL);
	return w;
fail:
	free(w);
	return NULL;
}

/* Takes it out; the caller, who holds the lock, releases it without. */
static struct wire *take(struct wires *w, const char *id)
{
	struct wire *x;

	HASH_FIND(hh, w->wires, id, strlen(id), x);
	if (x) {
		HASH_DEL(w->wires, x);
		w->values -= x->values;
	}
	return x;
}

/* The kernel takes the thresholds away with the eventfd, and epoll its interest in it. */
static void release(struct wire *x)
{
	if (!x)
		return;
	close(x->fd);
	free(x);
}

void wires_close(struct wires *w)
{
	if (!w)
		return;
	while (w->wires)
		release(take(w, w->wires->id));
	close(w->epoll);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

/* ---- setting ---- */

/* The kernel cuts to pages (page_counter_memparse): a rule on more than 50 MiB is not broken at 50 MiB. */
static uint64_t whole_pages(uint64_t bytes)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), beyond = bytes % page;

	return beyond && bytes < UINT64_MAX - page ? bytes + (page - beyond) : bytes;
}

static int register_value(int control, int eventfd, int usage, uint64_t bytes)
{
	char line[64];
	int n = snprintf(line, sizeof(line), "%d %d %llu", eventfd, usage,
			 (unsigned long long)whole_pages(bytes));

	return write(control, line, (size_t)n) == n ? 0 : -1;
}

static int register_values(const char *cgroup, int eventfd, const uint64_t *bytes, size_t n)
{
	AUTO(close_fdp) int dir = open(cgroup, O_PATH | O_DIRECTORY | O_CLOEXEC);
	AUTO(close_fdp) int usage = openat(dir, "memory.usage_in_bytes", O_RDONLY | O_CLOEXEC);
	AUTO(close_fdp) int control = openat(dir, "cgroup.event_control", O_WRONLY | O_CLOEXEC);

	if (usage < 0 || control < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (register_value(control, eventfd, usage, bytes[i]))
			return -1;
	return 0;
}

static struct wire *wire_new(struct wires *w, const struct metrics_target *target, const uint64_t *bytes,
			     size_t n, struct err *err)
{
	struct cgroup_place places[CGROUP_ROLES];
	char outer[METRICS_ID_SIZE];
	struct wire *x;

	if (cgroup_locate(&w->mounts, target, places, outer, err))
		return NULL;
	x = mem_calloc(1, sizeof(*x));
	snprintf(x->id, sizeof(x->id), "%s", target->id);
	x->values = n;
	x->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (x->fd >= 0 && !register_values(places[CGROUP_MEMORY].path, x->fd, bytes, n))
		return x;
	err_errno(err, "wires: container %.12s", target->id);
	release(x);
	return NULL;
}

int wires_set(struct wires *w, const struct metrics_target *target, const uint64_t *bytes, size_t n,
	      struct err *err)
{
	/* each crossing is an edge: nothing has to be read */
	struct epoll_event event = {.events = EPOLLIN | EPOLLET};
	struct wire *x = n ? wire_new(w, target, bytes, n, err) : NULL, *old;
	int r = 0, fd = x ? x->fd : -1;

	if (n && !x)
		return -1;
	pthread_mutex_lock(&w->lock);
	old = take(w, target->id);
	if (x) {
		x->told_ns = old ? old->told_ns : 0;
		HASH_ADD_KEYPTR(hh, w->wires, x->id, strlen(x->id), x);
		w->values += x->values;
		event.data.u64 = x->number = ++w->numbers;
	}
	if (x && epoll_ctl(w->epoll, EPOLL_CTL_ADD, fd, &event))
		r = err_errno(err, "wires: epoll");
	pthread_mutex_unlock(&w->lock);
	release(old);
	return r;
}

void wires_clear(struct wires *w, const char *id)
{
	struct wire *x;

	pthread_mutex_lock(&w->lock);
	x = take(w, id);
	pthread_mutex_unlock(&w->lock);
	release(x);
}

size_t wires_count(struct wires *w)
{
	size_t n;

	pthread_mutex_lock(&w->lock);
	n = w->values;
	pthread_mutex_unlock(&w->lock);
	return n;
}

/* ---- waiting ---- */

static void note_crossed(struct wires *w, uint64_t number)
{
	struct wire *x, *next;

	pthread_mutex_lock(&w->lock);
	HASH_ITER (hh, w->wires, x, next) {
		if (x->number == number)
			x->crossed = true;
	}
	pthread_mutex_unlock(&w->lock);
}

/* What is told of one now: WIRES_QUIET for nothing; then *wait_ns is no longer than until there is. */
static enum wires_wait tell(struct wires *w, uint64_t *wait_ns, char id[METRICS_ID_SIZE])
{
	uint64_t now = clock_monotonic_ns();
	struct wire *x, *next;
	enum wires_wait told = WIRES_QUIET;

	pthread_mutex_lock(&w->lock);
	HASH_ITER (hh, w->wires, x, next) {
		uint64_t due = x->told_ns + APART_NS;

		if ((!x->crossed && !x->again) || told != WIRES_QUIET)
			continue;
		if (now >= due || !x->told_ns) {
			told = x->crossed ? WIRES_CROSSED : WIRES_AGAIN;
			x->again = x->crossed;
			x->crossed = false;
			x->told_ns = now;
			snprintf(id, METRICS_ID_SIZE, "%s", x->id);
		} else if (due - now < *wait_ns) {
			*wait_ns = due - now;
		}
	}
	pthread_mutex_unlock(&w->lock);
	return told;
}

static void drain(struct wires *w)
{
	struct epoll_event events[64];
	int n = epoll_wait(w->epoll, events, ARRAY_LEN(events), 0);

	for (int i = 0; i < n; i++)
		note_crossed(w, events[i].data.u64);
}

enum wires_wait wires_wait(struct wires *w, int wake_fd, int stop_fd, char id[METRICS_ID_SIZE])
{
	struct pollfd fds[] = {{.fd = w->epoll, .events = POLLIN},
			       {.fd = wake_fd, .events = POLLIN},
			       {.fd = stop_fd, .events = POLLIN}};
	uint64_t wait_ns = LOOK_NS;
	enum wires_wait told;
	struct timespec ts;

	drain(w);
	told = tell(w, &wait_ns, id);
	if (told != WIRES_QUIET)
		return told;
	ts = clock_timespec(wait_ns);
	if (ppoll(fds, ARRAY_LEN(fds), &ts, NULL) <= 0)
		return WIRES_QUIET;
	return fds[2].revents ? WIRES_ENDING : fds[1].revents ? WIRES_WOKEN : WIRES_QUIET;
}
