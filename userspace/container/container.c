/* Containers from Docker's documents, and the views derived from params. */
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "container/container.h"
#include "container/schema.h"
#include "container_internal.h"

#include <ctype.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static struct json_object *env_from_params(struct json_object *config)
{
	struct json_object *env = json_object_new_object(), *list = json_get(config, "Env");

	for (size_t i = 0; i < json_count(list); i++) {
		const char *entry = json_str_at(list, i);
		const char *equals = strchr(entry, '=');

		if (!*entry)
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

	for (size_t i = 0; i < json_count(list); i++) {
		const char *entry = json_str_at(list, i);

		if (!*entry)
			continue;
		AUTO(free_charp) char *name = mem_strdup(strncasecmp(entry, "CAP_", 4) ? entry : entry + 4);
		for (char *p = name; *p; p++)
			*p = (char)toupper((unsigned char)*p);
		json_object_array_add(caps, json_object_new_string(name));
	}
	return caps;
}

/* ---- containers ---- */

static const struct view {
	const char *name;
	size_t offset;
} views[] = {
	{"params", offsetof(struct container, params)},
	{"labels", offsetof(struct container, labels)},
	{"env", offsetof(struct container, env)},
	{"capabilities", offsetof(struct container, capabilities)},
	{"mounts", offsetof(struct container, mounts)},
};

/* Has the views show what `all` holds under their names. */
static void set_views(struct container *c, struct value all)
{
	for (size_t i = 0; i < ARRAY_LEN(views); i++) {
		struct value *view = (struct value *)(void *)((char *)c + views[i].offset);

		if (!value_get(all, views[i].name, strlen(views[i].name), view))
			*view = value_null();
	}
}

/* Takes over the documents, by the views' names. */
static struct container *container_new(const char *id, const char *name, const char *image,
				       struct json_object *documents)
{
	struct container *c = mem_calloc(1, sizeof(*c));

	atomic_init(&c->refs, 1);
	c->id = mem_strdup(id);
	c->name = mem_strdup(name);
	c->image = mem_strdup(image);
	c->documents = documents;
	set_views(c, value_from_json(documents));
	return c;
}

static struct json_object *labels_from(struct json_object *labels)
{
	return json_object_is_type(labels, json_type_object) ? json_object_get(labels)
							     : json_object_new_object();
}

struct container *container_from_document(struct json_object *doc, const char *image,
					  struct json_object *mounts)
{
	struct json_object *all = json_object_new_object(), *config, *state, *host;
	struct container *c;

	schema_fill(&schema_container, doc);
	config = json_get(doc, "Config");
	host = json_get(doc, "HostConfig");
	state = json_get(doc, "State");
	json_object_object_add(all, "params", doc);
	json_object_object_add(all, "labels", labels_from(json_get(config, "Labels")));
	json_object_object_add(all, "env", env_from_params(config));
	json_object_object_add(all, "capabilities", capabilities_from_params(host));
	json_object_object_add(all, "mounts", mounts);
	c = container_new(json_get_str(doc, "Id"), json_get_str(doc, "Name"),
			  image ? image : json_get_str(config, "Image"), all);
	c->pid = (pid_t)json_get_int(state, "Pid");
	c->started_ns = clock_parse_rfc3339(json_get_str(state, "StartedAt"));
	c->own_network = c->pid && strcmp(json_get_str(host, "NetworkMode"), "host") != 0;
	return c;
}

static struct container *from_inspect(struct json_object *doc, const struct lookup *lookup, struct err *err)
{
	AUTO(free_charp) char *image = NULL;
	struct json_object *mounts;
	struct container *c;
	bool remote;

	if (!*json_get_str(doc, "Id") ||
	    !json_object_is_type(json_get(doc, "HostConfig"), json_type_object) ||
	    !json_object_is_type(json_get(doc, "Config"), json_type_object)) {
		err_set(err, 0, "docker: inspect: the answer is not a container's document");
		json_object_put(doc);
		return NULL;
	}
	if (lookup_image_name(lookup, json_get_str(json_get(doc, "Config"), "Image"), &image, err) ||
	    !(mounts = mounts_list(doc, lookup, false, err))) {
		json_object_put(doc);
		return NULL;
	}
	remote = lookup->docker && docker_is_remote(lookup->docker);
	if (!remote)
		mounts_add_actual(mounts, (pid_t)json_get_int(json_get(doc, "State"), "Pid"),
				  json_get_str(doc, "Id"));
	c = container_from_document(doc, image, mounts);
	if (remote) {
		c->pid = 0; /* another host's process has no meaning here */
		c->own_network = false;
	}
	return c;
}

struct container *container_from_inspect(struct json_object *doc, struct docker *docker, struct err *err)
{
	return from_inspect(doc, &(struct lookup){.docker = docker}, err);
}

struct container *container_from_change(struct json_object *doc, struct docker *docker, struct err *err)
{
	return from_inspect(doc, &(struct lookup){.docker = docker, .strict = true}, err);
}

struct container *container_from_list(struct json_object *entry, struct err *err)
{
	struct json_object *names = json_get(entry, "Names"), *all;
	const char *name = json_count(names) ? json_str_at(names, 0) : "";
	struct container *c;

	if (!*json_get_str(entry, "Id")) {
		err_set(err, 0, "docker: list: an entry has no Id");
		return NULL;
	}
	all = json_object_new_object();
	json_object_object_add(all, "labels", labels_from(json_get(entry, "Labels")));
	c = container_new(json_get_str(entry, "Id"), name, json_get_str(entry, "Image"), all);
	c->started_ns = (uint64_t)json_get_int(entry, "Created") * NS_PER_S;
	return c;
}

struct container *container_unreadable(const char *id, struct json_object *doc)
{
	struct container *c = container_new(id, json_get_str(doc, "Name"), "", json_object_new_object());
	struct json_object *state = json_get(doc, "State");

	c->unreadable = true;
	c->pid = (pid_t)json_get_int(state, "Pid");
	c->started_ns = clock_parse_rfc3339(json_get_str(state, "StartedAt"));
	return c;
}

bool container_links_moved(const struct container *c)
{
	return mounts_moved(c->mounts);
}

void container_pack(struct container *c, bool params)
{
	if (!params)
		for (size_t i = 0; i < ARRAY_LEN(views); i++)
			if (strcmp(views[i].name, "labels") != 0)
				json_object_object_del(c->documents, views[i].name);
	c->packed = value_pack(c->documents);
	set_views(c, *c->packed);
	json_object_put(c->documents);
	c->documents = NULL;
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
	json_object_put(c->documents);
	free(c->packed);
	free(c->id);
	free(c->name);
	free(c->image);
	free(c);
}
