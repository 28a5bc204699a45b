/*
 * engine - dockerd's TLS listener, as the relay calls it. For relay/ only. Any thread.
 */
#ifndef DE_RELAY_ENGINE_INTERNAL_H
#define DE_RELAY_ENGINE_INTERNAL_H

#include "passes_internal.h"
#include "base/stop.h"

#include <openssl/ssl.h>
#include <stdint.h>

struct engine;

/* `address` is RELAY_ENGINE; both are borrowed. NULL with *err. */
struct engine *engine_open(const char *address, struct passes *passes, struct err *err);
void engine_close(struct engine *e);

/*
 * Connects to dockerd as `id`, and shakes hands; gives up after `wait_ns`, when `stop` says so, or when
 * `peer` has gone. The connection does not block; SSL_get_fd() is its socket, which the caller closes. NULL
 * with *err.
 */
SSL *engine_connect(struct engine *e, const struct identity *id, int peer, struct stop *stop,
		    uint64_t wait_ns, struct err *err);

#endif
