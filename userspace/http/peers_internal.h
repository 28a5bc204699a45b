/*
 * peers - the connections of one HTTP server: when there are too many, one makes way that has asked for
 * nothing yet, else the one that has been idle for longest. Whoever opens thousands and leaves them closes
 * their own, never those that are in use (dockerd's). Thread-safe.
 */
#ifndef DE_HTTP_PEERS_INTERNAL_H
#define DE_HTTP_PEERS_INTERNAL_H

#include <microhttpd.h>
#include <stddef.h>

struct peers;

struct peers *peers_new(size_t most);
void peers_free(struct peers *p); /* after the server has ended; nothing for NULL */

/* For MHD_OPTION_NOTIFY_CONNECTION; arg: the peers. */
void peers_notify(void *arg, struct MHD_Connection *c, void **context,
		  enum MHD_ConnectionNotificationCode what);

/* A request on the connection begins, or is over. */
void peers_begin(struct peers *p, struct MHD_Connection *c);
void peers_end(struct peers *p, struct MHD_Connection *c);

#endif
