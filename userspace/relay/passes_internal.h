/*
 * passes - certificates of persons, made in memory and kept for whoever comes again. For relay/ only. Any
 * thread; the lock is not held while one is made.
 */
#ifndef DE_RELAY_PASSES_INTERNAL_H
#define DE_RELAY_PASSES_INTERNAL_H

#include "certificate_internal.h"

struct passes;

/* With the CA of `dir`. NULL with *err. */
struct passes *passes_open(const char *dir, struct err *err);
void passes_close(struct passes *p);

X509 *passes_ca(const struct passes *p);      /* borrowed */
EVP_PKEY *passes_key(const struct passes *p); /* all certificates are for it; borrowed */

/* The identity's, for X509_free(). NULL with *err. */
X509 *passes_get(struct passes *p, const struct identity *id, struct err *err);

#endif
