/* Texts with values in them, translated into the expression that makes them: {"cat": ["text", {"var":
 * "path"}]}. */
#include "base/json.h"
#include "base/text.h"
#include "rules/ruleset.h"

#include <errno.h>
#include <string.h>

static void add_text(struct json_object *parts, struct buf *text)
{
	if (text->len)
		json_object_array_add(parts, json_object_new_string_len(text->s, (int)text->len));
	text->len = 0;
}

static void add_value(struct json_object *parts, const char *path, size_t len)
{
	struct json_object *var = json_object_new_object();

	json_object_object_add(var, "var", json_object_new_string_len(path, (int)len));
	json_object_array_add(parts, var);
}

static int split(const char *text, struct json_object *parts, struct err *err)
{
	AUTO(buf_free) struct buf plain = {0};

	while (*text) {
		size_t n = strcspn(text, "{}");

		buf_add(&plain, text, n);
		text += n;
		if (!*text)
			break;
		if (text[0] == text[1]) {
			buf_add(&plain, text, 1);
			text += 2;
			continue;
		}
		n = strcspn(text, "}");
		if (*text == '}' || n < 2 || !text[n])
			return err_set(err, EINVAL,
				       "a brace without its partner; write {{ and }} for braces, {name} for "
				       "a value");
		add_text(parts, &plain);
		add_value(parts, text + 1, n - 1);
		text += n + 1;
	}
	add_text(parts, &plain);
	return 0;
}

struct logic_program *template_compile(const char *text, const struct logic_binding *binding, struct err *err)
{
	AUTO(json_putp) struct json_object *cat = json_object_new_object();
	struct json_object *parts = json_object_new_array();
	AUTO(buf_free) struct buf pointer = {0};

	json_object_object_add(cat, "cat", parts);
	return split(text, parts, err) ? NULL : logic_compile(cat, binding, false, &pointer, err);
}
