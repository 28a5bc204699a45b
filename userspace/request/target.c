/* A request's target as Go's HTTP server and dockerd's router read it. */
#include "request/target.h"
#include "docker/docker.h"
#include "base/json.h"
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 32);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-decoding (net/url unescape). NULL if it is not well formed, or holds a NUL. */
static char *unescape(const char *s, size_t len, bool plus_is_space)
{
	char *out = mem_calloc(len + 1, 1);
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char c = s[i];

		if (c == '%') {
			int high = i + 2 < len ? hex(s[i + 1]) : -1, low = i + 2 < len ? hex(s[i + 2]) : -1;

			if (high < 0 || low < 0 || !(high | low)) {
				free(out);
				return NULL;
			}
			c = (char)(high * 16 + low);
			i += 2;
		} else if (c == '+' && plus_is_space) {
			c = ' ';
		}
		out[n++] = c;
	}
	return out;
}

/* Skips "scheme://authority" (RFC 9112, absolute-form). NULL if what follows is no path. */
static const char *skip_authority(const char *uri)
{
	const char *rest;
	size_t n = 0;

	if (*uri == '/')
		return uri;
	while (isalnum((unsigned char)uri[n]) || (n && uri[n] && strchr("+-.", uri[n])))
		n++;
	if (!n || strncmp(uri + n, "://", 3) != 0)
		return NULL;
	rest = uri + n + 3;
	rest += strcspn(rest, "/?");
	return rest;
}

static int add_parameter(struct json_object *parameters, const char *pair, size_t len, struct err *err)
{
	size_t name_len = 0;
	bool has_value;

	if (!len)
		return 0;
	while (name_len < len && pair[name_len] != '=')
		name_len++;
	has_value = name_len < len;
	AUTO(free_charp) char *name = unescape(pair, name_len, true);
	AUTO(free_charp)
	char *value = has_value ? unescape(pair + name_len + 1, len - name_len - 1, true) : mem_strdup("");
	if (!name || !value || memchr(pair, ';', len))
		return err_set(err, EINVAL, "the query is not well formed at \"%.*s\"",
			       (int)(len < 80 ? len : 80), pair);
	if (!json_object_object_get_ex(parameters, name, NULL)) /* dockerd takes the first */
		json_add_str(parameters, name, value);
	return 0;
}

static int parse_query(const char *query, struct json_object *parameters, struct err *err)
{
	while (*query) {
		size_t len = strcspn(query, "&");

		if (add_parameter(parameters, query, len, err))
			return -1;
		query += len + (query[len] == '&');
	}
	return 0;
}

/*
 * "/v1.41/containers/json" to "/containers/json" and 141. dockerd's router takes any digits and dots for a
 * version; what it then makes of one that is none ("0001.23", "1.") must not be taken for no version at all.
 */
static int split_version(struct request_target *t, struct err *err)
{
	size_t n = t->path[1] == 'v' ? strspn(t->path + 2, "0123456789.") : 0;
	bool versioned = n && t->path[2 + n] == '/';

	t->endpoint = mem_strdup(versioned ? t->path + 2 + n : t->path);
	t->api = versioned ? docker_parse_version(t->path + 2) : 0;
	return !versioned || t->api
		       ? 0
		       : err_set(err, EINVAL,
				 "\"%.40s\" is no API version; write it like /v1.41, or leave it out",
				 t->path);
}

int request_target_parse(const char *uri, struct request_target *out, struct err *err)
{
	const char *path = skip_authority(uri);
	size_t len;

	*out = (struct request_target){.query = "", .parameters = json_object_new_object()};
	if (!path)
		return err_set(err, EINVAL, "the target \"%.100s\" is no path", uri);
	len = strcspn(path, "?");
	if (path[len] == '?')
		out->query = path + len + 1;
	AUTO(free_charp) char *decoded = unescape(path, len, false);
	if (!decoded)
		return err_set(err, EINVAL, "the path \"%.100s\" is not well formed", uri);
	out->path = mem_calloc(strlen(decoded) + 2, 1);
	str_clean_path(decoded, out->path);
	if (split_version(out, err))
		return -1;
	return parse_query(out->query, out->parameters, err);
}

void request_target_free(struct request_target *t)
{
	free(t->path);
	free(t->endpoint);
	json_object_put(t->parameters);
}
