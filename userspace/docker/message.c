/* The authorization plugin's message, and the body in it. */
#include "api.h"
#include "json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* RFC 4648, section 4; -1 for what is not of the alphabet. */
static int sextet(char c)
{
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* As Go's StdEncoding; NULL if it is not well formed. */
static char *decode_base64(const char *s, size_t len, size_t *out_len)
{
	unsigned bits = 0, n = 0;
	size_t at = 0;
	char *out;

	if (len % 4)
		return NULL;
	if (len && s[len - 1] == '=')
		len -= s[len - 2] == '=' ? 2 : 1;
	out = mem_calloc(len / 4 * 3 + 4, 1);
	for (size_t i = 0; i < len; i++) {
		int v = sextet(s[i]);

		if (v < 0) {
			free(out);
			return NULL;
		}
		bits = bits << 6 | (unsigned)v;
		n += 6;
		if (n >= 8) {
			n -= 8;
			out[at++] = (char)(bits >> n & 0xff);
		}
	}
	*out_len = at;
	return out;
}

int api_message_parse(const char *text, size_t len, struct api_message *out, struct err *err)
{
	struct json_object *body;

	*out = (struct api_message){.doc = json_parse(text, len, err)};
	if (!json_object_is_type(out->doc, json_type_object))
		return out->doc ? err_set(err, EINVAL, "the plugin message is not an object")
				: err_wrap(err, "the plugin message");
	out->method = json_get_str(out->doc, "RequestMethod");
	out->uri = json_get_str(out->doc, "RequestUri");
	out->user = json_get_str(out->doc, "User");
	out->authn_method = json_get_str(out->doc, "UserAuthNMethod");
	out->headers = json_get(out->doc, "RequestHeaders");
	if (!*out->method || !*out->uri)
		return err_set(err, EINVAL, "the plugin message has no RequestMethod or no RequestUri");
	if (out->headers && !json_object_is_type(out->headers, json_type_object))
		return err_set(err, EINVAL, "the plugin message's RequestHeaders are not an object");
	body = json_get(out->doc, "RequestBody");
	if (!body)
		return 0;
	if (json_object_is_type(body, json_type_string))
		out->body = decode_base64(json_object_get_string(body),
					  (size_t)json_object_get_string_len(body), &out->body_len);
	return out->body ? 0 : err_set(err, EINVAL, "the plugin message's RequestBody is not base64");
}

void api_message_free(struct api_message *m)
{
	json_object_put(m->doc);
	free(m->body);
}

const char *api_message_header(const struct api_message *m, const char *name)
{
	if (m->headers) {
		json_object_object_foreach (m->headers, key, value) {
			if (!strcasecmp(key, name) && json_object_is_type(value, json_type_string))
				return json_object_get_string(value);
		}
	}
	return "";
}

int api_body_decode(const struct api_endpoint *e, const char *body, size_t len, struct json_object **out,
		    struct err *err)
{
	AUTO(json_putp) struct json_object *j = NULL;
	AUTO(buf_free) struct buf pointer = {0};

	*out = NULL;
	if (!len)
		return e->body_needed
			       ? err_set(err, EINVAL,
					 "no request body can be seen; it must be application/json and "
					 "smaller than 1 MiB")
			       : 0;
	j = json_parse(body, len, err);
	if (!j)
		return err_set(err, EINVAL, "the request body cannot be read with certainty: %s",
			       err->msg[0] ? strdupa(err->msg) : "it is null");
	if (!e->body) {
		*out = json_object_get(j);
		return 0;
	}
	*out = schema_decode(e->body, j, &pointer, err);
	if (*out)
		return 0;
	return err_set(err, EINVAL, "the request body cannot be read with certainty: %s: %s",
		       pointer.len ? pointer.s : "/", strdupa(err->msg));
}
