/*
 * The authorization plugin's endpoint. Every connection has its own thread: a request may wait for Docker,
 * which asks us about that very call on another connection.
 *
 * Source: Docker's plugin API and authorization plugins, docs.docker.com/engine/extend/plugins_authorization.
 */
#include "peers_internal.h"
#include "modes/authz.h"
#include "http/http.h"
#include "base/listen.h"
#include "base/clock.h"
#include "base/gate.h"
#include "base/log.h"
#include "base/service.h"
#include "prometheus_internal.h"
#include "status_internal.h"
#include "base/text.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* 1 MiB of body in base64, and a target and headers of 1 MiB, each byte escaped at worst */
#define MAX_MESSAGE (8U << 20)
/* Of larger ones, which no honest client sends often, so many are taken in and judged at once: each may take
 * some 40 MiB. */
#define SMALL_MESSAGE (64U << 10)
#define MOST_LARGE    2
#define CONNECTIONS   2048
#define IDLE_KEPT     1024	 /* above it the one that is idle for longest makes way */
#define IDLE_S	      60	 /* dockerd closes its idle connections after 30 s */
#define STACK	      (1U << 20) /* documents may be nested 256 deep */

struct plugin {
	struct MHD_Daemon *daemon;
	struct authz *authz;
	struct peers *peers;
	struct gate large;
	struct enforcer *status; /* shows its status pages here too; NULL: it does not */
	char *path;		 /* of a unix socket that is ours to remove */
};

/* A message on its way in. */
struct upload {
	struct buf message;
	bool kept, large; /* large: it has one of the gate's places */
};

static void answer_activate(struct plugin *p, const struct buf *message, struct buf *out)
{
	(void)p;
	(void)message;
	buf_puts(out, "{\"Implements\": [\"authz\"]}");
}

static void answer_request(struct plugin *p, const struct buf *message, struct buf *out)
{
	authz_answer(p->authz, message->s ? message->s : "", message->len, out);
}

/* What dockerd has done cannot be undone here. */
static void answer_response(struct plugin *p, const struct buf *message, struct buf *out)
{
	if (message->len)
		authz_note_response(p->authz, message->s, message->len);
	buf_puts(out, "{\"Allow\": true}");
}

static const struct endpoint {
	const char *path;
	void (*answer)(struct plugin *p, const struct buf *message, struct buf *out);
	bool judged;
} endpoints[] = {
	{"/Plugin.Activate", answer_activate, false},
	{"/AuthZPlugin.AuthZReq", answer_request, true},
	{"/AuthZPlugin.AuthZRes", answer_response, false},
};

static enum MHD_Result send_answer(struct MHD_Connection *c, unsigned status, const char *text, size_t len)
{
	struct MHD_Response *r =
		MHD_create_response_from_buffer(len, (void *)(size_t)text, MHD_RESPMEM_MUST_COPY);
	enum MHD_Result result;

	MHD_add_response_header(r, "Content-Type", "application/json");
	result = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return result;
}

static enum MHD_Result send_error(struct MHD_Connection *c, unsigned status, const char *text)
{
	return send_answer(c, status, text, strlen(text));
}

static struct upload begin_upload(struct plugin *p, const struct endpoint *e, bool large)
{
	struct upload u = {.kept = e->judged || authz_awaits_response(p->authz)};

	if (!e->judged || !large)
		return u;
	u.large = gate_enter(&p->large, clock_monotonic_ns() + AUTHZ_TURN_NS);
	u.kept = u.large;
	return u;
}

