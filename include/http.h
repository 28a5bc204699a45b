/*
 * http - the status API on LISTEN. The only module that knows libmicrohttpd; it asks the enforcer's parts and
 * knows no rules. Handlers run on libmicrohttpd's threads.
 */
#ifndef DE_HTTP_H
#define DE_HTTP_H

#include "enforcer.h"

struct http;

/* Listens on "address:port" ("[::1]:8888" for IPv6). NULL with *err. */
struct http *http_start(struct enforcer *e, const char *listen, struct err *err);
void http_stop(struct http *h);

#endif
