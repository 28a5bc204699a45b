/*
 * client - requests to dockerd; for docker/ only. Thread-safe as docker.h says.
 */
#ifndef DE_DOCKER_CLIENT_INTERNAL_H
#define DE_DOCKER_CLIENT_INTERNAL_H

#include "docker/docker.h"
#include "base/text.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>

struct docker {
	char *unix_path; /* NULL: TCP */
	char *base;	 /* scheme and host */
	char *certs;
	bool tls;
	unsigned timeout_s;
	struct curl_slist *headers; /* of every request */
	atomic_bool closing;
	atomic_ullong calls;
	atomic_uint api;      /* that calls are made in, 141 for 1.41; see client_url() */
	atomic_bool podman;   /* it is podman's service that answers */
	atomic_uint daemons;  /* how often another dockerd may have taken its place */
	pthread_mutex_t lock; /* of all below */
	CURL *pool[16];
	size_t pooled;
	CURLM *streaming; /* the event stream under way, to be woken at shutdown */
	struct docker_facts facts;
	unsigned facts_of; /* `daemons` when they were asked for */
	uint64_t facts_asked_ns;
};

/* A handle that is set up but for URL and callbacks; give it back for reuse. */
CURL *client_take(struct docker *d);
void client_give(struct docker *d, CURL *curl);

/*
 * The whole address of a path, in the API version that both sides know: dockerd is asked for its own (/_ping)
 * before the first call, and again after client_forget_version(). NULL with *err where it does not answer.
 * The caller frees.
 */
char *client_url(struct docker *d, const char *path, unsigned timeout_s, struct err *err);

/* Whether it is podman's service that answers; asked as for client_url(), -1 with *err where it does not. */
int client_is_podman(struct docker *d, unsigned timeout_s, bool *podman, struct err *err);

/* The connection broke, or dockerd says that it is another version now. */
void client_forget_version(struct docker *d);

/* Takes an answer as it comes, in pieces; false: no more of it, which is no error yet. */
struct client_sink {
	bool (*add)(void *arg, const char *data, size_t len);
	void *arg;
};

/*
 * A request, GET where `post` is NULL, else POST with that body, whose answer goes to `sink`, or where that
 * is NULL to *body; an error's always to *body. EFBIG: what goes to *body is larger than DOCKER_DOCUMENT_MAX,
 * of which it has the first bytes.
 */
int client_transfer(struct docker *d, const char *post, const char *path, unsigned timeout_s,
		    const struct client_sink *sink, struct buf *body, struct err *err);

/* Path with query, already escaped, without a version. `out` may be NULL where only success counts; *out is
 * NULL for null. */
int client_request(struct docker *d, const char *post, const char *path, unsigned timeout_s,
		   struct json_object **out, struct err *err);

/* -1 with *err if it is no JSON; *out is NULL for null. */
int client_parse(const struct buf *body, struct json_object **out, struct err *err);

/* GET of an answer of that type; NULL with *err, which names what was asked for and of what. */
struct json_object *client_get(struct docker *d, const char *what, const char *subject, const char *path,
			       enum json_type type, struct err *err);

int client_fail(const struct docker *d, CURLcode code, unsigned timeout_s, struct err *err);
int client_error_status(long status, const struct buf *body, struct err *err);

#endif
