#include "certificate_internal.h"
#include "base/clock.h"
#include "base/memory.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S 86400L

/*
 * Where an identity's parts are, each a UTF8String: below the number that RFC 5612 keeps for examples, for
 * only our own CA's certificates are read for them. (Numbers made of a UUID are too long for Go's parser.)
 */
#define OUR_ARC "1.3.6.1.4.1.32473.17."
static const char oid_uid[] = OUR_ARC "1", oid_gid[] = OUR_ARC "2", oid_pid[] = OUR_ARC "3",
		  oid_container[] = OUR_ARC "4";

int certificate_error(struct err *err, const char *context)
{
	char reason[256] = "unknown error";
	unsigned long code = ERR_peek_last_error();

	if (code)
		ERR_error_string_n(code, reason, sizeof(reason));
	ERR_clear_error();
	return err_set(err, EIO, "%s: %s", context, reason);
}

/* ---- writing ---- */

/* Without the bound of 64 characters that OpenSSL keeps to: a container's name may be longer. */
static bool set_name(X509_NAME *name, const char *text)
{
	return X509_NAME_add_entry_by_NID(name, NID_commonName, V_ASN1_UTF8STRING,
					  (const unsigned char *)text, (int)strlen(text), -1, 0);
}

static bool set_serial(X509 *x)
{
	unsigned char random[16];
	BIGNUM *n = RAND_bytes(random, sizeof(random)) == 1 ? BN_bin2bn(random, sizeof(random), NULL) : NULL;
	bool set = n && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x));

	BN_free(n);
	return set;
}

static bool add_standard(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;
	bool added;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	added = e && X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
	return added;
}

static bool add_text(X509 *x, const char *oid, const char *text)
{
	ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
	ASN1_UTF8STRING *value = ASN1_UTF8STRING_new();
	ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();
	unsigned char *der = NULL;
	X509_EXTENSION *e = NULL;
	int len = -1;
	bool added;

	if (object && value && octets && ASN1_STRING_set(value, text, (int)strlen(text)))
		len = i2d_ASN1_UTF8STRING(value, &der);
	if (len > 0 && ASN1_OCTET_STRING_set(octets, der, len))
		e = X509_EXTENSION_create_by_OBJ(NULL, object, 0, octets);
	added = e && X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
	OPENSSL_free(der);
	ASN1_OCTET_STRING_free(octets);
	ASN1_UTF8STRING_free(value);
	ASN1_OBJECT_free(object);
	return added;
}

static bool add_number(X509 *x, const char *oid, long number)
{
	char text[32];

	snprintf(text, sizeof(text), "%ld", number);
	return add_text(x, oid, text);
}

/* Without a time of its own: no clock that is wrong, or was, takes Docker from anybody (RFC 5280, 4.1.2.5).
 */
static bool set_no_end(X509 *x)
{
	return ASN1_TIME_set_string(X509_getm_notBefore(x), "20000101000000Z") &&
	       ASN1_TIME_set_string(X509_getm_notAfter(x), "99991231235959Z");
}

static bool set_two_days(X509 *x)
{
	return X509_gmtime_adj(X509_getm_notBefore(x), -DAY_S) &&
	       X509_gmtime_adj(X509_getm_notAfter(x), DAY_S);
}

/* What all have. `issuer` NULL: it is its own. */
static X509 *begin(X509 *issuer, EVP_PKEY *key, const char *name)
{
	X509 *x = X509_new();

	if (x && X509_set_version(x, 2) && set_serial(x) && set_name(X509_get_subject_name(x), name) &&
	    X509_set_issuer_name(x, X509_get_subject_name(issuer ? issuer : x)) && X509_set_pubkey(x, key))
		return x;
	X509_free(x);
	return NULL;
}

static X509 *finish(X509 *x, bool complete, EVP_PKEY *key, const char *what, struct err *err)
{
	if (complete && X509_sign(x, key, EVP_sha256()))
		return x;
	X509_free(x);
	certificate_error(err, what);
	return NULL;
}

