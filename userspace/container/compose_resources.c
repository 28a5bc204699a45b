/* What a service may use: deploy, devices, GPUs, ulimits; its health check, log and restarts. */
#include "compose_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- deploy ---- */

static int take_limits(struct making *m, struct json_object *v)
{
	static const char *const known[] = {"cpus", "memory", "pids", NULL};
	struct json_object *n;
	double cpus;

	if (compose_only_keys(v, known, m->err))
		return -1;
	if (json_get(v, "cpus")) {
		if (compose_number(json_get(v, "cpus"), &cpus, m->err))
			return err_wrap(m->err, "cpus");
		json_object_object_add(m->host, "NanoCpus", json_object_new_int64((int64_t)(cpus * 1e9)));
	}
	if (json_get(v, "memory")) {
		if (compose_bytes(json_get(v, "memory"), &n, m->err))
			return err_wrap(m->err, "memory");
		json_object_object_add(m->host, "Memory", n);
	}
	if (json_get(v, "pids")) {
		if (compose_integer(json_get(v, "pids"), &n, m->err))
			return err_wrap(m->err, "pids");
		json_object_object_add(m->host, "PidsLimit", n);
	}
	return 0;
}

static int take_device_request(struct making *m, struct json_object *v)
{
	static const char *const known[] = {"capabilities", "driver", "count", "device_ids", "options", NULL};
	struct json_object *request = json_object_new_object(), *capabilities = json_object_new_array(),
			   *count = json_get(v, "count"), *n = NULL;

	json_object_array_add(compose_list(m->host, "DeviceRequests"), request);
	if (compose_only_keys(v, known, m->err))
		return -1;
	if (*json_get_str(v, "driver"))
		json_add_str(request, "Driver", json_get_str(v, "driver"));
	if (!strcmp(json_get_str(v, "count"), "all") || (!count && !json_get(v, "device_ids")))
		n = json_object_new_int(-1);
	else if (count && compose_integer(count, &n, m->err))
		return err_wrap(m->err, "count");
	if (n)
		json_object_object_add(request, "Count", n);
	if (json_get(v, "device_ids"))
		json_object_object_add(request, "DeviceIDs", json_object_get(json_get(v, "device_ids")));
	if (json_get(v, "options"))
		json_object_object_add(request, "Options", json_object_get(json_get(v, "options")));
	if (json_get(v, "capabilities"))
		json_object_array_add(capabilities, json_object_get(json_get(v, "capabilities")));
	json_object_object_add(request, "Capabilities", capabilities);
	return 0;
}

static int take_reservations(struct making *m, struct json_object *v)
{
	static const char *const known[] = {"cpus", "memory", "devices", "generic_resources", NULL};
	struct json_object *n, *devices = json_get(v, "devices");

	if (compose_only_keys(v, known, m->err))
		return -1;
	if (json_get(v, "memory")) {
		if (compose_bytes(json_get(v, "memory"), &n, m->err))
			return err_wrap(m->err, "memory");
		json_object_object_add(m->host, "MemoryReservation", n);
	}
	for (size_t i = 0; i < json_count(devices); i++)
		if (take_device_request(m, json_object_array_get_idx(devices, i)))
			return err_wrap(m->err, "devices.%zu", i);
	return 0;
}

/* As compose, not swarm: what is left out here says how many there are, where, and how they are replaced. */
int compose_take_deploy(struct making *m, struct json_object *v)
{
	static const char *const known[] = {
		"resources",	   "mode",	     "replicas",  "labels",	   "update_config",
		"rollback_config", "restart_policy", "placement", "endpoint_mode", NULL};
	static const char *const resources_known[] = {"limits", "reservations", NULL};
	struct json_object *resources = json_get(v, "resources");
	const char *condition = json_get_str(json_get(v, "restart_policy"), "condition");

	if (compose_only_keys(v, known, m->err))
		return -1;
	if (json_get(v, "restart_policy")) {
		bool never = !strcmp(condition, "none"), failure = !strcmp(condition, "on-failure");

		json_add_str(compose_object(m->host, "RestartPolicy"), "Name",
			     never     ? "no"
			     : failure ? "on-failure"
				       : "always");
	}
	if (!resources)
		return 0;
	if (compose_only_keys(resources, resources_known, m->err) ||
	    (json_get(resources, "limits") && take_limits(m, json_get(resources, "limits")) &&
	     err_wrap(m->err, "limits")) ||
	    (json_get(resources, "reservations") &&
	     take_reservations(m, json_get(resources, "reservations")) && err_wrap(m->err, "reservations")))
		return err_wrap(m->err, "resources");
	return 0;
}

int compose_take_gpus(struct making *m, struct json_object *v)
{
	AUTO(json_putp) struct json_object *all = json_object_new_object();
	struct json_object *gpu = json_object_new_array();

	json_object_array_add(gpu, json_object_new_string("gpu"));
	json_object_object_add(all, "capabilities", gpu);
	if (!strcmp(json_str(v), "all"))
		return take_device_request(m, all);
	if (!json_object_is_type(v, json_type_array))
		return err_set(m->err, EINVAL, "must be all, or a list");
	for (size_t i = 0; i < json_object_array_length(v); i++)
		if (take_device_request(m, json_object_array_get_idx(v, i)))
			return err_wrap(m->err, "%zu", i);
	return 0;
}

/* ---- devices and ulimits ---- */

