/*
 * certificate - what is written in X.509: the CA's certificate, dockerd's, and one for each identity. For
 * relay/ only. Any thread.
 */
#ifndef DE_RELAY_CERTIFICATE_INTERNAL_H
#define DE_RELAY_CERTIFICATE_INTERNAL_H

#include "relay/identity.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

/* Who signs; both are its holder's. */
struct signer {
	X509 *certificate;
	EVP_PKEY *key;
};

/* NULL with *err, which has OpenSSL's reason. They are X509_free()'s. */
X509 *certificate_of_authority(EVP_PKEY *key, struct err *err);
X509 *certificate_of_engine(const struct signer *ca, EVP_PKEY *key, struct err *err);
X509 *certificate_of_identity(const struct signer *ca, EVP_PKEY *key, const struct identity *id,
			      struct err *err);

/* What a certificate says of a person; false: nothing. */
bool certificate_read(X509 *x, struct identity *out);

/* *err with "context: what OpenSSL says"; -1. */
int certificate_error(struct err *err, const char *context);

#endif
