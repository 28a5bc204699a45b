/*
 * http - the status API on LISTEN and the authorization plugin on AUTHZ_LISTEN. The only module that knows
 * libmicrohttpd; it asks the enforcer's parts and knows no rules. Handlers run on libmicrohttpd's threads.
 */
#ifndef DE_HTTP_H
#define DE_HTTP_H

#include "modes/enforcer.h"

struct http;

/* Listens on "address:port" ("[::1]:8888" for IPv6). NULL with *err. */
struct http *http_start(struct enforcer *e, const char *listen, struct err *err);
void http_stop(struct http *h);

struct plugin;

/*
 * Answers dockerd at "unix:///path" or "tcp://address:port", or at the socket that the service manager
 * passed. NULL with *err. `with_status`: the status pages are there too. A unix socket that was made here is
 * removed at the end; plugin_stop() waits for requests under way (authz_shutdown() before makes that short).
 */
struct plugin *plugin_start(struct enforcer *e, const char *address, bool with_status, struct err *err);
void plugin_stop(struct plugin *p);

#endif
