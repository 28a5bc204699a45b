#include "request/certain.h"

#include <string.h>
#include <strings.h>

static bool is_form(const struct request_message *m)
{
	const char *type = request_message_header(m, "Content-Type");

	return !strncasecmp(type, "application/x-www-form-urlencoded", 33) ||
	       !strncasecmp(type, "multipart/", 10);
}

/*
 * Whether the request may have a body that dockerd keeps from the plugin, and reads. Of several Content-Type
 * headers we are shown the last and dockerd goes by the first, so any one is suspect; without one neither a
 * form nor JSON is read. Content-Length is not shown where the body comes in chunks.
 */
static bool may_hide_body(const struct request_message *m)
{
	return *request_message_header(m, "Content-Type") &&
	       strcmp(request_message_header(m, "Content-Length"), "0") != 0;
}

int request_check_certain(const struct request_message *m, const struct request_target *t,
			  const struct request_endpoint *e, struct err *err)
{
	/* a form's fields count before the query's */
	if (e->kind == REQUEST_RENAME && may_hide_body(m))
		return err_set(err, 0,
			       "a rename with a body that cannot be seen, which may hold another name; send "
			       "\"Content-Length: 0\", or no Content-Type");
	if (is_form(m))
		return err_set(
			err, 0,
			"a form, whose fields dockerd would read and nobody shows to us; send JSON, and "
			"parameters in the query");
	/* from 1.24 on dockerd takes no HostConfig here; before, one that is too large is not shown to us */
	if (e->kind == REQUEST_START && t->api && t->api < 124 && !m->body_len && may_hide_body(m))
		return err_set(
			err, 0,
			"a start of API version 1.23 or older with a body that cannot be seen, which may "
			"hold a configuration; send \"Content-Length: 0\", or use API 1.24 or newer");
	return 0;
}
