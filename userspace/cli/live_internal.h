/* live - the running containers as the daemon sees them, for commands that look on: `top`, `owners`. */
#ifndef DE_CLI_LIVE_INTERNAL_H
#define DE_CLI_LIVE_INTERNAL_H

#include "base/config.h"
#include "docker/docker.h"
#include "history/owners.h"
#include "metrics/metrics.h"
#include "modes/inventory.h"

/* What it takes to look on: neither rules nor anything that acts on them. */
struct live {
	struct docker *docker;
	struct metrics *metrics;
	struct state *state;
	struct owners *owners;
	struct inventory *inventory;
};

/* -1 with *err; live_close() also then. `config` must outlive it. */
int live_open(struct live *l, const struct config *config, struct err *err);
void live_close(struct live *l);

/* Reads all containers, and their usage twice, a second apart, for rates. */
int live_refresh(struct live *l, struct err *err);

#endif
