/* What the tables of types.c are for: finding fields, decoding as Go does, completing documents. */
#include "container/schema.h"
#include "base/json.h"
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Which letters are equal is Unicode's simple case folding; beyond ASCII two code points fold to ASCII ones.
 */
static size_t fold(const char *s, char *out)
{
	const unsigned char *p = (const unsigned char *)s;

	if (p[0] == 0xc5 && p[1] == 0xbf) { /* U+017F, long s */
		*out = 's';
		return 2;
	}
	if (p[0] == 0xe2 && p[1] == 0x84 && p[2] == 0xaa) { /* U+212A, Kelvin sign */
		*out = 'k';
		return 3;
	}
	*out = (char)(p[0] < 0x80 ? tolower(p[0]) : p[0]);
	return 1;
}

static bool fold_equal(const char *name, const char *key)
{
	char a, b;

	while (*name && *key) {
		name += fold(name, &a);
		key += fold(key, &b);
		if (a != b)
			return false;
	}
	return !*name && !*key;
}

static bool same(const char *name, const char *key)
{
	return *name == *key && !strcmp(name, key);
}

static const struct schema_field *find_by(const struct schema *type, const char *key,
					  bool (*equal)(const char *name, const char *key))
{
	const struct schema_field *f;

	for (f = type->fields; f && f->name; f++)
		if (equal(f->name, key))
			return f;
	for (const struct schema *const *e = type->embedded; e && *e; e++) {
		f = find_by(*e, key, equal);
		if (f)
			return f;
	}
	return NULL;
}

/* Most clients spell as Docker does; folding takes ten times as long. */
const struct schema_field *schema_find(const struct schema *type, const char *key)
{
	const struct schema_field *f = find_by(type, key, same);

	return f ? f : find_by(type, key, fold_equal);
}

size_t schema_names(const struct schema *type, const char **out, size_t max)
{
	size_t n = 0;

	for (const struct schema_field *f = type->fields; f && f->name && n + 1 < max; f++)
		out[n++] = f->name;
	for (const struct schema *const *e = type->embedded; e && *e; e++)
		n += schema_names(*e, out + n, max - n);
	out[n] = NULL;
	return n;
}

/* A field that is not there yet. The name lives for ever: json-c need not copy it. */
static void add_field(struct json_object *j, const struct schema_field *f, struct json_object *value)
{
	json_object_object_add_ex(j, f->name, value,
				  JSON_C_OBJECT_ADD_CONSTANT_KEY | JSON_C_OBJECT_ADD_KEY_IS_NEW);
}

/* ---- decoding ---- */

/* Where in the document: spelled out only where something is wrong. */
struct step {
	const struct step *up;
	const char *key; /* NULL: an index */
	size_t index;
};

struct decoder {
	const struct step *at;
	struct buf *pointer;
	struct err *err;
};

static bool decode(struct decoder *d, const struct schema *type, struct json_object *in,
		   struct json_object **out);

static void spell(const struct step *at, struct buf *pointer)
{
	if (!at)
		return;
	spell(at->up, pointer);
	if (at->key)
		buf_printf(pointer, "/%.100s", at->key);
	else
		buf_printf(pointer, "/%zu", at->index);
}

static bool refuse(struct decoder *d, const char *what)
{
	spell(d->at, d->pointer);
	err_set(d->err, EINVAL, "%s", what);
	return false;
}

static bool refuse_below(struct decoder *d, struct step step, const char *what)
{
	step.up = d->at;
	d->at = &step;
	refuse(d, what);
	d->at = step.up;
	return false;
}

static bool decode_below(struct decoder *d, struct step step, const struct schema *type,
			 struct json_object *in, struct json_object **out)
{
	bool ok;

	step.up = d->at;
	d->at = &step;
	ok = decode(d, type, in, out);
	d->at = step.up;
	return ok;
}

static bool decode_struct(struct decoder *d, const struct schema *type, struct json_object *in,
			  struct json_object *out)
{
	json_object_object_foreach (in, key, member) {
		const struct schema_field *f = schema_find(type, key);
		struct json_object *value = NULL;

		if (!f)
			continue;
		if (json_object_object_get_ex(out, f->name, NULL)) {
			AUTO(free_charp)
			char *what = mem_printf(
				"two keys mean %s, and clients differ in which of them counts; leave "
				"one out",
				f->name);
			return refuse(d, what);
		}
		if (!decode_below(d, (struct step){.key = key}, f->type, member, &value))
			return false;
		add_field(out, f, value);
	}
	return true;
}

static bool decode_list(struct decoder *d, const struct schema *element, struct json_object *in,
			struct json_object *out)
{
	for (size_t i = 0; i < json_object_array_length(in); i++) {
		struct json_object *value = NULL, *item = json_object_array_get_idx(in, i);
		struct step step = {.index = i};

		if (!item && element->kind != SCHEMA_ANY)
			return refuse_below(d, step, "null in a list; leave it out");
		if (!decode_below(d, step, element, item, &value))
			return false;
		json_object_array_add(out, value);
	}
	return true;
}

static bool decode_map(struct decoder *d, const struct schema *element, struct json_object *in,
		       struct json_object *out)
{
	json_object_object_foreach (in, key, member) {
		struct json_object *value = NULL;

		if (!decode_below(d, (struct step){.key = key}, element, member, &value))
			return false;
		if (!value && element->kind == SCHEMA_STRING) /* null: Go stores the element's zero */
			value = json_object_new_string("");
		json_object_object_add(out, key, value);
	}
	return true;
}

