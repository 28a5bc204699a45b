/*
 * What ledger.c and ledger_exemptions.c share. Each takes the lock by itself.
 */
#ifndef DE_ENFORCE_LEDGER_INTERNAL_H
#define DE_ENFORCE_LEDGER_INTERNAL_H

#include "enforce/ledger.h"

#include <pthread.h>
#include <stdatomic.h>
#include <uthash.h>

#define LEDGER_MAX 10000 /* the oldest goes first: short-lived containers must not fill the memory */
#define UNNAMED	   "<unnamed_container>"

struct ledger {
	pthread_mutex_t lock;
	struct entry *entries;
	struct rule_count *counts;
	struct exemption_entry *exemptions;
	atomic_ullong stopped, exempted;
};

/* A container that was only asked for has no id: it is known by its name. */
const char *ledger_key(const struct container *c);

/* "key": "2026-01-01T10:00:00.000000" */
void ledger_add_time(struct json_object *j, const char *key, uint64_t wall_ns);

void ledger_add_exemption(struct ledger *l, const struct container *c, const struct exempted *x,
			  uint64_t wall_ns);
void ledger_free_exemptions(struct ledger *l);

#endif
