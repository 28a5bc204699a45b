/* A compose file's scalars, lists and maps, in each way that they can be written. */
#include "compose_internal.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int compose_only_keys(struct json_object *v, const char *const *known, struct err *err)
{
	if (!json_object_is_type(v, json_type_object))
		return err_set(err, EINVAL, "must be a mapping");
	json_object_object_foreach (v, key, unused) {
		const char *const *k = known;

		(void)unused;
		while (*k && strcmp(*k, key) != 0)
			k++;
		if (!*k && !str_starts_with(key, "x-")) {
			const char *nearest = str_nearest(key, known);

			return err_set(err, EINVAL, "%.60s: not known, or not supported here%s%s%s", key,
				       nearest ? "; did you mean " : "", nearest ? nearest : "",
				       nearest ? "?" : "");
		}
	}
	return 0;
}

char *compose_text(struct json_object *v)
{
	if (!v || json_object_is_type(v, json_type_object) || json_object_is_type(v, json_type_array))
		return NULL;
	return mem_strdup(json_object_get_string(v));
}

int compose_bytes(struct json_object *v, struct json_object **out, struct err *err)
{
	AUTO(free_charp) char *text = compose_text(v);
	uint64_t bytes;

	if (text && !strcmp(text, "-1")) {
		*out = json_object_new_int64(-1);
		return 0;
	}
	if (!text || !str_parse_bytes(text, strlen(text), &bytes) || bytes > INT64_MAX)
		return err_set(err, EINVAL, "\"%.60s\": must be a size like 512m", text ? text : "");
	*out = json_object_new_uint64(bytes);
	return 0;
}

int compose_number(struct json_object *v, double *out, struct err *err)
{
	AUTO(free_charp) char *text = compose_text(v);
	char *end = text;

	if (text && *text)
		*out = strtod(text, &end);
	if (!text || end == text || *end || !isfinite(*out) || fabs(*out) > 9e9)
		return err_set(err, EINVAL, "\"%.60s\": must be a number", text ? text : "");
	return 0;
}

int compose_integer(struct json_object *v, struct json_object **out, struct err *err)
{
	AUTO(free_charp) char *text = compose_text(v);
	char *end = text;
	long long i = 0;

	errno = 0;
	if (text && *text)
		i = strtoll(text, &end, 10);
	if (!text || end == text || *end || errno)
		return err_set(err, EINVAL, "\"%.60s\": must be a whole number", text ? text : "");
	*out = json_object_new_int64(i);
	return 0;
}

int compose_seconds(struct json_object *v, double *out, struct err *err)
{
	AUTO(free_charp) char *text = compose_text(v);
	uint64_t ns;

	if (!text || !str_parse_duration(text, strlen(text), &ns))
		return err_set(err, EINVAL, "\"%.60s\": must be a duration like 1m30s", text ? text : "");
	*out = (double)ns / 1e9;
	return 0;
}

int compose_bool(struct json_object *v, bool *out, struct err *err)
{
	AUTO(free_charp) char *text = compose_text(v); /* a text, where it came of a variable */

	*out = text && !strcmp(text, "true");
	if (!*out && (!text || strcmp(text, "false") != 0))
		return err_set(err, EINVAL, "\"%.60s\": must be true or false", text ? text : "");
	return 0;
}

int compose_texts(struct json_object *v, struct json_object **out, struct err *err)
{
	AUTO(json_putp) struct json_object *list = json_object_new_array();
	bool many = json_object_is_type(v, json_type_array);
	size_t n = many ? json_object_array_length(v) : 1;

	for (size_t i = 0; i < n; i++) {
		AUTO(free_charp) char *text = compose_text(many ? json_object_array_get_idx(v, i) : v);

		if (!text)
			return err_set(err, EINVAL, "must be a text, or a list of texts");
		json_object_array_add(list, json_object_new_string(text));
	}
	*out = json_object_get(list);
	return 0;
}

static int map_of_list(struct json_object *v, const char *absent, struct json_object *map, struct err *err)
{
	for (size_t i = 0; i < json_object_array_length(v); i++) {
		AUTO(free_charp) char *text = compose_text(json_object_array_get_idx(v, i));
		char *equals = text ? strchr(text, '=') : NULL;

		if (!text || (!equals && !absent))
			return err_set(err, EINVAL, "\"%.60s\": must be name=value", text ? text : "");
		if (equals)
			*equals = 0;
		json_object_object_add(map, text, json_object_new_string(equals ? equals + 1 : absent));
	}
	return 0;
}

int compose_map(struct json_object *v, const char *absent, struct json_object **out, struct err *err)
{
	AUTO(json_putp) struct json_object *map = json_object_new_object();

	if (json_object_is_type(v, json_type_array)) {
		if (map_of_list(v, absent, map, err))
			return -1;
	} else if (json_object_is_type(v, json_type_object)) {
		json_object_object_foreach (v, key, value) {
			AUTO(free_charp)
			char *text = value ? compose_text(value) : mem_strdup(absent ? absent : "");

			if (!text)
				return err_set(err, EINVAL, "%.60s: must be a text or a number", key);
			json_object_object_add(map, key, json_object_new_string(text));
		}
	} else {
		return err_set(err, EINVAL, "must be a mapping, or a list of name=value");
	}
	*out = json_object_get(map);
	return 0;
}

struct json_object *compose_list(struct json_object *in, const char *key)
{
	struct json_object *list = json_get(in, key);

	if (!list)
		json_object_object_add(in, key, list = json_object_new_array());
	return list;
}

struct json_object *compose_object(struct json_object *in, const char *key)
{
	struct json_object *object = json_get(in, key);

	if (!object)
		json_object_object_add(in, key, object = json_object_new_object());
	return object;
}

bool compose_range(const char *text, unsigned *first, unsigned *last)
{
	int end = 0;

	if (!isdigit((unsigned char)*text) || strlen(text) > 11)
		return false;
	if (sscanf(text, "%u-%u%n", first, last, &end) != 2 || text[end]) {
		if (sscanf(text, "%u%n", first, &end) != 1 || text[end])
			return false;
		*last = *first;
	}
	return *first <= *last && *last <= 65535;
}
