/* The authorization plugin's message, and the body in it. */
#include "request/message.h"
#include "request/target.h"
#include "base/json.h"
#include "base/text.h"
#include "container/schema.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* RFC 4648, section 4: each character's value and one more, so that 0 is what is not of the alphabet. */
static const unsigned char sextets[256] = {
	['A'] = 1,  ['B'] = 2,	['C'] = 3,  ['D'] = 4,	['E'] = 5,  ['F'] = 6,	['G'] = 7,  ['H'] = 8,
	['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
	['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
	['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
	['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
	['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
	['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
	['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64};

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
		unsigned v = sextets[(unsigned char)s[i]];

		if (!v) {
			free(out);
			return NULL;
		}
		bits = bits << 6 | (v - 1);
		n += 6;
		if (n >= 8) {
			n -= 8;
			out[at++] = (char)(bits >> n & 0xff);
		}
	}
	*out_len = at;
	return out;
}

/*
 * The client's own certificate, the first of those that it showed: in base64, PEM (moby
 * pkg/authorization.PeerCertificate). dockerd has held it against the relay's CA.
 */
static void read_peer(struct request_message *m)
{
	struct json_object *shown = json_get(m->doc, "RequestPeerCertificates");
	const char *text = json_count(shown) ? json_str_at(shown, 0) : "";
	size_t len = 0;
	AUTO(free_charp) char *pem = *text ? decode_base64(text, strlen(text), &len) : NULL;

	if (pem && identity_from_pem(pem, len, &m->peer) && strcmp(m->peer.user, m->user) != 0)
		identity_free(&m->peer);
}

int request_message_parse(const char *text, size_t len, struct request_message *out, struct err *err)
{
	struct json_object *body;

	*out = (struct request_message){0};
	if (json_parse_within(text, len, REQUEST_MOST_VALUES, &out->doc, err))
		return err_wrap(err, "the plugin message");
	if (!json_object_is_type(out->doc, json_type_object))
		return err_set(err, EINVAL, "the plugin message is not an object");
	out->method = json_get_str(out->doc, "RequestMethod");
	out->uri = json_get_str(out->doc, "RequestUri");
	out->user = json_get_str(out->doc, "User");
	out->authn_method = json_get_str(out->doc, "UserAuthNMethod");
	out->headers = json_get(out->doc, "RequestHeaders");
	if (!*out->method || !*out->uri)
		return err_set(err, EINVAL, "the plugin message has no RequestMethod or no RequestUri");
	if (out->headers && !json_object_is_type(out->headers, json_type_object))
		return err_set(err, EINVAL, "the plugin message's RequestHeaders are not an object");
	read_peer(out);
	body = json_get(out->doc, "RequestBody");
	if (!body)
		return 0;
	if (json_object_is_type(body, json_type_string))
		out->body = decode_base64(json_object_get_string(body),
					  (size_t)json_object_get_string_len(body), &out->body_len);
	return out->body ? 0 : err_set(err, EINVAL, "the plugin message's RequestBody is not base64");
}

void request_message_free(struct request_message *m)
{
	json_object_put(m->doc);
	free(m->body);
	identity_free(&m->peer);
}

struct json_object *request_message_response(const struct request_message *m)
{
	struct json_object *body = json_get(m->doc, "ResponseBody"), *out = NULL;
	AUTO(free_charp) char *text = NULL;
	struct err err;
	size_t len;

	if (json_object_is_type(body, json_type_string))
		text = decode_base64(json_object_get_string(body), (size_t)json_object_get_string_len(body),
				     &len);
	if (text && json_parse_within(text, len, REQUEST_MOST_VALUES, &out, &err))
		out = NULL;
	return out;
}

const char *request_message_header(const struct request_message *m, const char *name)
{
	if (m->headers) {
		json_object_object_foreach (m->headers, key, value) {
			if (!strcasecmp(key, name) && json_object_is_type(value, json_type_string))
				return json_object_get_string(value);
		}
	}
	return "";
}

int request_body_decode(const struct request_endpoint *e, const char *body, size_t len,
			struct json_object **out, struct json_object **unknown, struct err *err)
{
	static const struct schema nothing = {.kind = SCHEMA_STRUCT};
	AUTO(json_putp) struct json_object *j = NULL;
	AUTO(buf_free) struct buf pointer = {0};

	*out = NULL;
	if (unknown)
		*unknown = NULL;
	if (!len)
		return e->body_needed
			       ? err_set(err, EINVAL,
					 "no request body can be seen; it must be application/json and "
					 "smaller than 1 MiB")
			       : 0;
	if (json_parse_within(body, len, REQUEST_MOST_VALUES, &j, err))
		return err_wrap(err, "the request body cannot be read with certainty");
	if (!j) /* Docker's own client sends it with a commit, for no body */
		return e->body_needed ? err_set(err, EINVAL,
						"the request body cannot be read with certainty: it is null")
				      : 0;
	if (unknown)
		*unknown = schema_unknown(e->body ? e->body : &nothing, j);
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
