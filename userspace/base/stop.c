#include "base/stop.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/pulse.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct stop {
	int fd; /* an eventfd */
};

struct stop *stop_new(struct err *err)
{
	struct stop *s = mem_calloc(1, sizeof(*s));

	s->fd = eventfd(0, EFD_CLOEXEC);
	if (s->fd >= 0)
		return s;
	err_errno(err, "making an eventfd");
	free(s);
	return NULL;
}

void stop_free(struct stop *s)
{
	if (!s)
		return;
	close(s->fd);
	free(s);
}

void stop_request(struct stop *s)
{
	/* the counter of an eventfd is 64 bits wide: it takes this for ever */
	(void)!eventfd_write(s->fd, 1);
}

bool stop_wait(struct stop *s, uint64_t ns)
{
	struct pollfd p = {.fd = s->fd, .events = POLLIN};
	struct timespec ts = clock_timespec(ns);
	bool ending;

	pulse_expect(ns);
	ending = ppoll(&p, 1, &ts, NULL) > 0;
	pulse_expect(0);
	return ending;
}

int stop_fd(const struct stop *s)
{
	return s->fd;
}
