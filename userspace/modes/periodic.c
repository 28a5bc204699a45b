/* periodic: all containers by all rules, every CHECK_INTERVAL_S. */
#include "base/clock.h"
#include "modes/enforcer.h"
#include "base/log.h"
#include "base/pulse.h"

#define FIRST_RETRY_NS (1 * NS_PER_S)
#define LAST_RETRY_NS  (30 * NS_PER_S)

/* Checks until it works or the daemon ends, pausing longer each time; true to end. */
static bool check_with_retries(struct enforcer *e)
{
	uint64_t pause = FIRST_RETRY_NS;
	struct err err;

	while (enforcer_check_all(e, &err)) {
		if (enforcer_stopping(e))
			return true;
		log_error("periodic check failed: %s; next try in %llu s", err.msg,
			  (unsigned long long)(pause / NS_PER_S));
		if (enforcer_wait(e, pause))
			return true;
		pause = pause * 2 < LAST_RETRY_NS ? pause * 2 : LAST_RETRY_NS;
	}
	return false;
}

void *periodic_run(void *arg)
{
	struct enforcer *e = arg;
	uint64_t interval = (uint64_t)e->config->check_interval_s * NS_PER_S;
	uint64_t due = clock_monotonic_ns() + (e->config->immediate_periodical_start ? 0 : interval);

	pulse_begin("periodic");
	for (;;) {
		uint64_t now = clock_monotonic_ns();

		if (enforcer_wait(e, due > now ? due - now : 0) || check_with_retries(e))
			break;
		now = clock_monotonic_ns();
		due += interval;
		if (due <= now) {
			uint64_t missed = (now - due) / interval + 1;

			atomic_fetch_add(&e->check_overruns, missed);
			log_warning("a periodic check took longer than CHECK_INTERVAL_S=%ld; %llu left out",
				    e->config->check_interval_s, (unsigned long long)missed);
			due += missed * interval;
		}
	}
	pulse_end();
	return NULL;
}
