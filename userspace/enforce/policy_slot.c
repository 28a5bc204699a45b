/* The policy in force: swapped whole, never changed. */
#include "base/memory.h"
#include "enforce/policy.h"

#include <pthread.h>
#include <stdlib.h>

struct policy_slot {
	pthread_mutex_t lock;
	struct policy *policy;
};

struct policy_slot *policy_slot_new(struct policy *first)
{
	struct policy_slot *slot = mem_calloc(1, sizeof(*slot));

	pthread_mutex_init(&slot->lock, NULL);
	slot->policy = first;
	return slot;
}

void policy_slot_free(struct policy_slot *slot)
{
	if (!slot)
		return;
	policy_put(slot->policy);
	pthread_mutex_destroy(&slot->lock);
	free(slot);
}

struct policy *policy_slot_get(struct policy_slot *slot)
{
	struct policy *p;

	pthread_mutex_lock(&slot->lock);
	p = policy_get(slot->policy);
	pthread_mutex_unlock(&slot->lock);
	return p;
}

void policy_slot_swap(struct policy_slot *slot, struct policy *fresh)
{
	struct policy *old;

	pthread_mutex_lock(&slot->lock);
	old = slot->policy;
	slot->policy = fresh;
	pthread_mutex_unlock(&slot->lock);
	policy_put(old);
}
