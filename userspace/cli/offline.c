#include "offline_internal.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "container/container.h"
#include "container/create.h"
#include "container/schema.h"
#include "enforce/groups.h"
#include "request/message.h"
#include "request/target.h"
#include "rules/needs.h"
#include "view/subject.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct offline {
	const struct policy *policy;
	const struct offline_input *in;
	struct judge_options options;
	struct docker_facts facts;
	struct logic_ctx *ctx;
	offline_seen_fn seen;
	void *arg;
	struct authz_result *out;
};

static const char *const kinds[] = {
	[AS_INSPECT] = "inspect", [AS_CREATE] = "create", [AS_REQUEST] = "request", [AS_COMPOSE] = "compose"};

enum offline_kind offline_kind_parse(const char *text)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (!strcmp(kinds[i], text))
			return (enum offline_kind)i;
	return AS_UNKNOWN;
}

const char *offline_kind_name(enum offline_kind kind)
{
	return kinds[kind];
}

enum offline_kind offline_kind_guess(struct json_object *doc)
{
	if (json_get(doc, "RequestMethod") || json_get(doc, "RequestUri"))
		return AS_REQUEST;
	if (json_object_is_type(json_get(doc, "services"), json_type_object))
		return AS_COMPOSE;
	/* an inspect document has an Id, and its Image is an id beside Config */
	return json_get(doc, "Image") && !json_get(doc, "Id") && !json_get(doc, "Config") ? AS_CREATE
											  : AS_INSPECT;
}

/* By what the test says of its group, or as if it were alone. */
static struct groups *make_groups(struct offline *o, const char *source)
{
	const struct groups_member member = {.container = o->out->container, .position = o->in->position};
	struct groups *g = groups_new(o->policy, &o->options, o->ctx, source, &member, 1);

	if (o->in->group)
		groups_set_figures(g, o->in->group);
	return g;
}

static void see_container(struct offline *o, const char *source, const char *owner)
{
	struct rule_states kept = {0},
			   *states = o->in->kind == AS_INSPECT ? &kept : NULL; /* as the plugin has none */
	struct groups *groups;
	struct subject s;

	if (*owner && !o->out->container->owner)
		o->out->container->owner = mem_strdup(owner);
	o->options.groups = groups = make_groups(o, source);
	subject_init(&s, o->out->container, o->in->position, source);
	if (o->in->metrics)
		subject_set_metrics(&s, o->in->metrics);
	judge_container(o->policy, &o->options, o->ctx, &s, states, &o->out->on_container);
	if (o->in->held_ns) {
		verdict_free(&o->out->on_container);
		o->options.now_ns += o->in->held_ns;
		judge_container(o->policy, &o->options, o->ctx, &s, states, &o->out->on_container);
	}
	if (o->seen)
		o->seen(o->arg, &(struct offline_seen){false, subject_value(&s), o->ctx, &s, groups});
	free(kept.items);
	subject_clear(&s);
	o->options.groups = NULL;
	groups_free(groups);
}

static int judge_inspect(struct offline *o, struct err *err)
{
	o->out->container = container_from_inspect(json_object_get(o->in->doc), o->in->docker, err);
	if (!o->out->container)
		return -1;
	see_container(o, SOURCE_PERIODIC, o->in->owner ? o->in->owner : "");
	return 0;
}

