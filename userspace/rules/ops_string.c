/* JsonLogic's operators on strings and lists: in, cat, substr, merge. */
#include "base/text.h"
#include "logic_internal.h"

#include <string.h>

bool op_in(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	struct value args, needle, hay;
	bool found = false;

	if (!eval_args(ctx, node, &args))
		return false;
	if (value_len(args) < 2)
		return THROW_ARGS(ctx);
	needle = value_at(args, 0);
	hay = value_at(args, 1);
	if (hay.type == V_STRING && needle.type == V_STRING)
		found = !needle.len || memmem(hay.s, hay.len, needle.s, needle.len);
	else if (value_is_array(hay))
		for (size_t i = 0; i < value_len(hay) && !found; i++)
			found = value_strict_equal(value_at(hay, i), needle);
	*out = value_bool(found);
	return true;
}

bool op_cat(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	AUTO(buf_free) struct buf text = {0};
	struct value args;

	if (!eval_args(ctx, node, &args))
		return false;
	for (size_t i = 0; i < value_len(args); i++)
		value_to_text(value_at(args, i), &text);
	*out = text_make(ctx, &text);
	return true;
}

static bool continues_character(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static int64_t count_characters(const char *s, size_t len)
{
	int64_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += !continues_character(s[i]);
	return n;
}

static size_t offset_of_character(const char *s, size_t len, int64_t n)
{
	size_t i = 0;

	while (i < len && (n > 0 || continues_character(s[i])))
		n -= !continues_character(s[i++]) && n > 0;
	/* behind the n-th character: skip what continues it */
	while (i < len && continues_character(s[i]))
		i++;
	return i;
}

static bool to_offset(struct logic_ctx *ctx, struct value v, int64_t *out)
{
	if (!value_to_number(v, &v))
		return THROW_NAN(ctx);
	*out = value_number(v) > 1e9L	 ? 1000000000
	       : value_number(v) < -1e9L ? -1000000000
					 : (int64_t)value_number(v);
	return true;
}

/* Negative start counts from the end; a negative length leaves so many off at the end. */
bool op_substr(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	AUTO(buf_free) struct buf text = {0};
	int64_t start, length, total;
	struct value args;
	size_t from, to;

	if (!eval_args(ctx, node, &args))
		return false;
	if (value_len(args) < 2)
		return THROW_ARGS(ctx);
	value_to_text(value_at(args, 0), &text);
	total = count_characters(text.s ? text.s : "", text.len);
	length = total;
	if (!to_offset(ctx, value_at(args, 1), &start))
		return false;
	if (value_len(args) > 2 && !to_offset(ctx, value_at(args, 2), &length))
		return false;
	start = start < 0 ? start + total : start;
	start = start < 0 ? 0 : start > total ? total : start;
	length = length < 0 ? total - start + length : length;
	length = length < 0 ? 0 : length > total - start ? total - start : length;
	from = offset_of_character(text.s ? text.s : "", text.len, start);
	to = offset_of_character(text.s ? text.s : "", text.len, start + length);
	*out = value_strn(arena_strndup(&ctx->arena, text.s ? text.s + from : "", to - from), to - from);
	return true;
}

bool op_merge(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	struct value args, *items;
	size_t n = 0;

	if (!eval_args(ctx, node, &args))
		return false;
	for (size_t i = 0; i < value_len(args); i++)
		n += value_is_array(value_at(args, i)) ? value_len(value_at(args, i)) : 1;
	*out = array_make(ctx, n, &items);
	n = 0;
	for (size_t i = 0; i < value_len(args); i++) {
		struct value v = value_at(args, i);

		if (!value_is_array(v))
			items[n++] = v;
		else
			for (size_t k = 0; k < value_len(v); k++)
				items[n++] = value_at(v, k);
	}
	return true;
}
