/* Rules are made of the input's bytes: below its bound none is true, whatever "m" and "other" are found to
 * be. */
#include "base/json.h"
#include "base/text.h"
#include "rules/bound.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum bound_input look(const struct bound_inputs *in, const struct logic_path *path, uint64_t below,
			     long double *lo, long double *hi)
{
	const char *name = path->keys[0].type == V_STRING ? path->keys[0].s : "";

	(void)in;
	*lo = 0;
	*hi = (long double)(below - 1) / (strcmp(name, "half") ? 1 : 2);
	if (!strcmp(name, "other"))
		return BOUND_UNKNOWN;
	if (strcmp(name, "m") != 0 && strcmp(name, "half") != 0)
		return BOUND_FIXED;
	return path->len == 1 ? BOUND_RANGE : BOUND_UNKNOWN;
}

static void set(struct json_object *data, uint64_t m, const char *other)
{
	struct json_object *value;
	struct err err;

	json_add_uint(data, "m", m);
	json_object_object_add(data, "half", json_object_new_double((double)m / 2));
	if (!json_parse(other, strlen(other), &value, &err))
		json_object_object_add(data, "other", value);
}

static void look_below(const struct logic_program *p, struct logic_ctx *ctx, struct json_object *data,
		       uint64_t least)
{
	static const char *const others[] = {"null", "0", "1", "-7.5", "\"text\"", "[1]", "true", "1e300"};
	const uint64_t values[] = {0, 1, least / 3, least - 1};
	struct value v;

	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		for (size_t k = 0; k < ARRAY_LEN(others) && values[i] < least; k++) {
			set(data, values[i], others[k]);
			if (logic_eval(p, ctx, value_from_json(data), &v) && value_truthy(v))
				abort();
		}
}

/* ---- rules of bytes ---- */

struct source {
	const uint8_t *p, *end;
};

static unsigned next(struct source *s, unsigned most)
{
	return s->p < s->end ? *s->p++ % most : 0;
}

static struct json_object *make_leaf(struct source *s)
{
	static const char *const leaves[] = {"{\"var\": \"m\"}",
					     "{\"var\": \"m\"}",
					     "{\"val\": [\"m\"]}",
					     "{\"var\": \"half\"}",
					     "{\"var\": \"other\"}",
					     "{\"var\": \"limit\"}",
					     "{\"var\": \"text\"}",
					     "{\"var\": \"yes\"}",
					     "{\"var\": \"none\"}",
					     "{\"var\": [\"m\", 3]}",
					     "{\"exists\": [\"m\"]}",
					     "\"100\"",
					     "true",
					     "false",
					     "null",
					     "[]",
					     "{\"val\": [[1], \"m\"]}",
					     "{\"var\": \"\"}",
					     "{\"bytes\": [\"1KiB\"]}",
					     "[1, 2]",
					     "0.5",
					     "1e18",
					     "-3",
					     "18446744073709551615"};
	unsigned which = next(s, ARRAY_LEN(leaves) + 8);
	struct json_object *j;
	struct err err;

	if (which >= ARRAY_LEN(leaves))
		return json_object_new_int64((int64_t)next(s, 256) << next(s, 40));
	return json_parse(leaves[which], strlen(leaves[which]), &j, &err) ? NULL : j;
}

static struct json_object *make_rule(struct source *s, unsigned depth)
{
	static const char *const ops[] = {
		">",   "<",  ">=",  "<=",   "==",  "!=",     "===", "!==", "and",    "or",
		"if",  "?:", "!",   "!!",   "+",   "-",	     "*",   "/",   "%",	     "min",
		"max", "??", "try", "some", "all", "filter", "in",  "cat", "length", "throw"};
	unsigned op = next(s, ARRAY_LEN(ops) + 10), n = next(s, 4);
	struct json_object *arguments, *j;

	if (op >= ARRAY_LEN(ops) || depth > 6)
		return make_leaf(s);
	j = json_object_new_object();
	if (n == 3 && next(s, 2)) { /* one that is not written as a list */
		json_object_object_add(j, ops[op], make_rule(s, depth + 1));
		return j;
	}
	arguments = json_object_new_array();
	for (unsigned i = 0; i <= n; i++)
		json_object_array_add(arguments, make_rule(s, depth + 1));
	json_object_object_add(j, ops[op], arguments);
	return j;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct bound_inputs in = {look};
	static const char params[] =
		"{\"limit\": 1000, \"yes\": true, \"text\": \"12\", \"half\": 0, \"m\": 0}";
	struct source source = {bytes, bytes + size};
	struct json_object *rule = make_rule(&source, 0), *data;
	struct buf pointer = {0};
	struct logic_program *p;
	struct logic_ctx *ctx = mem_calloc(1, sizeof(*ctx));
	struct err err;

	p = logic_compile(rule, NULL, true, &pointer, &err);
	if (p && !json_parse(params, sizeof(params) - 1, &data, &err)) {
		logic_ctx_init(ctx);
		look_below(p, ctx, data, logic_bound(p, ctx, value_from_json(data), &in));
		logic_ctx_free(ctx);
		json_object_put(data);
	}
	logic_free(p);
	free(ctx);
	buf_free(&pointer);
	json_object_put(rule);
	return 0;
}
