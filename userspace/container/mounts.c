/*
 * The `mounts` view: everything that is mounted into a container, however it was asked for - Binds, Mounts,
 * Tmpfs, volumes of the image or of another container - in one list of one shape.
 */
#include "container/hostpath.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "container_internal.h"

#include <stdlib.h>
#include <string.h>

#define MOST_MOUNTS 1000 /* each is looked for in the file system; no honest container comes near */

struct listing {
	struct json_object *list, *targets; /* targets: those that are taken, as keys */
	const struct lookup *lookup;
	struct err *err;
	bool requested; /* VolumesFrom has yet to be followed */
	/* how what is added was asked for; NULL: as it is */
	const char *kind, *subpath, *propagation;
};

static void add_path(struct json_object *m, const char *key, const char *path)
{
	AUTO(free_charp) char *clean = mem_calloc(strlen(path) + 2, 1);

	if (*path == '/')
		str_clean_path(path, clean);
	json_add_str(m, key, *path == '/' ? clean : path);
}

/*
 * Where a source leads. What cannot be seen of a request refuses it; a container that is there must be judged
 * all the same, so it is by what is written.
 */
static int add_resolved(const struct listing *l, struct json_object *m, const char *source)
{
	AUTO(free_charp)
	char *resolved = *source == '/' ? hostpath_resolve(source, l->err) : mem_strdup(source);

	if (!resolved && l->lookup->strict)
		return -1;
	if (!resolved)
		log_warning("%s; its container is judged by the path as it is written", l->err->msg);
	json_add_str(m, "resolved", resolved ? resolved : source);
	return 0;
}

static int add_mount(struct listing *l, const char *type, const char *source, const char *target,
		     bool read_only)
{
	struct json_object *m = json_object_new_object();

	json_object_array_add(l->list, m);
	if (json_count(l->list) > MOST_MOUNTS && l->lookup->strict)
		return err_set(l->err, 0, "more than %d mounts, which are not judged; ask for fewer",
			       MOST_MOUNTS);
	json_add_str(m, "type", type);
	json_add_str(m, "kind", l->kind ? l->kind : type);
	add_path(m, "source", source);
	add_path(m, "target", target);
	json_object_object_add(l->targets, json_get_str(m, "target"), NULL);
	json_add_str(m, "subpath", l->subpath ? l->subpath : "");
	json_add_str(m, "propagation", l->propagation ? l->propagation : "");
	json_object_object_add(m, "read_only", json_object_new_boolean(read_only));
	json_object_object_add(m, "actual", NULL);
	return add_resolved(l, m, json_get_str(m, "source"));
}

static bool has_target(const struct listing *l, const char *target)
{
	AUTO(free_charp) char *clean = mem_calloc(strlen(target) + 2, 1);

	str_clean_path(target, clean);
	return json_object_object_get_ex(l->targets, clean, NULL);
}

/* The value of `word` in a list of mount options ("ro", "lowerdir=/a:/b"); NULL if it is not among them. */
static const char *find_option(const char *options, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = options; *p; p += strcspn(p, ",") + (p[strcspn(p, ",")] == ',')) {
		if (strncmp(p, word, len) != 0)
			continue;
		if (p[len] == ',' || !p[len])
			return "";
		if (p[len] == '=')
			return p + len + 1;
	}
	return NULL;
}

static bool is_one_of(const char *word, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(word, *list))
			return true;
	return false;
}

/* ---- volumes ---- */

/* A path as dockerd gives it to mount(2): a relative one begins in dockerd's folder, the root. */
static int add_host_path(struct listing *l, const char *path, const char *target, bool read_only)
{
	AUTO(free_charp) char *absolute = mem_printf("%s%s", *path == '/' ? "" : "/", path);

	return add_mount(l, "bind", absolute, target, read_only);
}

/* The folders of an overlay's option, "/a:/b,…": how many there are; -1 with l->err. */
static int add_overlay_dirs(struct listing *l, const char *value, const char *target, bool read_only)
{
	AUTO(free_charp) char *dirs = value ? strndup(value, strcspn(value, ",")) : NULL;
	char *rest = dirs, *dir;
	int n = 0;

	for (; (dir = strsep(&rest, ":")); n++)
		if (add_host_path(l, dir, target, read_only))
			return -1;
	return n;
}

