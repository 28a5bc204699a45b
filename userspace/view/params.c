/* A rule's path into params, checked against Docker's types before the rule runs. */
#include "base/text.h"
#include "container/schema.h"
#include "view/subject.h"

#include <string.h>

static bool is_index(struct value key)
{
	return key.type == V_INT ||
	       (key.type == V_STRING && key.len && strspn(key.s, "0123456789") == key.len);
}

static const char *suggest(struct arena *arena, const struct schema *type, struct value key)
{
	const char *names[128];

	schema_names(type, names, ARRAY_LEN(names));
	return key.type == V_STRING ? str_nearest(arena_strndup(arena, key.s, key.len), names) : NULL;
}

/* One step down from `type`; NULL if there is no such place. */
static const struct schema *step(struct arena *arena, const struct schema *type, struct value *key)
{
	static const struct schema text = {.kind = SCHEMA_STRING};
	const struct schema_field *f;

	switch (type->kind) {
	case SCHEMA_STRUCT:
		if (key->type != V_STRING)
			return NULL;
		f = schema_find(type, arena_strndup(arena, key->s, key->len));
		if (!f)
			return NULL;
		*key = value_str(f->name);
		return f->type;
	case SCHEMA_MAP:
		return type->element;
	case SCHEMA_LIST:
		return is_index(*key) ? type->element : NULL;
	case SCHEMA_WORDS:
		return is_index(*key) ? &text : NULL;
	case SCHEMA_ANY:
		return type;
	case SCHEMA_STRING:
	case SCHEMA_BOOL:
	case SCHEMA_INT:
	case SCHEMA_UINT:
		break; /* below a plain value there is nothing */
	}
	return NULL;
}

bool params_check_path(struct arena *arena, const struct schema *type, struct value *keys, size_t n,
		       size_t *bad, const char **nearest)
{
	const struct schema *next;

	*nearest = NULL;
	for (size_t i = 0; i < n; i++, type = next) {
		*bad = i;
		next = step(arena, type, &keys[i]);
		if (!next) {
			*nearest = type->kind == SCHEMA_STRUCT ? suggest(arena, type, keys[i]) : NULL;
			return false;
		}
	}
	return true;
}

const struct schema *params_element(const struct schema *type, const struct value *keys, size_t n)
{
	for (size_t i = 0; i < n && type; i++) {
		struct value key = keys[i]; /* spelled as it is already */
		const struct schema_field *f;

		if (type->kind == SCHEMA_STRUCT) {
			f = key.type == V_STRING ? schema_find(type, key.s) : NULL;
			type = f ? f->type : NULL;
		} else {
			type = type->kind == SCHEMA_LIST || type->kind == SCHEMA_MAP ? type->element : NULL;
		}
	}
	if (!type || type->kind != SCHEMA_LIST || type->element->kind != SCHEMA_STRUCT)
		return NULL;
	return type->element;
}
