/* The root of what a container rule sees, and the compiler's knowledge of it. */
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "container/container.h"
#include "container/views.h"
#include "rules/needs.h"
#include "view/fields.h"
#include "view/figures.h"
#include "view/subject.h"
#include "moment_internal.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Where a root field is had from: a member of the container or of the subject. */
enum root_kind {
	CONTAINER_TEXT,
	CONTAINER_IMAGE,
	CONTAINER_VALUE,
	SUBJECT_TEXT,
	SUBJECT_INTEGER,
	SUBJECT_IDLE,
	SUBJECT_TIME,
	SUBJECT_HOST,
	SUBJECT_GROUP,
	SUBJECT_METRICS
};

typedef int (*resolve_fn)(struct arena *arena, struct logic_path *path, unsigned *needs, struct err *err);
static int resolve_scalar(struct arena *arena, struct logic_path *path, unsigned *needs, struct err *err);
static int resolve_params(struct arena *arena, struct logic_path *path, unsigned *needs, struct err *err);
static int resolve_view(struct arena *arena, struct logic_path *path, unsigned *needs, struct err *err);
static int resolve_metric(struct arena *arena, struct logic_path *path, unsigned *needs, struct err *err);
static int resolve_time(struct arena *arena, struct logic_path *path, unsigned *needs, struct err *err);
static int resolve_host(struct arena *arena, struct logic_path *path, unsigned *needs, struct err *err);
static int resolve_group(struct arena *arena, struct logic_path *path, unsigned *needs, struct err *err);

/* The root's fields; a field's place here is its slot. */
static const struct root_field {
	const char *name;
	unsigned needs;
	enum root_kind kind;
	size_t offset;
	resolve_fn below; /* checks what a path has below it; NULL: anything may be there */
	bool whitelist_only;
} roots[] = {
#define CONTAINER(kind, member) kind, offsetof(struct container, member)
#define SUBJECT(kind, member)	kind, offsetof(struct subject, member)
	{"name", 0, CONTAINER(CONTAINER_TEXT, name), resolve_scalar, false},
	{"id", 0, CONTAINER(CONTAINER_TEXT, id), resolve_scalar, false},
	{"position", NEED_POSITION, SUBJECT(SUBJECT_INTEGER, position), resolve_scalar, false},
	{"age_s", 0, SUBJECT(SUBJECT_INTEGER, age_s), resolve_scalar, false},
	{"created_age_s", 0, SUBJECT(SUBJECT_INTEGER, created_age_s), resolve_scalar, false},
	{"idle_s", NEED_METRICS | NEED_IDLE, SUBJECT(SUBJECT_IDLE, usage), resolve_scalar, false},
	{"time", 0, SUBJECT(SUBJECT_TIME, time), resolve_time, false},
	{"group", NEED_GROUP, SUBJECT(SUBJECT_GROUP, group_fields), resolve_group, false},
	{"host", NEED_HOST, SUBJECT(SUBJECT_HOST, host), resolve_host, false},
	{"owner", NEED_OWNER, SUBJECT(SUBJECT_TEXT, owner), resolve_scalar, false},
	{"check_source", 0, SUBJECT(SUBJECT_TEXT, check_source), resolve_scalar, false},
	{"violated_rule", 0, SUBJECT(SUBJECT_TEXT, violated_rule), resolve_scalar, true},
	{"image", NEED_PARAMS, CONTAINER(CONTAINER_IMAGE, image), resolve_scalar, false},
	{"params", NEED_PARAMS, CONTAINER(CONTAINER_VALUE, params), resolve_params, false},
	{"labels", NEED_PARAMS | NEED_IMAGE, CONTAINER(CONTAINER_VALUE, labels), NULL, false},
	{"env", NEED_PARAMS | NEED_IMAGE, CONTAINER(CONTAINER_VALUE, env), NULL, false},
	{"mounts", NEED_PARAMS | NEED_IMAGE | NEED_MOUNTS, CONTAINER(CONTAINER_VALUE, mounts), resolve_view,
	 false},
	{"capabilities", NEED_PARAMS, CONTAINER(CONTAINER_VALUE, capabilities), NULL, false},
	{"security", NEED_PARAMS | NEED_SECURITY, CONTAINER(CONTAINER_VALUE, security), resolve_view, false},
	{"devices", NEED_PARAMS | NEED_DEVICES, CONTAINER(CONTAINER_VALUE, devices), resolve_view, false},
	{"ports", NEED_PARAMS | NEED_IMAGE | NEED_PORTS, CONTAINER(CONTAINER_VALUE, ports), resolve_view,
	 false},
	{"namespaces", NEED_PARAMS | NEED_NAMESPACES, CONTAINER(CONTAINER_VALUE, namespaces), resolve_view,
	 false},
	{"networks", NEED_PARAMS | NEED_NETWORKS, CONTAINER(CONTAINER_VALUE, networks), resolve_view, false},
	{"image_names", NEED_PARAMS | NEED_IMAGE, CONTAINER(CONTAINER_VALUE, image_names), NULL, false},
	{"image_id", NEED_PARAMS | NEED_IMAGE, CONTAINER(CONTAINER_VALUE, image_id), resolve_scalar, false},
	{"image_digests", NEED_PARAMS | NEED_IMAGE, CONTAINER(CONTAINER_VALUE, image_digests), NULL, false},
	{"unknown_fields", NEED_UNKNOWN, CONTAINER(CONTAINER_VALUE, unknown_fields), NULL, false},
	{"user", NEED_PARAMS | NEED_IMAGE | NEED_PROCESS, CONTAINER(CONTAINER_VALUE, user), resolve_view,
	 false},
	{"healthcheck", NEED_PARAMS | NEED_IMAGE | NEED_PROCESS, CONTAINER(CONTAINER_VALUE, healthcheck),
	 resolve_view, false},
	{"metrics", NEED_METRICS, SUBJECT(SUBJECT_METRICS, metrics), resolve_metric, false},
#undef CONTAINER
#undef SUBJECT
};

