/* Who is at the other end, what a certificate says of it, and the files of the CA. */
#include "unit.h"

#include "base/text.h"
#include "relay/authority.h"
#include "relay/authority_internal.h"
#include "relay/certificate_internal.h"
#include "relay/identity.h"
#include "relay/passes_internal.h"

#include <openssl/pem.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[] = "/tmp/test_relay.XXXXXX";

static void in(char *out, size_t size, const char *name)
{
	snprintf(out, size, "%s/%s", dir, name);
}

static int make_dir(void **state)
{
	struct err err;
	bool made;

	(void)state;
	return mkdtemp(dir) && !authority_make(dir, &made, &err) && made ? 0 : -1;
}

static int remove_dir(void **state)
{
	static const char *const names[] = {"ca.pem", "ca-key.pem", "server-cert.pem", "server-key.pem"};
	char path[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		in(path, sizeof(path), names[i]);
		unlink(path);
	}
	return rmdir(dir);
}

static char *pem_of(X509 *x)
{
	BIO *out = BIO_new(BIO_s_mem());
	char *data, *text;
	long len;

	assert_int_equal(PEM_write_bio_X509(out, x), 1);
	len = BIO_get_mem_data(out, &data);
	text = mem_printf("%.*s", (int)len, data);
	BIO_free(out);
	return text;
}

static void a_certificate_says_who_it_is(void **state)
{
	struct err err;
	struct passes *p = passes_open(dir, &err);
	char name[300] = "container:";
	struct identity said;

	(void)state;
	assert_non_null(p);
	memset(name + 10, 'n', 250); /* longer than OpenSSL would have a common name */
	struct identity id = {name, "c0ffee", 4294967294, 1000, 4194304};
	X509 *x = passes_get(p, &id, &err), *again = passes_get(p, &id, &err);
	AUTO(free_charp) char *pem = pem_of(x);

	assert_ptr_equal(x, again);
	assert_true(identity_from_pem(pem, strlen(pem), &said));
	assert_string_equal(said.user, name);
	assert_string_equal(said.container, "c0ffee");
	assert_int_equal(said.uid, 4294967294);
	assert_int_equal(said.gid, 1000);
	assert_int_equal(said.pid, 4194304);
	assert_int_equal(X509_verify(x, X509_get0_pubkey(passes_ca(p))), 1);
	identity_free(&said);
	X509_free(x);
	X509_free(again);
	passes_close(p);
}

/* One person's certificate is never given to another, whatever differs. */
static void every_identity_has_its_own(void **state)
{
	struct err err;
	struct passes *p = passes_open(dir, &err);
	struct identity ids[] = {
		{"ann", NULL, 1, 1, 1},	  {"bob", NULL, 1, 1, 1}, {"ann", NULL, 2, 1, 1},
		{"ann", NULL, 1, 2, 1},	  {"ann", NULL, 1, 1, 2}, {"ann", "c1", 1, 1, 1},
		{"c1 ann", "-", 1, 1, 1},
	};
	X509 *made[ARRAY_LEN(ids)];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		made[i] = passes_get(p, &ids[i], &err);
		for (size_t k = 0; k < i; k++)
			assert_ptr_not_equal(made[i], made[k]);
	}
	for (size_t i = 0; i < ARRAY_LEN(ids); i++)
		X509_free(made[i]);
	passes_close(p);
}

static void what_is_no_certificate_of_ours_says_nothing(void **state)
{
	char path[64], text[4096];
	struct identity said;
	size_t len;

	(void)state;
	in(path, sizeof(path), "server-cert.pem");
	AUTO(close_filep) FILE *f = fopen(path, "r");
	len = fread(text, 1, sizeof(text), f);
	assert_false(identity_from_pem(text, len, &said));
	assert_null(said.user);
	for (size_t cut = 0; cut < len; cut += 7)
		assert_false(identity_from_pem(text, cut, &said));
	assert_false(identity_from_pem("", 0, &said));
}

static void what_is_there_stays(void **state)
{
	char key[64];
	struct stat before, after;
	struct err err;
	bool made;

	(void)state;
	in(key, sizeof(key), "ca-key.pem");
	assert_false(stat(key, &before));
	assert_int_equal(before.st_mode & 0777, 0600);
	assert_int_equal(authority_make(dir, &made, &err), 0);
	assert_false(made);
	assert_false(stat(key, &after));
	assert_int_equal(before.st_ino, after.st_ino);
}

static void a_key_that_others_can_read_is_refused(void **state)
{
	struct signer ca;
	struct err err;
	char key[64];

	(void)state;
	in(key, sizeof(key), "ca-key.pem");
	chmod(key, 0640);
	assert_int_equal(authority_open(dir, &ca, &err), -1);
	assert_contains(err.msg, "chmod 600");
	chmod(key, 0600);
	assert_int_equal(authority_open(dir, &ca, &err), 0);
	authority_close(&ca);
}

