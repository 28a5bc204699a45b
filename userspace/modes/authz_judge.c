/* One request to dockerd, judged. */
#include "enforce/groups.h"
#include "authz_internal.h"
#include "modes/authz.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "container/container.h"
#include "container/change.h"
#include "container/create.h"
#include "request/certain.h"
#include "request/message.h"
#include "request/target.h"
#include "view/request.h"
#include "view/subject.h"

#include <stdlib.h>
#include <string.h>

struct judging {
	const struct authz_context *c;
	const struct request_message *m;
	struct request_target target;
	struct request_endpoint endpoint;
	struct json_object *body, *unknown; /* unknown: pointers to what is not known of it */
	struct authz_targets about;
	struct authz_result *out;
};

/* ---- the container that would result ---- */

static struct container *from_create(struct judging *j, struct err *err)
{
	const struct create_request request = {j->body, json_get_str(j->target.parameters, "name"),
					       j->unknown, j->target.api};

	return container_from_create(&request, &j->c->facts, j->c->docker, j->c->deadline_ns, j->c->needs,
				     err);
}

static struct container *from_update(struct judging *j, struct json_object *doc, struct err *err)
{
	return container_after_update(doc, j->body, j->target.api, j->c->docker, err);
}

static struct container *from_rename(struct judging *j, struct json_object *doc, struct err *err)
{
	return container_after_rename(doc, json_get_str(j->target.parameters, "name"), j->c->docker, err);
}

static struct container *from_start(struct judging *j, struct json_object *doc, struct err *err)
{
	return container_after_start(doc, j->body, j->c->docker, err);
}

static struct container *from_restart(struct judging *j, struct json_object *doc, struct err *err)
{
	return container_after_restart(doc, j->c->docker, err);
}

static struct container *from_unpause(struct judging *j, struct json_object *doc, struct err *err)
{
	return container_from_change(doc, j->c->docker, err);
}

static struct container *from_connect(struct judging *j, struct json_object *doc, struct err *err)
{
	const struct network_change change = {j->endpoint.named, json_get(j->body, "EndpointConfig"),
					      j->endpoint.kind == REQUEST_CONNECT};

	return container_after_connect(doc, &change, j->c->docker, err);
}

/* What becomes of the container that a request is about; a kind that is not here leaves none to be judged. */
static const struct outcome {
	struct container *(*of)(struct judging *j, struct json_object *doc, struct err *err);
	bool starts; /* it runs afterwards, if it did not before */
} outcomes[] = {
	[REQUEST_UPDATE] = {from_update, false},
	[REQUEST_RENAME] = {from_rename, false},
	[REQUEST_START] = {from_start, true},
	[REQUEST_RESTART] = {from_restart, true},
	[REQUEST_UNPAUSE] = {from_unpause, false},
	[REQUEST_CONNECT] = {from_connect, false},
	[REQUEST_EXEC] = {NULL, false},
	[REQUEST_DISCONNECT] = {from_connect, false},
};

const char *authz_container_of(const struct request_endpoint *e, struct json_object *body)
{
	bool in_body = e->kind == REQUEST_CONNECT || e->kind == REQUEST_DISCONNECT;
	const char *name = in_body ? json_get_str(body, "Container") : e->named;

	return name + (*name == '/');
}

/* The container that the request names, as it is now. NULL: it is not there (err->code 404), or not known. */
static struct json_object *inspect_named(struct judging *j, struct err *err)
{
	const char *name = authz_container_of(&j->endpoint, j->body);

	if (!j->c->docker || !*name) {
		err_set(err, 0, "container \"%.64s\" can only be judged with dockerd at hand", name);
		return NULL;
	}
	return docker_inspect(j->c->docker, name, err);
}

static struct container *resulting_container(struct judging *j, struct err *err)
{
	struct json_object *doc;

	if (j->endpoint.kind == REQUEST_CREATE)
		return from_create(j, err);
	doc = inspect_named(j, err);
	return doc ? outcomes[j->endpoint.kind].of(j, doc, err) : NULL;
}

/* ---- reading the request ---- */

static bool has_enabled(const struct rule_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].enabled)
			return true;
	return false;
}

/* Whether this endpoint's body decides anything. */
static bool is_body_judged(const struct judging *j)
{
	bool by_request_rules = has_enabled(&j->c->policy->lists[FILE_REQUEST_RULES]);

	switch (j->endpoint.kind) {
	case REQUEST_CREATE:
	case REQUEST_UPDATE:
		return true;
	case REQUEST_CONNECT:
	case REQUEST_DISCONNECT:
		return true;
	case REQUEST_START:
		return by_request_rules || (j->target.api && j->target.api < 124);
	case REQUEST_RENAME:
		return false;
	case REQUEST_RESTART:
	case REQUEST_UNPAUSE:
	case REQUEST_EXEC:
	case REQUEST_OTHER:
		break;
	}
	/* its name says whose it will be */
	if (j->c->ownership.owners && !strcmp(j->endpoint.name, "volume_create"))
		return true;
	/* a body that is no JSON (a build's or an image's archive) never reaches the plugin */
	return by_request_rules;
}

