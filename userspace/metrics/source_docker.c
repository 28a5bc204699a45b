/* The docker source: the stats API, for hosts whose kernel is not ours to ask. Slow; several at a time. */
#include "base/pulse.h"
#include "base/workers.h"
#include "source_internal.h"
#include "base/memory.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PARALLEL 16

struct watched {
	char id[65];
	bool found;
	struct usage latest;
};

struct docker_source {
	struct source base;
	metrics_stats_fn stats;
	void *arg;
	struct watched *watched[USAGE_MAX_SLOTS];
	int slots;
	atomic_int next; /* slot for the next worker */
};

static struct docker_source *self(struct source *s)
{
	return (struct docker_source *)s; /* base comes first */
}

static int docker_watch(struct source *s, int slot, const struct metrics_target *target, char *outer,
			struct err *err)
{
	struct watched *w = mem_calloc(1, sizeof(*w));

	(void)err;
	*outer = 0;
	snprintf(w->id, sizeof(w->id), "%s", target->id);
	self(s)->watched[slot] = w;
	if (slot >= self(s)->slots)
		self(s)->slots = slot + 1;
	return 0;
}

static void docker_unwatch(struct source *s, int slot)
{
	free(self(s)->watched[slot]);
	self(s)->watched[slot] = NULL;
}

static void *collect_some(void *arg)
{
	struct docker_source *d = arg;
	int slot;

	while ((slot = atomic_fetch_add(&d->next, 1)) < d->slots) {
		struct watched *w = d->watched[slot];
		struct err err;

		if (!w)
			continue;
		w->found = d->stats(d->arg, w->id, &w->latest, &err) == 0;
	}
	return NULL;
}

static int docker_collect(struct source *s, struct err *err)
{
	struct docker_source *d = self(s);
	size_t helpers = d->slots <= 1 ? 0 : d->slots < PARALLEL ? (size_t)d->slots - 1 : PARALLEL - 1;
	struct workers *w = NULL;

	atomic_store(&d->next, 0);
	if (helpers && !(w = workers_start("stats", helpers, collect_some, d, err)))
		return -1;
	collect_some(d);
	pulse_wait_for_others(); /* each call has its time limit */
	workers_join(w);
	pulse_expect(0);
	return 0;
}

static bool docker_read(struct source *s, int slot, struct usage *out)
{
	const struct watched *w = self(s)->watched[slot];

	if (!w || !w->found)
		return false;
	*out = w->latest;
	return true;
}

static void docker_close(struct source *s)
{
	for (int i = 0; i < self(s)->slots; i++)
		docker_unwatch(s, i);
	free(s);
}

struct source *source_docker_open(const struct metrics_options *options, struct err *err)
{
	struct docker_source *d;

	if (!options->stats) {
		err_set(err, 0, "metrics: the docker source needs a connection to Docker");
		return NULL;
	}
	d = mem_calloc(1, sizeof(*d));
	d->base = (struct source){"docker",    docker_watch, docker_unwatch, docker_collect,
				  docker_read, NULL,	     docker_close};
	d->stats = options->stats;
	d->arg = options->stats_arg;
	return &d->base;
}
