/* ports and expose, short and long. */
#include "compose_internal.h"

#include <errno.h>
#include <string.h>

struct publication {
	const char *ip, *protocol;
	char *host, *container; /* "", "80" or "8000-8010" */
};

static void bind_port(struct making *m, const struct publication *p, unsigned container, const char *host)
{
	AUTO(free_charp) char *key = mem_printf("%u/%s", container, p->protocol);
	struct json_object *binding = json_object_new_object();

	json_add_str(binding, "HostIp", p->ip);
	json_add_str(binding, "HostPort", host);
	json_object_array_add(compose_list(compose_object(m->host, "PortBindings"), key), binding);
	json_object_object_add(compose_object(m->body, "ExposedPorts"), key, json_object_new_object());
}

static bool is_protocol(const char *text)
{
	return !strcmp(text, "tcp") || !strcmp(text, "udp") || !strcmp(text, "sctp");
}

static int publish(struct making *m, const struct publication *p)
{
	unsigned first, last, host_first = 0, host_last = 0;

	if (!compose_range(p->container, &first, &last) || !first || !is_protocol(p->protocol) ||
	    (*p->host && !compose_range(p->host, &host_first, &host_last)))
		return err_set(m->err, EINVAL, "\"%.60s:%.60s/%.20s\": no port", p->host, p->container,
			       p->protocol);
	if (*p->host && first == last && host_first != host_last) {
		bind_port(m, p, first, p->host); /* Docker takes one of the range */
		return 0;
	}
	if (*p->host && last - first != host_last - host_first)
		return err_set(m->err, EINVAL, "\"%s:%s\": ranges of different length", p->host,
			       p->container);
	for (unsigned i = 0; i <= last - first; i++) {
		AUTO(free_charp) char *host = *p->host ? mem_printf("%u", host_first + i) : mem_strdup("");

		bind_port(m, p, first + i, host);
	}
	return 0;
}

/* [[IP:]HOST:]CONTAINER[/PROTOCOL]; an IPv6 address stands in brackets. */
static int take_short(struct making *m, char *text)
{
	char *slash = strchr(text, '/'), *colon;
	struct publication p = {
		.ip = "", .protocol = slash ? slash + 1 : "tcp", .host = "", .container = text};
	char empty[1] = "";

	p.host = empty;
	if (slash)
		*slash = 0;
	colon = strrchr(text, ':');
	if (colon) {
		*colon = 0;
		p.container = colon + 1;
		p.host = text;
		colon = strrchr(text, ':');
		if (colon && colon[1] != ']' && !strchr(colon, ']')) {
			*colon = 0;
			p.ip = text;
			p.host = colon + 1;
		}
	}
	if (*p.ip == '[' && p.ip[strlen(p.ip) - 1] == ']') {
		text[strlen(text) - 1] = 0;
		p.ip = text + 1;
	}
	return publish(m, &p);
}

static int take_long(struct making *m, struct json_object *v)
{
	static const char *const known[] = {"target", "published", "protocol",	   "host_ip",
					    "mode",   "name",	   "app_protocol", NULL};
	AUTO(free_charp) char *target = compose_text(json_get(v, "target"));
	AUTO(free_charp) char *published = compose_text(json_get(v, "published"));
	const char *protocol = json_get_str(v, "protocol");
	char empty[1] = "";
	struct publication p = {json_get_str(v, "host_ip"), *protocol ? protocol : "tcp",
				published ? published : empty, target ? target : empty};

	return compose_only_keys(v, known, m->err) ? -1 : publish(m, &p);
}

int compose_take_ports(struct making *m, struct json_object *v)
{
	if (!json_object_is_type(v, json_type_array))
		return err_set(m->err, EINVAL, "must be a list");
	for (size_t i = 0; i < json_object_array_length(v); i++) {
		struct json_object *port = json_object_array_get_idx(v, i);
		AUTO(free_charp) char *text = compose_text(port);

		if (text ? take_short(m, text) : take_long(m, port))
			return err_wrap(m->err, "%zu", i);
	}
	return 0;
}

int compose_take_expose(struct making *m, struct json_object *v)
{
	AUTO(json_putp) struct json_object *list = NULL;

	if (compose_texts(v, &list, m->err))
		return -1;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		AUTO(free_charp) char *text = mem_strdup(json_str_at(list, i));
		char *slash = strchr(text, '/');
		unsigned first, last;

		if (slash)
			*slash = 0;
		if (!compose_range(text, &first, &last) || (slash && !is_protocol(slash + 1)))
			return err_set(m->err, EINVAL, "\"%.60s\": no port", json_str_at(list, i));
		for (unsigned port = first; port <= last; port++) {
			AUTO(free_charp) char *key = mem_printf("%u/%s", port, slash ? slash + 1 : "tcp");

			json_object_object_add(compose_object(m->body, "ExposedPorts"), key,
					       json_object_new_object());
		}
	}
	return 0;
}
