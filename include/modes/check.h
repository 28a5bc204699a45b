/*
 * check - what every mode does with containers: measure, judge, deliver. Any thread.
 */
#ifndef DE_MODES_CHECK_H
#define DE_MODES_CHECK_H

#include "base/config.h"
#include "base/stop.h"
#include "enforce/deliver.h"
#include "enforce/policy.h"
#include "metrics/metrics.h"
#include "modes/inventory.h"

#include <stdatomic.h>

struct check {
	const struct config *config;
	struct policy_slot *policy;
	struct inventory *inventory;
	struct metrics *metrics; /* NULL with DISABLE_METRICS */
	struct outlets outlets;
	struct stop *stop;
	bool watching;		   /* watch keeps the figures fresh, so that rates need no second look */
	atomic_ullong evaluations; /* of rules, by checks */
};

/* Every container, by all rules, with a fresh list from Docker. */
int check_all(struct check *c, struct err *err);

/* One container, by all rules, as it is known now. */
void check_one(struct check *c, const char *id, const char *source);

/* Every container by metric rules, from the kernel's figures alone; *looked is false where there are no such
 * rules. */
int check_figures(struct check *c, bool *looked, struct err *err);

/* A container ended, or is another now: what was done about it is forgotten. For inventory_refresh(); arg: a
 * check. */
void check_forget(void *arg, const char *id);

/* The two that actions ask (struct actions_judge); arg: a check. */
enum standing check_look(void *arg, const struct action_order *order, struct err *why);
void check_judge_again(void *arg, const char *id, const char *source);

#endif