/* HOST[:CONTAINER[:PERMISSIONS]], or the same as a mapping. */
int compose_take_devices(struct making *m, struct json_object *v)
{
	for (size_t i = 0; i < json_count(v); i++) {
		struct json_object *device = json_object_array_get_idx(v, i), *j = json_object_new_object();
		AUTO(free_charp) char *text = compose_text(device);
		char *target = text ? strchr(text, ':') : NULL,
		     *rights = target ? strchr(target + 1, ':') : NULL;
		const char *source = text ? text : json_get_str(device, "source");

		if (target)
			*target++ = 0;
		if (rights)
			*rights++ = 0;
		if (!text && *json_get_str(device, "target"))
			target = (char *)(void *)json_get_str(device, "target");
		json_object_array_add(compose_list(m->host, "Devices"), j);
		if (*source != '/')
			return err_set(m->err, EINVAL,
				       "%zu: \"%.60s\": must be a path; others (CDI) are not supported here",
				       i, source);
		json_add_str(j, "PathOnHost", source);
		json_add_str(j, "PathInContainer", target ? target : source);
		json_add_str(j, "CgroupPermissions",
			     rights				    ? rights
			     : *json_get_str(device, "permissions") ? json_get_str(device, "permissions")
								    : "rwm");
	}
	return json_object_is_type(v, json_type_array) ? 0 : err_set(m->err, EINVAL, "must be a list");
}

int compose_take_ulimits(struct making *m, struct json_object *v)
{
	static const char *const known[] = {"soft", "hard", NULL};

	if (!json_object_is_type(v, json_type_object))
		return err_set(m->err, EINVAL, "must be a mapping");
	json_object_object_foreach (v, name, limit) {
		bool both = json_object_is_type(limit, json_type_object);
		struct json_object *j = json_object_new_object(), *soft = NULL, *hard = NULL;

		json_object_array_add(compose_list(m->host, "Ulimits"), j);
		json_add_str(j, "Name", name);
		if ((both && compose_only_keys(limit, known, m->err)) ||
		    compose_integer(both ? json_get(limit, "soft") : limit, &soft, m->err))
			return err_wrap(m->err, "%.60s", name);
		json_object_object_add(j, "Soft", soft);
		if (compose_integer(both ? json_get(limit, "hard") : limit, &hard, m->err))
			return err_wrap(m->err, "%.60s", name);
		json_object_object_add(j, "Hard", hard);
	}
	return 0;
}

/* ---- health, log, restarts ---- */

static int take_times(struct making *m, struct json_object *v, struct json_object *j)
{
	static const char *const times[][2] = {{"interval", "Interval"},
					       {"timeout", "Timeout"},
					       {"start_period", "StartPeriod"},
					       {"start_interval", "StartInterval"}};
	struct json_object *n;
	double s;

	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		if (!json_get(v, times[i][0]))
			continue;
		if (compose_seconds(json_get(v, times[i][0]), &s, m->err))
			return err_wrap(m->err, "%s", times[i][0]);
		json_object_object_add(j, times[i][1], json_object_new_int64((int64_t)(s * 1e9)));
	}
	if (!json_get(v, "retries"))
		return 0;
	if (compose_integer(json_get(v, "retries"), &n, m->err))
		return err_wrap(m->err, "retries");
	json_object_object_add(j, "Retries", n);
	return 0;
}

int compose_take_healthcheck(struct making *m, struct json_object *v)
{
	static const char *const known[] = {"test",	    "interval",	      "timeout", "retries",
					    "start_period", "start_interval", "disable", NULL};
	struct json_object *j = compose_object(m->body, "Healthcheck"), *test = json_get(v, "test"),
			   *list = NULL;
	bool disable = false;

	if (compose_only_keys(v, known, m->err) ||
	    (json_get(v, "disable") && compose_bool(json_get(v, "disable"), &disable, m->err)))
		return -1;
	if (disable) {
		json_object_array_add(compose_list(j, "Test"), json_object_new_string("NONE"));
		return 0;
	}
	if (json_object_is_type(test, json_type_string)) {
		json_object_array_add(compose_list(j, "Test"), json_object_new_string("CMD-SHELL"));
		json_object_array_add(compose_list(j, "Test"), json_object_get(test));
	} else if (test) {
		if (compose_texts(test, &list, m->err))
			return err_wrap(m->err, "test");
		json_object_object_add(j, "Test", list);
	}
	return take_times(m, v, j);
}

int compose_take_logging(struct making *m, struct json_object *v)
{
	static const char *const known[] = {"driver", "options", NULL};
	struct json_object *j = compose_object(m->host, "LogConfig"), *options = NULL;

	if (compose_only_keys(v, known, m->err))
		return -1;
	json_add_str(j, "Type", json_get_str(v, "driver"));
	if (!json_get(v, "options"))
		return 0;
	if (compose_map(json_get(v, "options"), NULL, &options, m->err))
		return err_wrap(m->err, "options");
	json_object_object_add(j, "Config", options);
	return 0;
}

int compose_take_restart(struct making *m, struct json_object *v)
{
	static const char *const names[] = {"no", "always", "unless-stopped", "on-failure"};
	struct json_object *j = compose_object(m->host, "RestartPolicy");
	AUTO(free_charp) char *text = compose_text(v);
	size_t len = text ? strcspn(text, ":") : 0, i = 0;

	while (i < ARRAY_LEN(names) &&
	       (!text || strlen(names[i]) != len || strncmp(names[i], text, len) != 0))
		i++;
	if (i == ARRAY_LEN(names))
		return err_set(
			m->err, EINVAL,
			"\"%.60s\": must be \"no\", always, unless-stopped, on-failure or on-failure:N",
			text ? text : "");
	json_add_str(j, "Name", names[i]);
	json_object_object_add(j, "MaximumRetryCount",
			       json_object_new_int64(text[len] ? strtoll(text + len + 1, NULL, 10) : 0));
	return 0;
}
