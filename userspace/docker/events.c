/*
 * The event stream: one long answer, a JSON object per event. libcurl's callbacks only keep what arrives; it
 * is read, and acted upon, outside of them.
 */
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

#define MAX_EVENT (16U << 20)
#define MAX_ERROR 4096

struct docker_events {
	struct docker *docker;
	CURLM *multi;
	CURL *curl;
	long status;
	bool accepted, ended;
	CURLcode code; /* how it ended */
	struct buf arrived;
	size_t used, partial; /* bytes of `arrived` that are read; and so far of an event that is not whole */
	struct json_tokener *tok;
	struct json_object *event; /* that next() gave */
	char action[64];
};

static const char *const types[] = {"container", "volume", "network"};

static size_t on_data(char *data, size_t size, size_t n, void *arg)
{
	struct docker_events *s = arg;

	if (s->accepted || s->arrived.len < MAX_ERROR)
		buf_add(&s->arrived, data, size * n);
	return size * n;
}

static size_t on_header(char *data, size_t size, size_t n, void *arg)
{
	struct docker_events *s = arg;

	(void)data;
	if (size * n <= 2) { /* the empty line below the headers */
		curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &s->status);
		s->accepted = s->status == 200;
	}
	return size * n;
}

/* ---- the connection ---- */

static bool is_closing(const struct docker_events *s)
{
	return atomic_load(&s->docker->closing);
}

/* Lets libcurl do what there is to do now. */
static void perform(struct docker_events *s)
{
	int running = 0, left;
	CURLMsg *msg;

	curl_multi_perform(s->multi, &running);
	while ((msg = curl_multi_info_read(s->multi, &left)))
		if (msg->msg == CURLMSG_DONE)
			s->code = msg->data.result;
	s->ended = !running;
}

/* Waits for bytes until then, or for docker_shutdown(); false when it was then already. */
static bool receive(struct docker_events *s, uint64_t until_ns)
{
	uint64_t now = clock_monotonic_ns(), left = until_ns > now ? until_ns - now : 0;

	if (!left)
		return false;
	pulse_expect(left);
	curl_multi_poll(s->multi, NULL, 0, (int)((left + NS_PER_MS - 1) / NS_PER_MS), NULL);
	perform(s);
	pulse_expect(0);
	return true;
}

/* Why there is no more to come. Whoever answers next may be another dockerd. */
static int explain_end(const struct docker_events *s, struct err *err)
{
	client_forget_version(s->docker);
	if (is_closing(s))
		client_fail(s->docker, CURLE_ABORTED_BY_CALLBACK, 0, err);
	else if (!s->ended)
		client_fail(s->docker, CURLE_OPERATION_TIMEDOUT, s->docker->timeout_s, err);
	else if (s->status >= 300)
		client_error_status(s->status, &s->arrived, err);
	else if (s->code)
		client_fail(s->docker, s->code, s->docker->timeout_s, err);
	else
		err_set(err, 0, "dockerd closed the connection");
	return err_wrap(err, "docker: events");
}

static void set_streaming(struct docker *d, CURLM *multi)
{
	pthread_mutex_lock(&d->lock);
	d->streaming = multi;
	pthread_mutex_unlock(&d->lock);
}

/*
 * dockerd sends its headers just before it subscribes us; "since" has it begin with what happened between. It
 * filters by its own clock, and only what is past: where that differs from ours, events come twice or that
 * moment's are missing, no others.
 */
