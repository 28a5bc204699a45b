#include "engine_internal.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/stop.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct engine {
	char *address;
	struct addrinfo *found;
	struct passes *passes;
	SSL_CTX *ctx;
};

/* ---- where it is ---- */

/* Cuts "host:port" in two; the host of "[::1]:2376" is "::1". */
static int split(char *text, char **host, char **port)
{
	char *colon = strrchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : 0;

	if (!len || !colon[1])
		return -1;
	*colon = 0;
	*port = colon + 1;
	*host = text;
	if (text[0] == '[' && text[len - 1] == ']') {
		text[len - 1] = 0;
		*host = text + 1;
	}
	return 0;
}

/* dockerd's certificate is to be for the name or the address that was asked for. */
static bool expect_name(SSL_CTX *ctx, const char *host)
{
	X509_VERIFY_PARAM *p = SSL_CTX_get0_param(ctx);

	return X509_VERIFY_PARAM_set1_ip_asc(p, host) || X509_VERIFY_PARAM_set1_host(p, host, 0);
}

static int find_address(struct engine *e, struct err *err)
{
	AUTO(free_charp) char *text = mem_strdup(e->address);
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	char *host, *port;
	int r;

	if (split(text, &host, &port))
		return err_set(err, EINVAL,
			       "RELAY_ENGINE=\"%s\": must be host:port, for example 127.0.0.1:2376",
			       e->address);
	r = getaddrinfo(host, port, &hints, &e->found);
	if (r)
		return err_set(err, EINVAL, "RELAY_ENGINE=\"%s\": %s", e->address, gai_strerror(r));
	return expect_name(e->ctx, host) ? 0 : certificate_error(err, "RELAY_ENGINE");
}

/* TLS 1.3: there one end may say no more while the other goes on (RFC 8446, 6.1). */
static int make_context(struct engine *e, struct err *err)
{
	e->ctx = SSL_CTX_new(TLS_client_method());
	if (!e->ctx || !SSL_CTX_set_min_proto_version(e->ctx, TLS1_3_VERSION) ||
	    !X509_STORE_add_cert(SSL_CTX_get_cert_store(e->ctx), passes_ca(e->passes)))
		return certificate_error(err, "preparing TLS");
	SSL_CTX_set_verify(e->ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_session_cache_mode(e->ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_read_ahead(e->ctx, 1);
	SSL_CTX_set_mode(e->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
					 SSL_MODE_RELEASE_BUFFERS);
	return 0;
}

struct engine *engine_open(const char *address, struct passes *passes, struct err *err)
{
	struct engine *e = mem_calloc(1, sizeof(*e));

	e->address = mem_strdup(address);
	e->passes = passes;
	if (!make_context(e, err) && !find_address(e, err))
		return e;
	engine_close(e);
	return NULL;
}

void engine_close(struct engine *e)
{
	SSL_CTX_free(e->ctx);
	if (e->found)
		freeaddrinfo(e->found);
	free(e->address);
	free(e);
}

/* ---- a connection ---- */

struct attempt {
	int fd, peer;
	struct stop *stop;
	uint64_t deadline_ns;
};

/* Until the socket is ready; -1 where there is nothing more to wait for. */
static int wait_for(const struct attempt *a, short events, struct err *err)
{
	struct pollfd p[] = {{a->fd, events, 0}, {stop_fd(a->stop), POLLIN, 0}, {a->peer, 0, 0}};
	uint64_t now = clock_monotonic_ns();
	struct timespec left = clock_timespec(a->deadline_ns > now ? a->deadline_ns - now : 0);
	int n = ppoll(p, ARRAY_LEN(p), &left, NULL);

	if (n < 0 && errno != EINTR)
		return err_errno(err, "waiting for dockerd");
	if (!n)
		return err_set(err, ETIMEDOUT, "dockerd does not answer in time");
	if (p[1].revents)
		return err_set(err, ECANCELED, "the enforcer is being stopped");
	if (p[2].revents)
		return err_set(err, ECANCELED, "the client has gone meanwhile");
	return 0;
}

static int finish_connect(const struct attempt *a, struct err *err)
{
	int code = 0;
	socklen_t len = sizeof(code);

	if (wait_for(a, POLLOUT, err))
		return -1;
	getsockopt(a->fd, SOL_SOCKET, SO_ERROR, &code, &len);
	errno = code;
	return code ? err_errno(err, "connecting") : 0;
}

static int connect_socket(const struct engine *e, struct attempt *a, struct err *err)
{
	int on = 1;

	a->fd = socket(e->found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (a->fd < 0)
		return err_errno(err, "making a socket");
	setsockopt(a->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (!connect(a->fd, e->found->ai_addr, e->found->ai_addrlen))
		return 0;
	return errno == EINPROGRESS ? finish_connect(a, err) : err_errno(err, "connecting");
}

static int shake_hands(SSL *ssl, const struct attempt *a, struct err *err)
{
	for (;;) {
		int r, why;

		ERR_clear_error();
		r = SSL_connect(ssl);
		why = SSL_get_error(ssl, r);
		if (r == 1)
			return 0;
		if (why == SSL_ERROR_SYSCALL && !ERR_peek_error())
			return err_errno(err, "the TLS handshake");
		if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
			return certificate_error(err, "the TLS handshake");
		if (wait_for(a, why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, err))
			return -1;
	}
}

/* NULL with *err. */
static SSL *make_ssl(struct engine *e, const struct identity *id, int fd, struct err *err)
{
	X509 *certificate = passes_get(e->passes, id, err);
	SSL *ssl = certificate ? SSL_new(e->ctx) : NULL;

	if (certificate && (!ssl || !SSL_use_certificate(ssl, certificate) ||
			    !SSL_use_PrivateKey(ssl, passes_key(e->passes)) || !SSL_set_fd(ssl, fd))) {
		certificate_error(err, "preparing TLS");
		SSL_free(ssl);
		ssl = NULL;
	}
	X509_free(certificate);
	return ssl;
}

SSL *engine_connect(struct engine *e, const struct identity *id, int peer, struct stop *stop,
		    uint64_t wait_ns, struct err *err)
{
	struct attempt a = {
		.fd = -1, .peer = peer, .stop = stop, .deadline_ns = clock_monotonic_ns() + wait_ns};
	SSL *ssl = connect_socket(e, &a, err) ? NULL : make_ssl(e, id, a.fd, err);

	if (ssl && !shake_hands(ssl, &a, err))
		return ssl;
	SSL_free(ssl);
	close_fdp(&a.fd);
	err_wrap(err, "dockerd at RELAY_ENGINE=\"%s\"", e->address);
	return NULL;
}
