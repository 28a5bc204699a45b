/* Which container a process is in, for the relay. */
#include "modes/inventory.h"
#include "base/json.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Without its slash; a new string. */
static char *plain_name(const char *name)
{
	return mem_strdup(name + (*name == '/'));
}

/* NULL: it is not in the inventory. */
static char *known_name(struct inventory *inv, const char *id)
{
	struct inventory_entry *entry;
	char *name;

	if (!inventory_snapshot_one(inv, id, &entry))
		return NULL;
	name = plain_name(entry->container->name);
	inventory_free_entries(entry, 1);
	return name;
}

/* One that has only just started, or none of Docker's at all: then it goes by the beginning of its id. */
static char *asked_name(struct docker *docker, const char *id, struct err *err)
{
	AUTO(json_putp) struct json_object *doc = docker_inspect(docker, id, err);

	if (doc)
		return plain_name(json_get_str(doc, "Name"));
	return err->code == 404 ? mem_printf("%.12s", id) : NULL;
}

int inventory_find_peer(struct inventory *inv, struct docker *docker, pid_t pid, char **id, char **name,
			struct err *err)
{
	char found[METRICS_ID_SIZE];

	*id = *name = NULL;
	if (metrics_container_of(pid, found, err))
		return -1;
	if (!*found)
		return 0;
	*name = known_name(inv, found);
	if (!*name && !(*name = asked_name(docker, found, err)))
		return err_wrap(err, "it is in container %.12s, whose name is not known", found);
	*id = mem_strdup(found);
	return 0;
}
