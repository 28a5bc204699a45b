#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/pulse.h"
#include "modes/loops.h"

#include <string.h>

/* RUN_WATCH=auto: so many intervals to a look; 0: none, for what a look costs. */
static unsigned intervals_to_a_look(const char *source)
{
	static const struct {
		const char *source;
		unsigned intervals;
	} table[] = {{"bpf", 1}, {"cgroupfs", 5}, {"docker", 0}};

	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (!strcmp(table[i].source, source))
			return table[i].intervals;
	return 0;
}

uint64_t watch_choose_interval(const struct config *config, const struct metrics *metrics)
{
	uint64_t interval = (uint64_t)config->watch_interval_ms * NS_PER_MS;
	unsigned n;

	if (!metrics || config->run_watch == AUTO_FALSE)
		return 0;
	n = config->run_watch == AUTO_TRUE ? 1 : intervals_to_a_look(metrics_source(metrics));
	if (n > 1)
		log_info("watch: rules on metrics are looked at every %ld ms, for files cost more than BPF; "
			 "RUN_WATCH=True: every %ld ms",
			 n * config->watch_interval_ms, config->watch_interval_ms);
	if (!n)
		log_write(
			config->run_periodic ? LOG_INFO_ : LOG_WARNING_,
			"watch is off, for Docker's figures take seconds: rules on metrics are looked at %s; "
			"RUN_WATCH=True turns it on",
			config->run_periodic ? "every CHECK_INTERVAL_S" : "by no mode that lasts");
	return n * interval;
}

void *watch_run(void *arg)
{
	struct watch *w = arg;
	struct check *c = w->check;
	uint64_t interval = c->watch_interval_ns;
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
