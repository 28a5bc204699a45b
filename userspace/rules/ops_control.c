/* Operators that decide what is evaluated: ??, if, and, or, !, !!, try, throw, preserve. */
#include "logic_internal.h"

bool op_coalesce(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	struct value list;

	if (!node->list) {
		if (!eval_args(ctx, node, &list))
			return false;
		*out = value_null();
		for (size_t i = 0; i < value_len(list) && out->type == V_NULL; i++)
			*out = value_at(list, i);
		return true;
	}
	*out = value_null();
	for (size_t i = 0; i < node->n && out->type == V_NULL; i++)
		if (!eval_node(ctx, node->args[i], out))
			return false;
	return true;
}

bool op_if(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	size_t i = 0;

	if (!node->list)
		return THROW_ARGS(ctx);
	for (; i + 1 < node->n; i += 2) {
		struct value condition;

		if (!eval_node(ctx, node->args[i], &condition))
			return false;
		if (value_truthy(condition))
			return eval_node(ctx, node->args[i + 1], out);
	}
	return eval_arg(ctx, node, i, out);
}

static bool eval_until(struct logic_ctx *ctx, const struct logic_node *node, bool deciding, struct value *out)
{
	if (!node->list)
		return THROW_ARGS(ctx);
	*out = value_bool(false);
	for (size_t i = 0; i < node->n; i++) {
		if (!eval_node(ctx, node->args[i], out))
			return false;
		if (value_truthy(*out) == deciding)
			return true;
	}
	return true;
}

bool op_and(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	return eval_until(ctx, node, false, out);
}

bool op_or(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	return eval_until(ctx, node, true, out);
}

static bool eval_truth(struct logic_ctx *ctx, const struct logic_node *node, bool *truth)
{
	struct value v;

	if (!eval_arg(ctx, node, 0, &v))
		return false;
	*truth = value_truthy(v);
	return true;
}

bool op_not(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	bool truth;

	if (!eval_truth(ctx, node, &truth))
		return false;
	*out = value_bool(!truth);
	return true;
}

bool op_truthy(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	bool truth;

	if (!eval_truth(ctx, node, &truth))
		return false;
	*out = value_bool(truth);
	return true;
}

bool op_try(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	*out = value_null();
	for (size_t i = 0; i < node->n; i++) {
		bool ok = i ? eval_in_scope(ctx, node->args[i], record_make(ctx, 0, NULL), ctx->error, out)
			    : eval_node(ctx, node->args[i], out);

		/* A verdict that costs too much is not to be tried on. */
		if (ok || ctx->steps > LOGIC_MAX_STEPS)
			return ok;
	}
	return node->n == 0;
}

bool op_throw(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	struct value v;
	struct value_field type = {"type", value_null()};

	(void)out;
	if (!eval_arg(ctx, node, 0, &v))
		return false;
	type.v = v;
	ctx->error = value_is_object(v) ? v : record_make(ctx, 1, &type);
	return false;
}

/* The compiler makes a constant of it. */
bool op_preserve(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	(void)ctx;
	*out = node->constant;
	return true;
}
