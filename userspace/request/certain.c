#include "request/certain.h"
#include "base/text.h"

#include <string.h>
#include <strings.h>

/* Go compares a media type trimmed and in lower case, both by Unicode (mime.ParseMediaType); in ASCII we do
 * it as well. */
static bool is_ascii(const char *s)
{
	for (; *s; s++)
		if (*s < 0x20 || *s > 0x7e)
			return false;
	return true;
}

static bool is_form(const char *type)
{
	type += strspn(type, " ");
	return !strncasecmp(type, "application/x-www-form-urlencoded", 33) ||
	       !strncasecmp(type, "multipart/", 10);
}

/* Go reads a form from the bodies of these only (net/http ParseForm). */
static bool has_form(const struct request_message *m)
{
	return !strcmp(m->method, "POST") || !strcmp(m->method, "PUT") || !strcmp(m->method, "PATCH");
}

/*
 * Whether the request may have a body that dockerd keeps from the plugin, and reads. Of several Content-Type
 * headers we are shown the last and dockerd goes by the first, so any one is suspect; without one neither a
 * form nor JSON is read. Content-Length is not shown where the body comes in chunks.
 */
static bool may_hide_body(const struct request_message *m)
{
	return !m->body_len && *request_message_header(m, "Content-Type") &&
	       strcmp(request_message_header(m, "Content-Length"), "0") != 0;
}

/* Where honest clients send what is neither JSON nor a form: archives, and streams of other protocols. */
static bool takes_other_body(const char *endpoint)
{
	static const struct {
		const char *before, *after;
	} known[] = {{"/build", ""},
		     {"/images/load", ""},
		     {"/images/create", ""},
		     {"/plugins/create", ""},
		     {"/session", ""},
		     {"/grpc", ""},
		     {"/containers/", "/archive"},
		     {"/containers/", "/copy"},
		     {"/containers/", "/attach"},
		     {"/exec/", "/start"}};

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		size_t before = strlen(known[i].before), after = strlen(known[i].after);
		size_t len = strlen(endpoint);

		if (len >= before + after && !strncmp(endpoint, known[i].before, before) &&
		    !strcmp(endpoint + len - after, known[i].after) && (after || len == before))
			return true;
	}
	return false;
}

int request_check_certain(const struct request_message *m, const struct request_target *t,
			  const struct request_endpoint *e, struct err *err)
{
	const char *type = request_message_header(m, "Content-Type");

	if (!has_form(m))
		return 0;
	if (!is_ascii(type))
		return err_set(err, 0,
			       "a Content-Type that is not plain ASCII, which dockerd may take for a form");
	if (is_form(type))
		return err_set(
			err, 0,
			"a form, whose fields dockerd would read and nobody shows to us; send JSON, and "
			"parameters in the query");
	/* a form's fields count before the query's; a HostConfig in a start below API 1.24 */
	if (!e->body_needed && may_hide_body(m) && !takes_other_body(t->endpoint))
		return err_set(
			err, 0,
			"a body that cannot be seen, which may hold a form with other parameters, or a "
			"configuration; send JSON of less than 1 MiB, \"Content-Length: 0\", or no "
			"Content-Type");
	return 0;
}
