/* Requests and answers over libcurl: connection pool, TLS, time limits, error texts. */
#include "client_internal.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/pulse.h"
#include "base/text.h"
#include "base/transfer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <strings.h>

#define MAX_ANSWER DOCKER_DOCUMENT_MAX
#define POOL	   16
#define NO_HANDLE  "libcurl cannot make a handle: no memory or descriptors left"

static int parse_address(struct docker *d, const char *socket, struct err *err)
{
	const char *host = strstr(socket, "://");

	if (str_starts_with(socket, "unix://")) {
		d->unix_path = mem_strdup(socket + 7);
		d->base = mem_strdup("http://docker");
		return *d->unix_path == '/'
			       ? 0
			       : err_set(err, EINVAL, "docker: \"%s\" has no absolute path", socket);
	}
	if (*socket == '/') {
		d->unix_path = mem_strdup(socket);
		d->base = mem_strdup("http://docker");
		return 0;
	}
	host = host ? host + 3 : socket;
	if (!*host || !strrchr(host, ':'))
		return err_set(err, EINVAL, "docker: \"%s\" is neither unix:///path nor host:port", socket);
	d->base = mem_printf("%s://%s", d->tls ? "https" : "http", host);
	return 0;
}

struct docker *docker_open(const struct docker_options *options, struct err *err)
{
	struct docker *d = mem_calloc(1, sizeof(*d));
	const char *home = getenv("HOME");

	pthread_mutex_init(&d->lock, NULL);
	d->tls = options->tls_verify;
	d->timeout_s = options->timeout_s;
	d->headers = curl_slist_append(NULL, "Content-Type: application/json");
	if (options->token) {
		AUTO(free_charp) char *header = mem_printf(DOCKER_TOKEN_HEADER ": %s", options->token);

		d->headers = curl_slist_append(d->headers, header);
	}
	d->certs = *options->cert_path ? mem_strdup(options->cert_path)
				       : mem_printf("%s/.docker", home ? home : "/root");
	if (parse_address(d, options->socket, err)) {
		docker_close(d);
		return NULL;
	}
	return d;
}

void docker_close(struct docker *d)
{
	if (!d)
		return;
	while (d->pooled)
		curl_easy_cleanup(d->pool[--d->pooled]);
	pthread_mutex_destroy(&d->lock);
	curl_slist_free_all(d->headers);
	free(d->unix_path);
	free(d->base);
	free(d->certs);
	free(d);
}

void docker_forget_version(struct docker *d)
{
	client_forget_version(d);
}

bool docker_is_remote(const struct docker *d)
{
	return !d->unix_path && !strstr(d->base, "//localhost:") && !strstr(d->base, "//127.");
}

const char *docker_socket(const struct docker *d)
{
	return d->unix_path;
}

void docker_shutdown(struct docker *d)
{
	atomic_store(&d->closing, true);
	pthread_mutex_lock(&d->lock);
	if (d->streaming)
		curl_multi_wakeup(d->streaming);
	pthread_mutex_unlock(&d->lock);
}

uint64_t docker_calls(const struct docker *d)
{
	return atomic_load(&d->calls);
}

static void set_tls(struct docker *d, CURL *curl)
{
	AUTO(free_charp) char *ca = mem_printf("%s/ca.pem", d->certs);
	AUTO(free_charp) char *cert = mem_printf("%s/cert.pem", d->certs);
	AUTO(free_charp) char *key = mem_printf("%s/key.pem", d->certs);

	curl_easy_setopt(curl, CURLOPT_CAINFO, ca);
	curl_easy_setopt(curl, CURLOPT_SSLCERT, cert);
	curl_easy_setopt(curl, CURLOPT_SSLKEY, key);
}

static int check_closing(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t e)
{
	struct docker *d = arg;

	(void)a, (void)b, (void)c, (void)e;
	return atomic_load(&d->closing);
}

CURL *client_take(struct docker *d)
{
	CURL *curl = NULL;

	pthread_mutex_lock(&d->lock);
	if (d->pooled)
		curl = d->pool[--d->pooled];
	pthread_mutex_unlock(&d->lock);
	if (curl) {
		curl_easy_reset(curl); /* keeps the connection */
		transfer_prepare(curl);
	} else {
		curl = transfer_open();
	}
	if (d->unix_path)
		curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, d->unix_path);
	if (d->tls)
		set_tls(d, curl);
	if (d->headers)
		curl_easy_setopt(curl, CURLOPT_HTTPHEADER, d->headers);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, check_closing);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, d);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)d->timeout_s);
	atomic_fetch_add(&d->calls, 1);
	return curl;
}

