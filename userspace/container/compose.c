/* A compose file: its services, with what they extend. */
#include "compose_internal.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* ---- extends ---- */

/* ["a=b", "c"] is {"a": "b", "c": null}: one way of writing beside the other. New object. */
static struct json_object *map_of(struct json_object *v)
{
	struct json_object *map = json_object_new_object();

	for (size_t i = 0; i < json_count(v); i++) {
		AUTO(free_charp) char *text = mem_strdup(json_str_at(v, i));
		char *equals = strchr(text, '=');

		if (equals)
			*equals = 0;
		json_object_object_add(map, text, equals ? json_object_new_string(equals + 1) : NULL);
	}
	return map;
}

static void inherit(struct json_object *into, struct json_object *from);

static struct json_object *join_lists(struct json_object *first, struct json_object *second)
{
	struct json_object *joined = json_object_new_array();

	for (size_t i = 0; i < json_count(first); i++)
		json_object_array_add(joined, json_object_get(json_object_array_get_idx(first, i)));
	for (size_t i = 0; i < json_count(second); i++)
		json_object_array_add(joined, json_object_get(json_object_array_get_idx(second, i)));
	return joined;
}

static struct json_object *join_maps(struct json_object *mine, struct json_object *base)
{
	AUTO(json_putp)
	struct json_object *from =
		json_object_is_type(base, json_type_array) ? map_of(base) : json_object_get(base);
	struct json_object *joined = NULL;

	if (json_object_is_type(mine, json_type_array))
		joined = map_of(mine);
	else if (json_object_deep_copy(mine, &joined, NULL))
		mem_fail();
	inherit(joined, from);
	return joined;
}

static bool is_compound(struct json_object *v)
{
	return json_object_is_type(v, json_type_object) || json_object_is_type(v, json_type_array);
}

static bool is_whole(const char *key)
{
	static const char *const keys[] = {"command", "entrypoint", "healthcheck"};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (!strcmp(key, keys[i]))
			return true;
	return false;
}

/* Lists are joined, mappings merged, all else is the service's own (compose-spec, "extends"). */
static void inherit(struct json_object *into, struct json_object *from)
{
	json_object_object_foreach (from, key, v) {
		struct json_object *mine;

		if (!strcmp(key, "extends"))
			continue;
		if (!json_object_object_get_ex(into, key, &mine))
			json_object_object_add(into, key, json_object_get(v));
		else if (is_whole(key) || !is_compound(mine) || !is_compound(v))
			continue;
		else if (json_object_is_type(mine, json_type_array) &&
			 json_object_is_type(v, json_type_array))
			json_object_object_add(into, key, join_lists(v, mine));
		else
			json_object_object_add(into, key, join_maps(mine, v));
	}
}

/* A new object, with what it extends in it; NULL with *err. */
static struct json_object *resolve_extends(struct json_object *services, const char *name, unsigned depth,
					   struct err *err)
{
	struct json_object *service = json_get(services, name), *extends = json_get(service, "extends"),
			   *copy = NULL, *base;
	const char *of = json_object_is_type(extends, json_type_string) ? json_str(extends)
									: json_get_str(extends, "service");

	if (!json_object_is_type(service, json_type_object) || depth > 20) {
		err_set(err, EINVAL, depth > 20 ? "extends: in a circle" : "no such service, or no mapping");
		return NULL;
	}
	if (json_object_deep_copy(service, &copy, NULL))
		mem_fail();
	if (!extends)
		return copy;
	if (json_get(extends, "file"))
		err_set(err, EINVAL,
			"extends: of another file is not supported here; `docker compose config` prints one "
			"file without it");
	else if (!*of)
		err_set(err, EINVAL, "extends: must name a service");
	else if ((base = resolve_extends(services, of, depth + 1, err))) {
		inherit(copy, base);
		json_object_put(base);
		return copy;
	}
	json_object_put(copy);
	return NULL;
}

/* ---- the file ---- */

static int add_service(struct compose_services *out, const struct making *m)
{
	const char *own = json_get_str(m->service, "container_name");
	struct compose_service *s;

	out->items = mem_realloc(out->items, (out->count + 1) * sizeof(*out->items));
	s = &out->items[out->count++];
	*s = (struct compose_service){mem_strdup(m->name),
				      *own ? mem_strdup(own) : mem_printf("%s-%s-1", m->project, m->name),
				      json_object_get(m->body)};
	return 0;
}

static int read_service(struct making *m, struct json_object *services, const char *name,
			struct compose_services *out)
{
	AUTO(json_putp) struct json_object *service = resolve_extends(services, name, 0, m->err);
	int r;

	if (!service)
		return err_wrap(m->err, "services.%.60s", name);
	m->service = service;
	m->name = name;
	r = compose_make_body(m) ? err_wrap(m->err, "services.%.60s", name) : add_service(out, m);
	json_object_put(m->body);
	json_object_put(m->env);
	m->body = m->host = m->service = m->env = NULL;
	return r;
}

int compose_read(struct json_object *file, const struct compose_context *c, struct compose_services *out,
		 struct err *err)
{
	static const char *const known[] = {"version",	"name",	   "services", "volumes",
					    "networks", "configs", "secrets",  NULL};
	AUTO(json_putp) struct json_object *whole = NULL;
	struct making m = {.c = c, .err = err};
	struct json_object *services;

	*out = (struct compose_services){0};
	if (compose_only_keys(file, known, err))
		return -1;
	whole = compose_interpolate(file, c, err);
	if (!whole)
		return -1;
	m.file = whole;
	m.project = *json_get_str(whole, "name") ? json_get_str(whole, "name") : c->project;
	services = json_get(whole, "services");
	if (!json_object_is_type(services, json_type_object) || !json_object_object_length(services))
		return err_set(err, EINVAL, "services: there are none");
	json_object_object_foreach (services, name, unused) {
		(void)unused;
		if (read_service(&m, services, name, out))
			return -1;
	}
	return 0;
}

void compose_free(struct compose_services *s)
{
	for (size_t i = 0; i < s->count; i++) {
		free(s->items[i].name);
		free(s->items[i].container);
		json_object_put(s->items[i].body);
	}
	free(s->items);
	*s = (struct compose_services){0};
}
