/* /healthz: whether the enforcer does what it is there for, and if not, why. */
#include "pages_internal.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/pulse.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LOST_NS (60 * NS_PER_S) /* without Docker's events, that is told */
#define HANG_NS (30 * NS_PER_S)

static void add_reason(struct json_object *reasons, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void add_reason(struct json_object *reasons, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	str_vprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	json_object_array_add(reasons, json_object_new_string(text));
}

static void add_problem(struct json_object *reasons, struct problem *p, const char *what)
{
	char text[512];

	if (problem_get(p, text, sizeof(text)))
		add_reason(reasons, "%s: %s", what, text);
}

static void add_containers(struct json_object *reasons, size_t n, const char *what)
{
	if (n)
		add_reason(reasons, "%zu container%s %s", n, n == 1 ? "" : "s", what);
}

static void add_connection(struct json_object *reasons, struct enforcer *e)
{
	uint64_t lost = atomic_load(&e->events.lost_ns), now = clock_monotonic_ns();

	if (lost && now - lost > LOST_NS)
		add_reason(reasons, "Docker's events have not been followed for %llu s, see the log",
			   (unsigned long long)((now - lost) / NS_PER_S));
}

static void add_state(struct json_object *reasons, struct enforcer *e)
{
	char text[512];

	if (state_problem(e->state, text, sizeof(text)))
		add_reason(reasons, "nothing is kept for the next start: %s", text);
}

static struct json_object *find_reasons(struct enforcer *e)
{
	struct json_object *reasons = json_object_new_array();
	const char *late = pulse_find_late(HANG_NS);

	add_problem(reasons, &e->check.full, "the last check failed");
	add_problem(reasons, &e->check.figures, "usage could not be read");
	add_problem(reasons, &e->reload, "the last reload failed, older rules are in force");
	add_state(reasons, e);
	add_connection(reasons, e);
	add_containers(reasons, reading_failing(e->reading), "could not be read, and are tried again");
	add_containers(reasons, inventory_unreadable(e->inventory),
		       "with a document that is too large, which no other rule can judge");
	add_containers(reasons, inventory_unmeasured(e->inventory), "not measured");
	if (late)
		add_reason(reasons, "the %s loop hangs", late);
	return reasons;
}

struct json_object *health_read(struct enforcer *e, const struct page_query *q)
{
	struct json_object *j = json_object_new_object(), *reasons = find_reasons(e);

	(void)q;
	json_add_str(j, "status", json_count(reasons) ? "not ok" : "ok");
	json_object_object_add(j, "reasons", reasons);
	json_object_object_add(j, "docker_connected",
			       json_object_new_boolean(atomic_load(&e->events.connected)));
	return j;
}

bool health_is_ok(struct json_object *doc)
{
	return !json_count(json_get(doc, "reasons"));
}

/* ---- the policy in force ---- */

struct load health_load(struct enforcer *e)
{
	struct policy *p = policy_slot_get(e->policy);
	struct load l = {.wall_ns = atomic_load(&e->loaded_ns), .rules = p->lists[FILE_RULES].count};

	snprintf(l.hash, sizeof(l.hash), "%016llx", (unsigned long long)p->hash);
	l.failed = problem_get(&e->reload, l.problem, sizeof(l.problem));
	policy_put(p);
	return l;
}
