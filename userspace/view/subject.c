/* The root of what a container rule sees, and the compiler's knowledge of it. */
#include "base/json.h"
#include "base/text.h"
#include "container/container.h"
#include "rules/needs.h"
#include "view/figures.h"
#include "view/subject.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Slots of the root's own fields; metrics' slots follow at SLOT_METRICS. */
enum slot {
	SLOT_NAME,
	SLOT_ID,
	SLOT_POSITION,
	SLOT_OWNER,
	SLOT_CHECK_SOURCE,
	SLOT_VIOLATED_RULE,
	SLOT_IMAGE,
	SLOT_PARAMS,
	SLOT_LABELS,
	SLOT_ENV,
	SLOT_MOUNTS,
	SLOT_CAPABILITIES,
	SLOT_ROOT_METRICS,
	SLOT_METRICS
};

static const struct root_name {
	const char *name;
	unsigned needs;
	bool scalar; /* nothing is below it */
} roots[] = {
	[SLOT_NAME] = {"name", 0, true},
	[SLOT_ID] = {"id", 0, true},
	[SLOT_POSITION] = {"position", NEED_POSITION, true},
	[SLOT_OWNER] = {"owner", 0, true},
	[SLOT_CHECK_SOURCE] = {"check_source", 0, true},
	[SLOT_VIOLATED_RULE] = {"violated_rule", 0, true},
	[SLOT_IMAGE] = {"image", NEED_PARAMS, true},
	[SLOT_PARAMS] = {"params", NEED_PARAMS, false},
	[SLOT_LABELS] = {"labels", NEED_PARAMS | NEED_IMAGE, false},
	[SLOT_ENV] = {"env", NEED_PARAMS | NEED_IMAGE, false},
	[SLOT_MOUNTS] = {"mounts", NEED_PARAMS | NEED_IMAGE | NEED_MOUNTS, false},
	[SLOT_CAPABILITIES] = {"capabilities", NEED_PARAMS, false},
	[SLOT_ROOT_METRICS] = {"metrics", NEED_METRICS, false},
};

static const struct subject *of_view(const struct value_view *view)
{
	return (const struct subject *)(const void *)view; /* view comes first */
}

static bool fetch(const struct value_view *view, int slot, struct value *out)
{
	const struct subject *s = of_view(view);
	const struct container *c = s->container;

	switch (slot) {
	case SLOT_NAME:
		*out = value_str(c->name);
		return true;
	case SLOT_ID:
		*out = value_str(c->id);
		return true;
	case SLOT_POSITION:
		*out = value_int(s->position);
		return true;
	case SLOT_OWNER:
		*out = value_str(s->owner);
		return true;
	case SLOT_CHECK_SOURCE:
		*out = value_str(s->check_source);
		return true;
	case SLOT_VIOLATED_RULE:
		*out = value_str(s->violated_rule);
		return s->violated_rule != NULL;
	case SLOT_IMAGE:
		*out = value_str(c->image);
		return true;
	case SLOT_PARAMS:
		*out = c->params;
		return true;
	case SLOT_LABELS:
		*out = c->labels;
		return true;
	case SLOT_ENV:
		*out = c->env;
		return true;
	case SLOT_MOUNTS:
		*out = c->mounts;
		return true;
	case SLOT_CAPABILITIES:
		*out = c->capabilities;
		return true;
	case SLOT_ROOT_METRICS:
		*out = (struct value){.type = V_VIEW, .view = &s->metrics};
		return s->usage != NULL;
	default:
		break;
	}
	if (s->saved ? figure_find_saved(&figures()[slot - SLOT_METRICS], s->metrics_doc, out)
		     : s->usage && figure_read(&figures()[slot - SLOT_METRICS], s->usage, s->base, out))
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
	json_object_object_add(j, "networks", figures_read_networks(s->container->pid));
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

void subject_init(struct subject *s, const struct container *c, int64_t position, const char *check_source)
{
	*s = (struct subject){
		.view = {get_root, fetch, root_to_json},
		.metrics = {get_metric, NULL, metrics_json},
		.container = c,
		.owner = OWNER_UNKNOWN,
		.check_source = check_source,
		.position = position,
	};
}

void subject_clear(struct subject *s)
{
	json_object_put(s->metrics_doc);
	s->metrics_doc = NULL;
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

	if (path->len < 2)
		return 0;
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
			*needs |= NEED_NETWORK | NEED_RATE;
			return 0;
		}
	return no_such_field(arena, path, str_nearest(text, figure_paths()), err);
}

static int resolve(bool whitelist, struct arena *arena, struct logic_path *path, unsigned *needs,
		   struct err *err)
{
	const char *names[ARRAY_LEN(roots) + 1] = {NULL};
	const char *nearest;
	size_t slot = 0, bad, n = 0;

	if (!path->len) {
		*needs |= NEED_ALL;
		return 0;
	}
	if (path->keys[0].type != V_STRING)
		return no_such_field(arena, path, NULL, err);
	for (size_t i = 0; i < ARRAY_LEN(roots); i++)
		if (i != SLOT_VIOLATED_RULE || whitelist)
			names[n++] = roots[i].name;
	while (slot < ARRAY_LEN(roots) &&
	       (strcmp(roots[slot].name, path->keys[0].s) != 0 || (slot == SLOT_VIOLATED_RULE && !whitelist)))
		slot++;
	if (slot == ARRAY_LEN(roots))
		return no_such_field(arena, path, str_nearest(path->keys[0].s, names), err);
	*needs |= roots[slot].needs;
	if (path->len == 1 && slot != SLOT_ROOT_METRICS)
		path->slot = (int)slot;
	if (path->len > 1 && roots[slot].scalar)
		return no_such_field(arena, path, roots[slot].name, err);
	if (slot == SLOT_ROOT_METRICS)
		return resolve_metric(arena, path, needs, err);
	if (slot == SLOT_PARAMS && !params_check_path(arena, path->keys + 1, path->len - 1, &bad, &nearest))
		return no_such_field(arena, path, nearest, err);
	/* all of a request but its HostConfig may come from the image too */
	if (slot == SLOT_PARAMS && (path->len < 2 || strcmp(path->keys[1].s, "HostConfig") != 0))
		*needs |=
			NEED_IMAGE | (path->len < 2 || !strcmp(path->keys[1].s, "Mounts") ? NEED_MOUNTS : 0U);
	return 0;
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

const struct logic_binding *subject_binding(bool whitelist)
{
	static const struct logic_binding bindings[] = {{resolve_rule, NEED_ALL},
							{resolve_whitelist, NEED_ALL}};

	return &bindings[whitelist];
}
