/* authority, for the relay itself: the CA as it signs. */
#ifndef DE_RELAY_AUTHORITY_INTERNAL_H
#define DE_RELAY_AUTHORITY_INTERNAL_H

#include "certificate_internal.h"
#include "relay/authority.h"

/* Reads the CA in `dir`. -1 with *err. *out is for authority_close(). */
int authority_open(const char *dir, struct signer *out, struct err *err);
void authority_close(struct signer *s);

#endif
