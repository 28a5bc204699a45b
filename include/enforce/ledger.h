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

/* What a verdict is on, and what came of it. Strings are borrowed, and "" where there is nothing to say. */
struct occasion {
	const struct container *container; /* NULL: a request about none */
	const char *owner, *source;	   /* `source` lives for ever */
	const char *request;		   /* "POST /v1.41/containers/create", as it was written */
	const char
		*place; /* of a request without a container: "POST /containers/create"; it is known by that */
	const char *action;    /* that follows: "stop", "refuse" */
	uint64_t action_at_ns; /* wall clock, when one follows if the violation lasts (grace); 0: none is put
				  off */
	const char *done;      /* what is done already: "refused"; lives for ever; NULL: nothing */
	uint64_t wall_ns;
};

/* How often the container of an entry was found, and first when (wall clock). */
struct tally {
	uint64_t count, first_ns;
};

/*
 * Notes a verdict: its violations in the entry of its container (or request), its exemptions beside. `counts`
 * is false for a watch tick that only finds what was found before: the entry's time moves, its count does
 * not.
 */
struct tally ledger_record(struct ledger *l, const struct occasion *o, const struct verdict *v, bool counts);

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

struct rule_total {
	const char *rule; /* the ledger's */
	uint64_t detections;
};

uint64_t ledger_detections(struct ledger *l, const char *rule);

/* Each rule that was ever violated; the caller frees *out. */
size_t ledger_rules(struct ledger *l, struct rule_total **out);

#endif
