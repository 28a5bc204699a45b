/*
 * authority - the relay's certificate authority: a folder that only root can read, with the CA's key and
 * certificate and those of dockerd's listener. dockerd takes whoever comes with a certificate of this CA for
 * who it says: the CA is for the relay alone.
 */
#ifndef DE_RELAY_AUTHORITY_H
#define DE_RELAY_AUTHORITY_H

#include "base/err.h"

#include <stdbool.h>

/*
 * Makes what is missing of ca.pem, ca-key.pem, server-cert.pem and server-key.pem in `dir`, which is made
 * too; what is there stays, and is looked at: that it can be read, that it fits together, that no key is
 * others' to read. *made: something was. -1 with *err.
 */
int authority_make(const char *dir, bool *made, struct err *err);

#endif
