#include "base/clock.h"
#include "base/log.h"
#include "base/pulse.h"
#include "modes/loops.h"

void *watch_run(void *arg)
{
	struct watch *w = arg;
	struct check *c = w->check;
	uint64_t interval = (uint64_t)c->config->watch_interval_ms * NS_PER_MS;
	uint64_t due = clock_monotonic_ns() + interval;
	bool failing = false, failed, looked;
	struct err err;

	pulse_begin("watch");
	for (;;) {
		uint64_t now = clock_monotonic_ns();

		if (stop_wait(c->stop, due > now ? due - now : 0))
			break;
		failed = check_figures(c, &looked, &err) != 0;
		if (failed && !failing)
			log_error("watch: %s", err.msg);
		failing = failed;
		if (looked && !failed)
			atomic_fetch_add(&w->ticks, 1);
		due += interval;
		now = clock_monotonic_ns();
		if (due < now) /* late: the next tick is a whole interval away, none is doubled */
			due = now + interval;
	}
	pulse_end();
	return NULL;
}