#define SLOT_METRICS ((int)ARRAY_LEN(roots)) /* the figures' slots follow */

static const struct subject *of_view(const struct value_view *view)
{
	return (const struct subject *)(const void *)view; /* view comes first */
}

/* Where figures were given by judge and test it is one of them. */
static bool fetch_idle(const struct subject *s, struct value *out)
{
	bool known = s->saved ? value_get(value_from_json(s->metrics_doc), "idle_s", strlen("idle_s"), out)
			      : s->usage && s->usage->fields & USAGE_IDLE;

	if (known && !s->saved)
		*out = value_int((int64_t)(s->usage->idle_ns / NS_PER_S));
	if (!known) /* as a figure that this host does not give */
		((struct subject *)(void *)(size_t)s)->absent = true;
	return known;
}

/* False for what is not known here. */
static bool fetch_root(const struct subject *s, const struct root_field *r, struct value *out)
{
	const void *of_container = (const char *)s->container + r->offset;
	const void *of_subject = (const char *)s + r->offset;

	switch (r->kind) {
	case CONTAINER_TEXT:
		*out = value_str(*(const char *const *)of_container);
		return true;
	case CONTAINER_IMAGE: /* an exemption goes by what was asked for, not by a tag that somebody gave it
			       */
		*out = value_str(s->violated_rule ? s->container->image_asked : s->container->image);
		return true;
	case CONTAINER_VALUE:
		*out = *(const struct value *)of_container;
		return true;
	case SUBJECT_TEXT:
		*out = value_str(*(const char *const *)of_subject);
		return out->type != V_NULL;
	case SUBJECT_INTEGER:
		*out = value_int(*(const int64_t *)of_subject);
		return true;
	case SUBJECT_IDLE:
		return fetch_idle(s, out);
	case SUBJECT_TIME:
		*out = (struct value){.type = V_VIEW, .view = of_subject};
		return true;
	case SUBJECT_HOST:
		*out = (struct value){.type = V_VIEW, .view = of_subject};
		return s->host_doc != NULL;
	case SUBJECT_GROUP:
		*out = (struct value){.type = V_VIEW, .view = of_subject};
		return s->group != NULL;
	case SUBJECT_METRICS:
		*out = (struct value){.type = V_VIEW, .view = of_subject};
		return s->usage != NULL;
	}
	return false;
}

