#include "metrics/metrics.h"
#include "base/clock.h"
#include "base/turn.h"
#include "source_internal.h"
#include "base/memory.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define RATE_WINDOW_NS (900 * NS_PER_MS)

struct slot {
	bool used;
	bool looked, found; /* for it, and by the latest collection */
	struct usage now;
	struct usage base;   /* for rates */
	struct usage middle; /* becomes base when it is old enough */
};

struct metrics {
	struct source *source;
	struct metrics_decision decision;
	struct turn sourcing; /* calls of the source follow one another */
	pthread_mutex_t lock; /* slots; never held over I/O */
	int slots;	      /* highest used + 1 */
	struct metrics_times times;
	struct slot slot[USAGE_MAX_SLOTS];
};

static struct source *open_source(const struct metrics_options *options, const struct metrics_decision *d,
				  struct err *err)
{
	if (d->kind == METRICS_BPF)
		return source_bpf_open(d->flush, err);
	if (d->kind == METRICS_CGROUPFS)
		return source_cgroupfs_open(err);
	return source_docker_open(options, err);
}

struct metrics *metrics_open(const struct metrics_options *options, struct err *err)
{
	struct metrics *m = mem_calloc(1, sizeof(*m));
	struct metrics_facts facts;

	metrics_probe(&facts);
	facts.docker_remote = options->docker_remote;
	if (metrics_decide(&facts, options->wanted, &m->decision, err))
		goto fail;
	m->source = open_source(options, &m->decision, err);
	if (!m->source && options->wanted == METRICS_AUTO && m->decision.kind == METRICS_BPF) {
		m->decision.kind = METRICS_CGROUPFS;
		snprintf(m->decision.reason, sizeof(m->decision.reason), "BPF did not load: %.200s",
			 err->msg);
		m->source = open_source(options, &m->decision, err);
	}
	if (!m->source)
		goto fail;
	turn_init(&m->sourcing);
	pthread_mutex_init(&m->lock, NULL);
	return m;
fail:
	free(m);
	return NULL;
}

void metrics_close(struct metrics *m)
{
	if (!m)
		return;
	m->source->close(m->source);
	turn_destroy(&m->sourcing);
	pthread_mutex_destroy(&m->lock);
	free(m);
}

const char *metrics_source(const struct metrics *m)
{
	return m->source->name;
}

const char *metrics_reason(const struct metrics *m)
{
	return m->decision.reason;
}

int metrics_enable_network(struct metrics *m, struct err *err)
{
	int r = 0;

	turn_take(&m->sourcing);
	if (m->source->enable_network)
		r = m->source->enable_network(m->source, err);
	turn_give(&m->sourcing);
	return r;
}

static int slot_take(struct metrics *m)
{
	int slot = 0;

	pthread_mutex_lock(&m->lock);
	while (slot < USAGE_MAX_SLOTS && m->slot[slot].used)
		slot++;
	if (slot < USAGE_MAX_SLOTS) {
		m->slot[slot] = (struct slot){.used = true};
		if (slot >= m->slots)
			m->slots = slot + 1;
	}
	pthread_mutex_unlock(&m->lock);
	return slot < USAGE_MAX_SLOTS ? slot : -1;
}

static void slot_give(struct metrics *m, int slot)
{
	pthread_mutex_lock(&m->lock);
	m->slot[slot].used = m->slot[slot].found = false;
	while (m->slots && !m->slot[m->slots - 1].used)
		m->slots--;
	pthread_mutex_unlock(&m->lock);
}

int metrics_watch(struct metrics *m, const char *id, pid_t pid, struct err *err)
{
	int slot, r;

	turn_take(&m->sourcing);
	slot = slot_take(m);
	if (slot < 0) {
		turn_give(&m->sourcing);
		return err_set(err, ENOSPC, "metrics: more than %d containers; the others are not watched",
			       USAGE_MAX_SLOTS);
	}
	r = m->source->watch(m->source, slot, id, pid, err);
	if (r)
		slot_give(m, slot);
	turn_give(&m->sourcing);
	return r ? -1 : slot;
}

void metrics_unwatch(struct metrics *m, int slot)
{
	turn_take(&m->sourcing);
	m->source->unwatch(m->source, slot);
	slot_give(m, slot);
	turn_give(&m->sourcing);
}

static void slot_publish(struct slot *s, bool found, const struct usage *fresh)
{
	s->looked = true;
	s->found = found;
	if (!found)
		return;
	s->now = *fresh;
	if (!s->middle.fields) {
		s->middle = *fresh;
	} else if (fresh->sampled_ns - s->middle.sampled_ns >= RATE_WINDOW_NS) {
		s->base = s->middle;
		s->middle = *fresh;
	}
}

int metrics_collect(struct metrics *m, struct err *err)
{
	uint64_t start = clock_monotonic_ns();
	int r;

	turn_take(&m->sourcing);
	r = m->source->collect(m->source, err);
	pthread_mutex_lock(&m->lock);
	for (int i = 0; i < m->slots && !r; i++) {
		struct usage fresh;

		if (m->slot[i].used)
			slot_publish(&m->slot[i], m->source->read(m->source, i, &fresh), &fresh);
	}
	if (!r) {
		m->times.count++;
		m->times.last_ns = clock_monotonic_ns() - start;
		m->times.total_ns += m->times.last_ns;
	}
	pthread_mutex_unlock(&m->lock);
	turn_give(&m->sourcing);
	return r;
}

bool metrics_read(struct metrics *m, int slot, struct usage *now, struct usage *base)
{
	bool found;

	if (slot < 0)
		return false;
	pthread_mutex_lock(&m->lock);
	found = m->slot[slot].used && m->slot[slot].found;
	*now = m->slot[slot].now;
	*base = m->slot[slot].base;
	pthread_mutex_unlock(&m->lock);
	return found;
}

bool metrics_is_lost(struct metrics *m, int slot)
{
	bool lost;

	pthread_mutex_lock(&m->lock);
	lost = m->slot[slot].looked && !m->slot[slot].found;
	pthread_mutex_unlock(&m->lock);
	return lost;
}

struct metrics_times metrics_times(struct metrics *m)
{
	struct metrics_times t;

	pthread_mutex_lock(&m->lock);
	t = m->times;
	pthread_mutex_unlock(&m->lock);
	return t;
}
