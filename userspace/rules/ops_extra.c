/* Docker Enforcer's own operators; docs/rules.md documents each with an example that the tests run. */
#include "base/text.h"
#include "logic_internal.h"
#include "base/json.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static bool regex_search(struct logic_ctx *ctx, const struct pattern *regex, const char *s, size_t len,
			 bool *found)
{
	size_t work = 0;
	enum match m = pattern_match(regex, &ctx->matcher, s, len, &work);

	*found = m == MATCH_YES;
	if (!eval_work(ctx, work))
		return false;
	return m != MATCH_TOO_COSTLY || throw_type(ctx, "Regular Expression Limit");
}

/* Arguments as a list with at least `min` of them. */
static bool eval_at_least(struct logic_ctx *ctx, const struct logic_node *node, size_t min,
			  struct value *args)
{
	return eval_args(ctx, node, args) && (value_len(*args) >= min || THROW_ARGS(ctx));
}

/* The text of a scalar; null, lists and objects have none. Numbers are written into `buf`. */
static bool scalar_text(struct value v, struct buf *buf, const char **s, size_t *len)
{
	if (v.type == V_STRING) {
		*s = v.s;
		*len = v.len;
		return true;
	}
	if (v.type == V_NULL || value_is_array(v) || value_is_object(v))
		return false;
	value_to_text(v, buf);
	*s = buf->s;
	*len = buf->len;
	return true;
}

bool op_matches(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	AUTO(buf_free) struct buf text = {0};
	struct value args, pattern;
	const char *s;
	size_t len;
	struct err err;
	bool found = false, ok = true;

	if (!eval_at_least(ctx, node, 2, &args))
		return false;
	if (scalar_text(value_at(args, 0), &text, &s, &len)) {
		pattern = value_at(args, 1);
		if (pattern.type != V_STRING)
			return THROW_ARGS(ctx);
		struct pattern *regex =
			node->regex ? node->regex : pattern_compile(pattern.s, pattern.len, false, &err);

		if (!regex)
			return throw_type(ctx, "Bad Regular Expression");
		ok = regex_search(ctx, regex, s, len, &found);
		if (!node->regex)
			pattern_free(regex);
	}
	*out = value_bool(found);
	return ok;
}

bool op_affix(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	AUTO(buf_free) struct buf text = {0};
	bool ends = node->op->variant == AFFIX_END, found = false;
	struct value args;
	const char *s;
	size_t len;

	if (!eval_at_least(ctx, node, 2, &args))
		return false;
	if (scalar_text(value_at(args, 0), &text, &s, &len)) {
		for (size_t i = 1; i < value_len(args) && !found; i++) {
			struct value affix = value_at(args, i);

			if (affix.type != V_STRING)
				return THROW_ARGS(ctx);
			found = affix.len <= len &&
				!memcmp(ends ? s + len - affix.len : s, affix.s, affix.len);
		}
	}
	*out = value_bool(found);
	return true;
}

static bool clean_value(struct logic_ctx *ctx, struct value v, char **out)
{
	if (v.type != V_STRING || !v.len || v.s[0] != '/' || memchr(v.s, 0, v.len))
		return false;
	*out = arena_alloc(&ctx->arena, v.len + 2);
	str_clean_path(arena_strndup(&ctx->arena, v.s, v.len), *out);
	return true;
}

bool op_path_within(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	struct value args;
	char *path, *dir;
	bool within = false;

	if (!eval_at_least(ctx, node, 2, &args))
		return false;
	if (clean_value(ctx, value_at(args, 0), &path)) {
		for (size_t i = 1; i < value_len(args) && !within; i++) {
			if (!clean_value(ctx, value_at(args, i), &dir))
				return THROW_ARGS(ctx);
			within = str_path_below(path, dir) != NULL;
		}
	}
	*out = value_bool(within);
	return true;
}

static bool eval_quantity(struct logic_ctx *ctx, const struct logic_node *node, const char *example,
			  bool (*parse)(const char *, size_t, uint64_t *), uint64_t *out)
{
	char reason[160];
	struct value args, v;

	if (!eval_at_least(ctx, node, 1, &args))
		return false;
	v = value_at(args, 0);
	if (v.type == V_STRING && parse(v.s, v.len, out))
		return true;
	snprintf(reason, sizeof(reason), "\"%s\" cannot read \"%.*s\"; write it like %s", node->op->name,
		 v.type == V_STRING ? (int)(v.len < 40 ? v.len : 40) : 1, v.type == V_STRING ? v.s : "?",
		 example);
	return throw_type(ctx, arena_strndup(&ctx->arena, reason, strlen(reason)));
}

bool op_bytes(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	uint64_t n;

	if (!eval_quantity(ctx, node, "\"512MiB\" or \"1.5g\"", str_parse_bytes, &n))
		return false;
	*out = value_uint(n);
	return true;
}

