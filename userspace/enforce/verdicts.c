/* What a verdict comes to. */
#include "enforce/judge.h"

#include <stdlib.h>

const struct violation *verdict_strongest(const struct verdict *v)
{
	const struct violation *found = NULL;

	for (size_t i = 0; i < v->count; i++)
		if (v->items[i].enforce && (!found || action_strength(v->items[i].rule->action) >
							      action_strength(found->rule->action)))
			found = &v->items[i];
	return found;
}

static void add_missing(struct json_object *to, struct json_object *from)
{
	json_object_object_foreach (from, key, value)
		if (!json_object_object_get_ex(to, key, NULL))
			json_object_object_add(to, key, json_object_get(value));
}

struct json_object *verdict_update(const struct verdict *v)
{
	struct json_object *all = NULL;

	for (size_t i = 0; i < v->count; i++) {
		if (!v->items[i].enforce || !v->items[i].update)
			continue;
		all = all ? all : json_object_new_object();
		add_missing(all, v->items[i].update);
	}
	return all;
}

const struct violation *verdict_leading(const struct verdict *v)
{
	for (size_t i = 0; i < v->count; i++)
		if (v->items[i].enforce)
			return &v->items[i];
	return &v->items[0];
}

void verdict_free(struct verdict *v)
{
	for (size_t i = 0; i < v->count; i++) {
		free(v->items[i].error);
		free(v->items[i].message);
		json_object_put(v->items[i].update);
	}
	free(v->items);
	free(v->exempted);
	*v = (struct verdict){0};
}
