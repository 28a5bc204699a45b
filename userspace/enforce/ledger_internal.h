/*
 * What ledger.c and ledger_exemptions.c share. Each takes the lock by itself.
 */
#ifndef DE_ENFORCE_LEDGER_INTERNAL_H
#define DE_ENFORCE_LEDGER_INTERNAL_H

#include "enforce/ledger.h"

#include <pthread.h>
#include <stdatomic.h>
#include <uthash.h>

/* Of detections, and of exemptions; the oldest goes first: short-lived containers must not fill the memory.
 */
#define LEDGER_MAX	 10000
#define LEDGER_MAX_BYTES (16U << 20)
#define UNNAMED		 "<unnamed_container>"

struct ledger {
	pthread_mutex_t lock;
	struct entry *entries;
	struct rule_count *counts;
	struct exemption_entry *exemptions;
	size_t bytes, exemption_bytes; /* that the entries take, by their texts */
	atomic_ullong stopped, exempted;
};

/* A container that was only asked for has no id: it is known by its name. A new string. */
char *ledger_key(const struct container *c);

/* A copy of no more than is told of a verdict; NULL stays NULL. */
char *ledger_text(const char *s);

/* "key": "2026-01-01T10:00:00.000000" */
void ledger_add_time(struct json_object *j, const char *key, uint64_t wall_ns);

void ledger_add_exemption(struct ledger *l, const struct container *c, const struct exempted *x,
			  uint64_t wall_ns);
void ledger_free_exemptions(struct ledger *l);

#endif
