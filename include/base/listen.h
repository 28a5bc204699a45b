/*
 * listen - listening sockets, so that errors name the option and the address; for http/ and relay/.
 */
#ifndef DE_BASE_LISTEN_H
#define DE_BASE_LISTEN_H

#include "base/err.h"

/*
 * "unix:///path", "tcp://address:port" or "address:port" ("[::1]:8888" for IPv6), the value of `option`. A
 * unix socket is for root only; its folder is made, and one that nobody listens at any more is replaced. -1
 * with *err.
 */
int listen_open(const char *option, const char *address, struct err *err);

/* The path of a unix socket, to be removed at the end; NULL: it is none. A new string. */
char *listen_path(const char *address);

#endif
