/* ${VARIABLE} in a compose file's texts (compose-spec 12-interpolation.md). */
#include "base/json.h"
#include "base/text.h"
#include "container/compose.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

struct substitution {
	const char *name, *op, *word; /* op: "", "-", ":-", "+", ":+", "?", ":?" */
};

static size_t name_len(const char *s)
{
	size_t n = 0;

	if (isdigit((unsigned char)*s))
		return 0;
	while (isalnum((unsigned char)s[n]) || s[n] == '_')
		n++;
	return n;
}

/* The text between braces taken apart, in place. */
static bool split(char *inner, struct substitution *s)
{
	static const char *const ops[] = {":-", ":?", ":+", "-", "?", "+"};
	size_t n = name_len(inner);

	*s = (struct substitution){inner, "", ""};
	if (!n)
		return false;
	if (!inner[n])
		return true;
	for (size_t i = 0; i < ARRAY_LEN(ops); i++)
		if (str_starts_with(inner + n, ops[i])) {
			s->op = ops[i];
			s->word = inner + n + strlen(ops[i]);
			inner[n] = 0;
			return true;
		}
	return false;
}

static int expand(const char *text, const struct compose_context *c, unsigned depth, struct buf *out,
		  struct err *err);

static int substitute(const struct substitution *s, const struct compose_context *c, unsigned depth,
		      struct buf *out, struct err *err)
{
	const char *value = c->variable(c->arg, s->name);
	bool given = value && (*s->op != ':' || *value);
	char op = s->op[*s->op == ':'];

	if (op == '+')
		return given ? expand(s->word, c, depth, out, err) : 0;
	if (given) {
		buf_puts(out, value);
		return 0;
	}
	if (op == '-')
		return expand(s->word, c, depth, out, err);
	if (op == '?')
		return err_set(err, EINVAL, "${%s}: %s", s->name, *s->word ? s->word : "is not set");
	return err_set(err, EINVAL,
		       "${%s}: is not set; set it in the environment or in .env, or write ${%s:-default}",
		       s->name, s->name);
}

/* The matching brace, for defaults that hold variables themselves. */
static const char *end_of(const char *s)
{
	unsigned depth = 1;

	for (; *s; s++) {
		if (s[0] == '$' && s[1] == '{')
			depth++;
		if (*s == '}' && !--depth)
			return s;
	}
	return NULL;
}

/* From behind the dollar; NULL with *err. */
static const char *take_variable(const char *s, const struct compose_context *c, unsigned depth,
				 struct buf *out, struct err *err)
{
	bool braced = *s == '{';
	const char *end = braced ? end_of(s + 1) : s + name_len(s);
	AUTO(free_charp) char *inner = NULL;
	struct substitution sub;

	if (end && end > s)
		inner = mem_printf("%.*s", (int)(end - s - braced), s + braced);
	if (!inner || !split(inner, &sub)) {
		err_set(err, EINVAL, "\"$%.60s\": no variable; a dollar is written $$", s);
		return NULL;
	}
	return substitute(&sub, c, depth, out, err) ? NULL : end + braced;
}

static int expand(const char *text, const struct compose_context *c, unsigned depth, struct buf *out,
		  struct err *err)
{
	if (depth > 10)
		return err_set(err, EINVAL, "variables within variables, more than ten deep");
	while (*text) {
		size_t n = strcspn(text, "$");

		buf_add(out, text, n);
		text += n;
		if (!*text)
			break;
		if (text[1] == '$') {
			buf_puts(out, "$");
			text += 2;
			continue;
		}
		text = take_variable(text + 1, c, depth + 1, out, err);
		if (!text)
			return -1;
	}
	return 0;
}

static struct json_object *expand_text(struct json_object *doc, const struct compose_context *c,
				       struct err *err)
{
	AUTO(buf_free) struct buf out = {0};

	buf_puts(&out, "");
	return expand(json_object_get_string(doc), c, 0, &out, err)
		       ? NULL
		       : json_object_new_string_len(out.s, (int)out.len);
}

struct json_object *compose_interpolate(struct json_object *doc, const struct compose_context *c,
					struct err *err)
{
	AUTO(json_putp) struct json_object *copy = NULL;

	if (json_object_is_type(doc, json_type_string))
		return expand_text(doc, c, err);
	if (!json_object_is_type(doc, json_type_object) && !json_object_is_type(doc, json_type_array))
		return json_object_get(doc);
	if (json_object_is_type(doc, json_type_array)) {
		copy = json_object_new_array();
		for (size_t i = 0; i < json_object_array_length(doc); i++) {
			struct json_object *v = json_object_array_get_idx(doc, i),
					   *inner = v ? compose_interpolate(v, c, err) : NULL;

			if (v && !inner) {
				err_wrap(err, "%zu", i);
				return NULL;
			}
			json_object_array_add(copy, inner);
		}
		return json_object_get(copy);
	}
	copy = json_object_new_object();
	json_object_object_foreach (doc, key, v) {
		struct json_object *inner = v ? compose_interpolate(v, c, err) : NULL;

		if (v && !inner) {
			err_wrap(err, "%.60s", key);
			return NULL;
		}
		json_object_object_add(copy, key, inner);
	}
	return json_object_get(copy);
}
