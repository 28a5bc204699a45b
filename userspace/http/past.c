#include "past_internal.h"
#include "base/clock.h"
#include "base/json.h"
#include "history/events.h"

#define MOST_SHOWN 1000

static void add(void *arg, const struct event *e)
{
	json_object_array_add(arg, event_to_json(e));
}

/* What cannot be read is as if there were nothing; /healthz has the reason. A `since` that is none is all. */
struct json_object *past_read(struct enforcer *e, const struct page_query *q)
{
	struct event_filter filter = {
		.owner = q->owner, .rule = q->rule, .container = q->container, .most = MOST_SHOWN};
	struct json_object *list = json_object_new_array();
	struct err err;

	if (q->since && !events_parse_since(q->since, clock_wall_ns(), &filter.since_ns))
		filter.since_ns = 0;
	events_each(e->state, &filter, add, list, &err);
	return list;
}