X509 *certificate_of_authority(EVP_PKEY *key, struct err *err)
{
	X509 *x = begin(NULL, key, "Docker Enforcer relay CA");
	bool complete = x && set_no_end(x) &&
			add_standard(x, x, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
			add_standard(x, x, NID_key_usage, "critical,keyCertSign") &&
			add_standard(x, x, NID_subject_key_identifier, "hash");

	return finish(x, complete, key, "making the CA's certificate", err);
}

X509 *certificate_of_engine(const struct signer *ca, EVP_PKEY *key, struct err *err)
{
	X509 *x = begin(ca->certificate, key, "dockerd behind Docker Enforcer's relay");
	bool complete =
		x && set_no_end(x) &&
		add_standard(x, ca->certificate, NID_key_usage, "critical,digitalSignature") &&
		add_standard(x, ca->certificate, NID_ext_key_usage, "serverAuth") &&
		add_standard(x, ca->certificate, NID_authority_key_identifier, "keyid") &&
		add_standard(x, ca->certificate, NID_subject_alt_name, "IP:127.0.0.1,IP:::1,DNS:localhost");

	return finish(x, complete, ca->key, "making dockerd's certificate", err);
}

X509 *certificate_of_identity(const struct signer *ca, EVP_PKEY *key, const struct identity *id,
			      struct err *err)
{
	X509 *x = begin(ca->certificate, key, id->user);
	bool complete = x && set_two_days(x) &&
			add_standard(x, ca->certificate, NID_key_usage, "critical,digitalSignature") &&
			add_standard(x, ca->certificate, NID_ext_key_usage, "clientAuth") &&
			add_standard(x, ca->certificate, NID_authority_key_identifier, "keyid") &&
			add_number(x, oid_uid, (long)id->uid) && add_number(x, oid_gid, (long)id->gid) &&
			add_number(x, oid_pid, (long)id->pid) &&
			(!id->container || add_text(x, oid_container, id->container));

	return finish(x, complete, ca->key, "making a person's certificate", err);
}

/* ---- reading ---- */

/* A new string; NULL: it is not there, or not as we write it. */
static char *text_of(const ASN1_STRING *s)
{
	const char *data = s ? (const char *)ASN1_STRING_get0_data(s) : NULL;
	size_t len = s ? (size_t)ASN1_STRING_length(s) : 0;

	return data && len && !memchr(data, 0, len) ? mem_printf("%.*s", (int)len, data) : NULL;
}

static char *read_text(X509 *x, const char *oid)
{
	ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
	int at = object ? X509_get_ext_by_OBJ(x, object, -1) : -1;
	const ASN1_OCTET_STRING *octets = at < 0 ? NULL : X509_EXTENSION_get_data(X509_get_ext(x, at));
	const unsigned char *p = octets ? ASN1_STRING_get0_data(octets) : NULL;
	ASN1_UTF8STRING *value = p ? d2i_ASN1_UTF8STRING(NULL, &p, ASN1_STRING_length(octets)) : NULL;
	char *text = text_of(value);

	ASN1_UTF8STRING_free(value);
	ASN1_OBJECT_free(object);
	return text;
}

static bool read_number(X509 *x, const char *oid, unsigned *out)
{
	AUTO(free_charp) char *text = read_text(x, oid);
	char *end;
	unsigned long n;

	if (!text || *text < '0' || *text > '9')
		return false;
	errno = 0;
	n = strtoul(text, &end, 10);
	*out = (unsigned)n;
	return !errno && !*end && n <= UINT32_MAX;
}

static char *read_name(X509 *x)
{
	X509_NAME *name = X509_get_subject_name(x);
	int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);

	return at < 0 ? NULL : text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
}

bool certificate_read(X509 *x, struct identity *out)
{
	unsigned uid, gid, pid;

	*out = (struct identity){0};
	if (!read_number(x, oid_uid, &uid) || !read_number(x, oid_gid, &gid) ||
	    !read_number(x, oid_pid, &pid))
		return false;
	*out = (struct identity){.user = read_name(x),
				 .container = read_text(x, oid_container),
				 .uid = uid,
				 .gid = gid,
				 .pid = (pid_t)pid};
	if (out->user)
		return true;
	identity_free(out);
	return false;
}

bool identity_from_pem(const char *pem, size_t len, struct identity *out)
{
	BIO *text = len <= INT_MAX ? BIO_new_mem_buf(pem, (int)len) : NULL;
	X509 *x = text ? PEM_read_bio_X509(text, NULL, NULL, NULL) : NULL;
	bool read = x && certificate_read(x, out);

	if (!read)
		*out = (struct identity){0};
	X509_free(x);
	BIO_free(text);
	ERR_clear_error();
	return read;
}
