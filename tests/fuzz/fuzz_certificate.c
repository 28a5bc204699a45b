/* Any bytes as a certificate in DER: what is read of it is text and has a name, or there is nothing. */
#include "relay/certificate_internal.h"

#include <openssl/err.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const unsigned char *p = data;
	X509 *x = d2i_X509(NULL, &p, (long)size);
	struct identity said;

	if (x && certificate_read(x, &said)) {
		if (!said.user || !*said.user)
			abort();
		identity_free(&said);
	}
	X509_free(x);
	ERR_clear_error();
	return 0;
}
