/* One request to dockerd, judged. */
#include "modes/authz.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "container/container.h"
#include "container/create.h"
#include "container/schema.h"
#include "request/message.h"
#include "request/target.h"
#include "view/request.h"
#include "view/subject.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct judging {
	const struct authz_context *c;
	const struct request_message *m;
	struct request_target target;
	struct request_endpoint endpoint;
	struct json_object *body;
	struct authz_result *out;
};

/* ---- the container that would result ---- */

/* Whether HostConfig's fields at the top level count depends on the daemon's version. */
static bool is_version_wanted(const struct judging *j)
{
	AUTO(json_putp) struct json_object *top = NULL;

	if (!j->c->docker || j->c->facts.api)
		return false;
	top = schema_pick(&schema_host_config, j->body);
	return top != NULL;
}

static struct container *from_create(struct judging *j, struct err *err)
{
	const struct create_request request = {j->body, json_get_str(j->target.parameters, "name"),
					       j->target.api};

	if (is_version_wanted(j)) {
		err_set(err, 0,
			"fields of HostConfig at the top level are read differently by versions of dockerd, "
			"and this "
			"one's is not known yet; put them into HostConfig");
		return NULL;
	}
	return container_from_create(&request, &j->c->facts, j->c->docker, j->c->deadline_ns, j->c->needs,
				     err);
}

/* The container that the request names, as it is now. NULL: it is not there (err->code 404), or not known. */
static struct json_object *inspect_named(struct judging *j, struct err *err)
{
	if (!j->c->docker) {
		err_set(err, 0, "container %.64s can only be judged with dockerd at hand",
			j->endpoint.container);
		return NULL;
	}
	return docker_inspect(j->c->docker, j->endpoint.container, err);
}

/* moby container.UpdateContainer: of these what is not zero replaces what is there; the rest stays. */
static void apply_update(struct json_object *host, struct json_object *update, unsigned api)
{
	static const char *const numbers[] = {"BlkioWeight",	   "CpuShares",		"NanoCpus",
					      "CpuPeriod",	   "CpuQuota",		"Memory",
					      "MemorySwap",	   "MemoryReservation", "KernelMemory",
					      "CpuRealtimePeriod", "CpuRealtimeRuntime"};
	static const char *const texts[] = {"CpusetCpus", "CpusetMems"};
	struct json_object *restart = json_get(update, "RestartPolicy"),
			   *pids = json_get(update, "PidsLimit");

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		if (json_get_int(update, numbers[i]))
			json_add_int(host, numbers[i], json_get_int(update, numbers[i]));
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (*json_get_str(update, texts[i]))
			json_add_str(host, texts[i], json_get_str(update, texts[i]));
	if (pids && (!api || api >= 140)) /* 0 and less: no limit */
		json_add_int(host, "PidsLimit",
			     json_object_get_int64(pids) > 0 ? json_object_get_int64(pids) : 0);
	if (*json_get_str(restart, "Name"))
		json_object_object_add(host, "RestartPolicy", json_object_get(restart));
}

static struct container *from_update(struct judging *j, struct err *err)
{
	struct json_object *doc = inspect_named(j, err);

	if (!doc)
		return NULL;
	apply_update(json_get(doc, "HostConfig"), j->body, j->target.api);
	return container_from_change(doc, j->c->docker, err);
}

static struct container *from_rename(struct judging *j, struct err *err)
{
	const char *name = json_get_str(j->target.parameters, "name");
	struct json_object *doc = inspect_named(j, err);

	if (!doc)
		return NULL;
	AUTO(free_charp) char *slashed = mem_printf("%s%s", *name == '/' ? "" : "/", name);
	json_add_str(doc, "Name", slashed);
	return container_from_change(doc, j->c->docker, err);
}

/* Before API 1.24 a start may bring a HostConfig, which replaces the container's own. */
static struct container *from_start(struct judging *j, struct err *err)
{
	struct json_object *given = json_get(j->body, "HostConfig"), *doc;
	AUTO(json_putp) struct json_object *top = schema_pick(&schema_host_config, j->body);
	struct json_object *host = given ? given : top;

	if (json_count(json_get(host, "VolumesFrom"))) {
		err_set(err, 0,
			"a start with VolumesFrom is not judged; give it when the container is created");
		return NULL;
	}
	doc = inspect_named(j, err);
	if (!doc)
		return NULL;
	if (host)
		json_object_object_add(doc, "HostConfig", json_object_get(host));
	return container_from_change(doc, j->c->docker, err);
}

static struct container *resulting_container(struct judging *j, struct err *err)
{
	switch (j->endpoint.kind) {
	case REQUEST_CREATE:
		return from_create(j, err);
	case REQUEST_UPDATE:
		return from_update(j, err);
	case REQUEST_RENAME:
		return from_rename(j, err);
	case REQUEST_START:
		return from_start(j, err);
	case REQUEST_EXEC:
	case REQUEST_OTHER:
		break;
	}
	return NULL;
}

/* ---- what cannot be read with certainty ---- */

