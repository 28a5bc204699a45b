/*
 * peers - the connections of one HTTP server: when there are too many, one makes way that has asked for
 * nothing yet, else the one that has been idle for longest; and one that has not asked within 5 s makes way
 * for any other. Whoever opens thousands and leaves them closes their own, never those that are in use
 * (dockerd's). Thread-safe.
 */
#ifndef DE_HTTP_PEERS_INTERNAL_H
#define DE_HTTP_PEERS_INTERNAL_H

#include <microhttpd.h>
#include <stddef.h>
#include <stdint.h>

struct peers;

/* `most` connections; `headers_ns` for the first request's headers from when one is made, 0: any time. */
struct peers *peers_new(size_t most, uint64_t headers_ns);
void peers_free(struct peers *p); /* after the server has ended; nothing for NULL */

/* For MHD_OPTION_NOTIFY_CONNECTION; arg: the peers. */
void peers_notify(void *arg, struct MHD_Connection *c, void **context,
		  enum MHD_ConnectionNotificationCode what);

/* A request on the connection begins, or is over. */
void peers_begin(struct peers *p, struct MHD_Connection *c);
void peers_end(struct peers *p, struct MHD_Connection *c);

#endif
