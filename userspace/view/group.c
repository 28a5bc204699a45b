#include "view/group.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "view/subject.h"

#include <string.h>

static const char *const names[] = {
	"group.key",	       "group.count",	    "group.memory",	 "group.cpu_percent", "group.pids",
	"group.limits.memory", "group.limits.cpus", "group.limits.pids", "group.unlimited",   NULL};

const char *const *group_names(void)
{
	return names;
}

bool group_has(const char *path, const char **nearest)
{
	size_t len = strlen(path);

	for (const char *const *name = names; *name; name++)
		if (!strncmp(*name, path, len) && (!(*name)[len] || (*name)[len] == '.'))
			return true;
	*nearest = str_nearest(path, names);
	return false;
}

static struct subject *of_group(const struct value_view *view)
{
	return (struct subject *)(void *)((size_t)view - offsetof(struct subject, group_fields));
}

static struct json_object *make_doc(const struct group *g)
{
	struct json_object *j = json_object_new_object(), *limits = json_object_new_object();

	json_add_str(j, "key", g->key);
	json_add_uint(j, "count", g->count);
	if (g->measured) {
		json_add_uint(j, "memory", g->memory);
		json_object_object_add(j, "cpu_percent", json_object_new_double(g->cpu_percent));
		json_add_uint(j, "pids", g->pids);
	}
	json_add_uint(limits, "memory", g->memory_limit);
	json_object_object_add(limits, "cpus", json_object_new_double(g->cpus_limit));
	json_add_uint(limits, "pids", g->pids_limit);
	json_object_object_add(j, "limits", limits);
	json_add_uint(j, "unlimited", g->unlimited);
	return j;
}

static struct json_object *group_to_json(const struct value_view *view)
{
	const struct subject *s = of_group(view);

	return s->group ? make_doc(s->group) : NULL;
}

/* Kept until another group's, or subject_clear(): what is returned is borrowed from it. */
static bool get_group(const struct value_view *view, const char *key, size_t len, struct value *out)
{
	struct subject *s = of_group(view);

	if (!s->group)
		return false;
	if (!s->group_doc)
		s->group_doc = make_doc(s->group);
	if (value_get(value_from_json(s->group_doc), key, len, out))
		return true;
	s->absent = true; /* nothing is measured: absent is never zero */
	return false;
}

struct value_view group_view(void)
{
	return (struct value_view){get_group, NULL, group_to_json};
}

void subject_set_group(struct subject *s, const struct group *group)
{
	json_object_put(s->group_doc);
	s->group_doc = NULL;
	s->group = group;
}