/*
 * A local volume is whatever mount(2) makes of its options: a bind, a disk, an overlay of host folders, the
 * host's /proc. What shows something of the host is listed as the bind that it amounts to: 1 if it was, 0 if
 * it shows nothing of the host, -1 with l->err.
 */
static int add_local_volume(struct listing *l, struct json_object *options, const char *target,
			    bool read_only)
{
	static const char *const harmless[] = {"", "none", "tmpfs", "nfs", "nfs4", "cifs", NULL};
	const char *device = json_get_str(options, "device"), *type = json_get_str(options, "type");
	const char *o = json_get_str(options, "o");
	int lower = add_overlay_dirs(l, find_option(o, "lowerdir"), target, read_only);
	/* what is written to it goes there */
	int upper = lower < 0 ? -1 : add_overlay_dirs(l, find_option(o, "upperdir"), target, read_only);

	if (upper < 0)
		return -1;
	if (lower || upper)
		return 1;
	if (*device == '/' || find_option(o, "bind") || find_option(o, "rbind"))
		return add_host_path(l, device, target, read_only) ? -1 : 1;
	if (is_one_of(type, harmless))
		return 0;
	/* proc, sysfs, devtmpfs, a disk by a relative path … */
	return add_mount(l, "bind", "/", target, read_only) ? -1 : 1;
}

/* dockerd's names for volumes that were given none: 64 random hexadecimal digits. */
static bool is_anonymous(const char *name)
{
	return strlen(name) == 64 && strspn(name, "0123456789abcdef") == 64;
}

/* A volume by name, as it exists, or as `options` (may be NULL) would have it made. */
static int add_volume(struct listing *l, const char *name, struct json_object *options, const char *target,
		      bool read_only)
{
	AUTO(json_putp) struct json_object *found = NULL;
	int listed;

	if (*name && lookup_volume(l->lookup, name, &found, l->err))
		return -1;
	if (found)
		options = !strcmp(json_get_str(found, "Driver"), "local") ? json_get(found, "Options") : NULL;
	l->kind = "volume";
	listed = add_local_volume(l, options, target, read_only);
	l->kind = NULL;
	if (listed)
		return listed < 0 ? -1 : 0;
	return add_mount(l, "volume", is_anonymous(name) ? "" : name, target, read_only);
}

/* ---- the ways to ask for a mount ---- */

/* volume/mounts/linux_parser.go linuxPropagationModes. NULL: none is asked for. */
static const char *find_propagation(const char *options)
{
	static const char *const modes[] = {"private", "rprivate", "slave", "rslave", "shared", "rshared"};

	for (size_t i = 0; i < ARRAY_LEN(modes); i++)
		if (find_option(options, modes[i]))
			return modes[i];
	return NULL;
}

/* "source:target:options", "target:options", "target"; a source that is no path names a volume. */
static int add_bind(struct listing *l, const char *bind)
{
	AUTO(free_charp) char *copy = mem_strdup(bind);
	char *target = strchr(copy, ':'), *options = target ? strchr(target + 1, ':') : NULL;
	bool read_only;
	int r;

	if (target)
		*target++ = 0;
	if (options)
		*options++ = 0;
	if (target && !options && *target != '/') { /* a target is absolute: this is its options */
		options = target;
		target = NULL;
	}
	read_only = options && find_option(options, "ro");
	l->propagation = options ? find_propagation(options) : NULL;
	if (!target)
		r = add_volume(l, "", NULL, copy, read_only);
	else if (*copy != '/')
		r = add_volume(l, copy, NULL, target, read_only);
	else
		r = add_mount(l, "bind", copy, target, read_only);
	l->propagation = NULL;
	return r;
}

static int add_host_config_mount(struct listing *l, struct json_object *m)
{
	struct json_object *driver = json_get(json_get(m, "VolumeOptions"), "DriverConfig");
	const char *name = json_get_str(driver, "Name"), *type = json_get_str(m, "Type");
	const char *source = json_get_str(m, "Source"), *target = json_get_str(m, "Target");
	bool read_only = json_object_get_boolean(json_get(m, "ReadOnly"));
	bool local = !*name || !strcmp(name, "local");
	int r;

	l->subpath = json_get_str(json_get(m, !strcmp(type, "image") ? "ImageOptions" : "VolumeOptions"),
				  "Subpath");
	l->propagation = json_get_str(json_get(m, "BindOptions"), "Propagation");
	if (!strcmp(type, "volume"))
		r = add_volume(l, source, local ? json_get(driver, "Options") : NULL, target, read_only);
	else
		r = add_mount(l, type, source, target, read_only);
	l->subpath = l->propagation = NULL;
	return r;
}

