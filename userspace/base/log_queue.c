/* Lines that wait to be written, and the one thread that writes them. */
#include "log_internal.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/workers.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_WAITING (4U << 20)
#define FLUSH_NS    (2 * NS_PER_S)

static struct {
	pthread_mutex_t lock;
	pthread_cond_t wake, written;
	struct log_line *first, **last;
	size_t bytes;		     /* that wait */
	bool begun, ending, writing; /* begun: there is a writer */
	size_t unsaid;		     /* lines that were lost since it was said */
} queue = {.lock = PTHREAD_MUTEX_INITIALIZER,
	   .wake = PTHREAD_COND_INITIALIZER,
	   .written = PTHREAD_COND_INITIALIZER,
	   .last = &queue.first};

static struct workers *writer; /* of log_start() and log_stop() alone */
static atomic_bool stuck;      /* it did not end: nothing is written any more */
static atomic_ullong lost;

void log_line_free(struct log_line *line)
{
	for (size_t i = 0; i < line->fields; i++)
		free((char *)(size_t)line->field[i].value);
	free(line->text);
	free(line);
}

/* ---- the writing thread ---- */

static struct log_line *take(void)
{
	struct log_line *line = queue.first;

	queue.first = line->next;
	if (!queue.first)
		queue.last = &queue.first;
	queue.bytes -= line->bytes;
	return line;
}

/* Called with the lock, which is released meanwhile. */
static void write_next(void)
{
	struct log_line *line = take();
	size_t unsaid = queue.unsaid;

	queue.unsaid = 0;
	queue.writing = true;
	pthread_mutex_unlock(&queue.lock);
	log_write_line(line);
	log_line_free(line);
	if (unsaid)
		log_write_lost(unsaid);
	pthread_mutex_lock(&queue.lock);
	queue.writing = false;
	pthread_cond_signal(&queue.written);
}

static void *write_out(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&queue.lock);
	while (queue.first || !queue.ending) {
		if (queue.first)
			write_next();
		else
			pthread_cond_wait(&queue.wake, &queue.lock);
	}
	pthread_mutex_unlock(&queue.lock);
	return NULL;
}

/* ---- for log.c and everybody ---- */

bool log_queue_add(struct log_line *line)
{
	bool fits, waits;

	if (atomic_load(&stuck)) {
		log_line_free(line);
		return true;
	}
	pthread_mutex_lock(&queue.lock);
	waits = queue.begun && !queue.ending; /* else whoever logs writes */
	fits = queue.bytes + line->bytes <= MAX_WAITING;
	if (waits && fits) {
		*queue.last = line;
		queue.last = &line->next;
		queue.bytes += line->bytes;
		pthread_cond_signal(&queue.wake);
	}
	queue.unsaid += waits && !fits;
	pthread_mutex_unlock(&queue.lock);
	if (waits && !fits) {
		atomic_fetch_add(&lost, 1);
		log_line_free(line);
	}
	return waits;
}

int log_start(struct err *err)
{
	writer = workers_start("log", 1, write_out, NULL, err);
	if (!writer)
		return -1;
	pthread_mutex_lock(&queue.lock);
	queue.begun = true;
	pthread_mutex_unlock(&queue.lock);
	return 0;
}

void log_stop(void)
{
	if (!writer)
		return;
	pthread_mutex_lock(&queue.lock);
	queue.ending = true;
	pthread_cond_signal(&queue.wake);
	pthread_mutex_unlock(&queue.lock);
	if (workers_join_until(writer, clock_monotonic_ns() + FLUSH_NS))
		writer = NULL;
	else
		atomic_store(&stuck, true);
}

uint64_t log_lost(void)
{
	return atomic_load(&lost);
}