static int start(struct docker_events *s, struct err *err)
{
	uint64_t now = clock_wall_ns();
	AUTO(free_charp)
	char *path = mem_printf("/events?since=%llu.%09llu&filters=%%7B%%22type%%22%%3A%%5B%%22container%%22"
				"%%2C%%22volume%%22%%2C%%22network%%22%%5D%%7D", /* {"type":["container", … */
				(unsigned long long)(now / NS_PER_S), (unsigned long long)(now % NS_PER_S));
	AUTO(free_charp) char *url = client_url(s->docker, path, s->docker->timeout_s, err);

	if (!url)
		return err_wrap(err, "docker: events");
	curl_easy_setopt(s->curl, CURLOPT_URL, url);
	curl_easy_setopt(s->curl, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(s->curl, CURLOPT_WRITEDATA, s);
	curl_easy_setopt(s->curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(s->curl, CURLOPT_HEADERDATA, s);
	curl_easy_setopt(s->curl, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_multi_add_handle(s->multi, s->curl);
	set_streaming(s->docker, s->multi);
	perform(s);
	return 0;
}

struct docker_events *docker_events_open(struct docker *d, struct err *err)
{
	uint64_t until = clock_monotonic_ns() + d->timeout_s * NS_PER_S;
	struct docker_events *s = mem_calloc(1, sizeof(*s));

	s->docker = d;
	s->tok = json_tokener_new_ex(64);
	s->multi = curl_multi_init();
	transfer_seal();
	s->curl = client_take(d);
	if (!s->multi || !s->curl) {
		err_set(err, EMFILE, "docker: events: no more memory or file descriptors");
		docker_events_close(s);
		return NULL;
	}
	if (start(s, err)) {
		docker_events_close(s);
		return NULL;
	}
	while (!s->accepted && !s->ended && !is_closing(s) && receive(s, until))
		;
	if (s->accepted && !is_closing(s))
		return s;
	explain_end(s, err);
	docker_events_close(s);
	return NULL;
}

void docker_events_close(struct docker_events *s)
{
	if (!s)
		return;
	set_streaming(s->docker, NULL);
	if (s->multi && s->curl)
		curl_multi_remove_handle(s->multi, s->curl);
	if (s->multi)
		curl_multi_cleanup(s->multi);
	if (s->curl)
		client_give(s->docker, s->curl);
	json_tokener_free(s->tok);
	json_object_put(s->event);
	buf_free(&s->arrived);
	free(s);
}

/* ---- what arrives ---- */

/* NULL: it is none that was asked for. */
static const char *find_type(const char *type)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (!strcmp(types[i], type))
			return types[i];
	return NULL;
}

/* False if it is another kind of event. */
static bool take_event(struct docker_events *s, struct json_object *j, struct docker_event *out)
{
	const char *type = find_type(json_get_str(j, "Type"));
	struct json_object *actor = json_get(j, "Actor");

	json_object_put(s->event);
	s->event = j;
	snprintf(s->action, sizeof(s->action), "%s", json_get_str(j, "Action"));
	s->action[strcspn(s->action, ":")] = 0; /* "exec_start: sh", "health_status: healthy" */
	*out = (struct docker_event){type, s->action, json_get_str(actor, "ID"),
				     json_get_str(json_get(actor, "Attributes"), "name"),
				     (uint64_t)json_get_int(j, "timeNano")};
	/* what was pruned has no name: dockerd tells of volumes that way alone */
	return type && (*out->id || !strcmp(s->action, "prune"));
}

/* A whole value of what has arrived into *out; DOCKER_QUIET if there is none yet. */
static enum docker_next parse(struct docker_events *s, struct json_object **out, struct err *err)
{
	const char *text = s->arrived.s + s->used;
	enum json_tokener_error error;

	*out = json_tokener_parse_ex(s->tok, text, (int)(s->arrived.len - s->used));
	error = json_tokener_get_error(s->tok);
	s->used += json_tokener_get_parse_end(s->tok);
	s->partial += json_tokener_get_parse_end(s->tok);
	if (error == json_tokener_continue && s->partial <= MAX_EVENT)
		return DOCKER_QUIET;
	s->partial = 0;
	if (error == json_tokener_success)
		return DOCKER_EVENT;
	err_set(err, 0, "docker: events: dockerd sent %s",
		error == json_tokener_continue ? "an event of more than 16 MiB" : "what is not JSON");
	return DOCKER_ENDED;
}

/* The next event of what has arrived. */
static enum docker_next take(struct docker_events *s, struct docker_event *out, struct err *err)
{
	while (s->used < s->arrived.len) {
		struct json_object *j;
		enum docker_next next = parse(s, &j, err);

		if (next == DOCKER_ENDED || (next == DOCKER_EVENT && take_event(s, j, out)))
			return next;
	}
	s->arrived.len = s->used = 0;
	return DOCKER_QUIET;
}

enum docker_next docker_events_next(struct docker_events *s, uint64_t wait_ns, struct docker_event *out,
				    struct err *err)
{
	uint64_t until = clock_monotonic_ns() + wait_ns;
	enum docker_next next = take(s, out, err);

	while (next == DOCKER_QUIET && !s->ended && !is_closing(s) && receive(s, until))
		next = take(s, out, err);
	if (next == DOCKER_QUIET && (s->ended || is_closing(s))) {
		explain_end(s, err);
		return DOCKER_ENDED;
	}
	return next;
}