void client_give(struct docker *d, CURL *curl)
{
	pthread_mutex_lock(&d->lock);
	if (d->pooled < POOL) {
		d->pool[d->pooled++] = curl;
		curl = NULL;
	}
	pthread_mutex_unlock(&d->lock);
	if (curl)
		curl_easy_cleanup(curl);
}

/* An answer on its way in. */
struct answer {
	CURL *curl;
	const struct client_sink *sink;
	struct buf *body;
	bool too_large, refused; /* refused: by the sink, which knows why */
};

static bool is_accepted(const struct answer *a)
{
	long status = 0;

	curl_easy_getinfo(a->curl, CURLINFO_RESPONSE_CODE, &status);
	return status < 300;
}

static size_t add_answer(char *data, size_t size, size_t n, void *arg)
{
	struct answer *a = arg;
	size_t room = MAX_ANSWER - a->body->len;

	if (a->sink && is_accepted(a)) {
		a->refused = !a->sink->add(a->sink->arg, data, size * n);
		return a->refused ? 0 : size * n;
	}
	a->too_large = size * n > room;
	buf_add(a->body, data, a->too_large ? room : size * n);
	return a->too_large ? 0 : size * n;
}

/* The socket is there, or not, and this process may use it, or not: what is to be done differs. */
static int fail_to_connect(const struct docker *d, struct err *err)
{
	if (d->unix_path && euidaccess(d->unix_path, W_OK) && errno == EACCES)
		return err_set(err, EACCES,
			       "no right to use %s; run as root, or as a member of the group that owns it",
			       d->unix_path);
	return err_set(err, 0, "no answer at %s; is dockerd running, and DOCKER_SOCKET right?",
		       d->unix_path ? d->unix_path : d->base);
}

int client_fail(const struct docker *d, CURLcode code, unsigned timeout_s, struct err *err)
{
	const char *where = d->unix_path ? d->unix_path : d->base;

	if (code == CURLE_OPERATION_TIMEDOUT)
		return err_set(err, ETIMEDOUT, "timeout after %u s (DOCKER_REQ_TIMEOUT_S)", timeout_s);
	if (code == CURLE_ABORTED_BY_CALLBACK)
		return err_set(err, 0, "given up, the enforcer is shutting down");
	if (code == CURLE_COULDNT_CONNECT)
		return fail_to_connect(d, err);
	return err_set(err, 0, "%s (at %s)", curl_easy_strerror(code), where);
}

/* False if it is no JSON. *out is NULL then, and for null. */
static bool parse_answer(const struct buf *body, struct json_object **out)
{
	struct json_tokener *tok = json_tokener_new_ex(256);
	bool ok;

	*out = json_tokener_parse_ex(tok, body->s ? body->s : "", (int)body->len);
	/* a number or null could go on, for all that json-c knows */
	if (json_tokener_get_error(tok) == json_tokener_continue)
		*out = json_tokener_parse_ex(tok, "", 1);
	ok = json_tokener_get_error(tok) == json_tokener_success;
	json_tokener_free(tok);
	return ok;
}

int client_error_status(long status, const struct buf *body, struct err *err)
{
	const char *text = body->s ? body->s : "";
	struct json_object *j;

	if (parse_answer(body, &j) && json_get(j, "message"))
		text = json_get_str(j, "message");
	err_set(err, (int)status, "dockerd answered %ld: %.300s", status, text);
	json_object_put(j);
	return -1;
}

/* ---- the API's version ---- */

/* Of this many the code was tested with the newest; what dockerd does not know is not asked for. */
#define NEWEST_API  151
#define UNVERSIONED 1 /* dockerd named none: calls are made without */

void client_forget_version(struct docker *d)
{
	atomic_store(&d->api, 0);
	atomic_fetch_add(&d->daemons, 1);
}

struct pong {
	unsigned version; /* the newest that it knows, 0: it names none */
	bool podman;
};

static size_t read_pong(char *data, size_t size, size_t n, void *arg)
{
	static const char name[] = "api-version:", podman[] = "libpod-api-version:";
	struct pong *pong = arg;
	char text[16];

	if (size * n >= sizeof(podman) && !strncasecmp(data, podman, sizeof(podman) - 1))
		pong->podman = true;
	if (size * n < sizeof(name) || strncasecmp(data, name, sizeof(name) - 1) != 0)
		return size * n;
	snprintf(text, sizeof(text), "%.*s", (int)(size * n - sizeof(name) + 1), data + sizeof(name) - 1);
	text[strcspn(text, "\r\n")] = 0;
	pong->version = docker_parse_version(text + strspn(text, " "));
	return size * n;
}

