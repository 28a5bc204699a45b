/*
 * relay - stands before dockerd's socket: asks the kernel who connects, and carries bytes, unread, over TLS
 * to dockerd's own listener, with a client certificate made for that person. dockerd then tells the
 * authorization plugin who asks.
 *
 * Nothing in the bytes can change who is asking: none is read. An end that says no more (shutdown(2)) is
 * passed on, in either direction, and the other goes on; each direction waits for its reader.
 *
 * Threads: some that greet (accept, identity, TLS handshake: what may wait for others), some that carry
 * (epoll, never wait). relay_start() and relay_stop() from one thread.
 */
#ifndef DE_RELAY_RELAY_H
#define DE_RELAY_RELAY_H

#include "relay/identity.h"

#include <stdint.h>

struct relay_options {
	const char *listen;	 /* RELAY_LISTEN; not used where the service manager passes a socket */
	const char *engine;	 /* RELAY_ENGINE */
	const char *authority;	 /* the folder that authority_make() made */
	uint64_t engine_wait_ns; /* how long dockerd has to take a connection */
	struct identity_asker ask;
};

struct relay;

/* Listens, and starts the threads; *options is copied, its strings too. NULL with *err. */
struct relay *relay_start(const struct relay_options *options, struct err *err);

/* Ends every connection. Nothing for NULL. */
void relay_stop(struct relay *r);

struct relay_counts {
	uint64_t open;	    /* connections now */
	uint64_t total;	    /* carried, since the start */
	uint64_t refused;   /* nobody could say who it was */
	uint64_t no_engine; /* dockerd did not take them */
};

struct relay_counts relay_counts(const struct relay *r);

#endif
