/* The Config that dockerd makes of a request and its image. */
#include "base/memory.h"
#include "container/schema.h"
#include "create_internal.h"
#include "rules/needs.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Members of the image's object that the request's has not (or all, where `all`: the image's values count).
 */
static void merge_object(struct json_object *config, struct json_object *image, const char *key, bool all)
{
	struct json_object *theirs = json_get(image, key), *ours = json_get(config, key);

	if (!json_object_is_type(theirs, json_type_object))
		return;
	if (!ours) {
		ours = json_object_new_object();
		json_object_object_add(config, key, ours);
	}
	json_object_object_foreach (theirs, name, value) {
		if (all || !json_object_object_get_ex(ours, name, NULL))
			json_object_object_add(ours, name, json_object_get(value));
	}
}

static char *variable_of(const char *entry)
{
	return strndup(entry, strcspn(entry, "="));
}

/* The names in a list of variables, as keys. */
static struct json_object *variables_of(struct json_object *list)
{
	struct json_object *names = json_object_new_object();

	for (size_t i = 0; i < json_count(list); i++) {
		AUTO(free_charp) char *name = variable_of(json_str_at(list, i));

		json_object_object_add(names, name, NULL);
	}
	return names;
}

static void merge_env(struct json_object *config, struct json_object *image)
{
	struct json_object *ours = json_get(config, "Env"), *theirs = json_get(image, "Env");
	AUTO(json_putp) struct json_object *names = NULL;

	if (!json_count(ours)) {
		json_object_object_add(config, "Env", json_object_get(theirs));
		return;
	}
	names = variables_of(ours);
	for (size_t i = 0; i < json_count(theirs); i++) {
		struct json_object *entry = json_object_array_get_idx(theirs, i);
		AUTO(free_charp) char *name = variable_of(json_str(entry));

		if (json_object_object_get_ex(names, name, NULL))
			continue;
		json_object_array_add(ours, json_object_get(entry));
		json_object_object_add(names, name, NULL);
	}
}

static void merge_command(struct json_object *config, struct json_object *image)
{
	struct json_object *entrypoint = json_get(config, "Entrypoint");

	if (json_count(entrypoint))
		return;
	if (!json_count(json_get(config, "Cmd")))
		create_copy(config, image, "Cmd");
	if (!entrypoint)
		create_copy(config, image, "Entrypoint");
}

static void merge_healthcheck(struct json_object *config, struct json_object *image)
{
	static const char *const keys[] = {"Test",	  "Interval", "Timeout",
					   "StartPeriod", "Retries",  "StartInterval"};
	struct json_object *ours = json_get(config, "Healthcheck"), *theirs = json_get(image, "Healthcheck");

	if (!ours) {
		create_copy(config, image, "Healthcheck");
		return;
	}
	for (size_t i = 0; theirs && i < ARRAY_LEN(keys); i++)
		if (create_is_empty(json_get(ours, keys[i])))
			create_copy(ours, theirs, keys[i]);
}

static void merge_image(struct json_object *config, struct json_object *image)
{
	static const char *const texts[] = {"User", "WorkingDir", "StopSignal"};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (!*json_get_str(config, texts[i]))
			create_copy(config, image, texts[i]);
	merge_object(config, image, "ExposedPorts", false);
	merge_object(config, image, "Labels", false);
	merge_object(config, image, "Volumes", true);
	merge_env(config, image);
	merge_command(config, image);
	merge_healthcheck(config, image);
}

void create_read_config(struct creation *m)
{
	m->config = schema_pick(&schema_config, m->request->body);
	if (!m->config)
		m->config = json_object_new_object();
}

int create_config(struct creation *m, unsigned needs, struct err *err)
{
	struct json_object *entrypoint;
	const char *image;

	image = json_get_str(m->config, "Image");
	if (*image && needs & NEED_IMAGE && lookup_image(m->lookup, image, &m->image, err))
		return -1;
	if (create_is_empty(json_get(m->config, "Volumes")))
		json_object_object_del(m->config, "Volumes");
	merge_image(m->config, json_get(m->image, "Config"));
	if (!json_get(m->config, "Labels"))
		json_object_object_add(m->config, "Labels", json_object_new_object());
	create_drop_empty(m->config);
	entrypoint = json_get(m->config, "Entrypoint");
	if (json_count(entrypoint) == 1 && create_is_empty(json_object_array_get_idx(entrypoint, 0)))
		json_object_object_add(m->config, "Entrypoint", NULL);
	if (!strcmp(json_get_str(m->host, "NetworkMode"), "host")) {
		char name[256] = "";

		if (!gethostname(name, sizeof(name) - 1))
			create_default_text(m->config, "Hostname", name);
	}
	return 0;
}
