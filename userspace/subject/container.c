/* Containers from Docker's documents, and the views derived from params. */
#include "clock.h"
#include "json.h"
#include "subject.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static struct json_object *env_from_params(struct json_object *config)
{
	struct json_object *env = json_object_new_object(), *list = json_get(config, "Env");

	for (size_t i = 0; json_object_is_type(list, json_type_array) && i < json_object_array_length(list);
	     i++) {
		const char *entry = json_object_get_string(json_object_array_get_idx(list, i));
		const char *equals = entry ? strchr(entry, '=') : NULL;

		if (!entry)
			continue;
		AUTO(free_charp)
		char *name = equals ? strndup(entry, (size_t)(equals - entry)) : mem_strdup(entry);
		json_object_object_add(env, name, json_object_new_string(equals ? equals + 1 : ""));
	}
	return env;
}

/* "cap_sys_admin", "SYS_ADMIN": one spelling for both. */
static struct json_object *capabilities_from_params(struct json_object *host_config)
{
	struct json_object *caps = json_object_new_array(), *list = json_get(host_config, "CapAdd");

	for (size_t i = 0; json_object_is_type(list, json_type_array) && i < json_object_array_length(list);
	     i++) {
		const char *entry = json_object_get_string(json_object_array_get_idx(list, i));

		if (!entry)
			continue;
		AUTO(free_charp) char *name = mem_strdup(strncasecmp(entry, "CAP_", 4) ? entry : entry + 4);
		for (char *p = name; *p; p++)
			*p = (char)toupper((unsigned char)*p);
		json_object_array_add(caps, json_object_new_string(name));
	}
	return caps;
}

/* ---- mounts ---- */

/*
 * Where a path leads on this host now. What does not exist yet leads where its nearest existing parent does,
 * for Docker makes the missing folders there.
 */
static char *resolve_links(const char *clean)
{
	AUTO(free_charp) char *head = mem_strdup(clean);
	char *end = head + strlen(head), *real;

	while (!(real = realpath(*head ? head : "/", NULL)) && *head) {
		while (end > head && *--end != '/')
			;
		*end = 0;
	}
	if (!real)
		return mem_strdup(clean);
	AUTO(free_charp) char *joined = mem_printf("%s/%s", real, clean + (end - head));
	char *out = mem_calloc(strlen(joined) + 2, 1);
	str_clean_path(joined, out);
	free(real);
	return out;
}

static struct json_object *mount_new(struct json_object *list, const char *type, const char *source,
				     const char *target, bool read_only)
{
	struct json_object *m = json_object_new_object();
	AUTO(free_charp) char *clean = mem_calloc(strlen(source) + 2, 1);

	json_add_str(m, "type", type);
	if (*source == '/') {
		str_clean_path(source, clean);
		AUTO(free_charp) char *resolved = resolve_links(clean);

		json_add_str(m, "source", clean);
		json_add_str(m, "resolved", resolved);
	} else {
		json_add_str(m, "source", source);
		json_add_str(m, "resolved", source);
	}
	json_add_str(m, "target", target);
	json_object_object_add(m, "read_only", json_object_new_boolean(read_only));
	json_object_array_add(list, m);
	return m;
}

static bool has_target(struct json_object *list, const char *target)
{
	for (size_t i = 0; i < json_object_array_length(list); i++)
		if (!strcmp(json_get_str(json_object_array_get_idx(list, i), "target"), target))
			return true;
	return false;
}

static bool has_option(const char *options, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = options; *p; p += strcspn(p, ",") + (p[strcspn(p, ",")] == ','))
		if (strcspn(p, ",") == len && !strncmp(p, word, len))
			return true;
	return false;
}

/* "source:target:options", "target"; a source that is no path names a volume. */
static void add_bind(struct json_object *list, const char *bind)
{
	AUTO(free_charp) char *copy = mem_strdup(bind);
	char *target = strchr(copy, ':'), *options = target ? strchr(target + 1, ':') : NULL;

	if (!target) {
		mount_new(list, "volume", "", copy, false);
		return;
	}
	*target++ = 0;
	if (options)
		*options++ = 0;
	mount_new(list, *copy == '/' ? "bind" : "volume", copy, target, options && has_option(options, "ro"));
}

static void add_binds(struct json_object *list, struct json_object *host_config)
{
	struct json_object *binds = json_get(host_config, "Binds");

	for (size_t i = 0; json_object_is_type(binds, json_type_array) && i < json_object_array_length(binds);
	     i++) {
		const char *bind = json_object_get_string(json_object_array_get_idx(binds, i));

		if (bind)
			add_bind(list, bind);
	}
}

static bool get_bool(struct json_object *j, const char *key)
{
	return json_object_get_boolean(json_get(j, key));
}

