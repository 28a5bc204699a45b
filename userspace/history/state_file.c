/* SQLite in WAL mode: a write is there whole or not at all, whenever the machine ends. */
#include "base/log.h"
#include "base/memory.h"
#include "state_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUSY_MS 1000

/* What takes the schema from each version to the next: the file's version is how many were done. */
static const char *const steps[] = {
	"CREATE TABLE kept (name TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID",
	/* whose a thing is: owners.c; times are wall clock, in ns, and `gone` 0 while it is there */
	"CREATE TABLE owners (kind TEXT NOT NULL, id TEXT NOT NULL, owner TEXT NOT NULL, maker TEXT NOT "
	"NULL, "
	"since INTEGER NOT NULL, gone INTEGER NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID",
	/* what happened: events.c */
	"CREATE TABLE events (number INTEGER PRIMARY KEY, time INTEGER NOT NULL, kind TEXT NOT NULL, id TEXT "
	"NOT "
	"NULL, name TEXT NOT NULL, owner TEXT NOT NULL, rule TEXT NOT NULL, source TEXT NOT NULL, what TEXT "
	"NOT "
	"NULL, detail TEXT NOT NULL, count INTEGER NOT NULL); CREATE INDEX events_time ON events (time)",
};

/* ---- errors ---- */

int state_file_fail(struct state_file *f, struct err *err)
{
	int code = sqlite3_errcode(f->db);

	f->damaged = code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
	return err_set(err, EIO, "%s: %s", f->path, sqlite3_errmsg(f->db));
}

/* ---- rights ---- */

/* Who can write it says what rules are in force when the rule files cannot be read. */
static int check_rights(const struct stat *st, const char *path, struct err *err)
{
	if (st->st_uid == geteuid() && !(st->st_mode & (S_IWGRP | S_IWOTH)))
		return 0;
	return err_set(err, EPERM, "%s: others than root can write it; chown root and chmod go-w it", path);
}

static int make_folder(const char *dir, struct err *err)
{
	struct stat st;

	if (mkdir(dir, 0700) && errno != EEXIST)
		return err_errno(err, "STATE_DIR=\"%s\"", dir);
	if (stat(dir, &st))
		return err_errno(err, "STATE_DIR=\"%s\"", dir);
	if (!S_ISDIR(st.st_mode))
		return err_set(err, ENOTDIR, "STATE_DIR=\"%s\": is no folder", dir);
	return check_rights(&st, dir, err);
}

