/* watch: metric rules every WATCH_INTERVAL_MS, from what the kernel gives; Docker is not asked. */
#include "base/clock.h"
#include "modes/enforcer.h"
#include "base/log.h"
#include "base/pulse.h"

void *watch_run(void *arg)
{
	struct enforcer *e = arg;
	uint64_t interval = (uint64_t)e->config->watch_interval_ms * NS_PER_MS;
	uint64_t due = clock_monotonic_ns() + interval;
	bool failing = false;
	struct err err;

	pulse_begin("watch");
	for (;;) {
		uint64_t now = clock_monotonic_ns();

		if (enforcer_wait(e, due > now ? due - now : 0))
			break;
		if (!enforcer_watch_tick(e, &err)) {
			failing = false;
		} else if (!failing) {
			log_error("watch: %s", err.msg);
			failing = true;
		}
		due += interval;
		now = clock_monotonic_ns();
		if (due < now) /* late: the next tick is a whole interval away, none is doubled */
			due = now + interval;
	}
	pulse_end();
	return NULL;
}
