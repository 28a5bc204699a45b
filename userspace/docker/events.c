/* The event stream: one long answer, a JSON object per event. */
#include "client_internal.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/pulse.h"
#include "base/text.h"
#include "base/transfer.h"

#include <stdio.h>
#include <string.h>

#define STREAM_LOOK_MS 1000 /* between looks whether everything ends */

struct stream {
	struct json_tokener *tok;
	bool (*fn)(void *arg, const struct docker_event *event);
	int (*ready)(void *arg, struct err *err);
	struct err not_ready; /* why `ready` failed */
	void *arg;
	bool stopped, broken, accepted, failed;
	long status;
	CURL *curl;
	struct buf error_body;
};

static void deliver(struct stream *s, struct json_object *j)
{
	struct json_object *actor = json_get(j, "Actor");
	char action[64];

	snprintf(action, sizeof(action), "%s", json_get_str(j, "Action"));
	action[strcspn(action, ":")] = 0; /* "exec_start: sh", "health_status: healthy" */
	struct docker_event event = {action, json_get_str(actor, "ID"),
				     json_get_str(json_get(actor, "Attributes"), "name"),
				     (uint64_t)json_get_int(j, "timeNano")};
	if (!strcmp(json_get_str(j, "Type"), "container") && *event.id)
		s->stopped = !s->fn(s->arg, &event);
}

static size_t on_data(char *data, size_t size, size_t n, void *arg)
{
	struct stream *s = arg;
	size_t len = size * n, used = 0;

	if (s->status >= 300) {
		buf_add(&s->error_body, data, s->error_body.len < 4096 ? len : 0);
		return len;
	}
	while (used < len && !s->stopped) {
		struct json_object *j = json_tokener_parse_ex(s->tok, data + used, (int)(len - used));

		used += json_tokener_get_parse_end(s->tok);
		if (json_tokener_get_error(s->tok) == json_tokener_continue)
			break;
		if (json_tokener_get_error(s->tok) != json_tokener_success) {
			s->broken = true;
			return 0;
		}
		deliver(s, j);
		json_object_put(j);
		json_tokener_reset(s->tok);
		while (used < len && (data[used] == '\n' || data[used] == '\r'))
			used++;
	}
	return s->stopped ? 0 : len;
}

/* dockerd sends its headers as soon as it has subscribed us. */
static size_t on_header(char *data, size_t size, size_t n, void *arg)
{
	struct stream *s = arg;

	if (size * n <= 2 && !s->accepted) {
		curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &s->status);
		s->accepted = s->status == 200;
		if (s->accepted && s->ready(s->arg, &s->not_ready)) {
			s->failed = true;
			return 0;
		}
	}
	(void)data;
	return size * n;
}

static CURLcode run_stream(struct docker *d, CURLM *multi, CURL *curl)
{
	CURLcode code = CURLE_ABORTED_BY_CALLBACK;
	int running = 1, left;
	CURLMsg *msg;

	curl_multi_add_handle(multi, curl);
	while (running && !atomic_load(&d->closing)) {
		curl_multi_perform(multi, &running);
		if (running)
			curl_multi_poll(multi, NULL, 0, STREAM_LOOK_MS, NULL);
		pulse_expect(STREAM_LOOK_MS * NS_PER_MS);
	}
	while ((msg = curl_multi_info_read(multi, &left)))
		if (msg->msg == CURLMSG_DONE)
			code = msg->data.result;
	curl_multi_remove_handle(multi, curl);
	return code;
}

static void set_streaming(struct docker *d, CURLM *multi)
{
	pthread_mutex_lock(&d->lock);
	d->streaming = multi;
	pthread_mutex_unlock(&d->lock);
}

static int judge_end(struct docker *d, struct stream *s, CURLcode code, struct err *err)
{
	if (s->stopped || atomic_load(&d->closing))
		return 0;
	if (s->failed)
		return err_set(err, s->not_ready.code, "%s", s->not_ready.msg);
	if (s->broken)
		return err_set(err, 0, "docker: events: dockerd sent what is not JSON");
	if (s->status >= 300)
		return client_error_status(s->status, &s->error_body, err), err_wrap(err, "docker: events");
	if (code)
		return client_fail(d, code, d->timeout_s, err), err_wrap(err, "docker: events");
	return err_set(err, 0, "docker: events: dockerd closed the connection");
}

int docker_follow_events(struct docker *d, uint64_t since_ns, int (*ready)(void *arg, struct err *err),
			 bool (*fn)(void *arg, const struct docker_event *event), void *arg, struct err *err)
{
	struct stream s = {.tok = json_tokener_new_ex(64), .fn = fn, .ready = ready, .arg = arg};
	AUTO(buf_free) struct buf url = {0};
	CURLM *multi = curl_multi_init();
	CURLcode code;
	int r;

	transfer_seal();
	s.curl = client_take(d);
	/* filters={"type":["container"]} */
	buf_printf(&url, "%s/events?filters=%%7B%%22type%%22%%3A%%5B%%22container%%22%%5D%%7D", d->base);
	if (since_ns)
		buf_printf(&url, "&since=%llu.%09llu", (unsigned long long)(since_ns / 1000000000),
			   (unsigned long long)(since_ns % 1000000000));
	curl_easy_setopt(s.curl, CURLOPT_URL, url.s);
	curl_easy_setopt(s.curl, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(s.curl, CURLOPT_WRITEDATA, &s);
	curl_easy_setopt(s.curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(s.curl, CURLOPT_HEADERDATA, &s);
	curl_easy_setopt(s.curl, CURLOPT_TCP_KEEPALIVE, 1L);
	set_streaming(d, multi);
	code = run_stream(d, multi, s.curl);
	set_streaming(d, NULL);
	r = judge_end(d, &s, code, err);
	curl_multi_cleanup(multi);
	client_give(d, s.curl);
	json_tokener_free(s.tok);
	buf_free(&s.error_body);
	return r;
}
