/* What is known of a path: its type by Docker's types and the views', its meaning by the table of fields. */
#include "base/text.h"
#include "container/views.h"
#include "view/fields.h"
#include "view/figures.h"
#include "view/subject.h"

#include <stdio.h>
#include <string.h>

static enum field_type type_of(const struct schema *s)
{
	static const enum field_type types[] = {
		[SCHEMA_STRING] = FIELD_TEXT, [SCHEMA_BOOL] = FIELD_FLAG,     [SCHEMA_INT] = FIELD_NUMBER,
		[SCHEMA_UINT] = FIELD_NUMBER, [SCHEMA_STRUCT] = FIELD_OBJECT, [SCHEMA_LIST] = FIELD_LIST,
		[SCHEMA_MAP] = FIELD_MAP,     [SCHEMA_WORDS] = FIELD_LIST,    [SCHEMA_ANY] = FIELD_UNKNOWN,
	};

	return s ? types[s->kind] : FIELD_UNKNOWN;
}

static const struct schema *below(const struct schema *s, struct value key)
{
	static const struct schema text = {.kind = SCHEMA_STRING};
	const struct schema_field *f;

	switch (s ? s->kind : SCHEMA_ANY) {
	case SCHEMA_STRUCT:
		f = key.type == V_STRING ? schema_find(s, key.s) : NULL;
		return f ? f->type : NULL;
	case SCHEMA_LIST:
	case SCHEMA_MAP:
		return s->element;
	case SCHEMA_WORDS:
		return &text;
	default:
		return NULL;
	}
}

static void add_key(struct field *out, const char *key)
{
	size_t len = strlen(out->path);

	snprintf(out->path + len, sizeof(out->path) - len, "%s%s", len ? "." : "", key);
}

/* Go leaves what nobody gave a list or map null; our views have none of that. */
static bool may_be_null(const struct field *f)
{
	const struct schema *s = f->below;
	bool docker = str_starts_with(f->path, "params.");

	return s && docker &&
	       (s->nullable || s->kind == SCHEMA_LIST || s->kind == SCHEMA_MAP || s->kind == SCHEMA_WORDS);
}

/* What one target has, each of all has. */
static const struct field_meaning *meaning_of(const char *path)
{
	static const char all[] = "request.targets.*.";

	if (str_starts_with(path, all)) {
		AUTO(free_charp) char *one = mem_printf("request.target.%s", path + strlen(all));

		return field_meaning(one);
	}
	return field_meaning(path);
}

/* By its path, and what there is known of a type. */
static void settle(struct field *f)
{
	f->meaning = meaning_of(f->path);
	f->type = type_of(f->below);
	if (f->type == FIELD_UNKNOWN)
		f->type = f->meaning->type;
	if (f->type == FIELD_UNKNOWN && str_starts_with(f->path, "metrics.") && figure_find(f->path + 8))
		f->type = FIELD_NUMBER;
	f->nullable = may_be_null(f);
}

/* False: below a plain value there is nothing. */
static bool step(struct field *f, struct value key)
{
	bool any = f->type == FIELD_LIST || f->type == FIELD_MAP;
	bool root = !*f->path;

	if (f->type == FIELD_TEXT || f->type == FIELD_NUMBER || f->type == FIELD_FLAG)
		return false;
	add_key(f, any || key.type != V_STRING ? "*" : key.s);
	f->below = below(f->below, key);
	if (root && key.type == V_STRING)
		f->below = !strcmp(key.s, "params") ? &schema_container : views_schema(key.s);
	settle(f);
	return true;
}

static bool describe(const char *root, const struct field *within, const struct value *keys, size_t n,
		     struct field *out)
{
	*out = within ? *within : (struct field){.type = FIELD_OBJECT, .meaning = field_meaning("")};
	if (!within && *root)
		add_key(out, root);
	for (size_t i = 0; i < n; i++)
		if (!step(out, keys[i]))
			return false;
	return true;
}

bool fields_describe_subject(const struct logic_binding *b, const struct field *within,
			     const struct logic_path *path, struct field *out)
{
	(void)b;
	return describe("", within, path->keys, path->len, out);
}

static bool is_key(const struct logic_path *path, size_t i, const char *name)
{
	return path->len > i && path->keys[i].type == V_STRING && !strcmp(path->keys[i].s, name);
}

/* Only requests about containers have a HostConfig, and it is what `params` has. */
bool fields_describe_request(const struct logic_binding *b, const struct field *within,
			     const struct logic_path *path, struct field *out)
{
	const struct value params = value_str("params");

	(void)b;
	if (within || !is_key(path, 0, "RequestBody") || !is_key(path, 1, "HostConfig"))
		return describe("request", within, path->keys, path->len, out);
	return describe("", NULL, &params, 1, out) && describe("", out, path->keys + 1, path->len - 1, out);
}

bool fields_describe_verdict(const struct logic_binding *b, const struct field *within,
			     const struct logic_path *path, struct field *out)
{
	(void)b;
	return describe("verdict", within, path->keys, path->len, out);
}
