/*
 * Any bytes as a message to the authorization plugin, as a request's target and as the body of a request,
 * judged by rules that look at everything. No crash, no leak, no hang.
 */
#include "modes/authz.h"
#include "base/json.h"
#include "base/text.h"
#include "request/message.h"
#include "rules/needs.h"
#include "view/request.h"
#include "view/subject.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void load(struct policy *p, enum rule_file f, const struct logic_binding *binding, const char *rules)
{
	struct err err;
	struct json_object *j;
	struct findings problems = {0};

	if (json_parse(rules, strlen(rules), &j, &err) ||
	    ruleset_compile(f, j, "f", binding, &p->lists[f], &problems))
		abort();
	json_object_put(j);
}

static const struct policy *sample_policy(void)
{
	static struct policy p;

	if (p.lists[FILE_RULES].count)
		return &p;
	load(&p, FILE_RULES, subject_binding(false),
	     "[{\"name\":\"a\",\"message\":\"{name} {mounts} "
	     "{params}\",\"rule\":{\"or\":[{\"some\":[{\"var\":\"mounts\"},"
	     "{\"path_within\":[{\"var\":\"resolved\"},\"/"
	     "etc\"]}]},{\"in\":[\"SYS_ADMIN\",{\"var\":\"capabilities\"}]},"
	     "{\"var\":\"env.A\"},{\"==\":[{\"var\":\"params\"},1]}]}}]");
	load(&p, FILE_REQUEST_RULES, request_binding(),
	     "[{\"name\":\"r\",\"message\":\"{ParsedUri.path}\",\"rule\":{\"or\":[{\"matches\":[{\"var\":"
	     "\"ParsedUri.endpoint\"},"
	     "\"x.*y\"]},{\"var\":\"RequestBody.Privileged\"},{\"var\":\"ParsedUri.query.name\"}]}}]");
	load(&p, FILE_WHITELIST_RULES, subject_binding(true),
	     "[{\"name\":\"w\",\"rule\":{\"==\":[{\"var\":\"image\"},\"w\"]}}]");
	return &p;
}

static void judge(const struct request_message *m)
{
	struct authz_context c = {.policy = sample_policy(),
				  .options = {.mode = MODE_KILL},
				  .ctx = mem_calloc(1, sizeof(*c.ctx)),
				  .needs = NEED_ALL};
	struct authz_result r;

	logic_ctx_init(c.ctx);
	authz_judge(&c, m, &r);
	authz_result_free(&r);
	logic_ctx_free(c.ctx);
	free(c.ctx);
}

/* The first byte says what the rest is. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct request_message m = {
		.method = "POST", .uri = "/containers/create?name=x", .user = "", .authn_method = ""};
	char *text;
	struct err err;

	if (!size)
		return 0;
	text = mem_calloc(size, 1);
	memcpy(text, data + 1, size - 1);
	switch (data[0] % 3) {
	case 0:
		if (!request_message_parse(text, size - 1, &m, &err))
			judge(&m);
		request_message_free(&m);
		free(text);
		return 0;
	case 1:
		m.uri = text;
		judge(&m);
		break;
	default:
		m.body = text;
		m.body_len = size - 1;
		judge(&m);
		break;
	}
	free(text);
	return 0;
}
