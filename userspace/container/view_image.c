/*
 * What a container's image is: by all of its names, its id and its digests, each in the one way to write it.
 *
 * Source: moby daemon/images/image_inspect.go (RepoTags, RepoDigests), distribution/reference.
 */
#include "base/json.h"
#include "container/image.h"
#include "views_internal.h"

#include <string.h>

static bool contains(struct json_object *list, const char *text)
{
	for (size_t i = 0; i < json_count(list); i++)
		if (!strcmp(json_str_at(list, i), text))
			return true;
	return false;
}

/* A name normalized, and an id not at all: it is no name. */
static void add_name(struct json_object *list, const char *name)
{
	AUTO(free_charp) char *whole = image_normalize(name);

	if (whole && strncmp(whole, "sha256:", 7) != 0 && !contains(list, whole))
		json_object_array_add(list, json_object_new_string(whole));
}

static struct json_object *names_in(struct json_object *names)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < json_count(names); i++)
		add_name(list, json_str_at(names, i));
	return list;
}

/* The name that was asked for is one of them, whether the image still has it or not, unless it is (a part of)
 * an id. */
struct json_object *view_image_names(const struct view_source *s, struct err *err)
{
	struct json_object *list = names_in(json_get(s->image, "RepoTags"));
	const char *asked = json_get_str(json_get(s->params, "Config"), "Image");
	const char *id = json_get_str(s->image, "Id");
	const char *digits = asked + (strncmp(asked, "sha256:", 7) ? 0 : 7);

	(void)err;
	if (*asked && (!*id || strncmp(id + 7, digits, strlen(digits)) != 0))
		add_name(list, asked);
	return list;
}

struct json_object *view_image_id(const struct view_source *s, struct err *err)
{
	const char *id = json_get_str(s->image, "Id");

	(void)err;
	return json_object_new_string(*id ? id : json_get_str(s->params, "Image"));
}

struct json_object *view_image_digests(const struct view_source *s, struct err *err)
{
	(void)err;
	return names_in(json_get(s->image, "RepoDigests"));
}
