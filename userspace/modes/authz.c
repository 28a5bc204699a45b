/* authz: dockerd asks before it carries out a request; the answer comes from the rules. */
#include "authz_internal.h"
#include "modes/authz.h"
#include "base/clock.h"
#include "base/gate.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "request/message.h"
#include "request/target.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* dockerd gives a plugin 30 s in all (moby pkg/plugins); a request of ours may wait for one lookup beyond. */
#define LOOKUP_S    2
#define LOOKUPS_NS  (4 * NS_PER_S)
#define MESSAGE_MAX 4096

/* For an answer to what makes something: a volume driver may take its time. */
#define TEACHING_NS (120 * NS_PER_S)

#define MOST_AT_ONCE 64 /* most wait for Docker */

struct authz {
	struct authz_parts parts;
	struct docker *docker; /* of its own: short time limit, and its calls carry the token */
	char *token;
	struct gate judging;
	struct ownership_source ownership;
	atomic_ullong teaching_ns; /* monotonic, until when an answer may come that says whose something is */
	atomic_ullong allowed, refused, malformed, own, ns, evaluations;
};

struct authz *authz_new(const struct authz_parts *parts, struct err *err)
{
	const struct config *config = parts->config;
	const struct docker_options options = {.socket = config->docker_socket,
					       .tls_verify = *config->docker_tls_verify,
					       .cert_path = config->docker_cert_path,
					       .timeout_s = LOOKUP_S,
					       .token = parts->token};
	struct authz *a = mem_calloc(1, sizeof(*a));

	a->parts = *parts;
	a->ownership = (struct ownership_source){parts->owners, config->owner_label};
	a->docker = docker_open(&options, err);
	if (!a->docker) {
		free(a);
		return NULL;
	}
	a->token = mem_strdup(parts->token);
	gate_init(&a->judging, MOST_AT_ONCE);
	return a;
}

void authz_free(struct authz *a)
{
	if (!a)
		return;
	docker_close(a->docker);
	gate_destroy(&a->judging);
	free(a->token);
	free(a);
}

void authz_shutdown(struct authz *a)
{
	if (a)
		docker_shutdown(a->docker);
}

struct authz_counts authz_counts(const struct authz *a)
{
	return (struct authz_counts){.allowed = atomic_load(&a->allowed),
				     .refused = atomic_load(&a->refused),
				     .malformed = atomic_load(&a->malformed),
				     .own = atomic_load(&a->own),
				     .ns = atomic_load(&a->ns),
				     .evaluations = atomic_load(&a->evaluations)};
}

void authz_forget_daemon(struct authz *a)
{
	if (a)
		docker_forget_version(a->docker);
}

/* ---- own calls ---- */

static bool same_secret(const char *a, const char *b)
{
	size_t len = strlen(a);
	unsigned char differs = strlen(b) != len;

	for (size_t i = 0; !differs && i < len; i++)
		differs |= (unsigned char)(a[i] ^ b[i]);
	return !differs;
}

/* The enforcer's own call: it carries the token, and is one of those that the enforcer makes. */
static bool is_own(const struct authz *a, const struct request_message *m)
{
	static const char *const actions[] = {"/stop", "/kill", "/pause", "/update"};
	size_t len = strcspn(m->uri, "?");

	if (!same_secret(a->token, request_message_header(m, DOCKER_TOKEN_HEADER)))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
		size_t n = strlen(actions[i]);

		if (len > n && !strncmp(m->uri + len - n, actions[i], n))
			return true;
	}
	return !strcmp(m->method, "GET");
}

/* ---- judging ---- */

static const char *user_of(const struct request_message *m)
{
	return *m->user ? m->user : OWNER_UNKNOWN;
}

/* What the client prints: one line, and no more than is read. */
static void add_message(struct json_object *j, const char *reason)
{
	AUTO(free_charp) char *cut = str_cut(reason, MESSAGE_MAX);
	AUTO(buf_free) struct buf text = {0};

	buf_escape(&text, cut, strlen(cut));
	json_add_str(j, "Msg", text.s ? text.s : "");
}