static bool decode_string(struct decoder *d, struct json_object *in)
{
	if (!json_object_is_type(in, json_type_string))
		return refuse(d, "must be a string");
	if (strlen(json_object_get_string(in)) != (size_t)json_object_get_string_len(in))
		return refuse(d, "a string must not hold \\u0000");
	return true;
}

static bool decode_number(struct decoder *d, const struct schema *type, struct json_object *in)
{
	bool is_signed = type->kind == SCHEMA_INT;

	if (!json_object_is_type(in, json_type_int))
		return refuse(d, "must be an integer");
	if (is_signed && json_object_get_int64(in) == INT64_MAX && json_object_get_uint64(in) > INT64_MAX)
		return refuse(d, "an integer beyond 64 bits with sign");
	if (!is_signed && (json_object_get_int64(in) < 0 || json_object_get_uint64(in) > type->max))
		return refuse(d, "an integer out of range");
	return true;
}

static bool decode_container(struct decoder *d, const struct schema *type, struct json_object *in,
			     struct json_object **out)
{
	bool list = type->kind == SCHEMA_LIST;
	bool ok;

	if (!json_object_is_type(in, list ? json_type_array : json_type_object))
		return refuse(d, list ? "must be a list" : "must be an object");
	*out = list ? json_object_new_array() : json_object_new_object();
	if (list)
		ok = decode_list(d, type->element, in, *out);
	else if (type->kind == SCHEMA_MAP)
		ok = decode_map(d, type->element, in, *out);
	else
		ok = decode_struct(d, type, in, *out);
	if (!ok) {
		json_object_put(*out);
		*out = NULL;
	}
	return ok;
}

/* strslice.StrSlice: "a" is ["a"]. */
static bool decode_words(struct decoder *d, struct json_object *in, struct json_object **out)
{
	static const struct schema word = {.kind = SCHEMA_STRING};
	static const struct schema list = {.kind = SCHEMA_LIST, .element = &word};

	if (!json_object_is_type(in, json_type_string))
		return decode_container(d, &list, in, out);
	if (!decode_string(d, in))
		return false;
	*out = json_object_new_array();
	json_object_array_add(*out, json_object_get(in));
	return true;
}

static bool decode(struct decoder *d, const struct schema *type, struct json_object *in,
		   struct json_object **out)
{
	bool ok = true;

	*out = NULL;
	if (!in) /* null leaves a value as it is, and empties a list, a map or a pointer */
		return true;
	switch (type->kind) {
	case SCHEMA_STRUCT:
	case SCHEMA_LIST:
	case SCHEMA_MAP:
		return decode_container(d, type, in, out);
	case SCHEMA_WORDS:
		return decode_words(d, in, out);
	case SCHEMA_STRING:
		ok = decode_string(d, in);
		break;
	case SCHEMA_BOOL:
		ok = json_object_is_type(in, json_type_boolean) || refuse(d, "must be true or false");
		break;
	case SCHEMA_INT:
	case SCHEMA_UINT:
		ok = decode_number(d, type, in);
		break;
	case SCHEMA_ANY:
		break;
	}
	if (ok)
		*out = json_object_get(in);
	return ok;
}

struct json_object *schema_decode(const struct schema *type, struct json_object *in, struct buf *pointer,
				  struct err *err)
{
	struct decoder d = {NULL, pointer, err};
	struct json_object *out = NULL;

	if (!in) {
		err_set(err, EINVAL, "must be an object");
		return NULL;
	}
	return decode(&d, type, in, &out) ? out : NULL;
}

/* ---- completing ---- */

static struct json_object *default_of(const struct schema *type)
{
	struct json_object *j;

	if (type->nullable)
		return NULL;
	switch (type->kind) {
	case SCHEMA_STRING:
		return json_object_new_string("");
	case SCHEMA_BOOL:
		return json_object_new_boolean(false);
	case SCHEMA_INT:
	case SCHEMA_UINT:
		return json_object_new_int64(0);
	case SCHEMA_STRUCT:
		j = json_object_new_object();
		schema_fill(type, j);
		return j;
	case SCHEMA_LIST:
	case SCHEMA_MAP:
	case SCHEMA_WORDS:
	case SCHEMA_ANY:
		break;
	}
	return NULL;
}

static void fill_value(const struct schema *type, struct json_object *v)
{
	if (type->kind == SCHEMA_STRUCT) {
		schema_fill(type, v);
	} else if (type->kind == SCHEMA_LIST && json_object_is_type(v, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(v); i++)
			fill_value(type->element, json_object_array_get_idx(v, i));
	} else if (type->kind == SCHEMA_MAP && json_object_is_type(v, json_type_object)) {
		json_object_object_foreach (v, key, member) {
			(void)key;
			fill_value(type->element, member);
		}
	}
}

void schema_fill(const struct schema *type, struct json_object *doc)
{
	if (!json_object_is_type(doc, json_type_object))
		return;
	for (const struct schema_field *f = type->fields; f && f->name; f++) {
		struct json_object *v;

		if (!json_object_object_get_ex(doc, f->name, &v))
			add_field(doc, f, default_of(f->type));
		else if (v)
			fill_value(f->type, v);
		else if ((v = default_of(f->type)))
			json_object_object_add(doc, f->name, v);
	}
	for (const struct schema *const *e = type->embedded; e && *e; e++)
		schema_fill(*e, doc);
}

struct json_object *schema_pick(const struct schema *type, struct json_object *doc)
{
	struct json_object *out = NULL;

	json_object_object_foreach (doc, key, member) {
		const struct schema_field *f = find_by(type, key, same);

		if (!f)
			continue;
		if (!out)
			out = json_object_new_object();
		add_field(out, f, json_object_get(member));
	}
	return out;
}
