/*
 * host - whether a request was meant for us, by its Host header; for http/ only. A browser on the
 * administrator's machine sends what a foreign page asks it to, and a name of that page's may lead to this
 * address: but the Host header then has that name. Pure, but for this machine's name.
 */
#ifndef DE_HTTP_HOST_INTERNAL_H
#define DE_HTTP_HOST_INTERNAL_H

#include <stdbool.h>

/* Whether "name", "name:port" or an address is one of ours: any address, localhost, this machine's name, or
 * one of `names` (LISTEN_NAMES, comma-separated). */
bool host_is_ours(const char *host, const char *names);

#endif
