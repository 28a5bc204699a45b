/* What dockerd's answers mean: a server of our own gives them, one connection for each. */
#include "unit.h"

#include "base/text.h"
#include "base/workers.h"
#include "docker/docker.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char folder[] = "/tmp/de-docker-XXXXXX", path[64], address[80];
static struct docker *docker;
static int listener;
static const char *answer; /* what the server says next, whole */

static void *serve(void *arg)
{
	AUTO(close_fdp) int fd = accept(listener, NULL, NULL);
	char request[4096];

	(void)arg;
	if (read(fd, request, sizeof(request)) > 0 && write(fd, answer, strlen(answer)) < 0)
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
	static const char *const cases[][2] = {{"null", "docker: list: dockerd's answer is not an array"},
					       {"7", "docker: list: dockerd's answer is not an array"},
					       {"{}", "docker: list: dockerd's answer is not an array"},
					       {"[", "docker: list: dockerd's answer of 1 bytes is not JSON"},
					       {"", "docker: list: dockerd's answer of 0 bytes is not JSON"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct workers *w = will_answer("200 OK", cases[i][0]);
		struct err err = {0};

		assert_null(docker_list(docker, &err));
		workers_join(w);
		assert_string_equal(err.msg, cases[i][1]);
	}
}

static int start_server(void **state)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	const struct docker_options options = {.socket = address, .cert_path = "", .timeout_s = 10};
	struct err err;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/socket", folder);
	snprintf(address, sizeof(address), "unix://%s", path);
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&sun, sizeof(sun)), 0);
	assert_int_equal(listen(listener, 8), 0);
	docker = docker_open(&options, &err);
	assert_non_null(docker);
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
	};

	return cmocka_run_group_tests_name("docker", tests, start_server, stop_server);
}
