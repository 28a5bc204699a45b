/* Containers from Docker's documents, and the views derived from params. */
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "container/container.h"
#include "container/image.h"
#include "container/schema.h"
#include "container_internal.h"
#include "rules/needs.h"
#include "views_internal.h"

#include <malloc.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* `make` NULL: it is given. */
static const struct view {
	const char *name;
	size_t offset;
	unsigned needs;
	struct json_object *(*make)(const struct view_source *s, struct err *err);
} views[] = {
	{"params", offsetof(struct container, params), 0, NULL},
	{"mounts", offsetof(struct container, mounts), 0, NULL},
	{"labels", offsetof(struct container, labels), 0, view_labels},
	{"env", offsetof(struct container, env), 0, view_env},
	{"capabilities", offsetof(struct container, capabilities), 0, view_capabilities},
	{"security", offsetof(struct container, security), NEED_SECURITY, view_security},
	{"devices", offsetof(struct container, devices), NEED_DEVICES, view_devices},
	{"ports", offsetof(struct container, ports), NEED_PORTS, view_ports},
	{"namespaces", offsetof(struct container, namespaces), NEED_NAMESPACES, view_namespaces},
	{"networks", offsetof(struct container, networks), NEED_NETWORKS, view_networks},
	{"image_names", offsetof(struct container, image_names), NEED_IMAGE, view_image_names},
	{"image_id", offsetof(struct container, image_id), NEED_IMAGE, view_image_id},
	{"image_digests", offsetof(struct container, image_digests), NEED_IMAGE, view_image_digests},
	{"unknown_fields", offsetof(struct container, unknown_fields), 0, view_unknown_fields},
	{"user", offsetof(struct container, user), NEED_PROCESS, view_user},
	{"healthcheck", offsetof(struct container, healthcheck), NEED_PROCESS, view_healthcheck},
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
	c->image_asked = image_asked(c);
	return c;
}

static struct json_object *labels_from(struct json_object *labels)
{
	return json_object_is_type(labels, json_type_object) ? json_object_get(labels)
							     : json_object_new_object();
}

/* Those that are wanted, beside params, by their names. NULL with *err. */
static struct json_object *make_views(const struct container_parts *parts, const struct lookup *lookup,
				      struct err *err)
{
	const struct view_source source = {parts->doc, &parts->facts, lookup, parts->image_doc,
					   parts->unknown};
	struct json_object *all = json_object_new_object();

	json_object_object_add(all, "params", parts->doc);
	json_object_object_add(all, "mounts", parts->mounts);
	for (size_t i = 0; i < ARRAY_LEN(views); i++) {
		struct json_object *view;

		if (!views[i].make || (views[i].needs && !(views[i].needs & parts->needs)))
			continue;
		view = views[i].make(&source, err);
		if (!view) {
			json_object_put(all);
			return NULL;
		}
		json_object_object_add(all, views[i].name, view);
	}
	return all;
}

struct container *container_from_parts(const struct container_parts *parts, const struct lookup *lookup,
				       struct err *err)
{
	struct json_object *doc = parts->doc, *state, *all;
	struct container *c;

	schema_fill(&schema_container, doc);
	mounts_mark_engine(parts->mounts, lookup, &parts->facts);
	all = make_views(parts, lookup, err);
	if (!all)
		return NULL;
	state = json_get(doc, "State");
	c = container_new(json_get_str(doc, "Id"), json_get_str(doc, "Name"),
			  parts->image ? parts->image : json_get_str(json_get(doc, "Config"), "Image"), all);
	c->pid = (pid_t)json_get_int(state, "Pid");
	c->started_ns = clock_parse_rfc3339(json_get_str(state, "StartedAt"));
	c->created_ns = clock_parse_rfc3339(json_get_str(doc, "Created"));
	c->own_network =
		c->pid && strcmp(json_get_str(json_get(doc, "HostConfig"), "NetworkMode"), "host") != 0;
	return c;
}

static struct docker_facts facts_of(const struct lookup *lookup)
{
	return lookup->docker ? docker_known_facts(lookup->docker) : (struct docker_facts){0};
}

static struct container *from_inspect(struct json_object *doc, const struct lookup *lookup, struct err *err)
{
	AUTO(free_charp) char *image = NULL;
	AUTO(json_putp) struct json_object *image_doc = NULL;
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
	if (lookup_image(lookup, json_get_str(doc, "Image"), &image_doc, err) ||
	    lookup_image_name(lookup, json_get_str(json_get(doc, "Config"), "Image"), &image, err) ||
	    !(mounts = mounts_list(doc, lookup, false, err))) {
		json_object_put(doc);
		return NULL;
	}
	remote = lookup->docker && docker_is_remote(lookup->docker);
	if (!remote)
		mounts_add_actual(mounts, (pid_t)json_get_int(json_get(doc, "State"), "Pid"),
				  json_get_str(doc, "Id"));
	c = container_from_parts(&(struct container_parts){.doc = doc,
							   .mounts = mounts,
							   .image = image,
							   .image_doc = image_doc,
							   .facts = facts_of(lookup),
							   .needs = NEED_ALL},
				 lookup, err);
	if (c && remote) {
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
	c->started_ns = c->created_ns = (uint64_t)json_get_int(entry, "Created") * NS_PER_S;
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

/* ---- keeping ---- */

/* Owners write documents as large as dockerd lets them: all that are kept together have a bound. Ordinary
 * ones, of some 30 KiB, are kept beyond it. */
#define KEPT_MAX (256U << 20)
#define SMALL	 (256U << 10)

static atomic_size_t kept_bytes;

/* Counts it; how much is kept with it. */
static size_t keep(struct container *c)
{
	c->kept_bytes = malloc_usable_size(c->packed);
	return atomic_fetch_add(&kept_bytes, c->kept_bytes) + c->kept_bytes;
}

static void forget_packed(struct container *c)
{
	atomic_fetch_sub(&kept_bytes, c->kept_bytes);
	c->kept_bytes = 0;
	free(c->packed);
	c->packed = NULL;
}

static void forget_views(struct container *c)
{
	forget_packed(c);
	set_views(c, value_null());
	c->unreadable = true;
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
	if (keep(c) > KEPT_MAX && c->kept_bytes > SMALL)
		forget_views(c);
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
	forget_packed(c);
	free(c->id);
	free(c->name);
	free(c->owner);
	free(c->image);
	free(c->image_asked);
	free(c);
}