static int read_request(struct judging *j, struct err *err)
{
	if (request_target_parse(j->m->uri, &j->target, err))
		return -1;
	j->out->path = mem_strdup(j->target.endpoint);
	request_endpoint_find(j->m->method, j->target.endpoint, &j->endpoint);
	j->out->teaches = authz_teaches(&j->endpoint);
	if (request_check_certain(j->m, &j->target, &j->endpoint, err))
		return -1;
	if (is_body_judged(j) && request_body_decode(&j->endpoint, j->m->body, j->m->body_len, &j->body,
						     j->c->needs & NEED_UNKNOWN ? &j->unknown : NULL, err))
		return -1;
	if (authz_claim_volumes(j->c, &j->endpoint, j->body, err))
		return -1;
	return j->c->needs & NEED_TARGET
		       ? authz_find_targets(j->c, &j->endpoint, &j->target, j->body, &j->about, err)
		       : 0;
}

/* ---- judging ---- */

static void refuse_unreadable(struct judging *j, const char *why)
{
	j->out->unreadable = true;
	j->out->refused = j->c->options.mode == MODE_KILL || policy_can_act(j->c->policy, j->c->options.mode);
	buf_puts(&j->out->reason, why);
}

static void judge_by_request_rules(struct judging *j)
{
	AUTO(json_putp)
	struct json_object *groups = j->c->needs & NEED_GROUPS ? ownership_groups(j->m->user) : NULL;
	const struct request_parts parts = {
		.groups = groups,
		.method = j->m->method,
		.uri = j->m->uri,
		.path = j->target.path,
		.endpoint = j->target.endpoint,
		.query = j->target.query,
		.parameters = j->target.parameters,
		.headers = j->m->headers,
		.body = j->body,
		.route = j->endpoint.name,
		.unknown = j->unknown,
		.target = j->about.target,
		.targets = j->about.all,
		.owner = *j->c->asker.owner ? j->c->asker.owner : OWNER_UNKNOWN,
		.user = j->m->user,
		.authn_method = j->m->authn_method,
	};

	if (!has_enabled(&j->c->policy->lists[FILE_REQUEST_RULES]))
		return;
	j->out->request = request_view(&parts);
	judge_request(j->c->policy, &j->c->options, j->c->ctx, value_from_json(j->out->request),
		      &j->out->on_request);
}

/* Whether a container comes of it; `judge` has no dockerd to show one that is only started. */
static bool is_about_container(const struct judging *j)
{
	enum request_kind kind = j->endpoint.kind;

	if (kind == REQUEST_CREATE)
		return true;
	if (kind == REQUEST_UNPAUSE || (outcomes[kind].starts && !j->body))
		return j->c->docker != NULL;
	return outcomes[kind].of != NULL;
}

/* True if it is to be judged as a container, and could be made out. */
static bool find_container(struct judging *j)
{
	struct err err = {0};

	if (!is_about_container(j) || !has_enabled(&j->c->policy->lists[FILE_RULES]))
		return false;
	j->out->container = resulting_container(j, &err);
	if (j->out->container && outcomes[j->endpoint.kind].starts)
		j->out->container->started_ns = 0; /* it is to begin anew */
	if (j->out->container)
		return true;
	if (err.code != 404) /* where there is no such container, dockerd says so itself */
		refuse_unreadable(j, err.msg);
	return false;
}

/* Where it stands among those that run; one that is to start takes its place at once. */
static int64_t find_position(struct judging *j)
{
	const char *id = j->out->container->id;

	if (!j->c->inventory)
		return j->c->position;
	if (!outcomes[j->endpoint.kind].starts)
		return inventory_position(j->c->inventory, id);
	return inventory_expect(j->c->inventory, j->out->container,
				authz_container_of(&j->endpoint, j->body));
}

/* As the daemon begins, and after a gap in Docker's events, not all that run are known: dockerd lists them.
 */
static bool list_position(struct judging *j, int64_t *position)
{
	struct inventory *inv = j->c->inventory;
	struct err err;

	if (!inv || !(j->c->needs & NEED_POSITION) || !j->c->docker || inventory_is_settled(inv))
		return true;
	if (!inventory_list_position(inv, j->c->docker, j->out->container->id, position, &err))
		return true;
	refuse_unreadable(j, err.msg);
	return false;
}

/* Whose the container is, or would be; false where that has to be known and is not. */
static bool check_owner(struct judging *j)
{
	struct container *c = j->out->container;

	if (j->endpoint.kind != REQUEST_CREATE)
		ownership_mark(&j->c->ownership, c);
	else if (*j->c->asker.owner)
		c->owner = mem_strdup(j->c->asker.owner);
	if (c->owner || !(j->c->needs & NEED_OWNER) || !j->c->ownership.owners)
		return true;
	refuse_unreadable(j,
			  j->endpoint.kind == REQUEST_CREATE
				  ? "who asks is not known, and a rule reads the owner; use Docker by the "
				    "relay or with a client certificate"
				  : "whose container it is is not known, and a rule reads that; OWNER_LABEL "
				    "names the label that says it of containers that were made elsewhere");
	return false;
}

