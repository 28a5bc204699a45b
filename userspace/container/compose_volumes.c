/* volumes, tmpfs and volumes_from, short and long. */
#include "compose_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

char *compose_host_path(struct making *m, const char *source)
{
	AUTO(free_charp) char *whole = NULL;
	const char *home = m->c->variable(m->c->arg, "HOME");
	char *clean;

	if (*source == '~' && (!source[1] || source[1] == '/'))
		whole = mem_printf("%s%s", home ? home : "/root", source + 1);
	else if (*source == '.')
		whole = mem_printf("%s/%s", m->c->folder, source);
	else if (*source == '/')
		whole = mem_strdup(source);
	else
		return NULL;
	clean = mem_calloc(1, strlen(whole) + 2);
	str_clean_path(whole, clean);
	return clean;
}

/* What makes a volume one of its own kind goes into the request, for dockerd is not asked. */
static struct json_object *volume_options(struct making *m, const char *name)
{
	struct json_object *volume = json_get(json_get(m->file, "volumes"), name),
			   *options = json_get(volume, "driver_opts"), *j, *driver;
	const char *by = json_get_str(volume, "driver");

	if (!options && (!*by || !strcmp(by, "local")))
		return NULL;
	j = json_object_new_object();
	driver = compose_object(j, "DriverConfig");
	json_add_str(driver, "Name", *by ? by : "local");
	if (options)
		json_object_object_add(driver, "Options", json_object_get(options));
	return j;
}

static int add_volume(struct making *m, const char *source, const char *target, const char *mode)
{
	AUTO(free_charp) char *name = compose_resource_name(m, "volumes", source);
	struct json_object *options, *mount;

	if (!name)
		return -1;
	options = volume_options(m, source);
	if (!options) {
		AUTO(free_charp) char *bind = mem_printf("%s:%s:%s", name, target, *mode ? mode : "rw");

		json_object_array_add(compose_list(m->host, "Binds"), json_object_new_string(bind));
		return 0;
	}
	mount = json_object_new_object();
	json_add_str(mount, "Type", "volume");
	json_add_str(mount, "Source", name);
	json_add_str(mount, "Target", target);
	json_object_object_add(mount, "ReadOnly", json_object_new_boolean(!strcmp(mode, "ro")));
	json_object_object_add(mount, "VolumeOptions", options);
	json_object_array_add(compose_list(m->host, "Mounts"), mount);
	return 0;
}

/* [SOURCE:]TARGET[:MODE] */
static int take_short(struct making *m, char *text)
{
	char *target = strchr(text, ':'), *mode = target ? strchr(target + 1, ':') : NULL;
	AUTO(free_charp) char *path = NULL;
	AUTO(free_charp) char *bind = NULL;

	if (!target) {
		if (*text != '/')
			return err_set(m->err, EINVAL,
				       "\"%.200s\": must be an absolute path, or SOURCE:TARGET", text);
		json_object_object_add(compose_object(m->body, "Volumes"), text, json_object_new_object());
		return 0;
	}
	*target++ = 0;
	if (mode)
		*mode++ = 0;
	if (*target != '/')
		return err_set(m->err, EINVAL, "\"%.200s\": must be an absolute path in the container",
			       target);
	path = compose_host_path(m, text);
	if (!path)
		return add_volume(m, text, target, mode ? mode : "");
	bind = mem_printf("%s:%s:%s", path, target, mode ? mode : "rw");
	json_object_array_add(compose_list(m->host, "Binds"), json_object_new_string(bind));
	return 0;
}

static int take_bool(struct json_object *from, const char *key, struct json_object *to, const char *name,
		     struct err *err)
{
	bool b;

	if (!json_get(from, key))
		return 0;
	if (compose_bool(json_get(from, key), &b, err))
		return -1;
	json_object_object_add(to, name, json_object_new_boolean(b));
	return 0;
}

static int take_bind_options(struct making *m, struct json_object *v, struct json_object *mount)
{
	static const char *const known[] = {"propagation", "create_host_path", "selinux", NULL};
	struct json_object *options;

	if (!v)
		return 0;
	if (compose_only_keys(v, known, m->err))
		return err_wrap(m->err, "bind");
	options = compose_object(mount, "BindOptions");
	if (json_get(v, "propagation"))
		json_add_str(options, "Propagation", json_get_str(v, "propagation"));
	return 0;
}