static void put_answer(struct authz *a, bool allow, const char *reason, struct buf *answer)
{
	AUTO(json_putp) struct json_object *j = json_object_new_object();

	atomic_fetch_add(allow ? &a->allowed : &a->refused, 1);
	json_object_object_add(j, "Allow", json_object_new_boolean(allow));
	if (!allow)
		add_message(j, reason);
	buf_puts(answer,
		 json_object_to_json_string_ext(j, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
}

static void deliver(struct authz *a, const struct policy *policy, const struct request_message *m,
		    const char *owner, const struct authz_result *r)
{
	const struct decided d = {.policy = policy,
				  .method = m->method,
				  .uri = m->uri,
				  .path = r->path ? r->path : "",
				  .user = user_of(m),
				  .peer = &m->peer,
				  .owner = owner,
				  .container = r->container,
				  .on_request = &r->on_request,
				  .on_container = &r->on_container,
				  .refused = r->refused,
				  .reason = r->reason.s ? r->reason.s : ""};

	deliver_decision(&a->parts.outlets, &d);
	atomic_fetch_add(&a->evaluations, r->on_request.evaluations + r->on_container.evaluations);
}

/* What judging needs; the caller puts the policy and frees the rest by end_judging(). */
static struct authz_context begin_judging(struct authz *a)
{
	const struct config *config = a->parts.config;
	struct policy *policy = policy_slot_get(a->parts.policy);
	struct authz_context c = {
		.policy = policy,
		.options = {.mode = config->mode,
			    .stop_on_first = config->stop_on_first_violation,
			    .now_ns = clock_monotonic_ns(),
			    .wall_ns = clock_wall_ns(),
			    .host = inventory_read_host(a->parts.inventory, policy->needs)},
		.ctx = mem_calloc(1, sizeof(*c.ctx)),
		.docker = a->docker,
		.deadline_ns = clock_monotonic_ns() + LOOKUPS_NS,
		.inventory = a->parts.inventory,
		.ownership = a->ownership,
		.needs = policy->needs,
	};

	logic_ctx_init(c.ctx);
	return c;
}

static void end_judging(struct authz_context *c)
{
	logic_ctx_free(c->ctx);
	free(c->ctx);
	json_object_put(c->options.host);
	policy_put((struct policy *)(size_t)c->policy);
}

static void judge(struct authz *a, const struct request_message *m, struct buf *answer)
{
	struct authz_context c = begin_judging(a);
	struct authz_result r;
	struct err err;

	if (authz_needs_facts(m))
		c.facts = docker_known_facts(a->docker);
	if (ownership_find_asker(&a->ownership, a->docker, m, &c.asker, &err))
		log_error("authorization: whose container %s is: %s", m->user, err.msg);
	authz_judge(&c, m, &r);
	if (!r.refused && r.teaches)
		atomic_store(&a->teaching_ns, clock_monotonic_ns() + TEACHING_NS);
	put_answer(a, !r.refused, r.reason.s ? r.reason.s : "", answer);
	deliver(a, c.policy, m, *c.asker.owner ? c.asker.owner : OWNER_UNKNOWN, &r);
	authz_result_free(&r);
	end_judging(&c);
}

void authz_answer_busy(struct authz *a, struct buf *answer)
{
	struct policy *policy = policy_slot_get(a->parts.policy);
	int mode = a->parts.config->mode;
	bool allow = mode != MODE_KILL && !policy_can_act(policy, mode);

	log_warning("authorization: too many requests at once; one is %s unjudged",
		    allow ? "allowed" : "refused");
	put_answer(a, allow, "too many requests are being judged; try again", answer);
	policy_put(policy);
}

static void judge_in_turn(struct authz *a, const struct request_message *m, struct buf *answer)
{
	if (!gate_enter(&a->judging, clock_monotonic_ns() + AUTHZ_TURN_NS)) {
		authz_answer_busy(a, answer);
		return;
	}
	judge(a, m, answer);
	gate_leave(&a->judging);
}

static void answer_malformed(struct authz *a, const struct err *why, struct buf *answer)
{
	bool allow = a->parts.config->default_action_allow;

	atomic_fetch_add(&a->malformed, 1);
	log_error("%s; it is %s (DEFAULT_ACTION_ALLOW)", why->msg, allow ? "allowed" : "refused");
	put_answer(a, allow, "Denied as default action", answer);
}

void authz_answer(struct authz *a, const char *text, size_t len, struct buf *answer)
{
	uint64_t start = clock_monotonic_ns();
	struct request_message m;
	struct err err;

	if (request_message_parse(text, len, &m, &err)) {
		answer_malformed(a, &err, answer);
	} else if (is_own(a, &m)) {
		atomic_fetch_add(&a->own, 1);
		put_answer(a, true, "", answer);
	} else {
		if (a->parts.config->log_authz_requests)
			log_info("[AUTHZ_REQ] user: %s, method: %s, uri: %s", user_of(&m), m.method, m.uri);
		judge_in_turn(a, &m, answer);
	}
	request_message_free(&m);
	atomic_fetch_add(&a->ns, clock_monotonic_ns() - start);
}

/* ---- what dockerd did ---- */

/* moby tells of an error as 0, and of one that ran already, too. */
static void note_start(struct authz *a, const char *asked, int64_t status)
{
	char id[65];

	if (inventory_note_answered(a->parts.inventory, asked, status == 204, id))
		a->parts.started(a->parts.arg, id);
}

/* It was judged as it was asked for; now it is there, and runs not before its client knows of it. */
static void note_created(struct authz *a, const struct request_message *m)
{
	AUTO(json_putp) struct json_object *answer = NULL;
	struct authz_context c;

	if (json_get_int(m->doc, "ResponseStatusCode") != 201)
		return;
	c = begin_judging(a);
	if (policy_sets_limits(c.policy, c.options.mode)) {
		answer = request_message_response(m);
		authz_limit_created(&c, json_get_str(answer, "Id"));
	}
	end_judging(&c);
}

bool authz_awaits_response(const struct authz *a)
{
	return clock_monotonic_ns() < atomic_load(&a->teaching_ns) ||
	       inventory_is_expecting(a->parts.inventory);
}

void authz_note_response(struct authz *a, const char *text, size_t len)
{
	struct request_endpoint e = {.kind = REQUEST_OTHER};
	struct request_target t = {0};
	struct request_message m;
	struct err err;

	if (!request_message_parse(text, len, &m, &err) && !request_target_parse(m.uri, &t, &err)) {
		request_endpoint_find(m.method, t.endpoint, &e);
		if (e.kind == REQUEST_START || e.kind == REQUEST_RESTART)
			note_start(a, authz_container_of(&e, NULL),
				   json_get_int(m.doc, "ResponseStatusCode"));
		authz_learn(&a->ownership, a->docker, &m, &e);
		if (e.kind == REQUEST_CREATE)
			note_created(a, &m);
		request_endpoint_free(&e);
	}
	request_target_free(&t);
	request_message_free(&m);
}