static bool fetch_figure(const struct subject *s, const struct figure *f, struct value *out)
{
	return s->saved ? figure_find_saved(f, s->metrics_doc, out)
			: s->usage && figure_read(f, s->usage, s->base, out);
}

static bool fetch(const struct value_view *view, int slot, struct value *out)
{
	const struct subject *s = of_view(view);

	if (slot < SLOT_METRICS)
		return fetch_root(s, &roots[slot], out);
	if (fetch_figure(s, &figures()[slot - SLOT_METRICS], out))
		return true;
	((struct subject *)(void *)(size_t)s)->absent = true;
	return false;
}

static bool get_root(const struct value_view *view, const char *key, size_t len, struct value *out)
{
	for (size_t i = 0; i < ARRAY_LEN(roots); i++)
		if (strlen(roots[i].name) == len && !memcmp(roots[i].name, key, len))
			return fetch(view, (int)i, out);
	return false;
}

static struct json_object *root_to_json(const struct value_view *view)
{
	struct json_object *j = json_object_new_object();

	for (size_t i = 0; i < ARRAY_LEN(roots); i++) {
		struct value v;

		if (fetch(view, (int)i, &v))
			json_object_object_add(j, roots[i].name, value_to_json(v));
	}
	return j;
}

/* ---- metrics by name, for paths that were not resolved when the rule was compiled ---- */

static struct subject *of_metrics(const struct value_view *view)
{
	return (struct subject *)(void *)((size_t)view - offsetof(struct subject, metrics));
}

static struct json_object *metrics_json(const struct value_view *view)
{
	struct subject *s = of_metrics(view);
	struct json_object *j;

	if (s->saved)
		return json_object_get(s->metrics_doc);
	j = figures_to_json(s->usage, s->base);
	json_object_object_add(j, "networks", figures_read_networks(s->container->pid, s->container->id));
	return j;
}

static bool get_metric(const struct value_view *view, const char *key, size_t len, struct value *out)
{
	struct subject *s = of_metrics(view);

	/* kept until subject_clear(): what is returned is borrowed from it */
	if (!s->metrics_doc)
		s->metrics_doc = metrics_json(view);
	if (value_get(value_from_json(s->metrics_doc), key, len, out))
		return true;
	s->absent = true;
	return false;
}

/* ---- for wires ---- */

/* What a path of a rule in force reads: a figure by its slot, or NULL. */
static const struct figure *figure_of(const struct logic_path *path)
{
	return path->slot >= SLOT_METRICS ? &figures()[path->slot - SLOT_METRICS] : NULL;
}

/* The container's own, which only its being read anew changes. */
static bool is_of_container(const struct logic_path *path)
{
	const char *name = path->len && path->keys[0].type == V_STRING ? path->keys[0].s : "";

	for (size_t i = 0; i < ARRAY_LEN(roots); i++)
		if (!strcmp(roots[i].name, name))
			return roots[i].kind == CONTAINER_TEXT || roots[i].kind == CONTAINER_VALUE;
	return false;
}

static enum bound_input look_for_memory(const struct bound_inputs *in, const struct logic_path *path,
					uint64_t below, long double *lo, long double *hi)
{
	const struct subject *s =
		(const struct subject *)(const void *)((const char *)in - offsetof(struct subject, memory));
	const struct figure *f = figure_of(path);

	if (f)
		return s->usage && figure_below(f, s->usage, below, lo, hi) ? BOUND_RANGE : BOUND_UNKNOWN;
	return is_of_container(path) ? BOUND_FIXED : BOUND_UNKNOWN;
}

void subject_init(struct subject *s, const struct container *c, int64_t position, const char *check_source)
{
	*s = (struct subject){
		.view = {get_root, fetch, root_to_json},
		.metrics = {get_metric, NULL, metrics_json},
		.time = moment_time_view(),
		.host = moment_host_view(),
		.group_fields = group_view(),
		.memory = {look_for_memory},
		.container = c,
		.owner = c->owner ? c->owner : OWNER_UNKNOWN,
		.check_source = check_source,
		.position = position,
	};
}

