#include "history/state.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/problem.h"
#include "base/turn.h"
#include "base/workers.h"
#include "state_internal.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RETRY_NS (5 * NS_PER_S)

/* A text to be kept, for as long as the daemon runs: the file may have to be written anew. */
struct item {
	struct item *next;
	const char *name;
	char *text;
	uint64_t version, written;
};

struct state {
	struct problem problem;
	struct workers *writer;
	struct turn turn; /* of `file`, which the start reads and the writer writes */
	struct state_file file;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t wake, idle;
	struct item *items;
	uint64_t retry_ns; /* monotonic, until when the file is left alone after a failure; 0: it works */
	bool writing, ending;
};

/* ---- what is said ---- */

static void say_failed(struct state *s, const struct err *err)
{
	char before[16];

	if (!problem_get(&s->problem, before, sizeof(before)))
		log_error("%s; rules and the action budget are not kept for the next start until that is "
			  "mended",
			  err->msg);
	problem_set(&s->problem, err->msg);
}

static void say_works(struct state *s)
{
	char before[16];

	if (problem_get(&s->problem, before, sizeof(before)))
		log_info("%s is written again", s->file.path);
	problem_clear(&s->problem);
}

/* ---- the writing thread ---- */

static struct item *find(struct state *s, const char *name)
{
	struct item *it = s->items;

	while (it && strcmp(it->name, name) != 0)
		it = it->next;
	return it;
}

static struct item *find_unwritten(struct state *s)
{
	struct item *it = s->items;

	while (it && it->written == it->version)
		it = it->next;
	return it;
}

static void forget_written(struct state *s)
{
	for (struct item *it = s->items; it; it = it->next)
		it->written = 0;
}

/* The item's text as it is now; the lock is released while it is written. */
static void write_item(struct state *s, struct item *it)
{
	AUTO(free_charp) char *text = mem_strdup(it->text);
	uint64_t version = it->version;
	bool fresh = false, ok;
	struct err err;

	s->writing = true;
	pthread_mutex_unlock(&s->lock);
	turn_take(&s->turn);
	ok = !state_file_write(&s->file, it->name, text, &fresh, &err);
	turn_give(&s->turn);
	if (ok)
		say_works(s);
	else
		say_failed(s, &err);
	pthread_mutex_lock(&s->lock);
	s->writing = false;
	s->retry_ns = ok ? 0 : clock_monotonic_ns() + RETRY_NS;
	if (fresh)
		forget_written(s);
	if (ok)
		it->written = version;
	pthread_cond_broadcast(&s->idle);
}

static void *write_out(void *arg)
{
	struct state *s = arg;

	pthread_mutex_lock(&s->lock);
	while (!s->ending) {
		struct item *it = find_unwritten(s);
		struct timespec until = clock_timespec(s->retry_ns);

		if (!it)
			pthread_cond_wait(&s->wake, &s->lock);
		else if (clock_monotonic_ns() < s->retry_ns)
			pthread_cond_timedwait(&s->wake, &s->lock, &until);
		else
			write_item(s, it);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* ---- for everybody ---- */

static void state_free(struct state *s)
{
	for (struct item *it = s->items, *next; it; it = next) {
		next = it->next;
		free(it->text);
		free(it);
	}
	state_file_close(&s->file);
	problem_destroy(&s->problem);
	turn_destroy(&s->turn);
	pthread_cond_destroy(&s->wake);
	pthread_cond_destroy(&s->idle);
	pthread_mutex_destroy(&s->lock);
	free(s->file.path);
	free(s->file.dir);
	free(s);
}

static struct state *state_new(const char *dir)
{
	struct state *s = mem_calloc(1, sizeof(*s));

	s->file.dir = mem_strdup(dir);
	s->file.path = mem_printf("%s/state.db", dir);
	problem_init(&s->problem);
	turn_init(&s->turn);
	pthread_mutex_init(&s->lock, NULL);
	clock_cond_init(&s->wake);
	clock_cond_init(&s->idle);
	return s;
}

int state_open(const char *dir, struct state **out, struct err *err)
{
	struct err why;
	bool fresh;
	struct state *s;

	*out = NULL;
	if (!*dir)
		return 0;
	s = state_new(dir);
	if (state_file_open(&s->file, &fresh, &why))
		say_failed(s, &why);
	s->writer = workers_start("state", 1, write_out, s, err);
	if (!s->writer) {
		state_free(s);
		return -1;
	}
	*out = s;
	return 0;
}

void state_flush(struct state *s)
{
	uint64_t until_ns = clock_monotonic_ns() + NS_PER_S;
	struct timespec until = clock_timespec(until_ns);

	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	while ((s->writing || (find_unwritten(s) && !s->retry_ns)) && clock_monotonic_ns() < until_ns)
		pthread_cond_timedwait(&s->idle, &s->lock, &until);
	s->ending = true;
	pthread_cond_broadcast(&s->wake);
	pthread_mutex_unlock(&s->lock);
}

void state_close(struct state *s)
{
	if (!s)
		return;
	state_flush(s);
	if (workers_join_until(s->writer, clock_monotonic_ns() + NS_PER_S / 2))
		state_free(s);
	else /* the thread holds on to it; the process ends anyway */
		log_error("%s: the disk does not answer; what was to be kept may be lost", s->file.path);
}

void state_keep(struct state *s, const char *name, uint64_t version, const char *text)
{
	struct item *it;

	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	it = find(s, name);
	if (!it) {
		it = mem_calloc(1, sizeof(*it));
		*it = (struct item){.next = s->items, .name = name};
		s->items = it;
	}
	if (version > it->version) {
		free(it->text);
		it->text = mem_strdup(text);
		it->version = version;
		pthread_cond_broadcast(&s->wake);
	}
	pthread_mutex_unlock(&s->lock);
}

char *state_read(struct state *s, const char *name)
{
	char *text = NULL;
	struct err err;

	if (!s)
		return NULL;
	turn_take(&s->turn);
	if (state_file_read(&s->file, name, &text, &err))
		log_error("%s", err.msg);
	turn_give(&s->turn);
	return text;
}

bool state_problem(struct state *s, char *out, size_t size)
{
	return s && problem_get(&s->problem, out, size);
}