/* A request rule that goes by who asks cannot be judged without that; a ping tells nobody anything. */
static bool check_asker(struct judging *j)
{
	if (*j->c->asker.owner || !(j->c->needs & NEED_ASKER) || !j->c->ownership.owners ||
	    !strcmp(j->endpoint.name, "ping"))
		return true;
	refuse_unreadable(j,
			  "who asks is not known, and a rule reads that; use Docker by the relay or with a "
			  "client certificate");
	return false;
}

static void judge_at(struct judging *j, int64_t position)
{
	struct judge_options options = j->c->options;
	struct groups *groups = NULL;
	struct subject s;

	subject_init(&s, j->out->container, position, SOURCE_AUTHZ);
	if (j->c->inventory)
		groups = inventory_make_groups(j->c->inventory, j->c->policy, &options, SOURCE_AUTHZ,
					       j->out->container);
	options.groups = groups;
	judge_container(j->c->policy, &options, j->c->ctx, &s, NULL, &j->out->on_container);
	groups_free(groups);
	subject_clear(&s);
}

/* Whether it is refused for how many there are beside it. */
static bool is_refused_by_number(const struct judging *j)
{
	const struct verdict *v = &j->out->on_container;

	for (size_t i = 0; i < v->count; i++)
		if (v->items[i].enforce && (v->items[i].rule->per || v->items[i].rule->needs & NEED_POSITION))
			return true;
	return false;
}

static void judge_by_rules(struct judging *j)
{
	struct inventory *inv = j->c->inventory;
	int64_t position;

	if (!find_container(j) || !check_owner(j))
		return;
	position = find_position(j);
	if (!list_position(j, &position))
		return;
	judge_at(j, position);
	/* nobody is refused for those who have ended, and whose events are late */
	if (inv && j->c->docker && is_refused_by_number(j) && inventory_note_ended(inv, j->c->docker)) {
		verdict_free(&j->out->on_container);
		judge_at(j, inventory_position(inv, j->out->container->id));
	}
}

/* Its limits are set instead: of what there is before it runs, of what is made before the client knows of it.
 * Who asks for other limits is refused. */
static bool is_set_instead(const struct judging *j, const struct violation *x)
{
	return x->update && j->endpoint.kind != REQUEST_UPDATE;
}

static void set_limits(struct judging *j)
{
	struct err err;

	if (j->endpoint.kind == REQUEST_CREATE || j->endpoint.kind == REQUEST_UPDATE || !j->c->docker ||
	    !j->out->container)
		return;
	if (authz_set_limits(j->c->docker, j->out->container, &j->out->on_container, &err))
		refuse_unreadable(j, err.msg);
}

/* A rule's message, or its name; the error of one that failed. */
static void add_reasons(struct judging *j, const struct verdict *v)
{
	struct buf *reason = &j->out->reason;

	for (size_t i = 0; i < v->count; i++) {
		const struct violation *x = &v->items[i];
		bool enforced = x->enforce || (x->error && rule_is_enforced(x->rule, j->c->options.mode));

		if (is_set_instead(j, x))
			continue;
		if (reason->len)
			buf_puts(reason, ", ");
		if (x->error)
			buf_printf(reason, "%s (the rule failed: %s)", x->rule->name, x->error);
		else
			buf_puts(reason, x->message ? x->message : x->rule->name);
		j->out->refused = j->out->refused || enforced;
	}
}

bool authz_needs_facts(const struct request_message *m)
{
	struct request_target t;
	struct request_endpoint e = {.kind = REQUEST_OTHER};
	struct err err;
	bool create;

	if (strcmp(m->method, "POST") != 0)
		return false;
	if (!request_target_parse(m->uri, &t, &err))
		request_endpoint_find(m->method, t.endpoint, &e);
	create = e.kind == REQUEST_CREATE;
	request_target_free(&t);
	request_endpoint_free(&e);
	return create;
}

void authz_judge(const struct authz_context *c, const struct request_message *m, struct authz_result *out)
{
	struct judging j = {.c = c, .m = m, .out = out};
	struct err err;

	*out = (struct authz_result){0};
	if (read_request(&j, &err)) {
		refuse_unreadable(&j, err.msg);
	} else if (check_asker(&j)) {
		judge_by_request_rules(&j);
		add_reasons(&j, &out->on_request);
		if (!out->refused) {
			judge_by_rules(&j);
			add_reasons(&j, &out->on_container);
		}
		if (!out->refused)
			set_limits(&j);
	}
	if (out->refused && c->inventory && outcomes[j.endpoint.kind].starts && out->container)
		inventory_unexpect(c->inventory, authz_container_of(&j.endpoint, j.body));
	request_target_free(&j.target);
	request_endpoint_free(&j.endpoint);
	json_object_put(j.body);
	json_object_put(j.unknown);
	json_object_put(j.about.target);
	json_object_put(j.about.all);
}

void authz_result_free(struct authz_result *r)
{
	verdict_free(&r->on_request);
	verdict_free(&r->on_container);
	container_put(r->container);
	buf_free(&r->reason);
	json_object_put(r->request);
	free(r->path);
}
