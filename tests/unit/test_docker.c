/* What dockerd's answers mean: a server of our own gives them, one connection for each. */
#include "unit.h"

#include "base/clock.h"
#include "base/text.h"
#include "base/workers.h"
#include "container/container_internal.h"
#include "docker/docker.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static char folder[] = "/tmp/de-docker-XXXXXX", path[64], address[80];
static struct docker *docker;
static int listener;
static const char *answer; /* what the server says next, whole */

static const char *pong; /* what it says when it is asked for its version, whole */
static char asked[4096]; /* the last request but for that */

#define PONG(headers) "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n" headers "\r\nOK"

/* The connection of the next request that does not ask for the version; it is in `asked`. */
static int accept_request(void)
{
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		ssize_t n = read(fd, asked, sizeof(asked) - 1);

		asked[n > 0 ? n : 0] = 0;
		if (strncmp(asked, "GET /_ping ", 11) != 0)
			return fd;
		n = write(fd, pong, strlen(pong));
		close(fd);
	}
}

static void *serve(void *arg)
{
	AUTO(close_fdp) int fd = accept_request();

	(void)arg;
	if (write(fd, answer, strlen(answer)) < 0)
		return NULL;
	return NULL;
}

static struct workers *will_answer(const char *status_line, const char *body)
{
	static char text[4096];
	struct err err;
	struct workers *w;

	snprintf(text, sizeof(text), "HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n%s",
		 status_line, strlen(body), body);
	answer = text;
	w = workers_start("dockerd", 1, serve, NULL, &err);
	assert_non_null(w);
	return w;
}

typedef int (*action_fn)(struct docker *d, const char *id, enum docker_outcome *out, struct err *err);

static void an_action_says_whose_it_was(void **state)
{
	static const struct {
		action_fn fn;
		const char *status, *body;
		int result;
		enum docker_outcome outcome;
	} cases[] = {
		{docker_stop, "204 No Content", "", 0, DOCKER_DONE},
		{docker_stop, "304 Not Modified", "", 0, DOCKER_WAS_SO},
		{docker_stop, "404 Not Found", "{\"message\":\"No such container\"}", 0, DOCKER_WAS_SO},
		{docker_stop, "409 Conflict", "{\"message\":\"a is not running\"}", -1, DOCKER_WAS_SO},
		{docker_stop, "500 X", "{\"message\":\"is not running\"}", -1, DOCKER_WAS_SO},
		{docker_kill, "204 No Content", "", 0, DOCKER_DONE},
		{docker_kill, "404 Not Found", "", 0, DOCKER_WAS_SO},
		{docker_kill, "409 Conflict", "{\"message\":\"a is not running\"}", 0, DOCKER_WAS_SO},
		{docker_kill, "409 Conflict", "{\"message\":\"other\"}", -1, DOCKER_WAS_SO},
		{docker_pause, "204 No Content", "", 0, DOCKER_DONE},
		{docker_pause, "409 Conflict", "{\"message\":\"a is already paused\"}", 0, DOCKER_WAS_SO},
		{docker_pause, "409 Conflict", "{\"message\":\"a is not running\"}", -1, DOCKER_WAS_SO},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct workers *w = will_answer(cases[i].status, cases[i].body);
		enum docker_outcome outcome = DOCKER_WAS_SO;
		struct err err = {.code = 4711, .msg = "untouched"};
		int r = cases[i].fn(docker, "a", &outcome, &err);

		workers_join(w);
		assert_int_equal(r, cases[i].result);
		if (r) {
			assert_int_equal(err.code, atoi(cases[i].status));
			assert_contains(err.msg, "docker: ");
		} else {
			assert_int_equal(outcome, cases[i].outcome);
			assert_int_equal(err.code, 4711);
			assert_string_equal(err.msg, "untouched");
		}
	}
}

