/* Docker Enforcer's own operators; docs/rules.md documents each with an example that the tests run. */
#include "base/text.h"
#include "logic_internal.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

void *regex_compile(const char *pattern, size_t len, struct err *err)
{
	PCRE2_UCHAR reason[128];
	PCRE2_SIZE at;
	pcre2_code *code;
	int number;

	/* Subjects are data from users: invalid UTF-8 in them must neither crash nor hide a match. */
	code = pcre2_compile((PCRE2_SPTR)pattern, len,
			     PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C, &number, &at,
			     NULL);
	if (!code) {
		pcre2_get_error_message(number, reason, sizeof(reason));
		err_set(err, 0, "bad regular expression at character %zu: %s", at, (char *)reason);
		return NULL;
	}
	pcre2_jit_compile(code, PCRE2_JIT_COMPLETE); /* without JIT it only runs slower */
	return code;
}

void regex_free(void *regex)
{
	pcre2_code_free(regex);
}

static bool regex_search(struct logic_ctx *ctx, const pcre2_code *regex, const char *s, size_t len,
			 bool *found)
{
	int r;

	if (!ctx->match_data) {
		ctx->match_data = pcre2_match_data_create(1, NULL);
		ctx->match_limits = pcre2_match_context_create(NULL);
		pcre2_set_match_limit(ctx->match_limits, LOGIC_REGEX_MATCHES);
		pcre2_set_depth_limit(ctx->match_limits, LOGIC_REGEX_MATCHES);
		pcre2_set_heap_limit(ctx->match_limits, 4096);
	}
	r = pcre2_match(regex, (PCRE2_SPTR)s, len, 0, 0, ctx->match_data, ctx->match_limits);
	*found = r >= 0;
	if (r < 0 && r != PCRE2_ERROR_NOMATCH)
		return throw_type(ctx, "Regular Expression Limit");
	return true;
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
		void *regex = node->regex ? node->regex : regex_compile(pattern.s, pattern.len, &err);

		if (!regex)
			return throw_type(ctx, "Bad Regular Expression");
		ok = regex_search(ctx, regex, s, len, &found);
		if (!node->regex)
			regex_free(regex);
	}
	*out = value_bool(found);
	return ok;
}

bool op_affix(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	AUTO(buf_free) struct buf text = {0};
	bool ends = node->op->name[0] == 'e', found = false;
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

static bool is_within(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	if (len == 1) /* "/" */
		return true;
	return !strncmp(path, dir, len) && (!path[len] || path[len] == '/');
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
			within = is_within(path, dir);
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
	char from = node->op->name[0] == 'l' ? 'A' : 'a', *copy;
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

static struct json_object *object_of(struct value v, bool *made)
{
	*made = v.type != V_JOBJECT;
	return *made ? value_to_json(v) : v.json;
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
		bool made;
		struct json_object *j = object_of(v, &made);

		n = json_object_object_length(j);
		if (made)
			json_object_put(j);
	} else if (v.type != V_NULL) {
		return THROW_ARGS(ctx);
	}
	*out = value_int(n);
	return true;
}

bool op_keys_values(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	bool keys = node->op->name[0] == 'k', made;
	struct value v, *items;
	struct json_object *j;
	size_t n = 0;

	if (!eval_subject(ctx, node, &v))
		return false;
	if (v.type == V_NULL) {
		*out = array_make(ctx, 0, &items);
		return true;
	}
	if (!value_is_object(v))
		return THROW_ARGS(ctx);
	j = object_of(v, &made);
	*out = array_make(ctx, (size_t)json_object_object_length(j), &items);
	json_object_object_foreach (j, key, member) {
		struct value item = keys ? value_str(key) : value_from_json(member);

		/* members of an object made for this call are freed with it; scalars are copied, the rest is
		 * found again in the view itself */
		if (made && (keys || !value_get(v, key, strlen(key), &item)))
			item = value_copy(&ctx->arena, item);
		items[n++] = item;
	}
	if (made)
		json_object_put(j);
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
