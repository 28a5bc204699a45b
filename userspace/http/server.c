/* Listening, routing and answering with libmicrohttpd. */
#include "peers_internal.h"
#include "host_internal.h"
#include "html_internal.h"
#include "http/http.h"
#include "base/listen.h"
#include "base/clock.h"
#include "base/log.h"
#include "pages_internal.h"
#include "prometheus_internal.h"
#include "status_internal.h"
#include "base/text.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define THREADS	    2
#define CONNECTIONS 256
#define IDLE_KEPT   96 /* above it the one that is idle for longest makes way; a thread has 128 */
#define IDLE_S	    15
#define HEADERS_NS  (5 * NS_PER_S)

struct http {
	struct MHD_Daemon *daemon;
	struct enforcer *enforcer;
	struct peers *peers;
	char *path; /* of a unix socket, ours to remove; or NULL */
};

#define CONTENT_SECURITY_POLICY                                                                              \
	"default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; "       \
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

static enum MHD_Result answer(struct MHD_Connection *c, unsigned status, const char *type,
			      const struct buf *body)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(body->len, body->s, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result;

	MHD_add_response_header(r, "Content-Type", type);
	MHD_add_response_header(r, "Cache-Control", "no-store");
	MHD_add_response_header(r, "Vary", "Accept");
	MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
	MHD_add_response_header(r, "Referrer-Policy", "no-referrer");
	MHD_add_response_header(r, "Content-Security-Policy", CONTENT_SECURITY_POLICY);
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(r, "Allow", "GET, HEAD");
	result = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return result;
}

static enum MHD_Result answer_error(struct MHD_Connection *c, unsigned status, const char *message)
{
	AUTO(buf_free) struct buf body = {0};

	buf_printf(&body, "{\"message\": \"%s\"}\n", message);
	return answer(c, status, "application/json", &body);
}

static bool flag(struct MHD_Connection *c, const char *name)
{
	const char *v = MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, name);

	return v && strcmp(v, "0") != 0 && strcasecmp(v, "false") != 0;
}

/* A browser names text/html; what takes anything, or says nothing, is a program. */
static bool wants_html(struct MHD_Connection *c)
{
	const char *accept = MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);
	const char *html = accept ? strcasestr(accept, "text/html") : NULL;

	return html && strncmp(html + strlen("text/html"), ";q=0,", 5) != 0;
}

static enum MHD_Result answer_missing(struct enforcer *e, struct MHD_Connection *c)
{
	AUTO(buf_free) struct buf body = {0};

	if (!wants_html(c))
		return answer_error(c, MHD_HTTP_NOT_FOUND,
				    "no such page; there are /, /recent, /containers, /owners, /host, "
				    "/history, /config, /rules, "
				    "/request_rules, /whitelist_rules, /triggers, /metrics, /healthz");
	html_missing(e, &body);
	return answer(c, MHD_HTTP_NOT_FOUND, "text/html; charset=utf-8", &body);
}

/* NULL: it is not there, or empty, as a form sends it. */
static const char *text(struct MHD_Connection *c, const char *name)
{
	const char *v = MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, name);

	return v && *v ? v : NULL;
}

static enum MHD_Result answer_page(struct enforcer *e, struct MHD_Connection *c, const char *url)
{
	const struct page *page = page_find(url);
	const struct page_query q = {flag(c, "show_all_violated_rules"),
				     flag(c, "show_image_and_labels"),
				     flag(c, "show_exemptions"),
				     now_by_find(MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "by")),
				     page && page_is_of_one(page) ? url + strlen(page->path) : "",
				     text(c, "since"),
				     text(c, "owner"),
				     text(c, "rule"),
				     text(c, "container")};
	AUTO(buf_free) struct buf body = {0};
	const char *type = "application/json";
	enum page_outcome outcome = PAGE_OK;

	if (!strcmp(url, "/metrics")) {
		type = "text/plain; version=0.0.4; charset=utf-8";
		page_metrics(e, &body);
	} else if (page && page->render && wants_html(c)) {
		type = "text/html; charset=utf-8";
		outcome = page_write_html(page, e, &q, &body);
	} else if (page) {
		outcome = page_write_json(page, e, &q, &body);
	} else if (!(type = html_asset(url, &body))) {
		return answer_missing(e, c);
	}
	if (outcome == PAGE_MISSING)
		return answer_missing(e, c);
	return answer(c, outcome == PAGE_OK ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE, type, &body);
}

