/* Whose things are, learned from requests and from dockerd's answers to them. */
#include "authz_internal.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"

#include <stdlib.h>
#include <string.h>

/* ---- before ---- */

static int claim_volume(const struct authz_context *c, const char *name, struct err *err)
{
	struct json_object *doc = docker_inspect_volume(c->docker, name, err);
	struct ownership holder;

	if (clock_monotonic_ns() > c->deadline_ns) {
		json_object_put(doc);
		return err_set(err, 0, "dockerd takes too long to say whether its volumes are there");
	}
	if (!doc && err->code != 404 && err->code != 400)
		return -1;
	if (!doc)
		owners_claim(c->ownership.owners, name, &c->asker, &holder);
	json_object_put(doc);
	return 0;
}

/* The volumes that it may make. */
static void find_volumes(const struct request_endpoint *e, struct json_object *body, struct names *out)
{
	const char *name = json_get_str(body, "Name");

	if (!strcmp(e->name, "volume_create"))
		names_add(out, OWNED_VOLUME, name, strlen(name));
	else if (e->kind == REQUEST_CREATE)
		names_volumes(body, out);
}

int authz_claim_volumes(const struct authz_context *c, const struct request_endpoint *e,
			struct json_object *body, struct err *err)
{
	struct names n = {0};
	int r = 0;

	if (!c->docker || !c->ownership.owners || !*c->asker.owner)
		return 0;
	find_volumes(e, body, &n);
	for (size_t i = 0; !r && i < n.count; i++)
		r = claim_volume(c, n.items[i].name, err);
	names_free(&n);
	return r;
}

/* ---- after ---- */

struct learning {
	const struct ownership_source *s;
	struct docker *docker;
	const struct request_endpoint *e;
	struct json_object *asked, *answer; /* bodies */
	struct ownership who;
};

static void confirm_volumes(const struct learning *l)
{
	struct names n = {0};

	find_volumes(l->e, l->asked, &n);
	for (size_t i = 0; i < n.count; i++)
		owners_confirm(l->s->owners, n.items[i].name, &l->who);
	names_free(&n);
}

/* One that the image or the request has it make, without a name: it is no older than its container. */
static void learn_anonymous(const struct learning *l, const char *volume, uint64_t created_s)
{
	struct json_object *doc;
	struct ownership there;
	struct err err;

	if (strlen(volume) != 64 || owners_find(l->s->owners, OWNED_VOLUME, volume, &there))
		return;
	doc = docker_inspect_volume(l->docker, volume, &err);
	if (doc && clock_parse_rfc3339(json_get_str(doc, "CreatedAt")) / NS_PER_S >= created_s)
		owners_note(l->s->owners, OWNED_VOLUME, volume, &l->who);
	json_object_put(doc);
}

static void learn_container(const struct learning *l)
{
	const char *id = json_get_str(l->answer, "Id");
	struct json_object *doc, *mounts;
	struct err err;

	owners_note(l->s->owners, OWNED_CONTAINER, id, &l->who);
	confirm_volumes(l);
	doc = docker_inspect(l->docker, id, &err);
	mounts = json_get(doc, "Mounts");
	for (size_t i = 0; i < json_count(mounts); i++)
		learn_anonymous(l, json_get_str(json_object_array_get_idx(mounts, i), "Name"),
				clock_parse_rfc3339(json_get_str(doc, "Created")) / NS_PER_S);
	json_object_put(doc);
}

static void learn_exec(const struct learning *l)
{
	owners_note(l->s->owners, OWNED_EXEC, json_get_str(l->answer, "Id"), &l->who);
}

static void learn_volume(const struct learning *l)
{
	const char *name = json_get_str(l->answer, "Name");

	if (*json_get_str(l->asked, "Name"))
		confirm_volumes(l);
	else
		owners_note(l->s->owners, OWNED_VOLUME, name, &l->who);
}

static void learn_network(const struct learning *l)
{
	owners_note(l->s->owners, OWNED_NETWORK, json_get_str(l->answer, "Id"), &l->who);
}

static void forget_volume(const struct learning *l)
{
	owners_end(l->s->owners, OWNED_VOLUME, l->e->named ? l->e->named : "");
}

/* What an answer of that status says; of all others nothing is learned. */
static const struct lesson {
	const char *endpoint;
	int64_t status;
	void (*learn)(const struct learning *l);
} lessons[] = {
	{"container_create", 201, learn_container}, {"exec_create", 201, learn_exec},
	{"volume_create", 201, learn_volume},	    {"network_create", 201, learn_network},
	{"volume_remove", 204, forget_volume},
};

static const struct lesson *find_lesson(const struct request_endpoint *e)
{
	for (size_t i = 0; i < ARRAY_LEN(lessons); i++)
		if (!strcmp(lessons[i].endpoint, e->name))
			return &lessons[i];
	return NULL;
}

bool authz_teaches(const struct request_endpoint *e)
{
	return find_lesson(e) != NULL;
}

void authz_learn(const struct ownership_source *s, struct docker *docker, const struct request_message *m,
		 const struct request_endpoint *e)
{
	const struct lesson *lesson = find_lesson(e);
	struct learning l = {.s = s, .docker = docker, .e = e};
	struct err err = {0};

	if (!lesson || json_get_int(m->doc, "ResponseStatusCode") != lesson->status)
		return;
	if (ownership_find_asker(s, docker, m, &l.who, &err)) {
		log_error("authorization: whose %s %s made is not known: %s", e->name, m->user, err.msg);
		return;
	}
	l.answer = request_message_response(m);
	if (m->body_len && request_body_decode(e, m->body, m->body_len, &l.asked, NULL, &err))
		log_debug("authorization: %s: %s", e->name, err.msg);
	lesson->learn(&l);
	json_object_put(l.answer);
	json_object_put(l.asked);
}