/* The headers are in; nothing of the body is read yet. */
static enum MHD_Result begin(struct plugin *p, struct MHD_Connection *c, const char *method,
			     const struct endpoint *e, void **state)
{
	struct upload *u;
	const char *length = MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);

	if (!e)
		return send_error(c, MHD_HTTP_NOT_FOUND,
				  "{\"Err\": \"no such endpoint of an authorization plugin\"}");
	if (strcmp(method, MHD_HTTP_METHOD_POST) != 0)
		return send_error(c, MHD_HTTP_METHOD_NOT_ALLOWED, "{\"Err\": \"only POST\"}");
	if (length && strtoull(length, NULL, 10) > MAX_MESSAGE)
		return send_error(c, MHD_HTTP_CONTENT_TOO_LARGE, "{\"Err\": \"the message is too large\"}");
	u = mem_calloc(1, sizeof(*u));
	*state = u;
	*u = begin_upload(p, e, !length || strtoull(length, NULL, 10) > SMALL_MESSAGE);
	return MHD_YES;
}

static enum MHD_Result handle(void *arg, struct MHD_Connection *c, const char *url, const char *method,
			      const char *version, const char *data, size_t *size, void **state)
{
	AUTO(buf_free) struct buf out = {0};
	const struct endpoint *e = NULL;
	struct upload *u = *state;

	(void)version;
	if (!u)
		peers_begin(((struct plugin *)arg)->peers, c);
	for (size_t i = 0; i < ARRAY_LEN(endpoints); i++)
		if (!strcmp(endpoints[i].path, url))
			e = &endpoints[i];
	if (!e && ((struct plugin *)arg)->status)
		return status_handle(((struct plugin *)arg)->status, c, url, method, size, state);
	if (!u || !e)
		return begin(arg, c, method, e, state);
	if (*size) {
		if (u->message.len + *size > MAX_MESSAGE)
			return MHD_NO; /* closes the connection: the length was not said before */
		if (u->kept)
			buf_add(&u->message, data, *size);
		*size = 0;
		return MHD_YES;
	}
	if (e->judged && !u->kept)
		authz_answer_busy(((struct plugin *)arg)->authz, &out);
	else
		e->answer(arg, &u->message, &out);
	return send_answer(c, MHD_HTTP_OK, out.s, out.len);
}

static void finish(void *arg, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode why)
{
	struct upload *u = *state;

	(void)why;
	peers_end(((struct plugin *)arg)->peers, c);
	if (u == STATUS_SEEN)
		return;
	if (!u)
		return;
	if (u->large)
		gate_leave(&((struct plugin *)arg)->large);
	buf_free(&u->message);
	free(u);
	*state = NULL;
}

struct plugin *plugin_start(struct enforcer *e, const char *address, bool with_status, struct err *err)
{
	int fd = service_socket(SOCKET_PLUGIN);
	bool passed = fd >= 0;
	struct plugin *p;

	if (with_status && prom_check_labels(e->config->export_labels, err))
		return NULL;
	p = mem_calloc(1, sizeof(*p));

	p->authz = e->authz;
	p->peers = peers_new(IDLE_KEPT, 0);
	gate_init(&p->large, MOST_LARGE);
	p->status = with_status ? e : NULL;
	if (!passed) {
		fd = listen_open("AUTHZ_LISTEN", address, err);
		if (fd >= 0)
			p->path = listen_path(address);
	}
	if (fd >= 0)
		p->daemon = MHD_start_daemon(
			MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL |
				MHD_USE_ITC,
			0, NULL, NULL, handle, p, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
			(unsigned)CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
			MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK, MHD_OPTION_NOTIFY_COMPLETED, finish, p,
			MHD_OPTION_NOTIFY_CONNECTION, peers_notify, p->peers, MHD_OPTION_END);
	if (fd >= 0 && !p->daemon) {
		err_errno(err, "AUTHZ_LISTEN=\"%s\": starting the HTTP server", address);
		close(fd);
	}
	if (!p->daemon) {
		peers_free(p->peers);
		gate_destroy(&p->large);
		free(p->path);
		free(p);
		return NULL;
	}
	log_info("authorization plugin at %s",
		 passed ? "the socket that the service manager passed" : address);
	return p;
}

void plugin_stop(struct plugin *p)
{
	if (!p)
		return;
	MHD_stop_daemon(p->daemon); /* closes the listening socket too */
	peers_free(p->peers);
	gate_destroy(&p->large);
	if (p->path)
		unlink(p->path);
	free(p->path);
	free(p);
}
