/*
 * check - what every mode does with containers: measure, judge, deliver. Any thread.
 */
#ifndef DE_MODES_CHECK_H
#define DE_MODES_CHECK_H

#include "base/config.h"
#include "base/problem.h"
#include "base/stop.h"
#include "enforce/deliver.h"
#include "enforce/policy.h"
#include "metrics/metrics.h"
#include "modes/inventory.h"
#include "modes/reading.h"

#include <stdatomic.h>

struct wiring;

struct check {
	const struct config *config;
	struct policy_slot *policy;
	struct inventory *inventory;
	struct owners *owners;
	struct metrics *metrics; /* NULL with DISABLE_METRICS */
	struct outlets outlets;
	struct stop *stop;
	/* of watch, which keeps the figures fresh, so that rates need no second look; 0: it is off */
	uint64_t watch_interval_ns;
	struct reading *reading;
	struct wiring *wiring;	      /* NULL: there are no tripwires */
	struct problem full, figures; /* why the latest check of either kind failed */
	atomic_bool incomplete;	   /* there are containers that are not read yet: positions are not known */
	atomic_ullong evaluations; /* of rules, by checks */
};

/* Every container, by all rules, with a fresh list from Docker; each as soon as it is read. */
int check_all(struct check *c, struct err *err);

/*
 * The event stream is open: everything is to be looked at anew, `again` also what is known, for nobody saw
 * what happened to it. Returns when the list is there: containers are read, and where a mode of events asks
 * for that judged, meanwhile.
 */
int check_catch_up(struct check *c, bool again, struct err *err);

/* Containers that should be measured and are not are read again. */
void check_read_lost(struct check *c);

/* Every container by metric rules, from the kernel's figures alone; *looked is false where there are no such
 * rules. */
int check_figures(struct check *c, bool *looked, struct err *err);

/* A container that the authorization plugin let start runs: it is judged as it runs. arg: a check. */
void check_started(void *arg, const char *id);

/* For wires: whether any rule reads figures; fresh ones of all containers; one container judged by its rules
 * on them, from those. */
bool check_reads_figures(struct check *c);
void check_measure(struct check *c);
void check_judge_figures(struct check *c, const char *id);

/* A container ended: what was done about it is forgotten. */
void check_end(struct check *c, const char *id);

/* Why a container is judged that has started; NULL: by no mode of events. */
const char *check_source_of_start(const struct config *config);

/* What the readers tell (struct reading_parts); arg: a check. */
void check_arrived(void *arg, const char *id, const char *source, bool urgent);
void check_drained(void *arg, const char *source);
void check_gone(void *arg, const char *id); /* it is not in the inventory any more */

/* What waits for the container is given up: it is looked at anew, or gone. */
void check_forget(struct check *c, const char *id);

/* The two that actions ask (struct actions_judge); arg: a check. */
enum standing check_look(void *arg, const struct action_order *order, struct err *why);
void check_judge_again(void *arg, const char *id, const char *source);

#endif
