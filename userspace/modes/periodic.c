#include "base/clock.h"
#include "base/log.h"
#include "base/pulse.h"
#include "modes/loops.h"

#define FIRST_RETRY_NS (1 * NS_PER_S)
#define LAST_RETRY_NS  (30 * NS_PER_S)

static int check_once(struct periodic *p, struct err *err)
{
	uint64_t start = clock_wall_ns(), began = clock_monotonic_ns();

	if (check_all(p->check, err))
		return -1;
	atomic_store(&p->start_ns, start);
	atomic_store(&p->end_ns, clock_wall_ns());
	atomic_fetch_add(&p->total_ns, clock_monotonic_ns() - began);
	atomic_fetch_add(&p->checks, 1);
	return 0;
}

/* Checks until it works or the daemon ends, pausing longer each time; true to end. */
static bool check_with_retries(struct periodic *p)
{
	uint64_t pause = FIRST_RETRY_NS;
	struct err err;

	while (check_once(p, &err)) {
		if (stop_wait(p->check->stop, 0))
			return true;
		log_error("periodic check failed: %s; next try in %llu s", err.msg,
			  (unsigned long long)(pause / NS_PER_S));
		if (stop_wait(p->check->stop, pause))
			return true;
		pause = pause * 2 < LAST_RETRY_NS ? pause * 2 : LAST_RETRY_NS;
	}
	return false;
}

/* When the next check is due, after one that ended now; what could not be kept up with is left out. */
static uint64_t next_due(struct periodic *p, uint64_t due, uint64_t interval)
{
	uint64_t now = clock_monotonic_ns(), missed;

	due += interval;
	if (due > now)
		return due;
	missed = (now - due) / interval + 1;
	atomic_fetch_add(&p->overruns, missed);
	log_warning("a periodic check took longer than CHECK_INTERVAL_S=%ld; %llu left out",
		    p->check->config->check_interval_s, (unsigned long long)missed);
	return due + missed * interval;
}

void *periodic_run(void *arg)
{
	struct periodic *p = arg;
	const struct config *config = p->check->config;
	uint64_t interval = (uint64_t)config->check_interval_s * NS_PER_S;
	uint64_t due = clock_monotonic_ns() + (config->immediate_periodical_start ? 0 : interval);

	pulse_begin("periodic");
	for (;;) {
		uint64_t now = clock_monotonic_ns();

		if (stop_wait(p->check->stop, due > now ? due - now : 0) || check_with_retries(p))
			break;
		due = next_due(p, due, interval);
	}
	pulse_end();
	return NULL;
}
