/* Which container a process is in, for the relay. */
#include "modes/inventory.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct found {
	char id[METRICS_ID_SIZE];
	char *name; /* NULL: not known */
	pid_t pid;
	uint64_t started_ns;
};

/* Without its slash; a new string. */
static char *plain_name(const char *name)
{
	return mem_strdup(name + (*name == '/'));
}

static void look_up(struct inventory *inv, struct found *f)
{
	struct inventory_entry *entry;

	if (!inventory_snapshot_one(inv, f->id, &entry))
		return;
	if (entry->container->pid > 0) {
		f->name = plain_name(entry->container->name);
		f->pid = entry->container->pid;
		f->started_ns = entry->container->started_ns;
	}
	inventory_free_entries(entry, 1);
}

/* One that has only just started. */
static int ask(struct docker *docker, struct found *f, struct err *err)
{
	AUTO(json_putp) struct json_object *doc = docker_inspect(docker, f->id, err);
	struct json_object *state = json_get(doc, "State");

	if (!doc)
		return err_wrap(err, "its cgroup is container %.12s's, and Docker does not tell what that is",
				f->id);
	f->name = plain_name(json_get_str(doc, "Name"));
	f->pid = (pid_t)json_get_int(state, "Pid");
	f->started_ns = clock_parse_rfc3339(json_get_str(state, "StartedAt"));
	return 0;
}

/* A cgroup is named by whoever makes it: the kernel says whether it is the container's. */
static int check(pid_t pid, const struct found *f, struct err *err)
{
	const struct metrics_target first = {.id = f->id, .pid = f->pid, .started_ns = f->started_ns};

	if (metrics_is_within(pid, &first))
		return 0;
	return err_set(err, EPERM, "its cgroup bears container %.12s's id, but is not that container's",
		       f->id);
}

int inventory_find_peer(struct inventory *inv, struct docker *docker, pid_t pid, char **id, char **name,
			struct err *err)
{
	struct found f = {0};

	*id = *name = NULL;
	if (metrics_container_of(pid, f.id, err))
		return -1;
	if (!*f.id)
		return 0;
	look_up(inv, &f);
	if ((!f.name && ask(docker, &f, err)) || check(pid, &f, err)) {
		free(f.name);
		return -1;
	}
	*id = mem_strdup(f.id);
	*name = f.name;
	return 0;
}