static void null_is_no_answer_but_no_garbage(void **state)
{
	static const char *const cases[][2] = {
		{"null", "docker: version: dockerd's answer is not an object"},
		{"7", "docker: version: dockerd's answer is not an object"},
		{"[]", "docker: version: dockerd's answer is not an object"},
		{"{", "docker: version: dockerd's answer of 1 bytes is not JSON"},
		{"", "docker: version: dockerd's answer of 0 bytes is not JSON"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct workers *w = will_answer("200 OK", cases[i][0]);
		struct err err = {0};

		assert_null(docker_version(docker, &err));
		workers_join(w);
		assert_string_equal(err.msg, cases[i][1]);
	}
}

static void note_listed(void *arg, const char *id, struct json_object *entry)
{
	buf_printf(arg, "%.1s%s ", id, entry ? "+" : "");
}

static void the_list_is_read_as_a_stream(void **state)
{
#define ID_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define ID_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	static const struct {
		const char *answer, *found;
	} cases[] = {
		{"[]", ""},
		{"[{\"Id\":\"" ID_A "\",\"Labels\":{\"Id\":\"x\"}},{\"Names\":[],\"Id\":\"" ID_B "\"}]",
		 "a+ b+ "},
		{"[{\"Id\":\"" ID_A "\"}", NULL},
		{"[{\"Name\":\"x\"}]", NULL},
		{"null", NULL},
		{"{}", NULL},
		{"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct workers *w = will_answer("200 OK", cases[i].answer);
		AUTO(buf_free) struct buf found = {0};
		struct err err = {0};
		int r;

		buf_puts(&found, "");
		r = docker_list(docker, true, note_listed, &found, &err);
		workers_join(w);
		assert_int_equal(r, cases[i].found ? 0 : -1);
		if (cases[i].found)
			assert_string_equal(found.s, cases[i].found);
		else
			assert_string_equal(err.msg,
					    "docker: list: dockerd's answer is not an array of containers");
	}
}

/* ---- events ---- */

#define EVENTS "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
#define START(id)                                                                                            \
	"{\"Type\":\"container\",\"Action\":\"start\",\"Actor\":{\"ID\":\"" id "\"},\"timeNano\":7}\n"

static const char *const *script; /* sent piece by piece, up to NULL */
static bool hold;		  /* then the connection stays open, until the other side closes it */

static void *play(void *arg)
{
	AUTO(close_fdp) int fd = accept_request();

	(void)arg;
	for (const char *const *piece = script; *piece; piece++) {
		if (send(fd, *piece, strlen(*piece), MSG_NOSIGNAL) < 0)
			break;
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	}
	while (hold && read(fd, (char[1]){0}, 1) > 0)
		;
	return NULL;
}

static struct workers *will_play(const char *const *pieces, bool then_hold)
{
	struct workers *w;
	struct err err;

	script = pieces;
	hold = then_hold;
	w = workers_start("dockerd", 1, play, NULL, &err);
	assert_non_null(w);
	return w;
}

static struct docker_events *must_open(struct docker *d)
{
	struct err err = {0};
	struct docker_events *s = docker_events_open(d, &err);

	if (!s)
		fail_msg("%s", err.msg);
	return s;
}

/* Whatever the pieces in which they arrive, one after the other, and no other kind. */
static void events_come_one_by_one(void **state)
{
	static const char *const pieces[] = {
		EVENTS START("a")
			START("b") "{\"Type\":\"image\",\"Action\":\"pull\",\"Actor\":{\"ID\":\"i\"}}\n",
		"{\"Type\":\"container\",\"Action\":\"exec_start: sh -c \\\"a:b\\\"\",\"Ac",
		"tor\":{\"ID\":\"c\",\"Attributes\":{\"name\":\"web\"}}}", "\nnull\n[]\n" START("d"), NULL};
	static const char *const expected[][2] = {
		{"start", "a"}, {"start", "b"}, {"exec_start", "c"}, {"start", "d"}};
	struct workers *w = will_play(pieces, true);
	struct docker_events *s = must_open(docker);
	struct docker_event e = {0};
	struct err err;

	(void)state;
	assert_contains(asked, "GET /events?since=");
	for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
		assert_int_equal(docker_events_next(s, 60 * NS_PER_S, &e, &err), DOCKER_EVENT);
		assert_string_equal(e.action, expected[i][0]);
		assert_string_equal(e.id, expected[i][1]);
		assert_string_equal(e.name, i == 2 ? "web" : "");
	}
	assert_int_equal(e.time_ns, 7);
	assert_int_equal(docker_events_next(s, 20 * NS_PER_MS, &e, &err), DOCKER_QUIET);
	assert_int_equal(docker_events_next(s, 0, &e, &err), DOCKER_QUIET);
	docker_events_close(s);
	workers_join(w);
}