static bool is_form(const struct request_message *m)
{
	const char *type = request_message_header(m, "Content-Type");

	return !strncasecmp(type, "application/x-www-form-urlencoded", 33) ||
	       !strncasecmp(type, "multipart/", 10);
}

/*
 * Whether the request may have a body that dockerd keeps from the plugin, and reads. Of several Content-Type
 * headers we are shown the last and dockerd goes by the first, so any one is suspect; without one neither a
 * form nor JSON is read. Content-Length is not shown where the body comes in chunks.
 */
static bool may_hide_body(const struct request_message *m)
{
	return *request_message_header(m, "Content-Type") &&
	       strcmp(request_message_header(m, "Content-Length"), "0") != 0;
}

static int check_certain(struct judging *j, struct err *err)
{
	const struct request_message *m = j->m;

	/* a form's fields count before the query's */
	if (j->endpoint.kind == REQUEST_RENAME && may_hide_body(m))
		return err_set(err, 0,
			       "a rename with a body that cannot be seen, which may hold another name; send "
			       "\"Content-Length: 0\", or no Content-Type");
	if (is_form(m))
		return err_set(
			err, 0,
			"a form, whose fields dockerd would read and nobody shows to us; send JSON, and "
			"parameters in the query");
	/* from 1.24 on dockerd takes no HostConfig here; before, one that is too large is not shown to us */
	if (j->endpoint.kind == REQUEST_START && j->target.api && j->target.api < 124 && !m->body_len &&
	    may_hide_body(m))
		return err_set(
			err, 0,
			"a start of API version 1.23 or older with a body that cannot be seen, which may "
			"hold a configuration; send \"Content-Length: 0\", or use API 1.24 or newer");
	return 0;
}

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
	case REQUEST_START:
		return by_request_rules || (j->target.api && j->target.api < 124);
	case REQUEST_RENAME:
		return false;
	case REQUEST_EXEC:
	case REQUEST_OTHER:
		break;
	}
	/* a body that is no JSON (a build's or an image's archive) never reaches the plugin */
	return by_request_rules;
}

static int read_request(struct judging *j, struct err *err)
{
	if (request_target_parse(j->m->uri, &j->target, err))
		return -1;
	j->out->path = mem_strdup(j->target.path);
	request_endpoint_find(j->m->method, j->target.endpoint, &j->endpoint);
	if (check_certain(j, err))
		return -1;
	if (is_body_judged(j) && request_body_decode(&j->endpoint, j->m->body, j->m->body_len, &j->body, err))
		return -1;
	return 0;
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
	const struct request_parts parts = {
		.method = j->m->method,
		.uri = j->m->uri,
		.path = j->target.path,
		.endpoint = j->target.endpoint,
		.query = j->target.query,
		.parameters = j->target.parameters,
		.headers = j->m->headers,
		.body = j->body,
		.user = j->m->user,
		.authn_method = j->m->authn_method,
	};

	if (!has_enabled(&j->c->policy->lists[FILE_REQUEST_RULES]))
		return;
	j->out->request = request_view(&parts);
	judge_request(j->c->policy, &j->c->options, j->c->ctx, value_from_json(j->out->request),
		      &j->out->on_request, &j->out->evaluations);
}

/* True if it is to be judged as a container, and could be made out. */
static bool find_container(struct judging *j)
{
	struct err err = {0};
	enum request_kind kind = j->endpoint.kind;

	if (kind == REQUEST_OTHER || kind == REQUEST_EXEC || !has_enabled(&j->c->policy->lists[FILE_RULES]))
		return false;
	if (kind == REQUEST_START && !j->body)
		return false;
	j->out->container = resulting_container(j, &err);
	if (j->out->container)
		return true;
	if (err.code != 404) /* where there is no such container, dockerd says so itself */
		refuse_unreadable(j, err.msg);
	return false;
}

static void judge_by_rules(struct judging *j)
{
	struct subject s;

	if (!find_container(j))
		return;
	subject_init(&s, j->out->container, j->c->position, "authz_plugin");
	if (*j->m->user)
		s.owner = j->m->user;
	judge_container(j->c->policy, &j->c->options, j->c->ctx, &s, NULL, &j->out->on_container,
			&j->out->evaluations);
	subject_clear(&s);
}

/* A rule's message, or its name; the error of one that failed. */
static void add_reasons(struct judging *j, const struct verdict *v)
{
	struct buf *reason = &j->out->reason;

	for (size_t i = 0; i < v->count; i++) {
		const struct violation *x = &v->items[i];
		bool enforced =
			x->enforce || (x->error && (x->rule->mode < 0 ? j->c->options.mode == MODE_KILL
								      : x->rule->mode == MODE_KILL));

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
	} else {
		judge_by_request_rules(&j);
		add_reasons(&j, &out->on_request);
		if (!out->refused) {
			judge_by_rules(&j);
			add_reasons(&j, &out->on_container);
		}
	}
	request_target_free(&j.target);
	request_endpoint_free(&j.endpoint);
	json_object_put(j.body);
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
