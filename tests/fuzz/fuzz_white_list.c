/* Any bytes as the value of WHITE_LIST or IMAGE_WHITE_LIST, whose entries then meet a container. */
#include "base/json.h"
#include "enforce/white_list_internal.h"
#include "view/subject.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct json_object *parse(const char *text)
{
	struct json_object *j;
	struct err err;

	if (json_parse(text, strlen(text), &j, &err))
		abort();
	return j;
}

static const struct rule_list *sample_rules(void)
{
	static struct rule_list list;
	struct findings problems = {0};
	struct json_object *j;

	if (list.count)
		return &list;
	j = parse("[{\"name\":\"a (b\",\"rule\":true},{\"name\":\"a, "
		  "b\",\"rule\":true},{\"name\":\"a\",\"rule\":true}]");
	if (ruleset_compile(FILE_RULES, j, "f", subject_binding(false), &list, &problems))
		abort();
	json_object_put(j);
	return &list;
}

static struct container *sample_container(void)
{
	static struct container *c;
	struct err err;

	if (!c)
		c = container_from_inspect(parse("{\"Id\":\"1\",\"Name\":\"/"
						 "a\",\"HostConfig\":{},\"Config\":{\"Image\":\"a\"}}"),
					   NULL, &err);
	return c;
}

/* The first byte says which list. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(free_charp) char *value = mem_calloc(size + 1, 1);
	struct white_list list = {0};
	static struct logic_ctx ctx;
	struct err err;

	memcpy(value, data, size);
	logic_ctx_init(&ctx);
	if (size && !white_list_add(&list, "W", value + 1, *value & 1, sample_rules(), &err))
		white_list_exempts(&list, &ctx, sample_container(), "a");
	white_list_free(&list);
	logic_ctx_free(&ctx);
	return 0;
}