static size_t ignore_answer(char *data, size_t size, size_t n, void *arg)
{
	(void)data, (void)arg;
	return size * n;
}

/* As every client of Docker asks. */
static int ping(struct docker *d, unsigned timeout_s, struct pong *pong, struct err *err)
{
	AUTO(free_charp) char *url = mem_printf("%s/_ping", d->base);
	CURL *curl = client_take(d);
	CURLcode code;

	if (!curl)
		return err_set(err, ENOMEM, NO_HANDLE);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)timeout_s);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore_answer);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, read_pong);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, pong);
	pulse_expect(timeout_s * NS_PER_S);
	code = transfer_perform(curl);
	pulse_expect(0);
	client_give(d, curl);
	return code ? client_fail(d, code, timeout_s, err) : 0;
}

/* The version that calls are made in; 0 with *err where nobody answers. */
static unsigned negotiate(struct docker *d, unsigned timeout_s, struct err *err)
{
	unsigned api = atomic_load(&d->api);
	struct pong pong = {0};

	if (api)
		return api;
	if (ping(d, timeout_s, &pong, err))
		return 0;
	api = !pong.version ? UNVERSIONED : pong.version < NEWEST_API ? pong.version : NEWEST_API;
	atomic_store(&d->podman, pong.podman);
	atomic_store(&d->api, api);
	return api;
}

int client_is_podman(struct docker *d, unsigned timeout_s, bool *podman, struct err *err)
{
	if (!negotiate(d, timeout_s, err))
		return -1;
	*podman = atomic_load(&d->podman);
	return 0;
}

char *client_url(struct docker *d, const char *path, unsigned timeout_s, struct err *err)
{
	unsigned api = negotiate(d, timeout_s, err);

	if (!api)
		return NULL;
	return api == UNVERSIONED ? mem_printf("%s%s", d->base, path)
				  : mem_printf("%s/v%u.%u%s", d->base, api / 100, api % 100, path);
}

/*
 * "client version 1.51 is too new", "… too old": a dockerd of another version has taken the other's place.
 * That is no answer to the question: a 400 is otherwise what a name gets that nothing can have.
 */
static int refused(struct docker *d, long status, const struct buf *body, struct err *err)
{
	client_error_status(status, body, err);
	if (status == 400 && strstr(err->msg, "client version")) {
		client_forget_version(d);
		err->code = 0;
	}
	return -1;
}

int client_transfer(struct docker *d, const char *post, const char *path, unsigned timeout_s,
		    const struct client_sink *sink, struct buf *body, struct err *err)
{
	AUTO(free_charp) char *url = client_url(d, path, timeout_s, err);
	CURL *curl = url ? client_take(d) : NULL;
	struct answer answer = {.sink = sink, .body = body};
	CURLcode code;
	long status = 0;

	if (!url)
		return -1;
	if (!curl)
		return err_set(err, ENOMEM, NO_HANDLE);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	if (post) {
		curl_easy_setopt(curl, CURLOPT_POST, 1L);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, post);
	}
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)timeout_s);
	answer.curl = curl;
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, add_answer);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
	pulse_expect(timeout_s * NS_PER_S);
	code = transfer_perform(curl);
	pulse_expect(0);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	client_give(d, curl);
	if (answer.too_large && status < 300)
		return err_set(err, EFBIG, "dockerd's answer is larger than %u MiB", MAX_ANSWER >> 20);
	if (code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING || code == CURLE_COULDNT_CONNECT)
		client_forget_version(d);
	if (code && !(answer.refused && status < 300))
		return client_fail(d, code, timeout_s, err);
	return status >= 300 ? refused(d, status, body, err) : 0;
}

int client_parse(const struct buf *body, struct json_object **out, struct err *err)
{
	return parse_answer(body, out)
		       ? 0
		       : err_set(err, 0, "dockerd's answer of %zu bytes is not JSON", body->len);
}

int client_request(struct docker *d, const char *post, const char *path, unsigned timeout_s,
		   struct json_object **out, struct err *err)
{
	AUTO(buf_free) struct buf body = {0};

	if (client_transfer(d, post, path, timeout_s, NULL, &body, err))
		return -1;
	return out ? client_parse(&body, out, err) : 0;
}
