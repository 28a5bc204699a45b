#include "rules/value.h"
#include "base/text.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct value value_null(void)
{
	return (struct value){.type = V_NULL};
}

struct value value_bool(bool b)
{
	return (struct value){.type = V_BOOL, .b = b};
}

struct value value_int(int64_t i)
{
	return (struct value){.type = V_INT, .i = i};
}

struct value value_uint(uint64_t u)
{
	if (u <= INT64_MAX)
		return value_int((int64_t)u);
	return (struct value){.type = V_UINT, .u = u};
}

struct value value_double(double d)
{
	return (struct value){.type = V_DOUBLE, .d = d};
}

struct value value_str(const char *s)
{
	return s ? value_strn(s, strlen(s)) : value_null();
}

struct value value_strn(const char *s, size_t len)
{
	return (struct value){.type = V_STRING, .s = s, .len = len};
}

struct value value_from_json(struct json_object *j)
{
	switch (json_object_get_type(j)) {
	case json_type_boolean:
		return value_bool(json_object_get_boolean(j));
	case json_type_int: {
		uint64_t u = json_object_get_uint64(j);

		return u > INT64_MAX ? value_uint(u) : value_int(json_object_get_int64(j));
	}
	case json_type_double:
		return value_double(json_object_get_double(j));
	case json_type_string:
		return value_strn(json_object_get_string(j), (size_t)json_object_get_string_len(j));
	case json_type_array:
		return (struct value){.type = V_JARRAY, .json = j};
	case json_type_object:
		return (struct value){.type = V_JOBJECT, .json = j};
	case json_type_null:
		break;
	}
	return value_null();
}

static struct json_object *array_to_json(struct value v)
{
	struct json_object *j = json_object_new_array_ext((int)v.len);

	for (size_t i = 0; i < v.len; i++)
		json_object_array_add(j, value_to_json(v.items[i]));
	return j;
}

static struct json_object *record_to_json(struct value v)
{
	struct json_object *j = json_object_new_object();

	for (size_t i = 0; i < v.len; i++)
		json_object_object_add(j, v.fields[i].name, value_to_json(v.fields[i].v));
	return j;
}

struct json_object *value_to_json(struct value v)
{
	switch (v.type) {
	case V_NULL:
		return NULL;
	case V_BOOL:
		return json_object_new_boolean(v.b);
	case V_INT:
		return json_object_new_int64(v.i);
	case V_UINT:
		return json_object_new_uint64(v.u);
	case V_DOUBLE:
		return json_object_new_double(v.d);
	case V_STRING:
		return json_object_new_string_len(v.s, (int)v.len);
	case V_ARRAY:
		return array_to_json(v);
	case V_RECORD:
	case V_PACKED:
		return record_to_json(v);
	case V_JARRAY:
	case V_JOBJECT:
		return json_object_get(v.json);
	case V_VIEW:
		return v.view->to_json(v.view);
	}
	return NULL;
}

bool value_is_number(struct value v)
{
	return v.type == V_INT || v.type == V_UINT || v.type == V_DOUBLE;
}

bool value_is_array(struct value v)
{
	return v.type == V_ARRAY || v.type == V_JARRAY;
}

bool value_is_object(struct value v)
{
	return v.type == V_RECORD || v.type == V_JOBJECT || v.type == V_PACKED || v.type == V_VIEW;
}

bool value_truthy(struct value v)
{
	switch (v.type) {
	case V_NULL:
		return false;
	case V_BOOL:
		return v.b;
	case V_INT:
		return v.i != 0;
	case V_DOUBLE:
		return v.d != 0 && !isnan(v.d);
	case V_STRING:
		return v.len != 0;
	case V_ARRAY:
	case V_JARRAY:
		return value_len(v) != 0;
	default:
		return true;
	}
}

size_t value_len(struct value v)
{
	return v.type == V_JARRAY ? json_object_array_length(v.json) : v.len;
}

struct value value_at(struct value v, size_t i)
{
	return v.type == V_JARRAY ? value_from_json(json_object_array_get_idx(v.json, i)) : v.items[i];
}

static bool parse_index(const char *key, size_t len, size_t *out)
{
	size_t n = 0;

	if (!len || len > 9)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (key[i] < '0' || key[i] > '9')
			return false;
		n = n * 10 + (size_t)(key[i] - '0');
	}
	*out = n;
	return true;
}

static bool get_from_json(struct json_object *j, const char *key, size_t len, struct value *out)
{
	struct json_object *member;
	char small[256];
	bool found;

	if (len < sizeof(small) && key[len]) { /* json-c wants a NUL behind the key */
		memcpy(small, key, len);
		small[len] = 0;
		key = small;
	}
	AUTO(free_charp) char *large = key != small && key[len] ? strndup(key, len) : NULL;
	found = json_object_object_get_ex(j, large ? large : key, &member);
	if (found)
		*out = value_from_json(member);
	return found;
}

static bool get_from_packed(struct value v, const char *key, size_t len, struct value *out)
{
	size_t low = 0, high = v.len;

	while (low < high) {
		size_t middle = (low + high) / 2;
		const char *name = v.fields[middle].name;
		int cmp = strncmp(name, key, len);

		if (!cmp && !name[len]) {
			*out = v.fields[middle].v;
			return true;
		}
		if (cmp < 0)
			low = middle + 1;
		else /* also where it begins alike, and is longer */
			high = middle;
	}
	return false;
}

