/*
 * link - a client's connection and dockerd's, and the bytes between them. For relay/ only; each belongs to
 * one thread at a time.
 */
#ifndef DE_RELAY_LINK_INTERNAL_H
#define DE_RELAY_LINK_INTERNAL_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

/* What one direction has read and not yet passed on. */
struct flow {
	char *rest; /* NULL: nothing */
	size_t at, len;
	bool ended;  /* who writes says no more */
	bool passed; /* and who reads was told */
};

struct link {
	struct link *next_ready, *next, **self; /* its carrier's */
	int peer, engine;			/* neither blocks */
	SSL *ssl;
	struct flow up, down; /* to dockerd, from dockerd */
	bool engine_gone;     /* dockerd has closed its connection, not only its direction */
	bool cut_off;	      /* what dockerd says does not arrive any more */
	bool ready;
};

/* Takes both over. */
struct link *link_new(int peer, SSL *ssl);
void link_free(struct link *l);

enum link_state { LINK_WAITS, LINK_MOVES, LINK_OVER };

/*
 * Moves what can be moved now, but for no longer than is fair to others: LINK_MOVES where there may be more.
 * LINK_WAITS until either socket says something; LINK_OVER: for link_free(). `scratch` is LINK_SCRATCH bytes.
 */
#define LINK_SCRATCH (64U << 10)
enum link_state link_drive(struct link *l, char *scratch);

#endif
