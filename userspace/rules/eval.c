#include "base/text.h"
#include "logic_internal.h"

#include <string.h>

#define STEPS_PER_LOOK 64 /* at the clock; some microseconds */

void logic_ctx_init(struct logic_ctx *ctx)
{
	ctx->root = ctx->error = value_null();
	ctx->scope = NULL;
	ctx->steps = 0;
	ctx->tracer = NULL;
	ctx->matcher = (struct matcher){0};
	ctx->is_late = NULL;
	arena_init(&ctx->arena);
}

void logic_ctx_free(struct logic_ctx *ctx)
{
	arena_reset(&ctx->arena);
	matcher_free(&ctx->matcher);
}

bool throw_type(struct logic_ctx *ctx, const char *type)
{
	struct value_field f = {"type", value_str(type)};

	ctx->error = record_make(ctx, 1, &f);
	return false;
}

void logic_error_text(const struct logic_ctx *ctx, struct buf *out)
{
	struct value type;

	if (value_get(ctx->error, "type", 4, &type))
		value_to_text(type, out);
	else
		buf_puts(out, "error");
}

struct value record_make(struct logic_ctx *ctx, size_t n, const struct value_field *fields)
{
	struct value_field *copy = arena_alloc(&ctx->arena, n * sizeof(*copy));

	if (n)
		memcpy(copy, fields, n * sizeof(*copy));
	return (struct value){.type = V_RECORD, .len = n, .fields = copy};
}

struct value array_make(struct logic_ctx *ctx, size_t n, struct value **items)
{
	*items = arena_alloc(&ctx->arena, n * sizeof(**items));
	return (struct value){.type = V_ARRAY, .len = n, .items = *items};
}

struct value text_make(struct logic_ctx *ctx, const struct buf *b)
{
	return value_strn(arena_strndup(&ctx->arena, b->s ? b->s : "", b->len), b->len);
}

static bool eval_traced(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	size_t entry = ctx->tracer->enter(ctx->tracer, node);
	bool ok = node->op->fn(ctx, node, out);

	ctx->tracer->leave(ctx->tracer, entry, ok, ok ? *out : ctx->error);
	return ok;
}

bool eval_work(struct logic_ctx *ctx, size_t steps)
{
	size_t before = ctx->steps / STEPS_PER_LOOK;

	ctx->steps += steps;
	if (ctx->steps > LOGIC_MAX_STEPS || ctx->arena.total > LOGIC_MAX_MEMORY)
		return throw_type(ctx, "Too Much Work");
	if (ctx->steps / STEPS_PER_LOOK != before && ctx->is_late)
		ctx->late = ctx->late || ctx->is_late(ctx->late_arg); /* `try` does not make it any earlier */
	return !ctx->late || throw_type(ctx, "Too Late");
}

bool eval_node(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	struct value *items;

	if (!eval_work(ctx, 1))
		return false;
	switch (node->kind) {
	case NODE_CONST:
		*out = node->constant;
		return true;
	case NODE_ARRAY:
		*out = array_make(ctx, node->n, &items);
		for (size_t i = 0; i < node->n; i++)
			if (!eval_node(ctx, node->args[i], &items[i]))
				return false;
		return true;
	case NODE_OP:
		return ctx->tracer ? eval_traced(ctx, node, out) : node->op->fn(ctx, node, out);
	}
	return false;
}

bool eval_arg(struct logic_ctx *ctx, const struct logic_node *node, size_t i, struct value *out)
{
	if (i < node->n)
		return eval_node(ctx, node->args[i], out);
	*out = value_null();
	return true;
}

bool eval_args(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	struct value *items, only;

	if (!node->list) {
		if (!eval_arg(ctx, node, 0, &only))
			return false;
		if (value_is_array(only)) {
			*out = only;
			return true;
		}
		*out = array_make(ctx, 1, &items);
		items[0] = only;
		return true;
	}
	*out = array_make(ctx, node->n, &items);
	for (size_t i = 0; i < node->n; i++)
		if (!eval_node(ctx, node->args[i], &items[i]))
			return false;
	return true;
}

bool eval_in_scope(struct logic_ctx *ctx, const struct logic_node *node, struct value frame,
		   struct value data, struct value *out)
{
	struct logic_scope above = {frame, ctx->scope}, current = {data, &above};
	bool ok;

	ctx->scope = &current;
	ok = eval_node(ctx, node, out);
	ctx->scope = above.up;
	return ok;
}

bool logic_eval(const struct logic_program *p, struct logic_ctx *ctx, struct value data, struct value *out)
{
	struct logic_scope root = {data, NULL};
	bool ok;

	arena_reset(&ctx->arena);
	ctx->root = data;
	ctx->scope = &root;
	ctx->steps = 0;
	ctx->late = false;
	ok = eval_node(ctx, p->root, out);
	ctx->scope = NULL;
	return ok;
}
