/* The files of the CA: made once, never overwritten, and looked at whenever they are read. */
#include "authority_internal.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char remedy[] = "remove it, and make it anew with `docker-enforcer relay certificates`";

/* ---- reading ---- */

/* NULL with *err; err->code is ENOENT where the file is not there. */
static FILE *open_private(const char *path, bool key, struct err *err)
{
	FILE *f = fopen(path, "re");
	struct stat st;

	if (!f) {
		err_errno(err, "%s", path);
		return NULL;
	}
	if (!key || (!fstat(fileno(f), &st) && !(st.st_mode & 077) && st.st_uid == geteuid()))
		return f;
	fclose(f);
	err_set(err, EPERM,
		"%s: others than this user can read or write this key; make it so that they cannot (chown, "
		"chmod "
		"600), or, where they may have read it, %s",
		path, remedy);
	return NULL;
}

static EVP_PKEY *read_key(const char *path, struct err *err)
{
	AUTO(close_filep) FILE *f = open_private(path, true, err);
	EVP_PKEY *key = f ? PEM_read_PrivateKey(f, NULL, NULL, NULL) : NULL;

	if (f && !key) {
		certificate_error(err, "no private key in PEM");
		err_wrap(err, "%s: %s", path, remedy);
	}
	return key;
}

static X509 *read_certificate(const char *path, struct err *err)
{
	AUTO(close_filep) FILE *f = open_private(path, false, err);
	X509 *x = f ? PEM_read_X509(f, NULL, NULL, NULL) : NULL;

	if (f && !x) {
		certificate_error(err, "no certificate in PEM");
		err_wrap(err, "%s: %s", path, remedy);
	}
	return x;
}

/* ---- writing ---- */

typedef int (*write_fn)(FILE *f, void *what);

static int write_key(FILE *f, void *key)
{
	return PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL);
}

static int write_certificate(FILE *f, void *x)
{
	return PEM_write_X509(f, x);
}

static bool write_whole(const char *path, write_fn write, void *what)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
	bool written = f && write(f, what) && !fflush(f) && !fsync(fd);

	if (f)
		written = !fclose(f) && written;
	return written;
}

/* Whole or not at all, and never in place of what is there. */
static int write_file(const char *path, write_fn write, void *what, struct err *err)
{
	AUTO(free_charp) char *fresh = mem_printf("%s.new", path);
	int r = write_whole(fresh, write, what) && !link(fresh, path) ? 0
								      : err_errno(err, "writing %s", path);

	unlink(fresh);
	return r;
}

/* ---- one pair: a key, and a certificate for it ---- */

struct pair {
	char *key_path, *certificate_path;
	EVP_PKEY *key;
	X509 *certificate;
};

static struct pair pair_in(const char *dir, const char *key, const char *certificate)
{
	return (struct pair){.key_path = mem_printf("%s/%s", dir, key),
			     .certificate_path = mem_printf("%s/%s", dir, certificate)};
}

static void pair_free(struct pair *p)
{
	X509_free(p->certificate);
	EVP_PKEY_free(p->key);
	free(p->key_path);
	free(p->certificate_path);
}

static int check_pair(const struct pair *p, struct err *err)
{
	if (X509_check_private_key(p->certificate, p->key) == 1)
		return 0;
	return err_set(err, EINVAL, "%s is not for the key in %s; %s", p->certificate_path, p->key_path,
		       remedy);
}

static int read_pair(struct pair *p, struct err *err)
{
	p->key = read_key(p->key_path, err);
	p->certificate = p->key ? read_certificate(p->certificate_path, err) : NULL;
	return p->certificate ? check_pair(p, err) : -1;
}

static int make_key(struct pair *p, struct err *err)
{
	p->key = EVP_EC_gen("P-256");
	if (!p->key)
		return certificate_error(err, "making a key");
	return write_file(p->key_path, write_key, p->key, err);
}

/* `ca` NULL: it is the CA itself. */
static int make_certificate(struct pair *p, const struct signer *ca, struct err *err)
{
	p->certificate = ca ? certificate_of_engine(ca, p->key, err) : certificate_of_authority(p->key, err);
	return p->certificate ? write_file(p->certificate_path, write_certificate, p->certificate, err) : -1;
}

/* Reads what is there, makes what is not. A key is never made for a certificate that is there. */
static int complete_pair(struct pair *p, const struct signer *ca, bool *made, struct err *err)
{
	bool has_certificate = !access(p->certificate_path, F_OK);

	p->key = read_key(p->key_path, err);
	if (!p->key && (err->code != ENOENT || has_certificate))
		return -1;
	*made = *made || !p->key || !has_certificate;
	if (!p->key && make_key(p, err))
		return -1;
	if (!has_certificate)
		return make_certificate(p, ca, err);
	p->certificate = read_certificate(p->certificate_path, err);
	return p->certificate ? check_pair(p, err) : -1;
}

static int check_issuer(const struct pair *p, const struct pair *ca, struct err *err)
{
	if (X509_verify(p->certificate, ca->key) == 1)
		return 0;
	return err_set(err, EINVAL, "%s was not made by the CA in %s; %s", p->certificate_path,
		       ca->certificate_path, remedy);
}

/* With the folder that it is in: STATE_DIR may not be there before the first start. */
static int make_folder(const char *dir, struct err *err)
{
	AUTO(free_charp) char *copy = mem_strdup(dir);

	mkdir(dirname(copy), 0700);
	return mkdir(dir, 0700) && errno != EEXIST ? err_errno(err, "making the folder %s", dir) : 0;
}

int authority_make(const char *dir, bool *made, struct err *err)
{
	struct pair ca = pair_in(dir, "ca-key.pem", "ca.pem");
	struct pair engine = pair_in(dir, "server-key.pem", "server-cert.pem");
	struct signer signer;
	int r = make_folder(dir, err);

	*made = false;
	if (!r)
		r = complete_pair(&ca, NULL, made, err);
	signer = (struct signer){ca.certificate, ca.key};
	if (!r)
		r = complete_pair(&engine, &signer, made, err);
	if (!r)
		r = check_issuer(&engine, &ca, err);
	pair_free(&engine);
	pair_free(&ca);
	return r;
}

int authority_open(const char *dir, struct signer *out, struct err *err)
{
	struct pair ca = pair_in(dir, "ca-key.pem", "ca.pem");
	int r = read_pair(&ca, err);

	*out = (struct signer){0};
	if (!r) {
		*out = (struct signer){ca.certificate, ca.key};
		X509_up_ref(out->certificate);
		EVP_PKEY_up_ref(out->key);
	} else if (err->code == ENOENT) {
		err_wrap(err, "the relay's CA is not there, `docker-enforcer relay certificates` makes it");
	}
	pair_free(&ca);
	return r;
}

void authority_close(struct signer *s)
{
	X509_free(s->certificate);
	EVP_PKEY_free(s->key);
	*s = (struct signer){0};
}
