#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/pulse.h"
#include "modes/loops.h"

#include <string.h>

#define FIRST_PAUSE_NS (200 * NS_PER_MS)
#define LAST_PAUSE_NS  (10 * NS_PER_S)
#define LOOK_NS	       (1 * NS_PER_S) /* between looks whether everything ends */

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

static void on_event(struct follower *f, const struct docker_event *event)
{
	atomic_fetch_add(&f->events->seen, 1);
	for (size_t i = 0; i < ARRAY_LEN(reactions); i++) {
		if (strcmp(reactions[i].action, event->action) != 0)
			continue;
		reactions[i].fn(f->check, event);
		if (is_enabled(f->check->config, reactions[i].check))
			check_one(f->check, event->id, SOURCE_EVENT);
	}
}

/* Started while the connection was down: as good as a start event. */
static void on_found(void *arg, const char *id)
{
	struct check *c = arg;

	if (c->config->run_start_events)
		check_one(c, id, SOURCE_EVENT);
}

/* The stream is open: a list taken now, with what follows in the stream, misses nothing. */
static int catch_up(struct follower *f, struct err *err)
{
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

static bool is_stopping(const struct follower *f)
{
	return stop_wait(f->check->stop, 0);
}

/* Until it ends, -1 with *err, or the daemon does. */
static int follow(struct follower *f, struct docker_events *stream, struct err *err)
{
	struct docker_event event;

	while (!is_stopping(f)) {
		enum docker_next next = docker_events_next(stream, LOOK_NS, &event, err);

		if (next == DOCKER_EVENT)
			on_event(f, &event);
		else if (next == DOCKER_ENDED)
			return -1;
	}
	return 0;
}

static int connect_and_follow(struct follower *f, struct err *err)
{
	struct docker_events *stream = docker_events_open(f->events->docker, err);
	int r = stream && !catch_up(f, err) ? follow(f, stream, err) : -1;

	docker_events_close(stream);
	return r;
}

/* True to end. */
static bool wait_to_reconnect(struct follower *f, const struct err *err)
{
	bool ending;

	atomic_store(&f->events->connected, false);
	authz_forget_daemon(f->events->authz);
	atomic_fetch_add(&f->events->reconnects, 1);
	log_warning("%s; next try in %llu ms", err->msg, (unsigned long long)(f->pause_ns / NS_PER_MS));
	ending = stop_wait(f->check->stop, f->pause_ns);
	f->pause_ns = f->pause_ns * 2 < LAST_PAUSE_NS ? f->pause_ns * 2 : LAST_PAUSE_NS;
	return ending;
}

void *events_run(void *arg)
{
	struct events *e = arg;
	struct follower f = {e, e->check, false, FIRST_PAUSE_NS};
	struct err err;

	pulse_begin("events");
	while (!is_stopping(&f)) {
		if (!connect_and_follow(&f, &err) || is_stopping(&f) || wait_to_reconnect(&f, &err))
			break;
	}
	pulse_end();
	return NULL;
}
