/*
 * certain - what cannot be read with certainty: requests that have more to them than dockerd shows to a
 * plugin. Pure.
 *
 * Source: moby pkg/authorization (which bodies are forwarded), Go net/http ParseForm.
 */
#ifndef DE_REQUEST_CERTAIN_H
#define DE_REQUEST_CERTAIN_H

#include "request/message.h"
#include "request/target.h"

/* 0 if all that dockerd would go by is seen; -1 with *err, saying what the client should change. */
int request_check_certain(const struct request_message *m, const struct request_target *t,
			  const struct request_endpoint *e, struct err *err);

#endif