/* In seconds: what rules compare it with (ages, uptimes) is in seconds. */
bool op_duration(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	uint64_t ns;

	if (!eval_quantity(ctx, node, "\"30s\" or \"1h30m\"", str_parse_duration, &ns))
		return false;
	*out = ns % 1000000000 ? value_double((double)ns / 1e9) : value_uint(ns / 1000000000);
	return true;
}

/* ASCII only, as Docker's names, images and capabilities are. */
bool op_case(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	char from = node->op->variant == CASE_LOWER ? 'A' : 'a', *copy;
	AUTO(buf_free) struct buf text = {0};
	struct value args;
	const char *s;
	size_t len;

	if (!eval_at_least(ctx, node, 1, &args))
		return false;
	*out = value_null();
	if (!scalar_text(value_at(args, 0), &text, &s, &len))
		return true;
	copy = arena_strndup(&ctx->arena, s, len);
	for (size_t i = 0; i < len; i++)
		if (copy[i] >= from && copy[i] < from + 26)
			copy[i] = (char)(copy[i] ^ 0x20);
	*out = value_strn(copy, len);
	return true;
}

/* The one argument as it is: these take a list as their subject, so a computed list is not spread. */
static bool eval_subject(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	return eval_arg(ctx, node, 0, out);
}

/* An object's members as fields, whatever it is made of; none of null. A view's are made for this evaluation.
 */
static struct value members_of(struct logic_ctx *ctx, struct value v)
{
	AUTO(json_putp) struct json_object *made = v.type == V_VIEW ? value_to_json(v) : NULL;
	struct json_object *j = v.type == V_JOBJECT ? v.json : made;
	struct value_field *fields;
	size_t n = 0;

	if (v.type == V_NULL)
		return (struct value){.type = V_RECORD};
	if (!j)
		return v;
	fields = arena_alloc(&ctx->arena, (size_t)json_object_object_length(j) * sizeof(*fields));
	json_object_object_foreach (j, key, member) {
		struct value item = value_from_json(member);

		/* what was made for this call goes with it: scalars are copied, the rest is found in the view
		 * itself */
		if (made && !value_get(v, key, strlen(key), &item))
			item = value_copy(&ctx->arena, item);
		fields[n++] =
			(struct value_field){made ? arena_strndup(&ctx->arena, key, strlen(key)) : key, item};
	}
	return (struct value){.type = V_RECORD, .len = n, .fields = fields};
}

bool op_length(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	struct value v;
	int64_t n = 0;

	if (!eval_subject(ctx, node, &v))
		return false;
	if (v.type == V_STRING) {
		for (size_t i = 0; i < v.len; i++)
			n += ((unsigned char)v.s[i] & 0xc0) != 0x80;
	} else if (value_is_array(v)) {
		n = (int64_t)value_len(v);
	} else if (value_is_object(v)) {
		n = (int64_t)members_of(ctx, v).len;
	} else if (v.type != V_NULL) {
		return THROW_ARGS(ctx);
	}
	*out = value_int(n);
	return true;
}

bool op_members(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	struct value v, record, *items;

	if (!eval_subject(ctx, node, &v))
		return false;
	if (v.type != V_NULL && !value_is_object(v))
		return THROW_ARGS(ctx);
	record = members_of(ctx, v);
	*out = array_make(ctx, record.len, &items);
	for (size_t i = 0; i < record.len; i++)
		items[i] = node->op->variant == MEMBERS_KEYS ? value_str(record.fields[i].name)
							     : record.fields[i].v;
	return true;
}

struct network {
	unsigned char addr[16];
	int family;
	unsigned bits;
};

static bool parse_network(struct value v, struct network *net)
{
	char text[64], *slash;
	unsigned max, bits;
	int used = 0;

	if (v.type != V_STRING || !v.len || v.len >= sizeof(text))
		return false;
	memcpy(text, v.s, v.len);
	text[v.len] = 0;
	slash = strchr(text, '/');
	if (slash)
		*slash++ = 0;
	net->family = strchr(text, ':') ? AF_INET6 : AF_INET;
	max = net->family == AF_INET6 ? 128 : 32;
	net->bits = max;
	if (inet_pton(net->family, text, net->addr) != 1)
		return false;
	if (slash) {
		if (sscanf(slash, "%3u%n", &bits, &used) != 1 || slash[used] || bits > max)
			return false;
		net->bits = bits;
	}
	return true;
}

/* The first contains the second, which is an address or a network. */
bool op_cidr_contains(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	struct network outer, inner;
	struct value args;
	bool contains;

	if (!eval_at_least(ctx, node, 2, &args))
		return false;
	if (!parse_network(value_at(args, 0), &outer))
		return THROW_ARGS(ctx);
	contains = parse_network(value_at(args, 1), &inner) && inner.family == outer.family &&
		   inner.bits >= outer.bits;
	for (unsigned bit = 0; contains && bit < outer.bits; bit++) {
		unsigned mask = 0x80U >> (bit & 7);

		contains = (outer.addr[bit / 8] & mask) == (inner.addr[bit / 8] & mask);
	}
	*out = value_bool(contains);
	return true;
}