void subject_clear(struct subject *s)
{
	json_object_put(s->metrics_doc);
	json_object_put(s->group_doc);
	s->metrics_doc = s->group_doc = NULL;
	s->saved = false;
}

void subject_set_metrics(struct subject *s, struct json_object *doc)
{
	static const struct usage none;

	s->metrics_doc = json_object_get(doc);
	s->saved = true;
	s->usage = s->base = &none; /* there are metrics, but not from here */
}

struct value subject_value(const struct subject *s)
{
	return (struct value){.type = V_VIEW, .view = &s->view};
}

/* ---- compiling ---- */

static const char *path_text(struct arena *arena, const struct logic_path *path, size_t from)
{
	struct buf b = {0};
	const char *text;

	for (size_t i = from; i < path->len; i++) {
		if (i > from)
			buf_puts(&b, ".");
		value_to_text(path->keys[i], &b);
	}
	text = arena_strndup(arena, b.s ? b.s : "", b.len);
	buf_free(&b);
	return text;
}

static int no_such_field(struct arena *arena, const struct logic_path *path, const char *nearest,
			 struct err *err)
{
	return err_set(err, 0, "%.200s: no such field%s%s%s", path_text(arena, path, 0),
		       nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}

static int resolve_metric(struct arena *arena, struct logic_path *path, unsigned *needs, struct err *err)
{
	const char *text = path_text(arena, path, 1);
	const struct figure *f;

	if (path->len < 2) {
		*needs |= NEED_PIDS;
		return 0;
	}
	if (path->keys[1].type == V_STRING && !strcmp(path->keys[1].s, "networks")) {
		*needs |= NEED_INTERFACES;
		return 0;
	}
	f = figure_find(text);
	if (f) {
		path->slot = SLOT_METRICS + (int)(f - figures());
		*needs |= f->needs;
		return 0;
	}
	/* a whole branch ("metrics.memory_stats") is data too */
	for (const char *const *name = figure_paths(); *name; name++)
		if (str_starts_with(*name, text) && (*name)[strlen(text)] == '.') {
			*needs |= NEED_NETWORK | NEED_RATE | NEED_PIDS;
			return 0;
		}
	return no_such_field(arena, path, str_nearest(text, figure_paths()), err);
}

static int resolve_time(struct arena *arena, struct logic_path *path, unsigned *needs, struct err *err)
{
	const char *nearest;

	(void)needs;
	return path->len < 2 || moment_has_time(path_text(arena, path, 0), &nearest)
		       ? 0
		       : no_such_field(arena, path, nearest, err);
}

static int resolve_host(struct arena *arena, struct logic_path *path, unsigned *needs, struct err *err)
{
	const char *nearest;

	(void)needs;
	return path->len < 2 || moment_has_host(path_text(arena, path, 0), &nearest)
		       ? 0
		       : no_such_field(arena, path, nearest, err);
}

/* What a group has is known of its containers' documents; what it uses has to be measured. */
static int resolve_group(struct arena *arena, struct logic_path *path, unsigned *needs, struct err *err)
{
	static const char *const documented[] = {"group.key", "group.count", "group.limits",
						 "group.unlimited"};
	const char *text = path_text(arena, path, 0), *nearest;
	bool measured = true;

	if (path->len >= 2 && !group_has(text, &nearest))
		return no_such_field(arena, path, nearest, err);
	for (size_t i = 0; i < ARRAY_LEN(documented); i++)
		measured = measured && !str_starts_with(text, documented[i]);
	*needs |= measured ? NEED_GROUP_USAGE : 0U;
	if (path->len < 2 || !strcmp(text, "group.cpu_percent"))
		*needs |= NEED_RATE;
	return 0;
}

static int resolve_scalar(struct arena *arena, struct logic_path *path, unsigned *needs, struct err *err)
{
	(void)needs;
	return path->len > 1 ? no_such_field(arena, path, path->keys[0].s, err) : 0;
}

static int resolve_params(struct arena *arena, struct logic_path *path, unsigned *needs, struct err *err)
{
	const char *nearest;
	size_t bad;

	if (!params_check_path(arena, &schema_container, path->keys + 1, path->len - 1, &bad, &nearest))
		return no_such_field(arena, path, nearest, err);
	/* all of a request but its HostConfig may come from the image too */
	if (path->len < 2 || strcmp(path->keys[1].s, "HostConfig") != 0)
		*needs |= NEED_IMAGE;
	if (path->len < 2 || !strcmp(path->keys[1].s, "NetworkSettings"))
		*needs |= NEED_NETWORKS;
	if (path->len < 2 || !strcmp(path->keys[1].s, "Mounts"))
		*needs |= NEED_MOUNTS;
	return 0;
}

static int resolve_view(struct arena *arena, struct logic_path *path, unsigned *needs, struct err *err)
{
	const char *nearest;
	size_t bad;

	(void)needs;
	if (!params_check_path(arena, views_schema(path->keys[0].s), path->keys + 1, path->len - 1, &bad,
			       &nearest))
		return no_such_field(arena, path, nearest, err);
	return 0;
}

/* The root field of that name; NULL with its nearest in *nearest. */
static const struct root_field *find_root(bool whitelist, const char *name, const char **nearest)
{
	const char *names[ARRAY_LEN(roots) + 1] = {NULL};
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(roots); i++) {
		if (roots[i].whitelist_only && !whitelist)
			continue;
		if (!strcmp(roots[i].name, name))
			return &roots[i];
		names[n++] = roots[i].name;
	}
	*nearest = str_nearest(name, names);
	return NULL;
}

