/*
 * Every way to a device in one list: Devices, DeviceRequests (CDI, GPUs) and DeviceCgroupRules.
 *
 * Source: moby daemon/oci_linux.go WithDevices, daemon/devices.go, oci/devices_linux.go (a link is followed).
 */
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "container/hostpath.h"
#include "views_internal.h"

#include <string.h>

/* One shape for all three; what a kind has not is empty. */
static struct json_object *add_device(struct json_object *list, const char *kind)
{
	static const char *const texts[] = {"path", "resolved", "target", "permissions", "driver", "rule"};
	struct json_object *d = json_object_new_object();

	json_add_str(d, "kind", kind);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		json_add_str(d, texts[i], "");
	json_add_int(d, "count", 0);
	json_object_object_add(d, "ids", json_object_new_array());
	json_object_object_add(d, "capabilities", json_object_new_array());
	json_object_object_add(d, "options", json_object_new_object());
	json_object_array_add(list, d);
	return d;
}

/* As of a mount's source: what cannot be seen refuses a request. */
static int add_path(const struct view_source *s, struct json_object *d, const char *path, struct err *err)
{
	AUTO(free_charp) char *clean = mem_calloc(strlen(path) + 2, 1);
	AUTO(free_charp) char *resolved = NULL;

	if (*path != '/') {
		json_add_str(d, "path", path);
		json_add_str(d, "resolved", path);
		return 0;
	}
	str_clean_path(path, clean);
	resolved = hostpath_resolve(clean, err);
	if (!resolved && s->lookup->strict)
		return -1;
	if (!resolved)
		log_warning("%s; its container is judged by the path as it is written", err->msg);
	json_add_str(d, "path", clean);
	json_add_str(d, "resolved", resolved ? resolved : clean);
	return 0;
}

static int add_mappings(const struct view_source *s, struct json_object *list, struct json_object *given,
			struct err *err)
{
	for (size_t i = 0; i < json_count(given); i++) {
		struct json_object *from = json_object_array_get_idx(given, i);
		struct json_object *d = add_device(list, "path");

		if (add_path(s, d, json_get_str(from, "PathOnHost"), err))
			return -1;
		json_add_str(d, "target", json_get_str(from, "PathInContainer"));
		json_add_str(d, "permissions", json_get_str(from, "CgroupPermissions"));
	}
	return 0;
}

static void copy_if_there(struct json_object *to, const char *key, struct json_object *value)
{
	if (value)
		json_object_object_add(to, key, json_object_get(value));
}

static void add_requests(struct json_object *list, struct json_object *given)
{
	for (size_t i = 0; i < json_count(given); i++) {
		struct json_object *from = json_object_array_get_idx(given, i);
		struct json_object *d = add_device(list, "request");

		json_add_str(d, "driver", json_get_str(from, "Driver"));
		json_add_int(d, "count", json_get_int(from, "Count"));
		copy_if_there(d, "ids", json_get(from, "DeviceIDs"));
		copy_if_there(d, "capabilities", json_get(from, "Capabilities"));
		copy_if_there(d, "options", json_get(from, "Options"));
	}
}

struct json_object *view_devices(const struct view_source *s, struct err *err)
{
	struct json_object *host = json_get(s->params, "HostConfig"), *list = json_object_new_array();
	struct json_object *rules = json_get(host, "DeviceCgroupRules");

	if (add_mappings(s, list, json_get(host, "Devices"), err)) {
		json_object_put(list);
		return NULL;
	}
	add_requests(list, json_get(host, "DeviceRequests"));
	for (size_t i = 0; i < json_count(rules); i++)
		json_add_str(add_device(list, "rule"), "rule", json_str_at(rules, i));
	return list;
}