/* A unix socket is for whom its file is for; no page of others leads a browser there. */
static bool is_over_unix(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

	return info && info->client_addr && info->client_addr->sa_family == AF_UNIX;
}

/* Names we have; arg: whether all that the request gave were ours. */
struct host_check {
	const char *names;
	bool foreign;
};

static enum MHD_Result check_host(void *arg, enum MHD_ValueKind kind, const char *key, const char *value)
{
	struct host_check *check = arg;

	(void)kind;
	if (!strcasecmp(key, MHD_HTTP_HEADER_HOST) && !host_is_ours(value ? value : "", check->names))
		check->foreign = true;
	return MHD_YES;
}

static bool is_foreign(const struct enforcer *e, struct MHD_Connection *c)
{
	struct host_check check = {.names = e->config->listen_names};

	if (!is_over_unix(c))
		MHD_get_connection_values(c, MHD_HEADER_KIND, check_host, &check);
	return check.foreign;
}

enum MHD_Result status_handle(struct enforcer *e, struct MHD_Connection *c, const char *url,
			      const char *method, size_t *size, void **state)
{
	if (!*state) { /* headers only, so far */
		*state = STATUS_SEEN;
		return MHD_YES;
	}
	if (*size) { /* a body that nothing here wants */
		*size = 0;
		return MHD_YES;
	}
	if (is_foreign(e, c))
		return answer_error(
			c, MHD_HTTP_MISDIRECTED_REQUEST,
			"the Host header is none of ours; ask by address, or add the name to LISTEN_NAMES");
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return answer_error(c, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD");
	return answer_page(e, c, url);
}

static void finish(void *arg, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode why)
{
	(void)state;
	(void)why;
	peers_end(((struct http *)arg)->peers, c);
}

static enum MHD_Result handle(void *arg, struct MHD_Connection *c, const char *url, const char *method,
			      const char *version, const char *data, size_t *size, void **state)
{
	if (!*state)
		peers_begin(((struct http *)arg)->peers, c);
	(void)version;
	(void)data;
	return status_handle(((struct http *)arg)->enforcer, c, url, method, size, state);
}

struct http *http_start(struct enforcer *e, const char *address, struct err *err)
{
	struct http *h;
	int fd = prom_check_labels(e->config->export_labels, err) ? -1 : listen_open("LISTEN", address, err);

	if (fd < 0)
		return NULL;
	h = mem_calloc(1, sizeof(*h));
	h->enforcer = e;
	h->peers = peers_new(IDLE_KEPT, HEADERS_NS);
	h->path = listen_path(address);
	h->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC, 0, NULL, NULL, handle, h,
				     MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_THREAD_POOL_SIZE,
				     (unsigned)THREADS, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
				     MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
				     MHD_OPTION_NOTIFY_COMPLETED, finish, h, MHD_OPTION_NOTIFY_CONNECTION,
				     peers_notify, h->peers, MHD_OPTION_END);
	if (!h->daemon) {
		err_errno(err, "LISTEN=\"%s\": starting the HTTP server", address);
		close(fd);
		peers_free(h->peers);
		free(h->path);
		free(h);
		return NULL;
	}
	log_info("status pages at %s%s%s", h->path ? "" : "http://", address, h->path ? "" : "/");
	return h;
}

void http_stop(struct http *h)
{
	if (!h)
		return;
	MHD_stop_daemon(h->daemon); /* closes the listening socket too */
	peers_free(h->peers);
	if (h->path)
		unlink(h->path);
	free(h->path);
	free(h);
}
