/* {"rule": …, "data": …}: any rule on any data. */
#include "base/json.h"
#include "base/text.h"
#include "rules/logic.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err;
	struct json_object *j;
	struct buf pointer = {0};
	struct logic_program *p;
	struct logic_ctx *ctx;
	struct value v;

	if (json_parse((const char *)data, size, &j, &err))
		return 0;
	p = logic_compile(json_get(j, "rule"), NULL, true, &pointer, &err);
	ctx = mem_calloc(1, sizeof(*ctx));
	logic_ctx_init(ctx);
	if (p && logic_eval(p, ctx, value_from_json(json_get(j, "data")), &v))
		json_object_put(value_to_json(v));
	logic_ctx_free(ctx);
	free(ctx);
	logic_free(p);
	buf_free(&pointer);
	json_object_put(j);
	return 0;
}
