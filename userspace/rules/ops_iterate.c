/* Operators over lists: map, filter, reduce, all, some, none. */
#include "logic_internal.h"

/* {"index": i}, what `val` sees one scope above an element. */
static struct value frame_make(struct logic_ctx *ctx, size_t i)
{
	struct value_field f = {"index", value_int((int64_t)i)};

	return record_make(ctx, 1, &f);
}

/*
 * The list to go over. What is missing in the data counts as empty where `missing_is_empty`; a literal that
 * is no list throws.
 */
static bool eval_list(struct logic_ctx *ctx, const struct logic_node *node, bool missing_is_empty,
		      struct value *list)
{
	if (!node->list || node->n < 2)
		return THROW_ARGS(ctx);
	if (!eval_node(ctx, node->args[0], list))
		return false;
	if (list->type == V_NULL && missing_is_empty && node->args[0]->kind != NODE_CONST) {
		*list = (struct value){.type = V_ARRAY};
		return true;
	}
	return value_is_array(*list) || THROW_ARGS(ctx);
}

/* Where the list is to be transformed, a literal null is no way to do so. */
static bool eval_list_and_step(struct logic_ctx *ctx, const struct logic_node *node, struct value *list)
{
	if (!eval_list(ctx, node, true, list))
		return false;
	if (node->args[1]->kind == NODE_CONST && node->args[1]->constant.type == V_NULL)
		return THROW_ARGS(ctx);
	return true;
}

bool op_map(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	struct value list, *items;

	if (!eval_list_and_step(ctx, node, &list))
		return false;
	*out = array_make(ctx, value_len(list), &items);
	for (size_t i = 0; i < value_len(list); i++)
		if (!eval_in_scope(ctx, node->args[1], frame_make(ctx, i), value_at(list, i), &items[i]))
			return false;
	return true;
}

bool op_filter(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	struct value list, keep, *items;

	if (!eval_list_and_step(ctx, node, &list))
		return false;
	*out = array_make(ctx, value_len(list), &items);
	out->len = 0;
	for (size_t i = 0; i < value_len(list); i++) {
		if (!eval_in_scope(ctx, node->args[1], frame_make(ctx, i), value_at(list, i), &keep))
			return false;
		if (value_truthy(keep))
			items[out->len++] = value_at(list, i);
	}
	return true;
}

bool op_reduce(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	struct value list;
	size_t i = 0;

	if (!eval_list(ctx, node, true, &list) || !eval_arg(ctx, node, 2, out))
		return false;
	if (node->n < 3 && value_len(list))
		*out = value_at(list, i++);
	for (; i < value_len(list); i++) {
		struct value_field fields[] = {{"current", value_at(list, i)}, {"accumulator", *out}};
		struct value pair = record_make(ctx, 2, fields);

		if (!eval_in_scope(ctx, node->args[1], frame_make(ctx, i), pair, out))
			return false;
	}
	return true;
}

/* all, some, none: an empty list is never "all". */
bool op_quantify(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	enum quantify_variant which = (enum quantify_variant)node->op->variant;
	struct value list, holds;

	if (!eval_list(ctx, node, false, &list))
		return false;
	for (size_t i = 0; i < value_len(list); i++) {
		if (!eval_in_scope(ctx, node->args[1], frame_make(ctx, i), value_at(list, i), &holds))
			return false;
		if (value_truthy(holds) == (which != QUANTIFY_ALL)) {
			*out = value_bool(which == QUANTIFY_SOME);
			return true;
		}
	}
	*out = value_bool(which == QUANTIFY_NONE || (which == QUANTIFY_ALL && value_len(list)));
	return true;
}
