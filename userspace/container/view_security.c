/*
 * What keeps a container from the kernel and from the host, as dockerd sets it up.
 *
 * Source: moby daemon/daemon_unix.go parseSecurityOpt (in order; a later option replaces an earlier one),
 * daemon/seccomp_linux.go, daemon/container_linux.go saveAppArmorConfig, daemon/oci_linux.go (masked and
 * read-only paths, writable cgroups), opencontainers/selinux label.InitLabels.
 */
#include "base/json.h"
#include "base/text.h"
#include "versions_internal.h"
#include "views_internal.h"

#include <string.h>

struct options {
	const char *seccomp, *apparmor, *label_type;
	struct json_object *labels;
	bool no_new_privileges, label_disabled;
	const bool *writable_cgroups; /* NULL: not said */
};

static const bool yes = true, no = false;

/* strconv.ParseBool. NULL for what it refuses, with which dockerd refuses the container. */
static const bool *parse_bool(const char *text)
{
	static const char *const words[2][6] = {{"0", "f", "F", "FALSE", "false", "False"},
						{"1", "t", "T", "TRUE", "true", "True"}};

	for (size_t i = 0; i < ARRAY_LEN(words[0]); i++) {
		if (!strcmp(text, words[0][i]))
			return &no;
		if (!strcmp(text, words[1][i]))
			return &yes;
	}
	return NULL;
}

static void set_label(struct options *o, const char *value)
{
	json_object_array_add(o->labels, json_object_new_string(value));
	o->label_disabled = o->label_disabled || !strcmp(value, "disable");
	if (str_starts_with(value, "type:"))
		o->label_type = value + strlen("type:");
}

static void set_apparmor(struct options *o, const char *value)
{
	o->apparmor = value;
}

static void set_seccomp(struct options *o, const char *value)
{
	o->seccomp = value;
}

static void set_no_new_privileges(struct options *o, const char *value)
{
	const bool *given = parse_bool(value);

	if (given)
		o->no_new_privileges = *given;
}

static void set_writable_cgroups(struct options *o, const char *value)
{
	const bool *given = parse_bool(value);

	if (given)
		o->writable_cgroups = given;
}

static const struct keyword {
	const char *name;
	void (*set)(struct options *o, const char *value);
	const char *alone; /* what it means without a value; NULL: dockerd refuses that */
} keywords[] = {
	{"label", set_label, NULL},
	{"apparmor", set_apparmor, NULL},
	{"seccomp", set_seccomp, NULL},
	{"no-new-privileges", set_no_new_privileges, "true"},
	{"writable-cgroups", set_writable_cgroups, "true"},
	{"disable", set_label, "disable"},
};

/* "key=value", or "key:value" if there is no "=" in it at all. */
static void read_option(struct options *o, const char *option)
{
	const char *separator = strchr(option, '=');

	if (!separator)
		separator = strchr(option, ':');
	for (size_t i = 0; i < ARRAY_LEN(keywords); i++) {
		const struct keyword *k = &keywords[i];
		size_t len = strlen(k->name);

		if (k->alone && !strcmp(option, k->name))
			k->set(o, k->alone);
		else if (separator && strcmp(k->name, "disable") != 0 &&
			 len == (size_t)(separator - option) && !strncmp(option, k->name, len))
			k->set(o, separator + 1);
	}
}

/* A privileged container has only what it asks for, and before Engine 27 nothing. */
static const char *seccomp_of(const struct view_source *s, const struct options *o, bool privileged)
{
	bool given = *o->seccomp != 0;

	if (!strcmp(o->seccomp, "unconfined"))
		return "unconfined";
	if (privileged)
		return given && versions_has(s->facts, TRAIT_PRIVILEGED_SECCOMP) ? "custom" : "unconfined";
	return !given || !strcmp(o->seccomp, "builtin") ? "default" : "custom";
}

static const char *apparmor_of(const struct options *o, bool privileged)
{
	if (privileged || !strcmp(o->apparmor, "unconfined"))
		return "unconfined";
	return !*o->apparmor || !strcmp(o->apparmor, "docker-default") ? "default" : "custom";
}

static bool contains(struct json_object *list, const char *text)
{
	for (size_t i = 0; i < json_count(list); i++)
		if (!strcmp(json_str_at(list, i), text))
			return true;
	return false;
}

/*
 * Those of `wanted` that are not in `list`, letter by letter: of "/proc/x/../kcore" the kernel may find no
 * /proc/x. No list is dockerd's own, but for a privileged container, which then has none. Takes over
 * `wanted`.
 */
static struct json_object *missing(struct json_object *wanted, struct json_object *list, bool privileged)
{
	struct json_object *out = json_object_new_array();

	for (size_t i = 0; (list || privileged) && i < json_count(wanted); i++)
		if (!contains(list, json_str_at(wanted, i)))
			json_object_array_add(out, json_object_get(json_object_array_get_idx(wanted, i)));
	json_object_put(wanted);
	return out;
}

static void add_flag(struct json_object *j, const char *key, bool value)
{
	json_object_object_add(j, key, json_object_new_boolean(value));
}

struct json_object *view_security(const struct view_source *s, struct err *err)
{
	struct json_object *host = json_get(s->params, "HostConfig"), *given = json_get(host, "SecurityOpt");
	struct json_object *out = json_object_new_object();
	struct options o = {.seccomp = "",
			    .apparmor = "",
			    .label_type = "",
			    .labels = json_object_new_array(),
			    .no_new_privileges = s->facts->no_new_privileges};
	bool privileged = json_object_get_boolean(json_get(host, "Privileged"));

	(void)err;
	for (size_t i = 0; i < json_count(given); i++)
		read_option(&o, json_str_at(given, i));
	add_flag(out, "privileged", privileged);
	add_flag(out, "no_new_privileges", o.no_new_privileges);
	json_add_str(out, "seccomp", seccomp_of(s, &o, privileged));
	json_add_str(out, "apparmor", apparmor_of(&o, privileged));
	add_flag(out, "label_disabled", o.label_disabled);
	json_add_str(out, "label_type", o.label_type);
	json_object_object_add(out, "label_options", o.labels);
	json_object_object_add(
		out, "masked_paths_missing",
		missing(versions_masked_paths(s->facts), json_get(host, "MaskedPaths"), privileged));
	json_object_object_add(
		out, "readonly_paths_missing",
		missing(versions_readonly_paths(), json_get(host, "ReadonlyPaths"), privileged));
	add_flag(out, "writable_cgroups", o.writable_cgroups ? *o.writable_cgroups : privileged);
	return out;
}
