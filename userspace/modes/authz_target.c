/* What a request names - containers, volumes, networks - as dockerd knows it, and whose it is. */
#include "authz_internal.h"
#include "base/json.h"
#include "base/text.h"
#include "modes/authz.h"
#include "view/subject.h"

#include <string.h>

static struct json_object *target_new(enum owned_kind kind, const char *name, const char *id)
{
	struct json_object *t = json_object_new_object();

	json_add_str(t, "kind", owned_kind_name(kind));
	json_add_str(t, "name", name);
	json_add_str(t, "id", id);
	json_add_str(t, "owner", OWNER_UNKNOWN);
	json_add_str(t, "made_by", "");
	json_object_object_add(t, "own", json_object_new_boolean(false));
	json_object_object_add(t, "missing", json_object_new_boolean(false));
	json_object_object_add(t, "labels", json_object_new_object());
	json_add_str(t, "image", "");
	json_object_object_add(t, "exempt", json_object_new_boolean(false));
	return t;
}

static void set_ownership(const struct authz_context *c, struct json_object *t, const struct ownership *who)
{
	if (*who->owner) {
		json_add_str(t, "owner", who->owner);
		json_add_str(t, "made_by", who->maker);
	}
	json_object_object_add(t, "own", json_object_new_boolean(ownership_is_own(&c->asker, who)));
}

/* Labels, and whose it is. */
static void set_labels(const struct authz_context *c, struct json_object *t, enum owned_kind kind,
		       const char *id, struct json_object *labels)
{
	struct ownership who;

	ownership_find(&c->ownership, kind, id, labels, &who);
	set_ownership(c, t, &who);
	if (labels)
		json_object_object_add(t, "labels", json_object_get(labels));
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

/* `shared` (NULL: not asked for) gets the names of what it shares in. */
static struct json_object *of_container(const struct authz_context *c, const char *name, struct names *shared,
					struct err *err)
{
	struct json_object *doc = docker_inspect(c->docker, name + (*name == '/'), err), *t;
	struct container *container;

	if (!doc)
		return NULL;
	if (shared)
		names_of_container(doc, shared);
	container = container_from_inspect(doc, c->docker, err);
	if (!container)
		return NULL;
	ownership_mark(&c->ownership, container);
	AUTO(json_putp) struct json_object *labels = value_to_json(container->labels);
	t = target_new(OWNED_CONTAINER, container->name + (*container->name == '/'), container->id);
	set_labels(c, t, OWNED_CONTAINER, container->id, labels);
	json_add_str(t, "image", container->image);
	json_object_object_add(t, "exempt", json_object_new_boolean(is_exempt(c, container)));
	container_put(container);
	return t;
}

/* An exec is its container's; but one that another has made in there is theirs alone. */
static struct json_object *of_exec(const struct authz_context *c, const char *id, struct err *err)
{
	AUTO(json_putp) struct json_object *doc = docker_inspect_exec(c->docker, id, err), *t = NULL;
	struct ownership who;

	if (doc)
		t = of_container(c, json_get_str(doc, "ContainerID"), NULL, err);
	if (t && owners_find(c->ownership.owners, OWNED_EXEC, json_get_str(doc, "ID"), &who))
		set_ownership(c, t, &who);
	return json_object_get(t);
}

static struct json_object *of_volume(const struct authz_context *c, const char *name, struct err *err)
{
	AUTO(json_putp) struct json_object *doc = docker_inspect_volume(c->docker, name, err);
	struct json_object *t = doc ? target_new(OWNED_VOLUME, json_get_str(doc, "Name"), "") : NULL;

	if (t)
		set_labels(c, t, OWNED_VOLUME, json_get_str(doc, "Name"), json_get(doc, "Labels"));
	return t;
}

static struct json_object *of_network(const struct authz_context *c, const char *name, struct err *err)
{
	AUTO(json_putp) struct json_object *doc = docker_inspect_network(c->docker, name, err);
	struct json_object *t =
		doc ? target_new(OWNED_NETWORK, json_get_str(doc, "Name"), json_get_str(doc, "Id")) : NULL;

	if (t)
		set_labels(c, t, OWNED_NETWORK, json_get_str(doc, "Id"), json_get(doc, "Labels"));
	return t;
}

/* What is not there: of a volume that the request would make, who asked for it first. */
static struct json_object *of_missing(const struct authz_context *c, const struct name *n)
{
	struct json_object *t = target_new(n->kind, n->name, "");
	struct ownership who;

	json_object_object_add(t, "missing", json_object_new_boolean(true));
	if (n->kind == OWNED_VOLUME && owners_find(c->ownership.owners, OWNED_VOLUME, n->name, &who))
		set_ownership(c, t, &who);
	return t;
}

/* A new object, NULL with *err. */
static struct json_object *look_up(const struct authz_context *c, const struct name *n, struct names *shared,
				   struct err *err)
{
	struct json_object *t = NULL;

	switch (n->kind) {
	case OWNED_CONTAINER:
		t = of_container(c, n->name, shared, err);
		break;
	case OWNED_EXEC:
		t = of_exec(c, n->name, err);
		break;
	case OWNED_VOLUME:
		t = of_volume(c, n->name, err);
		break;
	case OWNED_NETWORK:
		t = of_network(c, n->name, err);
	}
	if (!t && (err->code == 404 || err->code == 400)) /* dockerd says itself that it is not there */
		t = of_missing(c, n);
	return t;
}

static bool is_named_before(const struct names *n, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (n->items[k].kind == n->items[i].kind && !strcmp(n->items[k].name, n->items[i].name))
			return true;
	return false;
}

static int look_up_all(const struct authz_context *c, struct names *n, bool starts, struct json_object *list,
		       struct err *err)
{
	for (size_t i = 0; i < n->count; i++) {
		const struct name name = n->items[i]; /* the list may grow, and move */
		struct json_object *t;

		if (is_named_before(n, i))
			continue;
		if (c->deadline_ns && clock_monotonic_ns() > c->deadline_ns)
			return err_set(err, 0, "dockerd takes too long to say what the request names");
		t = look_up(c, &name, starts && !i ? n : NULL, err);
		if (!t)
			return -1;
		json_object_array_add(list, t);
	}
	return 0;
}

/* `target`: what the request is about, if that is there. */
static void set_subject(struct json_object *list, bool has_subject, struct authz_targets *out)
{
	struct json_object *first = json_object_array_get_idx(list, 0);

	if (has_subject && first && !json_object_get_boolean(json_get(first, "missing")))
		out->target = json_object_get(first);
}

/* By a rule test: one, or a list. */
static void set_given(struct json_object *given, struct authz_targets *out)
{
	bool many = json_object_is_type(given, json_type_array);

	for (size_t i = 0; i < (many ? json_count(given) : 1); i++)
		json_object_array_add(out->all,
				      json_object_get(many ? json_object_array_get_idx(given, i) : given));
	set_subject(out->all, true, out);
}

int authz_find_targets(const struct authz_context *c, const struct request_endpoint *e,
		       const struct request_target *t, struct json_object *body, struct authz_targets *out,
		       struct err *err)
{
	bool starts = e->kind == REQUEST_START || e->kind == REQUEST_RESTART, has_subject;
	struct names n = {0};
	int r = 0;

	*out = (struct authz_targets){.all = json_object_new_array()};
	if (c->target)
		set_given(c->target, out);
	if (c->target || !c->docker)
		return 0;
	has_subject = names_subject(e, t, body, &n);
	names_of_body(e, t, body, &n);
	r = look_up_all(c, &n, starts, out->all, err);
	set_subject(out->all, has_subject, out);
	names_free(&n);
	return r;
}
