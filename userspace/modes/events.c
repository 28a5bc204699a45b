#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/pulse.h"
#include "modes/loops.h"

#include <string.h>

#define FIRST_PAUSE_NS (200 * NS_PER_MS)
#define LAST_PAUSE_NS  (10 * NS_PER_S)

struct follower {
	struct events *events;
	struct check *check;
	bool connected_before;
	uint64_t pause_ns;
};

static void on_change(struct check *c, const struct docker_event *event)
{
	struct err err;

	if (inventory_update(c->inventory, event->id, &err)) {
		log_error("%s; container %s is judged at the next check", err.msg, event->name);
		inventory_mark_stale(c->inventory, event->id);
	}
}

static void on_end(struct check *c, const struct docker_event *event)
{
	inventory_remove(c->inventory, event->id, event->time_ns);
	check_forget(c, event->id);
}

static void on_unpause(struct check *c, const struct docker_event *event)
{
	check_forget(c, event->id);
	inventory_mark_stale(c->inventory, event->id);
}

static void on_pause(struct check *c, const struct docker_event *event)
{
	inventory_mark_stale(c->inventory, event->id);
}

enum option { NEVER, ON_START, ON_UPDATE, ON_RENAME };

static const struct reaction {
	const char *action;
	void (*fn)(struct check *c, const struct docker_event *event);
	enum option check;
} reactions[] = {
	{"start", on_change, ON_START}, {"update", on_change, ON_UPDATE}, {"rename", on_change, ON_RENAME},
	{"die", on_end, NEVER},		{"destroy", on_end, NEVER},	  {"pause", on_pause, NEVER},
	{"unpause", on_unpause, NEVER},
};

static bool is_enabled(const struct config *c, enum option option)
{
	return (option == ON_START && c->run_start_events) || (option == ON_UPDATE && c->run_update_events) ||
	       (option == ON_RENAME && c->run_rename_events);
}

static bool on_event(void *arg, const struct docker_event *event)
{
	struct follower *f = arg;

	atomic_fetch_add(&f->events->seen, 1);
	for (size_t i = 0; i < ARRAY_LEN(reactions); i++) {
		if (strcmp(reactions[i].action, event->action) != 0)
			continue;
		reactions[i].fn(f->check, event);
		if (is_enabled(f->check->config, reactions[i].check))
			check_one(f->check, event->id, SOURCE_EVENT);
	}
	return !stop_wait(f->check->stop, 0);
}

/* Started while the connection was down: as good as a start event. */
static void on_found(void *arg, const char *id)
{
	struct check *c = arg;

	if (c->config->run_start_events)
		check_one(c, id, SOURCE_EVENT);
}

/* The stream is open: a list taken now, with what follows in the stream, misses nothing. */
static int on_ready(void *arg, struct err *err)
{
	struct follower *f = arg;

	if (f->connected_before)
		log_info("docker: events again; catching up with a fresh list");
	if (inventory_refresh(f->check->inventory, f->connected_before ? on_found : NULL, check_forget,
			      f->check, err))
		return -1;
	f->pause_ns = FIRST_PAUSE_NS;
	f->connected_before = true;
	atomic_store(&f->events->connected, true);
	return 0;
}

void *events_run(void *arg)
{
	struct events *e = arg;
	struct follower f = {e, e->check, false, FIRST_PAUSE_NS};
	struct err err;

	pulse_begin("events");
	while (!stop_wait(e->check->stop, 0)) {
		if (!docker_follow_events(e->docker, 0, on_ready, on_event, &f, &err))
			break;
		atomic_store(&e->connected, false);
		authz_forget_daemon(e->authz);
		atomic_fetch_add(&e->reconnects, 1);
		log_warning("%s; next try in %llu ms", err.msg, (unsigned long long)(f.pause_ns / NS_PER_MS));
		if (stop_wait(e->check->stop, f.pause_ns))
			break;
		f.pause_ns = f.pause_ns * 2 < LAST_PAUSE_NS ? f.pause_ns * 2 : LAST_PAUSE_NS;
	}
	pulse_end();
	return NULL;
}
