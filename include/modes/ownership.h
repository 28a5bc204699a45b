/*
 * ownership - who asks, and whose a container, volume or network is: what history/owners.h keeps, what
 * OWNER_LABEL says of things that were made elsewhere, and what a peer "container:NAME" stands for
 * (docs/owners.md). Any thread.
 */
#ifndef DE_MODES_OWNERSHIP_H
#define DE_MODES_OWNERSHIP_H

#include "container/container.h"
#include "docker/docker.h"
#include "history/owners.h"
#include "request/message.h"

#include <json-c/json.h>
#include <stdbool.h>

/* Both borrowed; owners may be NULL, the label "". */
struct ownership_source {
	struct owners *owners;
	const char *label;
};

/* Whose it is, by what is kept or else by its label; "" in *out where that is not known. */
void ownership_find(const struct ownership_source *s, enum owned_kind kind, const char *id,
		    struct json_object *labels, struct ownership *out);

/* Says in a container that is not shared yet whose it is. */
void ownership_mark(const struct ownership_source *s, struct container *c);

/*
 * Who asks: the client certificate's name is owner and maker; "container:NAME" is what that container's owner
 * runs, its id being the maker: the one that the relay saw, or else the one that has that name now. *out is
 * empty where there is no name, or the container's owner is not known; `docker` NULL: none is looked up. -1
 * with *err where dockerd gives no answer.
 */
int ownership_find_asker(const struct ownership_source *s, struct docker *docker,
			 const struct request_message *m, struct ownership *out, struct err *err);

/* Whether it is the asker's own: a person's what belongs to that person, a container's only what it made. */
bool ownership_is_own(const struct ownership *asker, const struct ownership *thing);

/*
 * The names of the groups that a person is in on this host, in a new array: empty where nobody has that login
 * name, or it is a container. Asks the host's name services, which may take their time.
 */
struct json_object *ownership_groups(const char *user);

#endif
