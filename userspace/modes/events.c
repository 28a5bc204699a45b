#include "history/events.h"
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
	uint64_t pause_ns, looked_ns;
};

/* What is to be done about a container when this happens to it. */
enum reaction { READ, READ_UPDATED, READ_STARTED, READ_UNPAUSED, END, END_FOR_GOOD };

static const struct {
	const char *action;
	enum reaction reaction;
	size_t option; /* the mode that has it judged then, in struct config; 0: none */
} reactions[] = {
	{"start", READ_STARTED, offsetof(struct config, run_start_events)},
	{"update", READ_UPDATED, offsetof(struct config, run_update_events)},
	{"rename", READ, offsetof(struct config, run_rename_events)},
	{"pause", READ, 0},
	{"unpause", READ_UNPAUSED, offsetof(struct config, run_start_events)},
	{"die", END, 0},
	{"destroy", END_FOR_GOOD, 0},
};

static bool is_enabled(const struct config *config, size_t option)
{
	return option && *(const bool *)((const char *)config + option);
}

/* Why it is judged now; NULL: it is not. One that the plugin let start is judged whenever dockerd starts it.
 */
static const char *source_of(struct check *c, enum reaction reaction, const struct docker_event *event,
			     bool judged)
{
	if (judged)
		return SOURCE_EVENT;
	return reaction == READ_STARTED && inventory_was_let_start(c->inventory, event->id) ? SOURCE_AUTHZ
											    : NULL;
}

static void react(struct check *c, enum reaction reaction, const struct docker_event *event, bool judged)
{
	if (reaction == END_FOR_GOOD) {
		inventory_forget_let_start(c->inventory, event->id);
		owners_end(c->owners, OWNED_CONTAINER, event->id);
	}
	if (reaction == END || reaction == END_FOR_GOOD) {
		check_end(c, event->id);
		return;
	}
	if (reaction == READ_UPDATED)
		actions_forget_update(c->outlets.actions, event->id);
	if (reaction == READ_UNPAUSED)
		check_forget(c, event->id);
	inventory_mark_stale(c->inventory, event->id);
	reading_want(c->reading, event->id, source_of(c, reaction, event, judged));
}

/* A volume or a network: of those it only matters whose they are. */
static bool is_other_thing(const struct docker_event *event, enum owned_kind *kind)
{
	*kind = !strcmp(event->type, "volume") ? OWNED_VOLUME : OWNED_NETWORK;
	return strcmp(event->type, "container") != 0;
}

/* Starts and ends. What Docker's own runtime tells of a container that is gone for good says nothing new. */
static void note(struct check *c, const struct docker_event *event)
{
	bool start = !strcmp(event->action, "start");
	AUTO(free_charp) char *name = mem_printf("/%s", event->name);
	struct ownership who;
	struct event e = {.wall_ns = clock_wall_ns(),
			  .kind = start ? "start" : "end",
			  .id = event->id,
			  .name = name,
			  .owner = who.owner};

	if (!start && strcmp(event->action, "die") != 0)
		return;
	owners_find(c->owners, OWNED_CONTAINER, event->id, &who);
	events_note(c->outlets.state, &e);
}

static void on_event(struct follower *f, const struct docker_event *event)
{
	enum owned_kind kind;

	atomic_fetch_add(&f->events->seen, 1);
	if (!strcmp(event->action, "prune")) {
		atomic_fetch_add(&f->events->prunes, 1);
		return;
	}
	if (is_other_thing(event, &kind)) {
		if (!strcmp(event->action, "destroy"))
			owners_end(f->check->owners, kind, event->id);
		return;
	}
	note(f->check, event);
	for (size_t i = 0; i < ARRAY_LEN(reactions); i++)
		if (!strcmp(reactions[i].action, event->action))
			react(f->check, reactions[i].reaction, event,
			      is_enabled(f->check->config, reactions[i].option));
}

/* The stream is open: a list taken now, with what follows in the stream, misses nothing. */
static int catch_up(struct follower *f, struct err *err)
{
	if (f->connected_before)
		log_info("docker: events again; catching up: everything is looked at anew");
	if (check_catch_up(f->check, f->connected_before, err))
		return -1;
	inventory_set_followed(f->check->inventory, true);
	f->pause_ns = FIRST_PAUSE_NS;
	f->connected_before = true;
	atomic_store(&f->events->connected, true);
	atomic_store(&f->events->lost_ns, 0);
	return 0;
}

/* Now and then: whether all are measured that should be. */
static void look_after(struct follower *f)
{
	uint64_t now = clock_monotonic_ns();

	if (now - f->looked_ns < LOOK_NS)
		return;
	f->looked_ns = now;
	check_read_lost(f->check);
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
		look_after(f);
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

	inventory_set_followed(f->check->inventory, false);
	if (atomic_exchange(&f->events->connected, false))
		atomic_store(&f->events->lost_ns, clock_monotonic_ns());
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
	struct follower f = {.events = e, .check = e->check, .pause_ns = FIRST_PAUSE_NS};
	struct err err;

	pulse_begin("events");
	atomic_store(&e->lost_ns, clock_monotonic_ns());
	while (!is_stopping(&f)) {
		if (!connect_and_follow(&f, &err) || is_stopping(&f) || wait_to_reconnect(&f, &err))
			break;
	}
	pulse_end();
	return NULL;
}
