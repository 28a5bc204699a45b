/*
 * events - what happened, in STATE_DIR: detections, refusals, actions, reloads, starts and ends of
 * containers. Bounded by HISTORY_MAX_MIB, the oldest dropped first. Any thread; whoever notes one waits for
 * nobody, and NULL for the state is none.
 */
#ifndef DE_HISTORY_EVENTS_H
#define DE_HISTORY_EVENTS_H

#include "base/err.h"
#include "history/state.h"

#include <stdint.h>

/* Texts are borrowed, cut where they are long, and "" or NULL where there is none. */
struct event {
	uint64_t wall_ns;
	const char *kind;      /* "detection", "refusal", "action", "reload", "start", "end" */
	const char *id, *name; /* of the container */
	const char *owner;
	const char *rule;
	const char *source; /* of a detection: who judged */
	const char *what;   /* what was done, or asked for: "killed", "POST /containers/create" */
	const char *detail; /* the rule's message, an error, what a reload changed */
	uint64_t count;	    /* how often so far; 0: it is not counted */
};

void events_note(struct state *s, const struct event *e);

/* Has no more than so many MiB of them be kept; 2048 if it is not called. */
void events_bound(long mib);

struct event_filter {
	uint64_t since_ns;	  /* wall clock; 0: all */
	const char *owner, *rule; /* NULL: all */
	const char *container;	  /* a name, or the beginning of an id; NULL: all */
	unsigned most;		  /* the latest of them; 0: all */
};

/* Calls `found` for each, the latest first. -1 with *err where the file cannot be read. */
int events_each(struct state *s, const struct event_filter *f,
		void (*found)(void *arg, const struct event *e), void *arg, struct err *err);

/* "7d", "36h", "90m" before `now_ns`, or a date (RFC 3339). False if it is neither. */
bool events_parse_since(const char *text, uint64_t now_ns, uint64_t *out);

/* The event as JSON, for pages and commands; a new reference. */
struct json_object *event_to_json(const struct event *e);

#endif
