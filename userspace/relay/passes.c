#include "passes_internal.h"
#include "authority_internal.h"
#include "base/clock.h"
#include "base/memory.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#define MOST_KEPT   1024
#define KEPT_FOR_NS (3600 * NS_PER_S) /* a certificate ends after a day */

struct pass {
	char *key; /* all that the certificate says */
	X509 *certificate;
	uint64_t made_ns; /* monotonic */
	UT_hash_handle hh;
};

struct passes {
	struct signer ca;
	EVP_PKEY *own; /* of this start, in no file */
	pthread_mutex_t lock;
	struct pass *all; /* in order of their making */
};

struct passes *passes_open(const char *dir, struct err *err)
{
	struct passes *p = mem_calloc(1, sizeof(*p));

	pthread_mutex_init(&p->lock, NULL);
	if (!authority_open(dir, &p->ca, err)) {
		p->own = EVP_EC_gen("P-256");
		if (p->own)
			return p;
		certificate_error(err, "making the relay's key");
	}
	passes_close(p);
	return NULL;
}

/* With the lock, or alone. */
static void forget(struct passes *p, struct pass *x)
{
	HASH_DEL(p->all, x);
	X509_free(x->certificate);
	free(x->key);
	free(x);
}

void passes_close(struct passes *p)
{
	while (p->all)
		forget(p, p->all);
	authority_close(&p->ca);
	EVP_PKEY_free(p->own);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

X509 *passes_ca(const struct passes *p)
{
	return p->ca.certificate;
}

EVP_PKEY *passes_key(const struct passes *p)
{
	return p->own;
}

static X509 *find(struct passes *p, const char *key)
{
	struct pass *x;
	X509 *found = NULL;

	pthread_mutex_lock(&p->lock);
	HASH_FIND_STR(p->all, key, x);
	if (x && clock_monotonic_ns() - x->made_ns < KEPT_FOR_NS) {
		found = x->certificate;
		X509_up_ref(found);
	}
	pthread_mutex_unlock(&p->lock);
	return found;
}

static void keep(struct passes *p, char *key, X509 *certificate)
{
	struct pass *x = mem_calloc(1, sizeof(*x)), *old;

	X509_up_ref(certificate);
	*x = (struct pass){.key = key, .certificate = certificate, .made_ns = clock_monotonic_ns()};
	pthread_mutex_lock(&p->lock);
	HASH_FIND_STR(p->all, key, old);
	if (old)
		forget(p, old);
	else if (HASH_COUNT(p->all) >= MOST_KEPT)
		forget(p, p->all);
	HASH_ADD_KEYPTR(hh, p->all, x->key, strlen(x->key), x);
	pthread_mutex_unlock(&p->lock);
}

X509 *passes_get(struct passes *p, const struct identity *id, struct err *err)
{
	char *key = mem_printf("%u %u %d %s %s", (unsigned)id->uid, (unsigned)id->gid, (int)id->pid,
			       id->container ? id->container : "-", id->user);
	X509 *x = find(p, key);

	if (!x && (x = certificate_of_identity(&p->ca, p->own, id, err)))
		keep(p, key, x);
	else
		free(key);
	return x;
}