/* "/HostConfg: Docker knows no such key; did you mean HostConfig?" */
static int refuse_unknown(const char *pointer, struct err *err)
{
	static const char host_config[] = "/HostConfig/";
	bool inner = str_starts_with(pointer, host_config);
	const char *names[128], *key = pointer + (inner ? strlen(host_config) : 1), *nearest;

	schema_names(inner ? &schema_host_config : &schema_create_body, names, ARRAY_LEN(names));
	nearest = str_nearest(key, names);
	return err_set(err, EINVAL, "%.200s: Docker knows no such key of a create request%s%s%s", pointer,
		       nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}

static int check_create(const struct offline *o, struct json_object *body, struct json_object *unknown,
			struct err *err)
{
	if (!o->in->strict)
		return 0;
	if (json_count(unknown))
		return refuse_unknown(json_str_at(unknown, 0), err);
	return *json_get_str(body, "Image")
		       ? 0
		       : err_set(err, EINVAL, "there is no Image in it: it is no create request");
}

static int judge_create(struct offline *o, struct err *err)
{
	const struct request_endpoint create = {
		.kind = REQUEST_CREATE, .body = &schema_create_body, .body_needed = true};
	const char *text = json_object_to_json_string_ext(o->in->doc, JSON_C_TO_STRING_PLAIN);
	AUTO(json_putp) struct json_object *body = NULL;
	AUTO(json_putp) struct json_object *unknown = NULL;
	struct create_request request = {.name = o->in->name ? o->in->name : ""};

	if (request_body_decode(&create, text, strlen(text), &body, &unknown, err)) {
		o->out->unreadable = true;
		buf_puts(&o->out->reason, err->msg);
		return 0;
	}
	if (check_create(o, body, unknown, err))
		return -1;
	request.body = body;
	request.unknown = unknown;
	o->out->container = container_from_create(&request, &o->facts, o->in->docker, 0, NEED_ALL, err);
	if (!o->out->container) { /* the plugin would refuse it, with this reason */
		o->out->unreadable = true;
		buf_puts(&o->out->reason, err->msg);
		return 0;
	}
	see_container(o, SOURCE_AUTHZ, o->in->owner ? o->in->owner : "");
	return 0;
}

/* A message as dockerd sends it; for people the body may be written as JSON instead of base64. */
static int read_message(struct json_object *doc, struct request_message *m, struct err *err)
{
	struct json_object *body = json_get(doc, "RequestBody");
	AUTO(json_putp) struct json_object *copy = NULL;
	const char *text;

	if (doc && json_object_deep_copy(doc, &copy, NULL))
		return err_set(err, ENOMEM, "the message could not be copied");
	if (body && !json_object_is_type(body, json_type_string))
		json_object_object_del(copy, "RequestBody");
	text = json_object_to_json_string_ext(copy, JSON_C_TO_STRING_PLAIN);
	if (request_message_parse(text, strlen(text), m, err))
		return -1;
	if (!body || json_object_is_type(body, json_type_string))
		return 0;
	m->body = mem_strdup(json_object_to_json_string_ext(body, JSON_C_TO_STRING_PLAIN));
	m->body_len = strlen(m->body);
	return 0;
}

static int judge_request_message(struct offline *o, struct err *err)
{
	struct authz_context c = {.policy = o->policy,
				  .options = o->options,
				  .ctx = o->ctx,
				  .facts = o->facts,
				  .target = o->in->target,
				  .docker = o->in->docker,
				  .position = o->in->position,
				  .ownership = {NULL, ""},
				  .needs = NEED_ALL};
	struct request_message m = {0};
	int r = read_message(o->in->doc, &m, err);

	if (!r) {
		(void)ownership_find_asker(&c.ownership, NULL, &m, &c.asker, err);
		authz_judge(&c, &m, o->out);
		if (o->seen && o->out->request)
			o->seen(o->arg, &(struct offline_seen){.request = true,
							       .root = value_from_json(o->out->request),
							       .ctx = o->ctx});
	}
	if (!r && o->seen && o->out->container) {
		struct subject s;

		subject_init(&s, o->out->container, o->in->position, SOURCE_AUTHZ);
		subject_set_moment(&s, o->options.wall_ns, o->options.host);
		o->seen(o->arg, &(struct offline_seen){false, subject_value(&s), o->ctx, &s, NULL});
		subject_clear(&s);
	}
	request_message_free(&m);
	return r;
}

int offline_judge(const struct policy *policy, const struct offline_input *in, offline_seen_fn seen,
		  void *arg, struct authz_result *out, struct err *err)
{
	struct offline o = {.policy = policy,
			    .in = in,
			    .options = {.mode = in->mode,
					.now_ns = 1,
					.wall_ns = in->now_ns ? in->now_ns : clock_wall_ns(),
					.host = in->host},
			    .ctx = mem_calloc(1, sizeof(*o.ctx)),
			    .seen = seen,
			    .arg = arg,
			    .out = out};
	int r = 0;

	*out = (struct authz_result){0};
	logic_ctx_init(o.ctx);
	if (in->docker)
		r = docker_read_facts(in->docker, &o.facts, err);
	if (!r && in->kind == AS_INSPECT)
		r = judge_inspect(&o, err);
	else if (!r && in->kind == AS_CREATE)
		r = judge_create(&o, err);
	else if (!r)
		r = judge_request_message(&o, err);
	logic_ctx_free(o.ctx);
	free(o.ctx);
	return r;
}
