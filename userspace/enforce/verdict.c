/* A verdict as a flat JSON object: what triggers see (subject/verdict.c knows its fields). */
#include "base/clock.h"
#include "base/json.h"
#include "enforce/judge.h"

#include <string.h>

/* The violation that stands for the verdict: the first that is enforced, else the first. */
static const struct violation *leading(const struct verdict *v)
{
	for (size_t i = 0; i < v->count; i++)
		if (v->items[i].enforce)
			return &v->items[i];
	return &v->items[0];
}

static void add_container(struct json_object *j, const struct container *c)
{
	json_add_str(j, "id", c ? c->id : "");
	json_add_str(j, "name", c ? c->name : "");
	json_add_str(j, "image", c ? c->image : "");
	json_object_object_add(j, "labels",
			       c ? json_tokener_parse(c->labels_text) : json_object_new_object());
}

struct json_object *verdict_to_json(const struct verdict *v, const struct verdict_about *about)
{
	struct json_object *j = json_object_new_object(), *rules = json_object_new_array();
	const struct violation *first = leading(v);
	char time[40];

	clock_format(about->wall_ns, 'T', time, sizeof(time));
	json_add_str(j, "time", time);
	add_container(j, about->container);
	json_add_str(j, "owner", about->owner);
	json_add_str(j, "source", about->source);
	json_add_str(j, "request", about->request);
	json_add_str(j, "mode", first->enforce ? "kill" : "warn");
	json_add_str(j, "action", about->action);
	json_object_object_add(j, "enforced", json_object_new_boolean(about->enforced));
	json_add_str(j, "violated_rule", first->rule->name);
	for (size_t i = 0; i < v->count; i++)
		json_object_array_add(rules, json_object_new_string(v->items[i].rule->name));
	json_object_object_add(j, "violated_rules", rules);
	json_add_str(j, "message", first->message ? first->message : "");
	json_add_str(j, "description", first->rule->description ? first->rule->description : "");
	json_add_str(j, "severity", first->rule->severity ? first->rule->severity : "");
	json_add_str(j, "error", first->error ? first->error : "");
	return j;
}
