/* What a document holds that is in no table. */
#include "base/text.h"
#include "container/schema.h"

struct search {
	struct buf pointer; /* to where it is looked */
	struct json_object *out;
};

static void search(struct search *s, const struct schema *type, struct json_object *in);

static void go_back(struct buf *pointer, size_t len)
{
	pointer->len = len;
	if (pointer->s)
		pointer->s[len] = 0;
}

static void search_keys(struct search *s, const struct schema *type, struct json_object *in)
{
	size_t len = s->pointer.len;

	json_object_object_foreach (in, key, member) {
		const struct schema_field *f = type->kind == SCHEMA_STRUCT ? schema_find(type, key) : NULL;

		if (!member) /* null says nothing, to whoever knows the field */
			continue;
		buf_add_pointer(&s->pointer, key);
		if (f || type->kind == SCHEMA_MAP)
			search(s, f ? f->type : type->element, member);
		else if (json_object_array_length(s->out) < SCHEMA_MOST_UNKNOWN)
			json_object_array_add(s->out,
					      json_object_new_string_len(s->pointer.s, (int)s->pointer.len));
		go_back(&s->pointer, len);
	}
}

static void search_list(struct search *s, const struct schema *element, struct json_object *in)
{
	size_t len = s->pointer.len;

	for (size_t i = 0; i < json_object_array_length(in); i++) {
		buf_printf(&s->pointer, "/%zu", i);
		search(s, element, json_object_array_get_idx(in, i));
		go_back(&s->pointer, len);
	}
}

static void search(struct search *s, const struct schema *type, struct json_object *in)
{
	if ((type->kind == SCHEMA_STRUCT || type->kind == SCHEMA_MAP) &&
	    json_object_is_type(in, json_type_object))
		search_keys(s, type, in);
	else if (type->kind == SCHEMA_LIST && json_object_is_type(in, json_type_array))
		search_list(s, type->element, in);
}

struct json_object *schema_unknown(const struct schema *type, struct json_object *in)
{
	struct search s = {.out = json_object_new_array()};

	search(&s, type, in);
	buf_free(&s.pointer);
	return s.out;
}
