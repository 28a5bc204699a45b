#include "base/pulse.h"
#include "base/clock.h"
#include "base/memory.h"

#include <stdatomic.h>
#include <stddef.h>

#define MAX_LOOPS 8

struct pulse {
	_Atomic(const char *) name; /* NULL: free */
	atomic_ullong due_ns;	    /* monotonic */
};

static struct pulse pulses[MAX_LOOPS] = {[0 ... MAX_LOOPS - 1] = {.due_ns = UINT64_MAX}};
static _Thread_local struct pulse *mine;

void pulse_begin(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(pulses) && !mine; i++) {
		const char *nobody = NULL;

		if (atomic_compare_exchange_strong(&pulses[i].name, &nobody, name))
			mine = &pulses[i];
	}
	pulse_expect(0);
}

void pulse_end(void)
{
	if (!mine)
		return;
	atomic_store(&mine->due_ns, UINT64_MAX); /* whoever takes the place is not late from the start */
	atomic_store(&mine->name, NULL);
	mine = NULL;
}

void pulse_expect(uint64_t ns)
{
	if (mine)
		atomic_store(&mine->due_ns, clock_monotonic_ns() + ns);
}

void pulse_wait_for_others(void)
{
	if (mine)
		atomic_store(&mine->due_ns, UINT64_MAX);
}

const char *pulse_find_late(uint64_t grace_ns)
{
	uint64_t now = clock_monotonic_ns();

	for (size_t i = 0; i < ARRAY_LEN(pulses); i++) {
		const char *name = atomic_load(&pulses[i].name);
		uint64_t due = atomic_load(&pulses[i].due_ns);

		if (name && now > due && now - due > grace_ns)
			return name;
	}
	return NULL;
}
