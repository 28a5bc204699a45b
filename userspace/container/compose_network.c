/* network_mode, networks and links. */
#include "compose_internal.h"

#include <errno.h>
#include <string.h>

char *compose_resource_name(struct making *m, const char *kind, const char *name)
{
	struct json_object *all = json_get(m->file, kind), *own, *external;
	bool there = json_object_object_get_ex(all, name, &own),
	     is_default = !strcmp(kind, "networks") && !strcmp(name, "default");
	bool outside = false;

	if (!there && !is_default) {
		err_set(m->err, EINVAL, "\"%.60s\": the file has none of that name at its top level (%s)",
			name, kind);
		return NULL;
	}
	external = there ? json_get(own, "external") : NULL;
	if (json_object_is_type(external, json_type_object) && *json_get_str(external, "name"))
		return mem_strdup(json_get_str(external, "name"));
	if (external && !json_object_is_type(external, json_type_object) &&
	    compose_bool(external, &outside, m->err)) {
		err_wrap(m->err, "%s.%.60s.external", kind, name);
		return NULL;
	}
	if (there && *json_get_str(own, "name"))
		return mem_strdup(json_get_str(own, "name"));
	return outside || json_object_is_type(external, json_type_object)
		       ? mem_strdup(name)
		       : mem_printf("%s_%s", m->project, name);
}

static int64_t priority_of(struct json_object *networks, const char *name)
{
	return json_get_int(json_get(networks, name), "priority");
}

/* The one that the container is made in: of the highest priority; of equal ones the first by name. */
static const char *first_network(struct json_object *networks)
{
	const char *best = NULL;

	json_object_object_foreach (networks, name, unused) {
		int64_t p = priority_of(networks, name), q = best ? priority_of(networks, best) : 0;

		(void)unused;
		if (!best || p > q || (p == q && strcmp(name, best) < 0))
			best = name;
	}
	return best;
}

static int check_attachment(struct making *m, struct json_object *v)
{
	static const char *const known[] = {
		"aliases",  "ipv4_address", "ipv6_address", "link_local_ips", "mac_address",
		"priority", "gw_priority",  "driver_opts",  "interface_name", NULL};

	return v ? compose_only_keys(v, known, m->err) : 0;
}

/* Kept in the service for compose_settle_network(): a mapping of names. */
int compose_take_networks(struct making *m, struct json_object *v)
{
	struct json_object *map = json_object_new_object();

	json_object_object_add(m->body, "networks", map);
	if (json_object_is_type(v, json_type_object)) {
		json_object_object_foreach (v, name, attachment) {
			if (check_attachment(m, attachment))
				return err_wrap(m->err, "%.60s", name);
			json_object_object_add(map, name, json_object_get(attachment));
		}
		return 0;
	}
	if (!json_object_is_type(v, json_type_array))
		return err_set(m->err, EINVAL, "must be a list, or a mapping");
	for (size_t i = 0; i < json_object_array_length(v); i++)
		json_object_object_add(map, json_str_at(v, i), NULL);
	return 0;
}

int compose_take_links(struct making *m, struct json_object *v)
{
	AUTO(json_putp) struct json_object *list = NULL;

	if (compose_texts(v, &list, m->err))
		return -1;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		const char *text = json_str_at(list, i), *alias = strchr(text, ':');
		int len = (int)strcspn(text, ":");
		AUTO(free_charp)
		char *link = mem_printf("%s-%.*s-1:%s", m->project, len, text, alias ? alias + 1 : text);

		json_object_array_add(compose_list(m->body, "links"), json_object_new_string(link));
	}
	return 0;
}

static void add_addresses(struct json_object *attachment, struct json_object *endpoint)
{
	static const char *const keys[][2] = {{"ipv4_address", "IPv4Address"},
					      {"ipv6_address", "IPv6Address"}};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (*json_get_str(attachment, keys[i][0]))
			json_add_str(compose_object(endpoint, "IPAMConfig"), keys[i][1],
				     json_get_str(attachment, keys[i][0]));
	if (*json_get_str(attachment, "mac_address"))
		json_add_str(endpoint, "MacAddress", json_get_str(attachment, "mac_address"));
	if (json_get(attachment, "driver_opts"))
		json_object_object_add(endpoint, "DriverOpts",
				       json_object_get(json_get(attachment, "driver_opts")));
}

static int add_endpoint(struct making *m, const char *name, struct json_object *attachment,
			struct json_object *links)
{
	AUTO(free_charp) char *network = compose_resource_name(m, "networks", name);
	struct json_object *endpoint, *aliases;

	if (!network)
		return err_wrap(m->err, "networks");
	endpoint = compose_object(
		compose_object(compose_object(m->body, "NetworkingConfig"), "EndpointsConfig"), network);
	aliases = compose_list(endpoint, "Aliases");
	for (size_t i = 0; i < json_count(json_get(attachment, "aliases")); i++)
		json_object_array_add(
			aliases, json_object_new_string(json_str_at(json_get(attachment, "aliases"), i)));
	json_object_array_add(aliases, json_object_new_string(m->name));
	if (links)
		json_object_object_add(endpoint, "Links", json_object_get(links));
	add_addresses(attachment, endpoint);
	json_add_str(m->host, "NetworkMode", network);
	return 0;
}

int compose_settle_network(struct making *m)
{
	AUTO(json_putp) struct json_object *networks = json_object_get(json_get(m->body, "networks"));
	AUTO(json_putp) struct json_object *links = json_object_get(json_get(m->body, "links"));
	const char *mode = json_get_str(m->host, "NetworkMode"), *first;

	json_object_object_del(m->body, "networks");
	json_object_object_del(m->body, "links");
	if (*mode && networks)
		return err_set(m->err, EINVAL, "network_mode and networks exclude each other");
	if (*mode) {
		if (links)
			json_object_object_add(m->host, "Links", json_object_get(links));
		return 0;
	}
	first = networks ? first_network(networks) : NULL;
	if (networks && !first) { /* an empty list: none but its own */
		json_add_str(m->host, "NetworkMode", "none");
		return 0;
	}
	return first ? add_endpoint(m, first, json_get(networks, first), links)
		     : add_endpoint(m, "default", NULL, links);
}
