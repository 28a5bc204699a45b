#include "view/verdict.h"
#include "base/json.h"
#include "base/text.h"
#include "view/fields.h"

#include <string.h>

#define FIELD(member, kind, variable)                                                                        \
	{                                                                                                    \
#member, kind, offsetof(struct verdict_view, member), variable                               \
	}

static const struct verdict_field fields[] = {
	FIELD(time, VERDICT_TEXT, "DE_TIME"),
	FIELD(id, VERDICT_TEXT, "DE_ID"),
	FIELD(name, VERDICT_TEXT, "DE_NAME"),
	FIELD(image, VERDICT_TEXT, "DE_IMAGE"),
	FIELD(labels, VERDICT_VALUE, NULL),
	FIELD(owner, VERDICT_TEXT, "DE_OWNER"),
	FIELD(source, VERDICT_TEXT, "DE_SOURCE"),
	FIELD(request, VERDICT_TEXT, "DE_REQUEST"),
	FIELD(mode, VERDICT_TEXT, "DE_MODE"),
	FIELD(action, VERDICT_TEXT, "DE_ACTION"),
	FIELD(enforced, VERDICT_FLAG, NULL),
	FIELD(violated_rule, VERDICT_TEXT, "DE_RULE"),
	FIELD(violated_rules, VERDICT_TEXTS, NULL),
	FIELD(message, VERDICT_TEXT, "DE_MESSAGE"),
	FIELD(description, VERDICT_TEXT, NULL),
	FIELD(severity, VERDICT_TEXT, "DE_SEVERITY"),
	FIELD(error, VERDICT_TEXT, NULL),
	FIELD(count, VERDICT_NUMBER, NULL),
	FIELD(first, VERDICT_TEXT, "DE_FIRST"),
	FIELD(action_at, VERDICT_TEXT, "DE_ACTION_AT"),
	{NULL, VERDICT_TEXT, 0, NULL},
};

const struct verdict_field *verdict_fields(void)
{
	return fields;
}

static const void *member_of(const struct verdict_view *v, const struct verdict_field *f)
{
	return (const char *)v + f->offset;
}

const char *verdict_text(const struct verdict_view *v, const struct verdict_field *f)
{
	return f->kind == VERDICT_TEXT ? *(const char *const *)member_of(v, f) : NULL;
}

static struct json_object *list_of(const char *const *texts)
{
	struct json_object *list = json_object_new_array();

	for (; *texts; texts++)
		json_object_array_add(list, json_object_new_string(*texts));
	return list;
}

static void add_field(struct json_object *j, const struct verdict_view *v, const struct verdict_field *f)
{
	struct value value;

	switch (f->kind) {
	case VERDICT_TEXT:
		json_add_str(j, f->name, verdict_text(v, f));
		break;
	case VERDICT_FLAG:
		json_object_object_add(j, f->name, json_object_new_boolean(*(const bool *)member_of(v, f)));
		break;
	case VERDICT_NUMBER:
		json_add_uint(j, f->name, *(const uint64_t *)member_of(v, f));
		break;
	case VERDICT_VALUE:
		value = *(const struct value *)member_of(v, f);
		json_object_object_add(
			j, f->name, value.type == V_NULL ? json_object_new_object() : value_to_json(value));
		break;
	case VERDICT_TEXTS:
		json_object_object_add(j, f->name, list_of(*(const char *const *const *)member_of(v, f)));
		break;
	}
}

struct json_object *verdict_view_to_json(const struct verdict_view *v)
{
	struct json_object *j = json_object_new_object();

	for (const struct verdict_field *f = fields; f->name; f++)
		add_field(j, v, f);
	return j;
}

/* ---- labels ---- */

#define LABEL_MAX 256

struct json_object *verdict_labels(struct value labels)
{
	AUTO(json_putp) struct json_object *all = value_to_json(labels);
	struct json_object *out = json_object_new_object();
	size_t left = VERDICT_LABELS_MAX, left_out = 0;

	if (!json_object_is_type(all, json_type_object))
		return out;
	json_object_object_foreach (all, name, value) {
		AUTO(free_charp) char *key = str_cut(name, LABEL_MAX);
		AUTO(free_charp) char *text = str_cut(json_str(value), LABEL_MAX);
		size_t cost = strlen(key) + strlen(text) + VERDICT_LABEL_COST;

		if (left < cost) {
			left_out++;
			continue;
		}
		left -= cost;
		json_add_str(out, key, text);
	}
	if (left_out) {
		AUTO(free_charp) char *more = mem_printf("%zu more", left_out);

		json_add_str(out, "…", more);
	}
	return out;
}

/* ---- compiling ---- */

static int no_such_field(struct value key, struct err *err)
{
	const char *names[ARRAY_LEN(fields)];
	const char *text = key.type == V_STRING ? key.s : "a number", *nearest;

	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		names[i] = fields[i].name;
	nearest = key.type == V_STRING ? str_nearest(key.s, names) : NULL;
	return err_set(err, 0, "%.100s: a verdict has no such field%s%s%s", text,
		       nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}

static int resolve(const struct logic_binding *b, struct arena *arena, struct logic_path *path,
		   unsigned *needs, struct err *err)
{
	(void)b;
	(void)arena;
	(void)needs;
	if (!path->len)
		return 0;
	for (const struct verdict_field *f = fields; f->name && path->keys[0].type == V_STRING; f++)
		if (!strcmp(f->name, path->keys[0].s))
			return 0;
	return no_such_field(path->keys[0], err);
}

const struct logic_binding *verdict_binding(void)
{
	static const struct logic_binding binding = {.resolve = resolve, .describe = fields_describe_verdict};

	return &binding;
}
