/* What a request is about: the container, volume or network that it names, as dockerd knows it. */
#include "base/json.h"
#include "base/text.h"
#include "modes/authz.h"
#include "view/subject.h"

#include <string.h>

typedef struct json_object *(*inspect_fn)(struct docker *d, const char *name, struct err *err);

static struct json_object *target_new(const char *kind, const char *name, const char *id,
				      struct json_object *labels)
{
	struct json_object *t = json_object_new_object();

	json_add_str(t, "kind", kind);
	json_add_str(t, "name", name);
	json_add_str(t, "id", id);
	json_add_str(t, "owner", OWNER_UNKNOWN);
	json_object_object_add(t, "labels", labels ? json_object_get(labels) : json_object_new_object());
	json_add_str(t, "image", "");
	json_object_object_add(t, "exempt", json_object_new_boolean(false));
	return t;
}

/* Whether an exemption lets it be what the rules forbid to others: who may do things in it may do so too. */
static bool is_exempt(const struct authz_context *c, const struct container *container)
{
	struct judge_options options = c->options;
	struct subject s;
	struct verdict v;
	bool exempt;

	options.stop_on_first = false; /* an exemption may be of a later one */
	subject_init(&s, container, 0, SOURCE_AUTHZ);
	judge_container(c->policy, &options, c->ctx, &s, NULL, &v);
	subject_clear(&s);
	exempt = v.exempted_count > 0;
	verdict_free(&v);
	return exempt || policy_exempts(c->policy, c->ctx, container, "");
}

static struct json_object *of_container(const struct authz_context *c, const char *name, struct err *err)
{
	struct json_object *doc = docker_inspect(c->docker, name + (*name == '/'), err), *t;
	struct container *container = doc ? container_from_inspect(doc, c->docker, err) : NULL;

	if (!container)
		return NULL;
	AUTO(json_putp) struct json_object *labels = value_to_json(container->labels);
	t = target_new("container", container->name + (*container->name == '/'), container->id, labels);
	json_add_str(t, "image", container->image);
	json_object_object_add(t, "exempt", json_object_new_boolean(is_exempt(c, container)));
	container_put(container);
	return t;
}

/* An exec is its container's. */
static struct json_object *of_exec(const struct authz_context *c, const char *id, struct err *err)
{
	AUTO(json_putp) struct json_object *doc = docker_inspect_exec(c->docker, id, err);

	return doc ? of_container(c, json_get_str(doc, "ContainerID"), err) : NULL;
}

static struct json_object *of_volume(const struct authz_context *c, const char *name, struct err *err)
{
	AUTO(json_putp) struct json_object *doc = docker_inspect_volume(c->docker, name, err);

	return doc ? target_new("volume", json_get_str(doc, "Name"), "", json_get(doc, "Labels")) : NULL;
}

static struct json_object *of_network(const struct authz_context *c, const char *name, struct err *err)
{
	AUTO(json_putp) struct json_object *doc = docker_inspect_network(c->docker, name, err);

	return doc ? target_new("network", json_get_str(doc, "Name"), json_get_str(doc, "Id"),
				json_get(doc, "Labels"))
		   : NULL;
}

/* By the beginning of an endpoint's name; the first that fits. */
static const struct way {
	const char *endpoints;
	struct json_object *(*find)(const struct authz_context *c, const char *name, struct err *err);
} ways[] = {
	{"container_", of_container},
	{"exec_create", of_container},
	{"checkpoint_", of_container},
	{"exec_", of_exec},
	{"volume_", of_volume},
	{"network_connect", of_container},
	{"network_disconnect", of_container},
	{"network_", of_network},
};

/* A commit names its container in the query. */
static const char *name_of(const struct request_endpoint *e, const struct request_target *t,
			   struct json_object *body)
{
	if (!strcmp(e->name, "container_commit"))
		return json_get_str(t->parameters, "container");
	return e->named ? authz_container_of(e, body) : "";
}

int authz_find_target(const struct authz_context *c, const struct request_endpoint *e,
		      const struct request_target *t, struct json_object *body, struct json_object **out,
		      struct err *err)
{
	const char *name = name_of(e, t, body);
	struct err why = {0};

	*out = json_object_get(c->target);
	for (size_t i = 0; !c->target && c->docker && *name && i < ARRAY_LEN(ways); i++) {
		if (!str_starts_with(e->name, ways[i].endpoints))
			continue;
		*out = ways[i].find(c, name, &why);
		if (*out || why.code == 404 || why.code == 400) /* dockerd says itself that it is not there */
			return 0;
		*err = why;
		return -1;
	}
	return 0;
}
