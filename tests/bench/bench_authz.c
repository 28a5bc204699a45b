/*
 * bench_authz - requests per second and latency of the plugin, beside a bare libmicrohttpd handler that only
 * reads the body and answers, in one run, over unix sockets. The message is that of a `docker run` with some
 * twenty flags, the policy has 20 rules and whitelist rules.
 *
 * bench_authz PLUGIN-SOCKET [SECONDS] <MESSAGE     the plugin is a running enforcer
 */
#include "bench.h"
#include "base/clock.h"
#include "base/text.h"

#include <microhttpd.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MAX_SAMPLES 400000
#define ROUNDS	    3

static struct buf request;

static struct sockaddr_un address_of(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	return a;
}

/* ---- the bare handler ---- */

static enum MHD_Result echo(void *arg, struct MHD_Connection *c, const char *url, const char *method,
			    const char *version, const char *data, size_t *size, void **state)
{
	static const char text[] = "{\"Allow\": true}";
	struct MHD_Response *r;
	enum MHD_Result result;

	(void)arg, (void)url, (void)method, (void)version, (void)data;
	if (!*state || *size) {
		*state = arg;
		*size = 0;
		return MHD_YES;
	}
	r = MHD_create_response_from_buffer(sizeof(text) - 1, (void *)(size_t)text, MHD_RESPMEM_PERSISTENT);
	MHD_add_response_header(r, "Content-Type", "application/json");
	result = MHD_queue_response(c, MHD_HTTP_OK, r);
	MHD_destroy_response(r);
	return result;
}

/* With the plugin's own flags. */
static struct MHD_Daemon *start_bare(const char *path)
{
	struct sockaddr_un a = address_of(path);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	unlink(path);
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, 1024)) {
		perror(path);
		exit(2);
	}
	return MHD_start_daemon(
		MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_USE_ITC,
		0, NULL, NULL, echo, &request, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
		2048U, MHD_OPTION_THREAD_STACK_SIZE, (size_t)256 << 10, MHD_OPTION_END);
}

/* ---- the clients ---- */

struct client {
	pthread_t thread;
	const char *path;
	uint64_t until_ns;
	uint32_t *us; /* latencies */
	size_t n;
};

static void must(bool ok, const char *what)
{
	if (!ok) {
		perror(what);
		exit(2);
	}
}

/* Reads one answer: its head, and as much as Content-Length says. */
static void read_answer(int fd)
{
	char text[4096];
	size_t n = 0;

	for (;;) {
		ssize_t r = read(fd, text + n, sizeof(text) - 1 - n);
		const char *end, *length;

		must(r > 0, "read");
		n += (size_t)r;
		text[n] = 0;
		end = strstr(text, "\r\n\r\n");
		length = strcasestr(text, "\r\nContent-Length: ");
		if (end && length && n >= (size_t)(end + 4 - text) + strtoul(length + 18, NULL, 10))
			return;
	}
}

static void *run_client(void *arg)
{
	struct client *c = arg;
	struct sockaddr_un a = address_of(c->path);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	uint64_t start = 0;

	must(!connect(fd, (struct sockaddr *)&a, sizeof(a)), c->path);
	while ((start = clock_monotonic_ns()) < c->until_ns && c->n < MAX_SAMPLES) {
		must(write(fd, request.s, request.len) == (ssize_t)request.len, "write");
		read_answer(fd);
		c->us[c->n++] = (uint32_t)((clock_monotonic_ns() - start) / 1000);
	}
	close(fd);
	return NULL;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

struct figures {
	double rate;
	uint32_t p50, p99;
};

static struct figures measure(const char *path, size_t connections, double seconds)
{
	struct client *c = mem_calloc(connections, sizeof(*c));
	uint64_t start = clock_monotonic_ns();
	size_t total = 0, at = 0;
	struct figures f;
	uint32_t *all;

	for (size_t i = 0; i < connections; i++) {
		c[i].path = path;
		c[i].us = mem_calloc(MAX_SAMPLES, sizeof(*c[i].us));
		c[i].until_ns = start + (uint64_t)(seconds * 1e9);
		must(!pthread_create(&c[i].thread, NULL, run_client, &c[i]), "pthread_create");
	}
	for (size_t i = 0; i < connections; i++) {
		pthread_join(c[i].thread, NULL);
		total += c[i].n;
	}
	f.rate = (double)total / ((double)(clock_monotonic_ns() - start) / 1e9);
	all = mem_calloc(total, sizeof(*all));
	for (size_t i = 0; i < connections; i++) {
		memcpy(all + at, c[i].us, c[i].n * sizeof(*all));
		at += c[i].n;
		free(c[i].us);
	}
	qsort(all, total, sizeof(*all), compare);
	f.p50 = all[total / 2];
	f.p99 = all[total * 99 / 100];
	free(all);
	free(c);
	return f;
}

/* ---- the message: read from standard input, as dockerd would send it ---- */

static void read_message(void)
{
	struct buf message = {0};
	char piece[4096];
	size_t n;

	while ((n = fread(piece, 1, sizeof(piece), stdin)) > 0)
		buf_add(&message, piece, n);
	buf_printf(&request,
		   "POST /AuthZPlugin.AuthZReq HTTP/1.1\r\nHost: plugin\r\nAccept: application/"
		   "vnd.docker.plugins.v1.2+json\r\nContent-Type: application/json\r\nContent-Length: "
		   "%zu\r\n\r\n",
		   message.len);
	buf_add(&request, message.s, message.len);
	buf_free(&message);
}

int main(int argc, char **argv)
{
	static const size_t connections[] = {1, 16, 64};
	static const char *const who[] = {"ours", "bare libmicrohttpd"};
	double seconds = argc > 2 ? strtod(argv[2], NULL) : 2;
	char path[64];

	if (argc < 2) {
		fputs("usage: bench_authz PLUGIN-SOCKET [SECONDS] <MESSAGE\n", stderr);
		return 2;
	}
	snprintf(path, sizeof(path), "/tmp/de-bench-%d.sock", (int)getpid());
	read_message();
	struct MHD_Daemon *bare = start_bare(path);
	for (size_t i = 0; i < ARRAY_LEN(connections); i++) {
		double rate[2][ROUNDS], p50[2][ROUNDS], p99[2][ROUNDS];
		char size[40];

		for (size_t k = 0; k < 2 * ROUNDS; k++) { /* in turn, so that both see the same machine */
			struct figures f = measure(k % 2 ? path : argv[1], connections[i], seconds);

			rate[k % 2][k / 2] = f.rate;
			p50[k % 2][k / 2] = f.p50;
			p99[k % 2][k / 2] = f.p99;
		}
		snprintf(size, sizeof(size), "%zu connections", connections[i]);
		for (size_t w = 0; w < 2; w++)
			bench_report("authorization", size, who[w], rate[w], ROUNDS, "req/s");
		for (size_t w = 0; w < 2; w++)
			bench_report("authorization: p50", size, who[w], p50[w], ROUNDS, "us");
		for (size_t w = 0; w < 2; w++)
			bench_report("authorization: p99", size, who[w], p99[w], ROUNDS, "us");
	}
	MHD_stop_daemon(bare);
	unlink(path);
	buf_free(&request);
	return 0;
}
