/*
 * The networks that a container is in, each by name and id, however the request names it.
 *
 * Source: moby daemon/container_operations.go updateContainerNetworkSettings, daemon/network.go FindNetwork
 * (the id, then a name, then the beginning of an id).
 */
#include "base/json.h"
#include "views_internal.h"

#include <string.h>

/* One that dockerd does not know, and refuses, stays as it is written. */
static int add_network(const struct view_source *s, struct json_object *list, const char *name,
		       struct json_object *endpoint, struct err *err)
{
	AUTO(json_putp) struct json_object *found = NULL;
	struct json_object *n;
	const char *id = json_get_str(endpoint, "NetworkID");

	/* that of a container that was started is known, and so is its name, if it is not the id's beginning
	 */
	if ((!*id || !strncmp(id, name, strlen(name))) &&
	    lookup_network(s->lookup, *id ? id : name, &found, err))
		return -1;
	n = json_object_new_object();
	json_add_str(n, "name", found ? json_get_str(found, "Name") : name);
	json_add_str(n, "id", found ? json_get_str(found, "Id") : id);
	json_object_array_add(list, n);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(json_get_str(*(struct json_object *const *)a, "name"),
		      json_get_str(*(struct json_object *const *)b, "name"));
}

struct json_object *view_networks(const struct view_source *s, struct err *err)
{
	struct json_object *networks = json_get(json_get(s->params, "NetworkSettings"), "Networks");
	struct json_object *list = json_object_new_array();

	if (!json_object_is_type(networks, json_type_object))
		return list;
	json_object_object_foreach (networks, name, endpoint) {
		if (add_network(s, list, name, endpoint, err)) {
			json_object_put(list);
			return NULL;
		}
	}
	json_object_array_sort(list, by_name);
	return list;
}
