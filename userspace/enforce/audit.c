#include "enforce/audit.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/workers.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MAX_WAITING (4U << 20)

struct audit {
	char *path;
	int fd;
	struct workers *writer;
	pthread_mutex_t lock; /* the members below */
	pthread_cond_t wake, idle;
	struct buf waiting;
	size_t lines; /* in `waiting` */
	bool reopen, closing, writing;
	atomic_ullong lost;
	atomic_bool failing; /* it was said that lines are lost */
	bool torn;	     /* the file ends within a line */
};

static int open_file(const char *path, struct err *err)
{
	/* not waiting for whoever reads a fifo: nobody may, ever */
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	struct stat st;

	if (fd < 0 && errno != ENXIO)
		return err_errno(err, "AUDIT_LOG=\"%.200s\"", path);
	if (fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode))
		return fd;
	close_fdp(&fd);
	return err_set(err, EINVAL, "AUDIT_LOG=\"%.200s\": is no regular file", path);
}

/* Lines that did not get into the file; the first of a row is said. Without the lock. */
static void lose(struct audit *a, size_t lines, const char *why)
{
	atomic_fetch_add(&a->lost, lines);
	if (!atomic_exchange(&a->failing, true))
		log_error("AUDIT_LOG=\"%s\": %s; entries are lost until that is mended "
			  "(docker_enforcer_audit_lost_total)",
			  a->path, why);
}

/* ---- the writing thread ---- */

static void reopen_file(struct audit *a)
{
	struct err err;
	int fd = open_file(a->path, &err);

	if (fd < 0) {
		log_error("%s; the old file is still written to", err.msg);
		return;
	}
	close(a->fd);
	a->fd = fd;
	a->torn = false;
}

/* Nobody can read any more what is written to it. */
static bool was_removed(const struct audit *a)
{
	struct stat st;

	return !fstat(a->fd, &st) && !st.st_nlink;
}

/* The number of whole lines written; errno says why if that is not all. */
static size_t write_lines(struct audit *a, const struct buf *text)
{
	size_t done = 0, lines = 0;

	if (a->torn && write(a->fd, "\n", 1) == 1)
		a->torn = false;
	while (!a->torn && done < text->len) {
		ssize_t n = write(a->fd, text->s + done, text->len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	for (size_t i = 0; i < done; i++)
		lines += text->s[i] == '\n';
	if (done)
		a->torn = text->s[done - 1] != '\n';
	return lines;
}

static void write_text(struct audit *a, const struct buf *text, size_t lines)
{
	size_t written;

	errno = 0;
	written = write_lines(a, text);
	if (written < lines)
		lose(a, lines - written, strerror(errno ? errno : ENOSPC));
	else if (lines && atomic_exchange(&a->failing, false))
		log_info("AUDIT_LOG=\"%s\": entries are written again", a->path);
}

/* Writes what waits; called with the lock held, which is released meanwhile. */
static void drain(struct audit *a)
{
	struct buf text = a->waiting;
	size_t lines = a->lines;
	bool reopen = a->reopen;

	a->waiting = (struct buf){0};
	a->lines = 0;
	a->reopen = false;
	a->writing = true;
	pthread_mutex_unlock(&a->lock);
	if (reopen || was_removed(a))
		reopen_file(a);
	write_text(a, &text, lines);
	buf_free(&text);
	pthread_mutex_lock(&a->lock);
	a->writing = false;
	pthread_cond_signal(&a->idle);
}

static void *write_out(void *arg)
{
	struct audit *a = arg;

	pthread_mutex_lock(&a->lock);
	while (!a->closing || a->lines) {
		if (a->lines || a->reopen)
			drain(a);
		else
			pthread_cond_wait(&a->wake, &a->lock);
	}
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

/* ---- for everybody ---- */

static void audit_free(struct audit *a)
{
	close(a->fd);
	buf_free(&a->waiting);
	pthread_cond_destroy(&a->wake);
	pthread_cond_destroy(&a->idle);
	pthread_mutex_destroy(&a->lock);
	free(a->path);
	free(a);
}

struct audit *audit_open(const char *path, struct err *err)
{
	struct audit *a;
	int fd = open_file(path, err);

	if (fd < 0)
		return NULL;
	a = mem_calloc(1, sizeof(*a));
	a->fd = fd;
	a->path = mem_strdup(path);
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->wake, NULL);
	clock_cond_init(&a->idle);
	a->writer = workers_start("audit", 1, write_out, a, err);
	if (a->writer)
		return a;
	audit_free(a);
	return NULL;
}

/* Waits for the writer, but not for a disk that is stuck. */
static bool has_ended(struct audit *a)
{
	uint64_t until = clock_monotonic_ns() + NS_PER_S;
	struct timespec ts = clock_timespec(until);
	bool ended = true;

	pthread_mutex_lock(&a->lock);
	a->closing = true;
	pthread_cond_signal(&a->wake);
	while (ended && (a->lines || a->writing))
		ended = !pthread_cond_timedwait(&a->idle, &a->lock, &ts);
	pthread_mutex_unlock(&a->lock);
	return ended;
}

void audit_flush(struct audit *a)
{
	if (a)
		(void)has_ended(a);
}

void audit_close(struct audit *a)
{
	if (!a)
		return;
	if (!has_ended(a)) {
		log_error("AUDIT_LOG=\"%s\": the disk does not answer; the last entries may be lost",
			  a->path);
		return; /* the thread holds on to it; the process ends anyway */
	}
	workers_join(a->writer);
	audit_free(a);
}

void audit_reopen(struct audit *a)
{
	if (!a)
		return;
	pthread_mutex_lock(&a->lock);
	a->reopen = true;
	pthread_cond_signal(&a->wake);
	pthread_mutex_unlock(&a->lock);
}

/* False if too much waits already. */
static bool enqueue(struct audit *a, const char *line)
{
	bool fits;

	pthread_mutex_lock(&a->lock);
	fits = a->waiting.len + strlen(line) <= MAX_WAITING;
	if (fits) {
		buf_puts(&a->waiting, line);
		buf_puts(&a->waiting, "\n");
		a->lines++;
		pthread_cond_signal(&a->wake);
	}
	pthread_mutex_unlock(&a->lock);
	return fits;
}

static void add_line(struct audit *a, struct json_object *line)
{
	AUTO(buf_free) struct buf text = {0};
	const char *json;
	size_t len;

	json = json_object_to_json_string_length(
		line, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);
	buf_escape_json(&text, json, len);
	if (!enqueue(a, text.s))
		lose(a, 1, "the disk is too slow");
}

void audit_add(struct audit *a, const char *event, struct json_object *line)
{
	char now[40];

	if (a && !json_get(line, "time")) {
		clock_format_rfc3339(clock_wall_ns(), now, sizeof(now));
		json_add_str(line, "time", now);
	}
	if (a) {
		json_add_str(line, "event", event);
		add_line(a, line);
	}
	json_object_put(line);
}

uint64_t audit_lost(struct audit *a)
{
	return a ? atomic_load(&a->lost) : 0;
}
