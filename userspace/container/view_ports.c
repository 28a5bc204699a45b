/*
 * The ports that a container publishes, as dockerd reads them.
 *
 * Source: moby daemon/container.go validatePortBindings, daemon/network.go
 * buildPortsRelatedCreateEndpointOptions, go-connections/nat (SplitProtoPort, ParsePortRange), Go
 * net.ParseIP: an address that does not parse is none, and none is every address.
 */
#include "base/json.h"
#include "base/memory.h"
#include "views_internal.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* "8000-8010/tcp": parts from a SplitProtoPort of it. */
struct port {
	unsigned first, last;
	char *protocol;
};

/* strconv.ParseUint(…, 10, 16); 0 for what it refuses. */
static unsigned parse_number(const char *text, size_t len)
{
	unsigned n = 0;

	for (size_t i = 0; i < len; i++) {
		if (!isdigit((unsigned char)text[i]))
			return 0;
		n = n * 10 + (unsigned)(text[i] - '0');
		if (n > UINT16_MAX)
			return 0;
	}
	return n;
}

/* "port/protocol"; what follows a second slash, or a second dash in the port, does not count. */
static struct port parse_port(const char *text)
{
	size_t len = strcspn(text, "/"), first = strcspn(text, "/-");
	const char *protocol = text[len] ? text + len + 1 : "";
	size_t protocol_len = strcspn(protocol, "/");
	struct port p = {.first = parse_number(text, first)};

	p.last = p.first;
	if (text[first] == '-') {
		const char *last = text + first + 1;

		p.last = parse_number(last, strcspn(last, "/-"));
	}
	p.protocol = len && protocol_len ? strndup(protocol, protocol_len) : mem_strdup("tcp");
	for (char *c = p.protocol; c && *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return p;
}

/* An address in the one way to write it. An IPv4 address in IPv6 is the IPv4 one. */
static const char *canonical_ip(const char *text, char out[INET6_ADDRSTRLEN])
{
	struct in6_addr six;
	struct in_addr four;

	if (inet_pton(AF_INET6, text, &six) == 1) {
		if (!IN6_IS_ADDR_V4MAPPED(&six))
			return inet_ntop(AF_INET6, &six, out, INET6_ADDRSTRLEN);
		memcpy(&four, &six.s6_addr[12], sizeof(four));
	} else if (inet_pton(AF_INET, text, &four) != 1) {
		four.s_addr = INADDR_ANY;
	}
	return inet_ntop(AF_INET, &four, out, INET6_ADDRSTRLEN);
}

static void add_port(struct json_object *list, const char *key, struct json_object *binding)
{
	struct port inside = parse_port(key), outside = parse_port(json_get_str(binding, "HostPort"));
	char buffer[INET6_ADDRSTRLEN];
	const char *ip = canonical_ip(json_get_str(binding, "HostIp"), buffer);
	bool all = !strcmp(ip, "0.0.0.0") || !strcmp(ip, "::");
	struct json_object *p = json_object_new_object();

	json_add_str(p, "host_ip", ip);
	json_object_object_add(p, "all_addresses", json_object_new_boolean(all));
	json_add_int(p, "host_port", outside.first);
	json_add_int(p, "host_port_end", outside.last);
	json_add_int(p, "container_port", inside.first);
	json_add_str(p, "protocol", inside.protocol ? inside.protocol : "");
	json_object_array_add(list, p);
	free(inside.protocol);
	free(outside.protocol);
}

static void add_bound(struct json_object *list, struct json_object *bindings)
{
	if (!json_object_is_type(bindings, json_type_object))
		return;
	json_object_object_foreach (bindings, key, of_port) {
		for (size_t i = 0; i < json_count(of_port); i++)
			add_port(list, key, json_object_array_get_idx(of_port, i));
	}
}

/* With PublishAllPorts, each that is known and not bound, on a port of dockerd's choice. */
static void add_published(struct json_object *list, struct json_object *known, struct json_object *bindings)
{
	if (!json_object_is_type(known, json_type_object))
		return;
	json_object_object_foreach (known, key, value) {
		(void)value;
		if (!json_count(json_get(bindings, key)))
			add_port(list, key, NULL);
	}
}

/* Those that are exposed, and those that are bound to no port of the host's. */
static struct json_object *all_known(struct json_object *exposed, struct json_object *bindings)
{
	struct json_object *maps[] = {exposed, bindings}, *out = json_object_new_object();

	for (size_t i = 0; i < ARRAY_LEN(maps); i++) {
		if (!json_object_is_type(maps[i], json_type_object))
			continue;
		json_object_object_foreach (maps[i], key, value) {
			(void)value;
			json_object_object_add(out, key, NULL);
		}
	}
	return out;
}

static int compare_numbers(struct json_object *a, struct json_object *b, const char *key)
{
	int64_t left = json_get_int(a, key), right = json_get_int(b, key);

	return (left > right) - (left < right);
}

/* Maps have no order of their own. */
static int by_port(const void *left, const void *right)
{
	struct json_object *a = *(struct json_object *const *)left, *b = *(struct json_object *const *)right;
	int order = compare_numbers(a, b, "container_port");

	if (!order)
		order = strcmp(json_get_str(a, "protocol"), json_get_str(b, "protocol"));
	if (!order)
		order = strcmp(json_get_str(a, "host_ip"), json_get_str(b, "host_ip"));
	return order ? order : compare_numbers(a, b, "host_port");
}

struct json_object *view_ports(const struct view_source *s, struct err *err)
{
	struct json_object *host = json_get(s->params, "HostConfig"), *list = json_object_new_array();
	struct json_object *bindings = json_get(host, "PortBindings");

	(void)err;
	add_bound(list, bindings);
	if (json_object_get_boolean(json_get(host, "PublishAllPorts"))) {
		struct json_object *exposed = json_get(json_get(s->params, "Config"), "ExposedPorts");
		AUTO(json_putp) struct json_object *known = all_known(exposed, bindings);

		add_published(list, known, bindings);
	}
	json_object_array_sort(list, by_port);
	return list;
}
