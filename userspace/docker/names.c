/* What there is by name, running or not: for those who keep something of it. */
#include "docker/docker.h"
#include "client_internal.h"
#include "base/json.h"

static void tell_each(struct json_object *list, const char *key, void (*found)(void *arg, const char *name),
		      void *arg)
{
	for (size_t i = 0; i < json_count(list); i++)
		found(arg, json_get_str(json_object_array_get_idx(list, i), key));
}

int docker_list_volumes(struct docker *d, void (*found)(void *arg, const char *name), void *arg,
			struct err *err)
{
	AUTO(json_putp)
	struct json_object *j = client_get(d, "list of volumes", "", "/volumes", json_type_object, err);

	tell_each(json_get(j, "Volumes"), "Name", found, arg);
	return j ? 0 : -1;
}

/* An array of objects with an Id each. */
static int list_ids(struct docker *d, const char *what, const char *path,
		    void (*found)(void *arg, const char *id), void *arg, struct err *err)
{
	AUTO(json_putp) struct json_object *j = client_get(d, what, "", path, json_type_array, err);

	tell_each(j, "Id", found, arg);
	return j ? 0 : -1;
}

int docker_list_networks(struct docker *d, void (*found)(void *arg, const char *id), void *arg,
			 struct err *err)
{
	return list_ids(d, "list of networks", "/networks", found, arg, err);
}

int docker_list_all(struct docker *d, void (*found)(void *arg, const char *id), void *arg, struct err *err)
{
	return list_ids(d, "list of all containers", "/containers/json?all=1", found, arg, err);
}