/* Makes the file for root alone, as SQLite would not, and looks at what is there. */
static int make_file(struct state_file *f, struct err *err)
{
	AUTO(close_fdp)
	int fd = open(f->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return err_errno(err, "%s", f->path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, EINVAL, "%s: is no regular file", f->path);
	f->device = st.st_dev;
	f->inode = st.st_ino;
	return check_rights(&st, f->path, err);
}

/* ---- opening ---- */

int state_file_execute(struct state_file *f, const char *sql, struct err *err)
{
	return sqlite3_exec(f->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : state_file_fail(f, err);
}

static int read_version(struct state_file *f, int *out, struct err *err)
{
	sqlite3_stmt *s;
	int r = -1;

	if (sqlite3_prepare_v2(f->db, "PRAGMA user_version", -1, &s, NULL) != SQLITE_OK)
		return state_file_fail(f, err);
	if (sqlite3_step(s) == SQLITE_ROW) {
		*out = sqlite3_column_int(s, 0);
		r = 0;
	} else {
		state_file_fail(f, err);
	}
	sqlite3_finalize(s);
	return r;
}

static int take_step(struct state_file *f, int version, struct err *err)
{
	AUTO(free_charp)
	char *sql = mem_printf("BEGIN IMMEDIATE; %s; PRAGMA user_version = %d; COMMIT", steps[version],
			       version + 1);

	if (!state_file_execute(f, sql, err))
		return 0;
	sqlite3_exec(f->db, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

static int bring_up_to_date(struct state_file *f, bool *fresh, struct err *err)
{
	int version = 0;

	if (state_file_execute(f, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL", err) ||
	    read_version(f, &version, err))
		return -1;
	*fresh = !version;
	if (version > (int)ARRAY_LEN(steps))
		return err_set(err, ENOTSUP,
			       "%s: was made by a newer version of the enforcer; upgrade, or move it away",
			       f->path);
	for (; version < (int)ARRAY_LEN(steps); version++)
		if (take_step(f, version, err))
			return -1;
	return 0;
}

static int try_to_open(struct state_file *f, bool *fresh, struct err *err)
{
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
	int r;

	f->damaged = false;
	if (make_folder(f->dir, err) || make_file(f, err))
		return -1;
	r = sqlite3_open_v2(f->path, &f->db, flags, NULL) == SQLITE_OK ? 0 : state_file_fail(f, err);
	if (!r) {
		sqlite3_busy_timeout(f->db, BUSY_MS);
		r = bring_up_to_date(f, fresh, err);
	}
	if (r)
		state_file_close(f);
	return r;
}

static void set_aside(struct state_file *f, const struct err *why)
{
	static const char *const besides[] = {"-wal", "-shm"};
	AUTO(free_charp) char *aside = mem_printf("%s.damaged", f->path);

	state_file_close(f);
	log_error("%s; it is damaged, and set aside as %s", why->msg, aside);
	rename(f->path, aside);
	for (size_t i = 0; i < ARRAY_LEN(besides); i++) {
		AUTO(free_charp) char *path = mem_printf("%s%s", f->path, besides[i]);

		unlink(path);
	}
}

int state_file_open(struct state_file *f, bool *fresh, struct err *err)
{
	*fresh = false;
	if (f->db || !try_to_open(f, fresh, err))
		return 0;
	if (!f->damaged)
		return -1;
	set_aside(f, err);
	return try_to_open(f, fresh, err);
}

void state_file_close(struct state_file *f)
{
	sqlite3_close(f->db);
	f->db = NULL;
}

/* ---- writing and reading ---- */

static bool was_removed(const struct state_file *f)
{
	struct stat st;

	return lstat(f->path, &st) || st.st_dev != f->device || st.st_ino != f->inode;
}

int state_file_put_text(struct state_file *f, void *kept_text, struct err *err)
{
	const struct kept_text *k = kept_text;
	sqlite3_stmt *s;
	int r;

	if (sqlite3_prepare_v2(f->db, "INSERT OR REPLACE INTO kept (name, text) VALUES (?, ?)", -1, &s,
			       NULL) != SQLITE_OK)
		return state_file_fail(f, err);
	sqlite3_bind_text(s, 1, k->name, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 2, k->text, -1, SQLITE_STATIC);
	r = sqlite3_step(s) == SQLITE_DONE ? 0 : state_file_fail(f, err);
	sqlite3_finalize(s);
	return r;
}

int state_file_write(struct state_file *f, int (*put)(struct state_file *f, void *arg, struct err *err),
		     void *arg, bool *fresh, struct err *err)
{
	bool again;

	*fresh = false;
	if (f->db && was_removed(f))
		state_file_close(f);
	if (state_file_open(f, fresh, err))
		return -1;
	if (!put(f, arg, err))
		return 0;
	if (!f->damaged) {
		state_file_close(f);
		return -1;
	}
	set_aside(f, err);
	again = !state_file_open(f, fresh, err) && !put(f, arg, err);
	return again ? 0 : -1;
}

int state_file_read(struct state_file *f, const char *name, char **text, struct err *err)
{
	sqlite3_stmt *s;
	int r, step;

	*text = NULL;
	if (!f->db)
		return 0; /* it was said why */
	if (sqlite3_prepare_v2(f->db, "SELECT text FROM kept WHERE name = ?", -1, &s, NULL) != SQLITE_OK)
		return state_file_fail(f, err);
	sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
	step = sqlite3_step(s);
	if (step == SQLITE_ROW && sqlite3_column_text(s, 0))
		*text = mem_strdup((const char *)sqlite3_column_text(s, 0));
	r = step == SQLITE_ROW || step == SQLITE_DONE ? 0 : state_file_fail(f, err);
	sqlite3_finalize(s);
	return r;
}

sqlite3 *state_file_open_to_read(const struct state_file *f, struct err *err)
{
	const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
	sqlite3 *db = NULL;
	struct stat st;

	err->code = 0;
	if (lstat(f->path, &st)) {
		if (errno != ENOENT)
			err_errno(err, "%s", f->path);
		return NULL;
	}
	if (check_rights(&st, f->path, err))
		return NULL;
	if (sqlite3_open_v2(f->path, &db, flags, NULL) == SQLITE_OK) {
		sqlite3_busy_timeout(db, BUSY_MS);
		return db;
	}
	err_set(err, EIO, "%s: %s", f->path, db ? sqlite3_errmsg(db) : "out of memory");
	sqlite3_close(db);
	return NULL;
}