bool value_get(struct value v, const char *key, size_t len, struct value *out)
{
	size_t i;

	if (value_is_array(v)) {
		if (!parse_index(key, len, &i) || i >= value_len(v))
			return false;
		*out = value_at(v, i);
		return true;
	}
	if (v.type == V_JOBJECT)
		return get_from_json(v.json, key, len, out);
	if (v.type == V_PACKED)
		return get_from_packed(v, key, len, out);
	if (v.type == V_VIEW)
		return v.view->get(v.view, key, len, out);
	if (v.type != V_RECORD)
		return false;
	for (i = 0; i < v.len; i++) {
		if (strlen(v.fields[i].name) == len && !memcmp(v.fields[i].name, key, len)) {
			*out = v.fields[i].v;
			return true;
		}
	}
	return false;
}

static bool text_to_number(const char *s, size_t len, struct value *out)
{
	char text[64], *end;
	bool real = false;

	while (len && strchr(" \t\n\r", *s) && *s)
		s++, len--;
	while (len && s[len - 1] && strchr(" \t\n\r", s[len - 1]))
		len--;
	if (!len) {
		*out = value_int(0);
		return true;
	}
	if (len >= sizeof(text))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!s[i] || !strchr("0123456789+-.eE", s[i]))
			return false;
		real |= !!strchr(".eE", s[i]);
	}
	memcpy(text, s, len);
	text[len] = 0;
	errno = 0;
	if (!real) {
		long long i = strtoll(text, &end, 10);

		*out = value_int(i);
		if (errno == ERANGE && text[0] != '-') {
			errno = 0;
			*out = value_uint(strtoull(text, &end, 10));
		}
		if (!errno)
			return !*end && end != text;
	}
	*out = value_double(strtod(text, &end));
	return !*end && end != text;
}

bool value_to_number(struct value v, struct value *out)
{
	switch (v.type) {
	case V_NULL:
		*out = value_int(0);
		return true;
	case V_BOOL:
		*out = value_int(v.b);
		return true;
	case V_INT:
	case V_UINT:
	case V_DOUBLE:
		*out = v;
		return true;
	case V_STRING:
		return text_to_number(v.s, v.len, out);
	default:
		return false;
	}
}

/* A long double holds every int64, uint64 and double exactly on x86-64 and (in software) arm64. */
long double value_number(struct value v)
{
	_Static_assert(__LDBL_MANT_DIG__ >= 64, "long double must hold every 64-bit integer");
	return v.type == V_INT ? (long double)v.i : v.type == V_UINT ? (long double)v.u : (long double)v.d;
}

static void add_double(double d, struct buf *out)
{
	char s[40];

	for (int precision = 1; precision <= 17; precision++) {
		snprintf(s, sizeof(s), "%.*g", precision, d);
		if (strtod(s, NULL) == d)
			break;
	}
	buf_puts(out, s);
}

void value_to_text(struct value v, struct buf *out)
{
	switch (v.type) {
	case V_NULL:
		return;
	case V_BOOL:
		buf_puts(out, v.b ? "true" : "false");
		return;
	case V_INT:
		buf_printf(out, "%lld", (long long)v.i);
		return;
	case V_UINT:
		buf_printf(out, "%llu", (unsigned long long)v.u);
		return;
	case V_DOUBLE:
		if (v.d == floor(v.d) && fabs(v.d) < 1e15)
			buf_printf(out, "%.0f", v.d);
		else
			add_double(v.d, out);
		return;
	case V_STRING:
		buf_add(out, v.s, v.len);
		return;
	case V_ARRAY:
	case V_JARRAY:
		for (size_t i = 0; i < value_len(v); i++) {
			if (i)
				buf_puts(out, ",");
			value_to_text(value_at(v, i), out);
		}
		return;
	default:
		buf_puts(out, "[object Object]");
	}
}

bool value_strict_equal(struct value a, struct value b)
{
	if (value_is_number(a) && value_is_number(b))
		return value_number(a) == value_number(b);
	if (value_is_array(a) && value_is_array(b)) {
		if (value_len(a) != value_len(b))
			return false;
		for (size_t i = 0; i < value_len(a); i++)
			if (!value_strict_equal(value_at(a, i), value_at(b, i)))
				return false;
		return true;
	}
	if (value_is_object(a) && value_is_object(b)) {
		struct json_object *ja = value_to_json(a), *jb = value_to_json(b);
		bool equal = json_object_equal(ja, jb);

		json_object_put(ja);
		json_object_put(jb);
		return equal;
	}
	if (a.type != b.type)
		return false;
	if (a.type == V_STRING)
		return a.len == b.len && !memcmp(a.s, b.s, a.len);
	return a.type == V_NULL || a.b == b.b;
}

bool value_compare(struct value a, struct value b, int *cmp)
{
	long double x, y;

	if (a.type == V_STRING && b.type == V_STRING) {
		*cmp = memcmp(a.s, b.s, a.len < b.len ? a.len : b.len);
		if (!*cmp)
			*cmp = (a.len > b.len) - (a.len < b.len);
		return true;
	}
	if (!value_to_number(a, &a) || !value_to_number(b, &b))
		return false;
	x = value_number(a);
	y = value_number(b);
	*cmp = (x > y) - (x < y);
	return true;
}

struct value value_copy(struct arena *arena, struct value v)
{
	if (v.type == V_STRING) {
		v.s = arena_strndup(arena, v.s, v.len);
	} else if (v.type == V_ARRAY) {
		struct value *items = arena_alloc(arena, v.len * sizeof(*items));

		for (size_t i = 0; i < v.len; i++)
			items[i] = value_copy(arena, v.items[i]);
		v.items = items;
	} else if (v.type == V_RECORD) {
		struct value_field *fields = arena_alloc(arena, v.len * sizeof(*fields));

		for (size_t i = 0; i < v.len; i++) {
			fields[i].name = arena_strndup(arena, v.fields[i].name, strlen(v.fields[i].name));
			fields[i].v = value_copy(arena, v.fields[i].v);
		}
		v.fields = fields;
	}
	return v;
}
