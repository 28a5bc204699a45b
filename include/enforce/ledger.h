/*
 * ledger - what was found: one entry per container with its rules, count and last time; counters for
 * /metrics. One lock, never held over I/O; every function may be called from any thread.
 */
#ifndef DE_ENFORCE_LEDGER_H
#define DE_ENFORCE_LEDGER_H

#include "enforce/judge.h"
#include "container/container.h"

#include <json-c/json.h>

struct ledger;

struct ledger *ledger_new(void);
void ledger_free(struct ledger *l);

/*
 * Notes a verdict: its violations in the container's entry, its exemptions beside. `counts` is false for a
 * watch tick that only finds what was found before: the entry's time moves, its count does not.
 */
void ledger_record(struct ledger *l, const struct container *c, const char *owner, const char *source,
		   const struct verdict *v, bool counts, uint64_t wall_ns);

/* Counts the request rules of a verdict; there is no container to note. */
void ledger_count_request(struct ledger *l, const struct verdict *v);

void ledger_count_stop(struct ledger *l); /* a container was stopped, killed or paused by us */

/* What was done about a container that is noted: "stopped". `what` must live for ever. */
void ledger_note_action(struct ledger *l, const struct container *c, const char *what, uint64_t wall_ns);

/* What was last done since `since_ns` (wall clock); NULL: nothing. */
const char *ledger_action(struct ledger *l, const struct container *c, uint64_t since_ns);

struct ledger_filter {
	uint64_t since_ns; /* wall clock; only detections seen since then */
	bool all_rules, image_and_labels;
};

/* The array `detections`. New reference. */
struct json_object *ledger_to_json(struct ledger *l, const struct ledger_filter *filter);

/* The array `exemptions`: who was exempt from which rule, by what. New reference. */
struct json_object *ledger_exemptions_to_json(struct ledger *l);

uint64_t ledger_stopped(struct ledger *l);
uint64_t ledger_exempted(struct ledger *l); /* exemptions noted since the start */

/* Calls `fn` for each rule that was ever violated, with the lock held: fn must not call the ledger. */
void ledger_each_rule(struct ledger *l, void (*fn)(void *arg, const char *rule, uint64_t detections),
		      void *arg);

#endif
