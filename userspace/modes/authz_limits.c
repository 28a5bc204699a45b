/* Limits that rules set instead of refusing, before anything runs without them. */
#include "authz_internal.h"
#include "base/json.h"
#include "base/log.h"
#include "container/change.h"
#include "view/subject.h"

int authz_set_limits(struct docker *docker, const struct container *c, const struct verdict *v,
		     struct err *err)
{
	AUTO(json_putp) struct json_object *update = verdict_update(v);
	const char *text = update ? json_object_to_json_string(update) : "";
	enum docker_outcome outcome;

	if (!update)
		return 0;
	if (docker_update(docker, c->id, text, &outcome, err))
		return err_wrap(err, "the limits that a rule sets could not be set");
	if (outcome == DOCKER_DONE)
		log_info("container %s (%.12s) updated before it runs: %s", c->name, c->id, text);
	return 0;
}

static int limit(const struct authz_context *c, const char *id, struct err *err)
{
	struct json_object *doc = docker_inspect(c->docker, id, err);
	struct container *container = doc ? container_from_change(doc, c->docker, err) : NULL;
	struct verdict v;
	struct subject s;
	int r;

	if (!container)
		return -1;
	ownership_mark(&c->ownership, container);
	subject_init(&s, container, inventory_position(c->inventory, id), SOURCE_AUTHZ);
	judge_container(c->policy, &c->options, c->ctx, &s, NULL, &v);
	r = authz_set_limits(c->docker, container, &v, err);
	verdict_free(&v);
	subject_clear(&s);
	container_put(container);
	return r;
}

void authz_limit_created(const struct authz_context *c, const char *id)
{
	struct err err;

	if (*id && limit(c, id, &err))
		log_error("authorization: container %.12s: %s; it is tried again when it is to start, which "
			  "is refused where that fails",
			  id, err.msg);
}