static int resolve(bool whitelist, struct arena *arena, struct logic_path *path, unsigned *needs,
		   struct err *err)
{
	const struct root_field *root = NULL;
	const char *nearest = NULL;

	if (!path->len) {
		*needs |= NEED_ALL;
		return 0;
	}
	if (path->keys[0].type == V_STRING)
		root = find_root(whitelist, path->keys[0].s, &nearest);
	if (!root)
		return no_such_field(arena, path, nearest, err);
	*needs |= root->needs;
	if (path->len == 1 && root->kind != SUBJECT_METRICS)
		path->slot = (int)(root - roots);
	return root->below ? root->below(arena, path, needs, err) : 0;
}

static int resolve_rule(const struct logic_binding *b, struct arena *arena, struct logic_path *path,
			unsigned *needs, struct err *err)
{
	(void)b;
	return resolve(false, arena, path, needs, err);
}

static int resolve_whitelist(const struct logic_binding *b, struct arena *arena, struct logic_path *path,
			     unsigned *needs, struct err *err)
{
	(void)b;
	return resolve(true, arena, path, needs, err);
}

/* Of the lists of params and of the views, as Docker's types and ours say. */
static const void *element(const struct logic_binding *b, const void *within, const struct logic_path *path)
{
	const struct schema *root;

	(void)b;
	if (within) {
		const struct schema *type = within;

		return params_element(type, path->keys, path->len);
	}
	if (!path->len || path->keys[0].type != V_STRING)
		return NULL;
	root = strcmp(path->keys[0].s, "params") ? views_schema(path->keys[0].s) : &schema_container;
	return root ? params_element(root, path->keys + 1, path->len - 1) : NULL;
}

static int resolve_element(const void *type, struct arena *arena, struct logic_path *path, struct err *err)
{
	const char *nearest;
	size_t bad;

	return params_check_path(arena, type, path->keys, path->len, &bad, &nearest)
		       ? 0
		       : no_such_field(arena, path, nearest, err);
}

const struct logic_binding *subject_binding(bool whitelist)
{
	static const struct logic_binding bindings[] = {
		{resolve_rule, NEED_ALL, element, resolve_element, fields_describe_subject},
		{resolve_whitelist, NEED_ALL, element, resolve_element, fields_describe_subject},
	};

	return &bindings[whitelist];
}

const char *const *subject_names(void)
{
	static _Thread_local const char *names[ARRAY_LEN(roots) + 1];

	for (size_t i = 0; i < ARRAY_LEN(roots); i++)
		names[i] = roots[i].name;
	return names;
}