/* What another container has mounted, or this one by ways that the other lists do not show. */
static int add_mount_points(struct listing *l, struct json_object *points, bool read_only)
{
	for (size_t i = 0; i < json_count(points); i++) {
		struct json_object *p = json_object_array_get_idx(points, i);
		const char *target = json_get_str(p, "Destination");
		bool ro = read_only || !json_object_get_boolean(json_get(p, "RW"));

		if (has_target(l, target))
			continue;
		l->propagation = json_get_str(p, "Propagation");
		if (strcmp(json_get_str(p, "Type"), "volume") != 0
			    ? add_mount(l, json_get_str(p, "Type"), json_get_str(p, "Source"), target, ro)
			    : add_volume(l, json_get_str(p, "Name"), NULL, target, ro))
			return -1;
	}
	l->propagation = NULL;
	return 0;
}

/* Of several that mount something in one place the last counts (daemon/volumes.go registerMountPoints). */
static int add_volumes_from(struct listing *l, struct json_object *host_config)
{
	struct json_object *from = json_get(host_config, "VolumesFrom");

	for (size_t i = json_count(from); i-- > 0;) {
		const char *entry = json_str_at(from, i);
		AUTO(free_charp) char *name = mem_strdup(entry);
		AUTO(json_putp) struct json_object *other = NULL;
		char *mode = strchr(name, ':');

		if (mode)
			*mode++ = 0;
		if (lookup_container(l->lookup, name, &other, l->err) ||
		    add_mount_points(l, json_get(other, "Mounts"), mode && find_option(mode, "ro")))
			return -1;
	}
	return 0;
}

/* Last, so that it hides nothing: of a tmpfs and something else in one place dockerd may mount both. */
static int add_tmpfs(struct listing *l, struct json_object *tmpfs)
{
	if (!json_object_is_type(tmpfs, json_type_object))
		return 0;
	json_object_object_foreach (tmpfs, target, options) {
		const char *text = json_str(options);

		if (add_mount(l, "tmpfs", "", target, find_option(text, "ro")))
			return -1;
	}
	return 0;
}

/* Volumes of the image or the request without a name. */
static int add_anonymous(struct listing *l, struct json_object *volumes)
{
	if (!json_object_is_type(volumes, json_type_object))
		return 0;
	json_object_object_foreach (volumes, target, unused) {
		(void)unused;
		if (!has_target(l, target) && add_mount(l, "volume", "", target, false))
			return -1;
	}
	return 0;
}

static int by_target(const void *a, const void *b)
{
	return strcmp(json_get_str(*(struct json_object *const *)a, "target"),
		      json_get_str(*(struct json_object *const *)b, "target"));
}

static int list_all(struct listing *l, struct json_object *params)
{
	struct json_object *host_config = json_get(params, "HostConfig");
	struct json_object *binds = json_get(host_config, "Binds"), *mounts = json_get(host_config, "Mounts");

	for (size_t i = 0; i < json_count(binds); i++) {
		const char *bind = json_str_at(binds, i);

		if (*bind && add_bind(l, bind))
			return -1;
	}
	for (size_t i = 0; i < json_count(mounts); i++)
		if (add_host_config_mount(l, json_object_array_get_idx(mounts, i)))
			return -1;
	if (l->requested && add_volumes_from(l, host_config))
		return -1;
	if (add_mount_points(l, json_get(params, "Mounts"), false) ||
	    add_anonymous(l, json_get(json_get(params, "Config"), "Volumes")))
		return -1;
	return add_tmpfs(l, json_get(host_config, "Tmpfs"));
}

struct json_object *mounts_list(struct json_object *params, const struct lookup *lookup, bool requested,
				struct err *err)
{
	struct listing l = {.list = json_object_new_array(),
			    .targets = json_object_new_object(),
			    .lookup = lookup,
			    .err = err,
			    .requested = requested};
	int r = list_all(&l, params);

	json_object_put(l.targets);
	if (r) {
		json_object_put(l.list);
		return NULL;
	}
	json_object_array_sort(l.list, by_target);
	return l.list;
}
