/* Any bytes as a rule file; what compiles is evaluated on a container. No crash, no leak, no hang. */
#include "json.h"
#include "ruleset.h"
#include "subject.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct container *sample_container(void)
{
	static const char text[] =
		"{\"Id\":\"a\",\"Name\":\"/"
		"web\",\"State\":{\"Pid\":0},\"HostConfig\":{\"Memory\":0,\"Binds\":[\"/a/../b:/c\"],"
		"\"CapAdd\":[\"cap_x\"]},\"Config\":{\"Image\":\"i\",\"Labels\":{\"a.b\":\"c\"},\"Env\":[\"A="
		"1\"]}}";
	struct err err;

	return container_from_inspect(json_parse(text, sizeof(text) - 1, &err), NULL, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct usage usage = {.fields = ~0U, .memory = 1 << 20, .memory_limit = 1 << 30};
	static struct container *container;
	struct json_object *j;
	struct rule *rules = NULL;
	size_t count = 0;
	struct buf problems = {0};
	struct logic_ctx *ctx;
	struct err err;

	if (!container)
		container = sample_container();
	j = json_parse((const char *)data, size, &err);
	ruleset_compile(j, "f", subject_binding(true), &rules, &count, &problems);
	ctx = mem_calloc(1, sizeof(*ctx));
	logic_ctx_init(ctx);
	for (size_t i = 0; i < count; i++) {
		struct subject s;
		struct value v;
		struct buf text = {0};

		if (!rules[i].program)
			continue;
		subject_init(&s, container, 1, "periodic");
		s.usage = s.base = &usage;
		if (logic_eval(rules[i].program, ctx, subject_value(&s), &v))
			value_to_text(v, &text);
		else
			logic_error_text(ctx, &text);
		buf_free(&text);
		subject_clear(&s);
	}
	logic_ctx_free(ctx);
	free(ctx);
	ruleset_free(rules, count);
	buf_free(&problems);
	json_object_put(j);
	return 0;
}
