#include "modes/ownership.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PEER	    "container:"
#define MOST_GROUPS 1024
#define ENTRY_MAX   65536 /* of a line of passwd or group */

/* Nothing of a name that is too long: two could be one once it is cut. */
static void set_owner(struct ownership *out, const char *owner)
{
	*out = (struct ownership){0};
	if (strlen(owner) >= OWNER_MAX || !strcmp(owner, OWNER_UNKNOWN))
		return;
	snprintf(out->owner, sizeof(out->owner), "%s", owner);
	snprintf(out->maker, sizeof(out->maker), "%s", owner);
}

void ownership_find(const struct ownership_source *s, enum owned_kind kind, const char *id,
		    struct json_object *labels, struct ownership *out)
{
	if (owners_find(s->owners, kind, id, out) || !*s->label)
		return;
	set_owner(out, json_get_str(labels, s->label));
	/* a label is what anybody may have written: it makes nobody a container */
	if (str_starts_with(out->owner, PEER))
		*out = (struct ownership){0};
}

void ownership_mark(const struct ownership_source *s, struct container *c)
{
	struct ownership who;
	struct value v;

	if (!owners_find(s->owners, OWNED_CONTAINER, c->id, &who) && *s->label &&
	    value_get(c->labels, s->label, strlen(s->label), &v) && v.type == V_STRING &&
	    !str_starts_with(v.s, PEER))
		set_owner(&who, v.s);
	free(c->owner);
	c->owner = *who.owner ? mem_strdup(who.owner) : NULL;
}

static int find_peer(const struct ownership_source *s, struct docker *docker, const char *name,
		     struct ownership *out, struct err *err)
{
	struct json_object *doc = docker_inspect(docker, name, err);
	const char *id = json_get_str(doc, "Id");

	if (!doc)
		return err->code == 404 ? 0 : -1;
	ownership_find(s, OWNED_CONTAINER, id, json_get(json_get(doc, "Config"), "Labels"), out);
	if (*out->owner)
		snprintf(out->maker, sizeof(out->maker), PEER "%s", id);
	json_object_put(doc);
	return 0;
}

int ownership_find_asker(const struct ownership_source *s, struct docker *docker,
			 const struct request_message *m, struct ownership *out, struct err *err)
{
	*out = (struct ownership){0};
	if (!str_starts_with(m->user, PEER))
		set_owner(out, m->user);
	else if (docker)
		return find_peer(s, docker, m->peer.container ? m->peer.container : m->user + strlen(PEER),
				 out, err);
	return 0;
}

bool ownership_is_own(const struct ownership *asker, const struct ownership *thing)
{
	if (!*asker->owner)
		return false;
	return str_starts_with(asker->maker, PEER) ? !strcmp(asker->maker, thing->maker)
						   : !strcmp(asker->owner, thing->owner);
}

/* ---- groups ---- */

static bool find_gid(const char *user, gid_t *gid)
{
	AUTO(free_charp) char *text = mem_calloc(1, ENTRY_MAX);
	struct passwd entry, *found = NULL;

	if (getpwnam_r(user, &entry, text, ENTRY_MAX, &found) || !found)
		return false;
	*gid = found->pw_gid;
	return true;
}

static void add_group(struct json_object *list, gid_t gid, char *text)
{
	struct group entry, *found = NULL;

	if (!getgrgid_r(gid, &entry, text, ENTRY_MAX, &found) && found)
		json_object_array_add(list, json_object_new_string(found->gr_name));
}

struct json_object *ownership_groups(const char *user)
{
	struct json_object *list = json_object_new_array();
	AUTO(free_charp) char *text = mem_calloc(1, ENTRY_MAX);
	gid_t groups[MOST_GROUPS], gid;
	int n = MOST_GROUPS;

	if (!*user || str_starts_with(user, PEER) || !find_gid(user, &gid))
		return list;
	if (getgrouplist(user, gid, groups, &n) < 0)
		n = MOST_GROUPS;
	for (int i = 0; i < n; i++)
		add_group(list, groups[i], text);
	return list;
}
