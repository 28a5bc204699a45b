/*
 * carrier - a thread that moves the bytes of many links, and waits for none. For relay/ only.
 */
#ifndef DE_RELAY_CARRIER_INTERNAL_H
#define DE_RELAY_CARRIER_INTERNAL_H

#include "link_internal.h"
#include "base/err.h"
#include "base/stop.h"

#include <stdatomic.h>
#include <stdint.h>

struct carrier;

/* Runs until `stop`. *open counts its links down as they end; both are borrowed. NULL with *err. */
struct carrier *carrier_start(struct stop *stop, atomic_ullong *open, struct err *err);

/* After the stop was requested: ends its links. Nothing for NULL. */
void carrier_join(struct carrier *c);

/* Hands a link over. Any thread. */
void carrier_add(struct carrier *c, struct link *l);

#endif
