/* Operators that read the data: var, val, exists, missing, missing_some. */
#include "base/text.h"
#include "logic_internal.h"

#include <string.h>

static bool get_key(struct value data, struct value key, struct value *out)
{
	char digits[24];
	size_t n = sizeof(digits);
	uint64_t i;

	if (key.type == V_STRING)
		return value_get(data, key.s, key.len, out);
	if (key.type != V_INT || key.i < 0)
		return false;
	i = (uint64_t)key.i;
	do {
		digits[--n] = (char)('0' + i % 10);
		i /= 10;
	} while (i);
	return value_get(data, digits + n, sizeof(digits) - n, out);
}

static bool follow(struct value data, const struct value *keys, size_t len, struct value *out)
{
	for (size_t i = 0; i < len; i++)
		if (!get_key(data, keys[i], &data))
			return false;
	*out = data;
	return true;
}

bool lookup_dotted(struct value data, const char *path, size_t len, struct value *out)
{
	const char *end = path + len;

	while (path < end) {
		const char *dot = memchr(path, '.', (size_t)(end - path));
		const char *stop = dot ? dot : end;

		if (!value_get(data, path, (size_t)(stop - path), &data))
			return false;
		path = dot ? dot + 1 : end;
	}
	*out = data;
	return true;
}

static bool follow_constant(const struct logic_node *node, struct value data, struct value *out)
{
	const struct logic_path *path = &node->path;

	if (node->from_root && path->slot >= 0)
		return data.view->fetch(data.view, path->slot, out);
	return follow(data, path->keys, path->len, out);
}

bool op_var(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	struct value path;
	bool found;

	if (node->has_path) {
		found = follow_constant(node, ctx->scope->data, out);
	} else {
		AUTO(buf_free) struct buf text = {0};

		if (!eval_arg(ctx, node, 0, &path))
			return false;
		if (value_is_array(path) && !node->list && value_len(path))
			path = value_at(path, 0);
		if (value_is_array(path) || value_is_object(path))
			return THROW_ARGS(ctx);
		value_to_text(path, &text);
		found = lookup_dotted(ctx->scope->data, text.s ? text.s : "", text.len, out);
	}
	return found || eval_arg(ctx, node, 1, out);
}

/* The place that `val` and `exists` speak of. False with *thrown if the path itself is wrong. */
static bool find_val(struct logic_ctx *ctx, const struct logic_node *node, struct value *out, bool *thrown)
{
	const struct logic_scope *scope = ctx->scope;
	struct value path, up;
	size_t first = 0;

	*thrown = false;
	if (node->has_path) {
		for (size_t n = node->up; n; n--) {
			if (!scope->up)
				return false;
			scope = scope->up;
		}
		return follow_constant(node, scope->data, out);
	}
	*thrown = true;
	if (!eval_args(ctx, node, &path))
		return false;
	if (value_len(path) && value_is_array(value_at(path, 0)) && value_len(value_at(path, 0)) == 1) {
		up = value_at(value_at(path, 0), 0);
		if (!value_to_number(up, &up) || up.type != V_INT)
			return THROW_ARGS(ctx);
		for (int64_t n = up.i < 0 ? -up.i : up.i; n && scope; n--)
			scope = scope->up;
		first = 1;
	}
	*thrown = false;
	*out = scope ? scope->data : value_null();
	for (size_t i = first; i < value_len(path); i++)
		if (!get_key(*out, value_at(path, i), out))
			return false;
	return true;
}

bool op_val(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	bool thrown;

	if (!find_val(ctx, node, out, &thrown))
		*out = value_null();
	return !thrown;
}

bool op_exists(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	struct value ignored;
	bool thrown;

	*out = value_bool(find_val(ctx, node, &ignored, &thrown));
	return !thrown;
}

static bool is_missing(struct logic_ctx *ctx, struct value key)
{
	AUTO(buf_free) struct buf text = {0};
	struct value v;

	value_to_text(key, &text);
	if (!lookup_dotted(ctx->scope->data, text.s ? text.s : "", text.len, &v))
		return true;
	return v.type == V_NULL || (v.type == V_STRING && !v.len);
}

static struct value list_missing(struct logic_ctx *ctx, struct value keys)
{
	struct value *items, list = array_make(ctx, value_len(keys), &items);

	list.len = 0;
	for (size_t i = 0; i < value_len(keys); i++)
		if (is_missing(ctx, value_at(keys, i)))
			items[list.len++] = value_at(keys, i);
	return list;
}

bool op_missing(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	struct value keys;

	if (!eval_args(ctx, node, &keys))
		return false;
	if (value_len(keys) && value_is_array(value_at(keys, 0)))
		keys = value_at(keys, 0);
	*out = list_missing(ctx, keys);
	return true;
}

bool op_missing_some(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	struct value args, need;
	size_t total;

	if (!eval_args(ctx, node, &args))
		return false;
	if (value_len(args) < 2 || !value_is_array(value_at(args, 1)) ||
	    !value_to_number(value_at(args, 0), &need))
		return THROW_ARGS(ctx);
	total = value_len(value_at(args, 1));
	*out = list_missing(ctx, value_at(args, 1));
	if ((long double)(total - out->len) >= value_number(need))
		out->len = 0;
	return true;
}