static void another_ca_s_certificate_is_found(void **state)
{
	char path[64], away[64];
	struct err err;
	bool made;

	(void)state;
	in(path, sizeof(path), "ca.pem");
	unlink(path);
	in(path, sizeof(path), "ca-key.pem");
	in(away, sizeof(away), "away");
	rename(path, away);
	assert_int_equal(authority_make(dir, &made, &err), -1);
	assert_contains(err.msg, "server-cert.pem was not made by the CA");
	in(path, sizeof(path), "ca.pem");
	unlink(path);
	in(path, sizeof(path), "ca-key.pem");
	rename(away, path);
	assert_int_equal(authority_make(dir, &made, &err), 0); /* of the same key: dockerd's fits */
}

/* ---- peers ---- */

static int no_container(void *arg, pid_t pid, char **id, char **name, struct err *err)
{
	(void)arg;
	(void)pid;
	(void)err;
	*id = *name = NULL;
	return 0;
}

static int some_container(void *arg, pid_t pid, char **id, char **name, struct err *err)
{
	(void)pid;
	(void)err;
	*id = mem_strdup("c1");
	*name = mem_strdup(arg);
	return 0;
}

static int not_known(void *arg, pid_t pid, char **id, char **name, struct err *err)
{
	(void)arg;
	(void)pid;
	*id = *name = NULL;
	return err_set(err, 0, "who knows");
}

/* A connection from a child with that user id, which then waits, or ends; the accepted end. */
static int from_child(uid_t uid, bool waits, pid_t *child)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t len = sizeof(sa_family_t);
	int listening = socket(AF_UNIX, SOCK_STREAM, 0), fd, status;

	assert_false(bind(listening, (struct sockaddr *)&address, len)); /* the kernel chooses a name */
	len = sizeof(address);
	assert_false(getsockname(listening, (struct sockaddr *)&address, &len));
	assert_false(listen(listening, 1));
	*child = fork();
	if (!*child) {
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		if (setregid(77, 77) || setreuid(uid, uid) || connect(fd, (struct sockaddr *)&address, len))
			_exit(1);
		while (waits)
			pause();
		_exit(0);
	}
	fd = accept(listening, NULL, NULL);
	close(listening);
	if (!waits)
		assert_int_equal(waitpid(*child, &status, 0), *child);
	return fd;
}

static void end_child(pid_t child, int fd)
{
	close(fd);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static void a_peer_is_who_connected(void **state)
{
	const struct identity_asker ask = {no_container, NULL}, within = {some_container, "job"};
	struct identity id;
	struct err err;
	pid_t child;
	int fd;

	(void)state;
	if (geteuid())
		skip();
	fd = from_child(3999999999, true, &child);
	assert_int_equal(identity_of_peer(fd, &ask, &id, &err), 0);
	assert_string_equal(id.user, "uid:3999999999");
	assert_int_equal(id.gid, 77);
	assert_int_equal(id.pid, child);
	identity_free(&id);
	assert_int_equal(identity_of_peer(fd, &within, &id, &err), 0);
	assert_string_equal(id.user, "container:job");
	assert_string_equal(id.container, "c1");
	identity_free(&id);
	end_child(child, fd);
	fd = from_child(2, true, &child);
	assert_int_equal(identity_of_peer(fd, &ask, &id, &err), 0);
	assert_string_equal(id.user, "bin");
	identity_free(&id);
	end_child(child, fd);
}

static void one_that_nobody_can_name_is_refused(void **state)
{
	const struct identity_asker ask = {no_container, NULL}, unknown = {not_known, NULL};
	struct identity id;
	struct err err;
	pid_t child;
	int fd;

	(void)state;
	if (geteuid())
		skip();
	fd = from_child(2, true, &child);
	assert_int_equal(identity_of_peer(fd, &unknown, &id, &err), -1);
	assert_contains(err.msg, "uid 2: who knows");
	end_child(child, fd);
	fd = from_child(2, false, &child);
	assert_int_equal(identity_of_peer(fd, &ask, &id, &err), -1);
	assert_contains(err.msg, "ended as soon as it had connected");
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_certificate_says_who_it_is),
		cmocka_unit_test(every_identity_has_its_own),
		cmocka_unit_test(what_is_no_certificate_of_ours_says_nothing),
		cmocka_unit_test(what_is_there_stays),
		cmocka_unit_test(a_key_that_others_can_read_is_refused),
		cmocka_unit_test(another_ca_s_certificate_is_found),
		cmocka_unit_test(a_peer_is_who_connected),
		cmocka_unit_test(one_that_nobody_can_name_is_refused),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
