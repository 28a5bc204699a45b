#include "history/state.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/problem.h"
#include "base/turn.h"
#include "base/workers.h"
#include "rows_internal.h"
#include "state_internal.h"
#include "tables_internal.h"

#include <errno.h>
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

/* Who is told that rows were lost. */
struct listener {
	struct listener *next;
	void (*lost)(void *arg);
	void *arg;
};

struct state {
	struct problem problem;
	struct workers *writer;
	struct turn turn; /* of `file`, which the start reads and the writer writes */
	struct state_file file;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t wake, idle;
	struct item *items;
	struct rows rows;
	struct listener *listeners;
	uint64_t lost;	   /* rows */
	bool lossy;	   /* since the listeners were told */
	uint64_t retry_ns; /* monotonic, until when the file is left alone after a failure; 0: it works */
	bool writing, ending;
};

/* ---- what is said ---- */

static void say_failed(struct state *s, const struct err *err)
{
	char before[16];

	if (!problem_get(&s->problem, before, sizeof(before)))
		log_error("%s; rules, the action budget, owners and history are not kept for the next start "
			  "until that is mended",
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

static struct item *find_unwritten(const struct state *s)
{
	struct item *it = s->items;

	while (it && it->written == it->version)
		it = it->next;
	return it;
}

static bool is_something_waiting(const struct state *s)
{
	return find_unwritten(s) || s->rows.first;
}

static void forget_written(struct state *s)
{
	for (struct item *it = s->items; it; it = it->next)
		it->written = 0;
}

/* Has something written; the lock, which the caller holds, is released meanwhile. */
static bool write_unlocked(struct state *s, int (*put)(struct state_file *f, void *arg, struct err *err),
			   void *arg)
{
	bool fresh = false, ok;
	struct err err;

	s->writing = true;
	pthread_mutex_unlock(&s->lock);
	turn_take(&s->turn);
	ok = !state_file_write(&s->file, put, arg, &fresh, &err);
	turn_give(&s->turn);
	if (ok)
		say_works(s);
	else
		say_failed(s, &err);
	pthread_mutex_lock(&s->lock);
	s->writing = false;
	s->retry_ns = ok ? 0 : clock_monotonic_ns() + RETRY_NS;
	s->lossy = s->lossy || fresh;
	if (fresh)
		forget_written(s);
	pthread_cond_broadcast(&s->idle);
	return ok;
}

/* The item's text as it is now. */
static void write_item(struct state *s, struct item *it)
{
	AUTO(free_charp) char *text = mem_strdup(it->text);
	struct kept_text kept = {it->name, text};
	uint64_t version = it->version;

	if (write_unlocked(s, state_file_put_text, &kept))
		it->written = version;
}

struct batch {
	struct rows rows;
	size_t refused;
};

static int put_batch(struct state_file *f, void *arg, struct err *err)
{
	struct batch *b = arg;

	return rows_write(f, &b->rows, &b->refused, err);
}

static void write_some_rows(struct state *s)
{
	struct batch b = {.refused = 0};

	rows_init(&b.rows);
	rows_take(&s->rows, &b.rows);
	if (write_unlocked(s, put_batch, &b))
		s->lost += b.refused;
	else
		rows_put_back(&s->rows, &b.rows);
	rows_free(&b.rows);
}

static void tell_of_loss(struct state *s)
{
	struct listener *listeners = s->listeners; /* only ever put before */

	s->lossy = false;
	pthread_mutex_unlock(&s->lock);
	for (struct listener *l = listeners; l; l = l->next)
		l->lost(l->arg);
	pthread_mutex_lock(&s->lock);
}

static void write_next(struct state *s, struct item *it)
{
	if (it)
		write_item(s, it);
	else if (s->rows.first)
		write_some_rows(s);
	else
		tell_of_loss(s);
}

static void *write_out(void *arg)
{
	struct state *s = arg;

	pthread_mutex_lock(&s->lock);
	while (!s->ending) {
		struct item *it = find_unwritten(s);
		struct timespec until = clock_timespec(s->retry_ns);

		if (!it && !s->rows.first && !s->lossy)
			pthread_cond_wait(&s->wake, &s->lock);
		else if (clock_monotonic_ns() < s->retry_ns)
			pthread_cond_timedwait(&s->wake, &s->lock, &until);
		else
			write_next(s, it);
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
	for (struct listener *l = s->listeners, *next; l; l = next) {
		next = l->next;
		free(l);
	}
	rows_free(&s->rows);
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
	rows_init(&s->rows);
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

struct state *state_open_to_read(const char *dir)
{
	return *dir ? state_new(dir) : NULL;
}

void state_flush(struct state *s)
{
	uint64_t until_ns = clock_monotonic_ns() + NS_PER_S;
	struct timespec until = clock_timespec(until_ns);

	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	while ((s->writing || (is_something_waiting(s) && !s->retry_ns)) && clock_monotonic_ns() < until_ns)
		pthread_cond_timedwait(&s->idle, &s->lock, &until);
	s->ending = true;
	pthread_cond_broadcast(&s->wake);
	pthread_mutex_unlock(&s->lock);
}

void state_close(struct state *s)
{
	if (!s)
		return;
	if (s->writer)
		state_flush(s);
	if (!s->writer || workers_join_until(s->writer, clock_monotonic_ns() + NS_PER_S / 2))
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

uint64_t state_lost(struct state *s)
{
	uint64_t lost;

	if (!s)
		return 0;
	pthread_mutex_lock(&s->lock);
	lost = s->lost;
	pthread_mutex_unlock(&s->lock);
	return lost;
}

/* ---- tables ---- */

struct state_value state_text(const char *text)
{
	return (struct state_value){STATE_TEXT, text, text ? strlen(text) : 0, 0};
}

struct state_value state_number(int64_t number)
{
	return (struct state_value){STATE_NUMBER, NULL, 0, number};
}

struct state_value state_blob(const void *bytes, size_t len)
{
	return (struct state_value){STATE_BLOB, bytes, len, 0};
}

void state_add(struct state *s, const char *sql, const struct state_value *values, size_t n)
{
	if (!s || !s->writer)
		return;
	pthread_mutex_lock(&s->lock);
	if (rows_add(&s->rows, sql, values, n)) {
		pthread_cond_broadcast(&s->wake);
	} else {
		s->lost++;
		s->lossy = true;
	}
	pthread_mutex_unlock(&s->lock);
}

void state_on_loss(struct state *s, void (*lost)(void *arg), void *arg)
{
	struct listener *l;

	if (!s)
		return;
	l = mem_calloc(1, sizeof(*l));
	pthread_mutex_lock(&s->lock);
	*l = (struct listener){s->listeners, lost, arg};
	s->listeners = l;
	pthread_mutex_unlock(&s->lock);
}

int state_select(struct state *s, const char *sql, const struct state_value *values, size_t n,
		 bool (*row)(void *arg, sqlite3_stmt *statement), void *arg, struct err *err)
{
	sqlite3 *db = s ? state_file_open_to_read(&s->file, err) : NULL;
	sqlite3_stmt *statement = NULL;
	int code;

	if (!db)
		return s && err->code ? -1 : 0;
	code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
	if (code == SQLITE_OK)
		code = rows_bind(statement, values, n);
	while (code == SQLITE_OK || code == SQLITE_ROW) {
		code = sqlite3_step(statement);
		if (code == SQLITE_ROW && !row(arg, statement))
			code = SQLITE_DONE;
	}
	if (code != SQLITE_DONE)
		err_set(err, EIO, "%s: %s", s->file.path, sqlite3_errmsg(db));
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return code == SQLITE_DONE ? 0 : -1;
}