static int take_volume_options(struct making *m, struct json_object *v, struct json_object *mount,
			       const char *source)
{
	static const char *const known[] = {"nocopy", "subpath", NULL};
	struct json_object *options = *source ? volume_options(m, source) : NULL;

	if (options)
		json_object_object_add(mount, "VolumeOptions", options);
	if (!v)
		return 0;
	if (compose_only_keys(v, known, m->err))
		return err_wrap(m->err, "volume");
	options = compose_object(mount, "VolumeOptions");
	if (json_get(v, "subpath"))
		json_add_str(options, "Subpath", json_get_str(v, "subpath"));
	return take_bool(v, "nocopy", options, "NoCopy", m->err);
}

static int take_tmpfs_options(struct making *m, struct json_object *v, struct json_object *mount)
{
	static const char *const known[] = {"size", "mode", NULL};
	struct json_object *options, *n = NULL;

	if (!v)
		return 0;
	if (compose_only_keys(v, known, m->err))
		return err_wrap(m->err, "tmpfs");
	options = compose_object(mount, "TmpfsOptions");
	if (json_get(v, "size")) {
		if (compose_bytes(json_get(v, "size"), &n, m->err))
			return err_wrap(m->err, "size");
		json_object_object_add(options, "SizeBytes", n);
	}
	if (json_get(v, "mode")) {
		if (compose_integer(json_get(v, "mode"), &n, m->err))
			return err_wrap(m->err, "mode");
		json_object_object_add(options, "Mode", n);
	}
	return 0;
}

static int take_long(struct making *m, struct json_object *v)
{
	static const char *const known[] = {"type", "source", "target", "read_only", "consistency",
					    "bind", "volume", "tmpfs",	NULL};
	const char *type = json_get_str(v, "type"), *source = json_get_str(v, "source"),
		   *target = json_get_str(v, "target");
	bool bind = !strcmp(type, "bind"), volume = !strcmp(type, "volume");
	AUTO(json_putp) struct json_object *mount = json_object_new_object();
	AUTO(free_charp) char *path = NULL;

	if (compose_only_keys(v, known, m->err))
		return -1;
	if (!bind && !volume && strcmp(type, "tmpfs") != 0)
		return err_set(m->err, EINVAL,
			       "type: must be bind, volume or tmpfs; others are not supported here");
	if (*target != '/')
		return err_set(m->err, EINVAL, "target: must be an absolute path in the container");
	if (bind && !(path = compose_host_path(m, source)))
		path = mem_printf("%s/%s", m->c->folder, source);
	else if (volume && *source && !(path = compose_resource_name(m, "volumes", source)))
		return -1;
	json_add_str(mount, "Type", type);
	if (path)
		json_add_str(mount, "Source", path);
	json_add_str(mount, "Target", target);
	if (take_bool(v, "read_only", mount, "ReadOnly", m->err) ||
	    take_bind_options(m, json_get(v, "bind"), mount) ||
	    (volume && take_volume_options(m, json_get(v, "volume"), mount, source)) ||
	    take_tmpfs_options(m, json_get(v, "tmpfs"), mount))
		return -1;
	json_object_array_add(compose_list(m->host, "Mounts"), json_object_get(mount));
	return 0;
}

int compose_take_volumes(struct making *m, struct json_object *v)
{
	if (!json_object_is_type(v, json_type_array))
		return err_set(m->err, EINVAL, "must be a list");
	for (size_t i = 0; i < json_object_array_length(v); i++) {
		struct json_object *volume = json_object_array_get_idx(v, i);
		AUTO(free_charp) char *text = compose_text(volume);

		if (text ? take_short(m, text) : take_long(m, volume))
			return err_wrap(m->err, "%zu", i);
	}
	return 0;
}

int compose_take_tmpfs(struct making *m, struct json_object *v)
{
	AUTO(json_putp) struct json_object *list = NULL;

	if (compose_texts(v, &list, m->err))
		return -1;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		AUTO(free_charp) char *path = mem_strdup(json_str_at(list, i));
		char *colon = strchr(path, ':');

		if (colon)
			*colon = 0;
		json_object_object_add(compose_object(m->host, "Tmpfs"), path,
				       json_object_new_string(colon ? colon + 1 : ""));
	}
	return 0;
}

/* SERVICE[:ro] or container:NAME[:ro] */
int compose_take_volumes_from(struct making *m, struct json_object *v)
{
	AUTO(json_putp) struct json_object *list = NULL;

	if (compose_texts(v, &list, m->err))
		return -1;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		const char *text = json_str_at(list, i);
		AUTO(free_charp) char *of = NULL;

		if (str_starts_with(text, "container:"))
			of = mem_strdup(text + strlen("container:"));
		else
			of = mem_printf("%s-%.*s-1%s", m->project, (int)strcspn(text, ":"), text,
					text + strcspn(text, ":"));
		json_object_array_add(compose_list(m->host, "VolumesFrom"), json_object_new_string(of));
	}
	return 0;
}
