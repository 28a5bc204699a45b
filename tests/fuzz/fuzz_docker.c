/*
 * Anything as dockerd's answer, over a socket: every reader of answers, and what is made of an inspect
 * document, with the lookups that it needs answered likewise. The first byte says which call is made.
 */
#include "base/log.h"
#include "container/container.h"
#include "docker/docker.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[64];
static int listener;
static struct docker *docker;
/* Of every answer. A connection that a call has given up may still write the last one: hence never freed. */
static char body[1 << 16];
static size_t body_size;
static const char *status;

/* ---- the engine ---- */

/* False at the connection's end. Requests have no body. */
static bool read_request(FILE *f, char *line, size_t size)
{
	char header[1024];

	if (!fgets(line, (int)size, f))
		return false;
	while (fgets(header, sizeof(header), f) && strcmp(header, "\r\n") != 0)
		;
	return true;
}

static void *serve(void *arg)
{
	int fd = (int)(intptr_t)arg;
	FILE *in = fdopen(fd, "r"), *out = fdopen(dup(fd), "w");
	char line[4096];

	while (read_request(in, line, sizeof(line))) {
		bool ends = strstr(line, "/events") != NULL;

		fprintf(out, "HTTP/1.1 %s\r\nApi-Version: 1.41\r\n", status);
		if (ends)
			fputs("Connection: close\r\n\r\n", out);
		else
			fprintf(out, "Content-Length: %zu\r\n\r\n", strncmp(line, "HEAD", 4) ? body_size : 0);
		if (strncmp(line, "HEAD", 4) != 0)
			fwrite(body, 1, body_size, out);
		if (fflush(out) || ends)
			break;
	}
	fclose(in);
	fclose(out);
	return NULL;
}

static void *accept_all(void *arg)
{
	pthread_attr_t detached;

	(void)arg;
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		pthread_t thread;

		if (fd >= 0)
			pthread_create(&thread, &detached, serve, (void *)(intptr_t)fd);
	}
	return NULL;
}

static void remove_socket(void)
{
	unlink(path);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct docker_options options = {.cert_path = "", .timeout_s = 30};
	pthread_t thread;
	char url[80];
	struct err err;

	(void)argc, (void)argv;
	log_setup(LOG_CRITICAL_, false);
	signal(SIGPIPE, SIG_IGN); /* as the daemon does */
	snprintf(path, sizeof(path), "/tmp/fuzz-docker-%d.sock", (int)getpid());
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	snprintf(url, sizeof(url), "unix://%s", path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	options.socket = url;
	docker = docker_open(&options, &err);
	if (!docker || bind(listener, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(listener, 100) || pthread_create(&thread, NULL, accept_all, NULL))
		abort();
	atexit(remove_socket);
	return 0;
}

/* ---- the readers ---- */

static void on_found(void *arg, const char *id, struct json_object *entry)
{
	struct err err;

	(void)arg;
	if (strlen(id) != 64)
		abort();
	if (entry)
		container_put(container_from_list(entry, &err));
}

static void make_container(const char *id, struct json_object *doc, bool whole)
{
	struct err err;
	struct container *c;

	if (!doc)
		return;
	c = whole ? container_from_inspect(json_object_get(doc), docker, &err)
		  : container_unreadable(id, doc);
	json_object_put(doc);
	if (c)
		container_pack(c, whole);
	container_put(c);
}

static void follow_events(void)
{
	struct docker_event event;
	struct err err;
	struct docker_events *s = docker_events_open(docker, &err);

	while (s && docker_events_next(s, 1000000000, &event, &err) == DOCKER_EVENT)
		if (!event.action || !event.id || !event.name)
			abort();
	docker_events_close(s);
}

static void call(char which)
{
	const char *id = "4f2a";
	enum docker_outcome outcome;
	struct docker_facts facts;
	struct usage usage;
	struct err err;
	bool whole;

	switch (which) {
	case '0':
		json_object_put(docker_version(docker, &err));
		break;
	case '1':
		docker_list(docker, true, on_found, NULL, &err);
		docker_list(docker, false, on_found, NULL, &err);
		break;
	case '2':
		make_container(id, docker_inspect(docker, id, &err), true);
		break;
	case '3': { /* as one that is too large would be read */
		struct json_object *doc = docker_inspect_partly(docker, id, &whole, &err);

		make_container(id, doc, false);
		break;
	}
	case '4':
		json_object_put(docker_inspect_image(docker, id, &err));
		break;
	case '5':
		json_object_put(docker_inspect_exec(docker, id, &err));
		break;
	case '6':
		json_object_put(docker_inspect_volume(docker, id, &err));
		break;
	case '7':
		json_object_put(docker_inspect_network(docker, id, &err));
		break;
	case '8':
		docker_read_facts(docker, &facts, &err);
		break;
	case '9':
		docker_read_stats(docker, id, &usage, &err);
		break;
	case 'a':
		follow_events();
		break;
	default:
		docker_stop(docker, id, &outcome, &err);
		docker_kill(docker, id, &outcome, &err);
		docker_pause(docker, id, &outcome, &err);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	body_size = size - 1 < sizeof(body) ? size - 1 : sizeof(body);
	memcpy(body, data + 1, body_size);
	status = *data == 'b' ? "409 Conflict" : *data == 'c' ? "404 Not Found" : "200 OK";
	call((char)*data);
	return 0;
}
