/*
 * message - what dockerd tells the authorization plugin of a request (moby pkg/authorization). Pure.
 */
#ifndef DE_REQUEST_MESSAGE_H
#define DE_REQUEST_MESSAGE_H

#include "base/err.h"
#include "relay/identity.h"

#include <json-c/json.h>
#include <stddef.h>

/* In a body, or in a message beside it: no honest one comes near. */
#define REQUEST_MOST_VALUES 20000

/* What dockerd sends to /AuthZPlugin.AuthZReq. */
struct request_message {
	struct json_object *doc; /* holds the strings below */
	const char *method, *uri, *user, *authn_method;
	struct json_object *headers; /* NULL if there are none */
	char *body;		     /* decoded from base64, owned; NULL: none was sent */
	size_t body_len;
	/* who asks, as the relay's certificate has it; user NULL: no such certificate */
	struct identity peer;
};

int request_message_parse(const char *text, size_t len, struct request_message *out, struct err *err);
void request_message_free(struct request_message *m);

/* A header's value, whatever its case; "" if there is none. Borrowed. */
const char *request_message_header(const struct request_message *m, const char *name);

/* In /AuthZPlugin.AuthZRes: dockerd's answer, as JSON; NULL where it is none. A new reference. */
struct json_object *request_message_response(const struct request_message *m);

#endif