/* What came before the end is given first. */
static void the_end_of_events_has_a_reason(void **state)
{
	static const struct {
		const char *const pieces[3];
		const char *reason;
	} cases[] = {
		{{EVENTS START("a"), NULL}, "docker: events: dockerd closed the connection"},
		{{EVENTS START("a"), "<html>", NULL}, "docker: events: dockerd sent what is not JSON"},
		{{EVENTS START("a") "{\"Type\":", NULL}, "docker: events: dockerd closed the connection"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct workers *w = will_play(cases[i].pieces, false);
		struct docker_events *s = must_open(docker);
		struct docker_event e;
		struct err err;

		assert_int_equal(docker_events_next(s, 60 * NS_PER_S, &e, &err), DOCKER_EVENT);
		assert_int_equal(docker_events_next(s, 60 * NS_PER_S, &e, &err), DOCKER_ENDED);
		assert_string_equal(err.msg, cases[i].reason);
		docker_events_close(s);
		workers_join(w);
	}
}

static void events_that_are_refused(void **state)
{
	static const char *const none[] = {NULL},
				 *const refusal[] = {
					 "HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n{\"mess",
					 "age\":\"not you\"}", NULL};
	struct workers *w = will_play(refusal, false);
	struct err err;

	(void)state;
	assert_null(docker_events_open(docker, &err));
	assert_int_equal(err.code, 403);
	assert_string_equal(err.msg, "docker: events: dockerd answered 403: not you");
	workers_join(w);
	w = will_play(none, false);
	assert_null(docker_events_open(docker, &err));
	assert_contains(err.msg, "docker: events: ");
	workers_join(w);
}

static struct docker *open_docker(unsigned timeout_s)
{
	const struct docker_options options = {.socket = address, .cert_path = "", .timeout_s = timeout_s};
	struct err err;
	struct docker *d = docker_open(&options, &err);

	assert_non_null(d);
	return d;
}

static void a_stream_that_is_not_accepted_is_given_up(void **state)
{
	static const char *const silence[] = {NULL};
	struct workers *w = will_play(silence, true);
	struct docker *d = open_docker(1);
	struct err err;

	(void)state;
	assert_null(docker_events_open(d, &err));
	assert_string_equal(err.msg, "docker: events: timeout after 1 s (DOCKER_REQ_TIMEOUT_S)");
	workers_join(w);
	docker_close(d);
}

static void *shut_down_soon(void *arg)
{
	nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
	docker_shutdown(arg);
	return NULL;
}

static void shutdown_wakes_who_waits_for_events(void **state)
{
	static const char *const quiet[] = {EVENTS, NULL};
	struct workers *w = will_play(quiet, true), *other;
	struct docker *d = open_docker(60);
	struct docker_events *s = must_open(d);
	uint64_t start = clock_monotonic_ns();
	struct docker_event e;
	struct err err;

	(void)state;
	other = workers_start("shutdown", 1, shut_down_soon, d, &err);
	assert_non_null(other);
	assert_int_equal(docker_events_next(s, 600 * NS_PER_S, &e, &err), DOCKER_ENDED);
	assert_true(clock_monotonic_ns() - start < 60 * NS_PER_S);
	assert_contains(err.msg, "shutting down");
	workers_join(other);
	docker_events_close(s);
	workers_join(w);
	assert_null(docker_events_open(d, &err));
	docker_close(d);
}

/* The older of theirs and ours; again where it may be another daemon. Newer ones leave fields out. */
static void both_speak_one_version(void **state)
{
	static const struct {
		const char *pong, *path;
	} cases[] = {
		{PONG(""), "GET /containers/a/json "},
		{PONG("Api-Version: 1.41\r\n"), "GET /v1.41/containers/a/json "},
		{PONG("API-VERSION:1.45\r\n"), "GET /v1.45/containers/a/json "},
		{PONG("Api-Version: 1.55\r\n"), "GET /v1.51/containers/a/json "},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct workers *w;
		struct err err = {0};
		struct container *c;

		docker_forget_version(docker);
		pong = cases[i].pong;
		w = will_answer("200 OK", "{\"Id\":\"a\",\"Config\":{},\"HostConfig\":{},\"State\":{}}");
		c = container_from_inspect(docker_inspect(docker, "a", &err), NULL, &err);
		workers_join(w);
		assert_true(str_starts_with(asked, cases[i].path));
		assert_non_null(c);
		container_put(c);
	}
	pong = cases[0].pong;
	docker_forget_version(docker);
}

/* dockerd asks all its volume plugins for a name that it does not know. */
static void a_volume_that_nobody_answers_for_has_a_reason(void **state)
{
	static const char *const silence[] = {NULL};
	struct workers *w = will_play(silence, true);
	struct docker *d = open_docker(1);
	const struct lookup lookup = {.docker = d, .strict = true};
	struct json_object *volume;
	struct err err = {0};

	(void)state;
	assert_int_equal(lookup_volume(&lookup, "fresh", &volume, &err), -1);
	assert_contains(err.msg, "docker: inspect volume fresh: timeout after 1 s");
	assert_contains(err.msg, "/etc/docker/plugins");
	docker_close(d);
	workers_join(w);
}

/* A daemon that was replaced by an older one: the call fails, the next one does not. */
static void a_version_that_is_refused_is_asked_for_again(void **state)
{
	struct workers *w;
	struct err err = {0};

	(void)state;
	pong = PONG("Api-Version: 1.51\r\n");
	w = will_answer("400 Bad Request", "{\"message\":\"client version 1.51 is too new.\"}");
	assert_null(docker_inspect(docker, "a", &err));
	assert_int_equal(err.code, 0); /* not that there is no such container */
	workers_join(w);
	pong = PONG("Api-Version: 1.45\r\n");
	w = will_answer("200 OK", "{}");
	json_object_put(docker_inspect(docker, "a", &err));
	workers_join(w);
	assert_true(str_starts_with(asked, "GET /v1.45/containers/a/json "));
	pong = PONG("");
	docker_forget_version(docker);
}

static void releases_are_numbers(void **state)
{
	(void)state;
	assert_int_equal(docker_parse_release("28.5.2+dfsg4"), 280502);
	assert_int_equal(docker_parse_release("20.10.24"), 201024);
	assert_int_equal(docker_parse_release("29.0.0-rc.1"), 290000);
	assert_int_equal(docker_parse_release("library-import"), 0);
	assert_int_equal(docker_parse_release("27"), 0);
}

static int start_server(void **state)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/socket", folder);
	snprintf(address, sizeof(address), "unix://%s", path);
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&sun, sizeof(sun)), 0);
	assert_int_equal(listen(listener, 8), 0);
	docker = open_docker(60);
	pong = PONG("");
	return 0;
}

static int stop_server(void **state)
{
	(void)state;
	docker_close(docker);
	close(listener);
	unlink(path);
	rmdir(folder);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_action_says_whose_it_was),
		cmocka_unit_test(null_is_no_answer_but_no_garbage),
		cmocka_unit_test(the_list_is_read_as_a_stream),
		cmocka_unit_test(events_come_one_by_one),
		cmocka_unit_test(the_end_of_events_has_a_reason),
		cmocka_unit_test(events_that_are_refused),
		cmocka_unit_test(a_stream_that_is_not_accepted_is_given_up),
		cmocka_unit_test(shutdown_wakes_who_waits_for_events),
		cmocka_unit_test(both_speak_one_version),
		cmocka_unit_test(a_version_that_is_refused_is_asked_for_again),
		cmocka_unit_test(a_volume_that_nobody_answers_for_has_a_reason),
		cmocka_unit_test(releases_are_numbers),
	};

	return cmocka_run_group_tests_name("docker", tests, start_server, stop_server);
}