static void add_mounts(struct json_object *list, struct json_object *host_config)
{
	struct json_object *mounts = json_get(host_config, "Mounts");

	for (size_t i = 0;
	     json_object_is_type(mounts, json_type_array) && i < json_object_array_length(mounts); i++) {
		struct json_object *m = json_object_array_get_idx(mounts, i);
		struct json_object *driver = json_get(json_get(m, "VolumeOptions"), "DriverConfig");
		const char *device = json_get_str(json_get(driver, "Options"), "device");

		/* a local volume made with bind options is a bind by another name */
		if (*device == '/')
			mount_new(list, "bind", device, json_get_str(m, "Target"), get_bool(m, "ReadOnly"));
		else
			mount_new(list, json_get_str(m, "Type"), json_get_str(m, "Source"),
				  json_get_str(m, "Target"), get_bool(m, "ReadOnly"));
	}
}

/* What dockerd says is mounted: volumes of the image or of VolumesFrom, which the request does not name. */
static void add_mount_points(struct json_object *list, struct json_object *points)
{
	for (size_t i = 0;
	     json_object_is_type(points, json_type_array) && i < json_object_array_length(points); i++) {
		struct json_object *p = json_object_array_get_idx(points, i), *m;

		if (has_target(list, json_get_str(p, "Destination")))
			continue;
		m = mount_new(list, json_get_str(p, "Type"), json_get_str(p, "Source"),
			      json_get_str(p, "Destination"), !get_bool(p, "RW"));
		json_add_str(m, "name", json_get_str(p, "Name"));
	}
}

static void add_volumes(struct json_object *list, struct json_object *volumes)
{
	if (!json_object_is_type(volumes, json_type_object))
		return;
	json_object_object_foreach (volumes, target, unused) {
		(void)unused;
		if (!has_target(list, target))
			mount_new(list, "volume", "", target, false);
	}
}

struct json_object *mounts_from_params(struct json_object *params)
{
	struct json_object *list = json_object_new_array(), *host_config = json_get(params, "HostConfig");

	add_binds(list, host_config);
	add_mounts(list, host_config);
	add_mount_points(list, json_get(params, "Mounts"));
	add_volumes(list, json_get(json_get(params, "Config"), "Volumes"));
	return list;
}

/* ---- containers ---- */

static struct container *container_new(const char *id, const char *name, const char *image,
				       struct json_object *labels)
{
	struct container *c = mem_calloc(1, sizeof(*c));

	atomic_init(&c->refs, 1);
	c->id = mem_strdup(id);
	c->name = mem_strdup(name);
	c->image = mem_strdup(image);
	c->labels = json_object_is_type(labels, json_type_object) ? json_object_get(labels)
								  : json_object_new_object();
	c->labels_text = mem_strdup(json_object_to_json_string_ext(c->labels, JSON_C_TO_STRING_PLAIN));
	return c;
}

struct container *container_from_inspect(struct json_object *doc, const char *image, struct err *err)
{
	struct json_object *config = json_get(doc, "Config"), *state = json_get(doc, "State");
	struct container *c;

	if (!*json_get_str(doc, "Id") ||
	    !json_object_is_type(json_get(doc, "HostConfig"), json_type_object) ||
	    !json_object_is_type(config, json_type_object)) {
		err_set(err, 0, "docker: inspect: the answer is not a container's document");
		json_object_put(doc);
		return NULL;
	}
	c = container_new(json_get_str(doc, "Id"), json_get_str(doc, "Name"),
			  image ? image : json_get_str(config, "Image"), json_get(config, "Labels"));
	c->pid = (pid_t)json_get_int(state, "Pid");
	c->started_ns = clock_parse_rfc3339(json_get_str(state, "StartedAt"));
	c->params = doc;
	c->env = env_from_params(config);
	c->capabilities = capabilities_from_params(json_get(doc, "HostConfig"));
	c->mounts = mounts_from_params(doc);
	return c;
}

struct container *container_from_list(struct json_object *entry, struct err *err)
{
	struct json_object *names = json_get(entry, "Names");
	const char *name = json_object_is_type(names, json_type_array)
				   ? json_object_get_string(json_object_array_get_idx(names, 0))
				   : NULL;
	struct container *c;

	if (!*json_get_str(entry, "Id")) {
		err_set(err, 0, "docker: list: an entry has no Id");
		return NULL;
	}
	c = container_new(json_get_str(entry, "Id"), name ? name : "", json_get_str(entry, "Image"),
			  json_get(entry, "Labels"));
	c->started_ns = (uint64_t)json_get_int(entry, "Created") * NS_PER_S;
	return c;
}

bool container_links_moved(const struct container *c)
{
	if (!c->params || !c->mounts || !json_object_array_length(c->mounts))
		return false;
	AUTO(json_putp) struct json_object *now = mounts_from_params(c->params);
	return !json_object_equal(now, c->mounts);
}

struct container *container_get(struct container *c)
{
	atomic_fetch_add(&c->refs, 1);
	return c;
}

void container_put(struct container *c)
{
	if (!c || atomic_fetch_sub(&c->refs, 1) != 1)
		return;
	json_object_put(c->params);
	json_object_put(c->labels);
	json_object_put(c->env);
	json_object_put(c->capabilities);
	json_object_put(c->mounts);
	free(c->labels_text);
	free(c->id);
	free(c->name);
	free(c->image);
	free(c);
}
