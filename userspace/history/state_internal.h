/*
 * state_internal - the file of state.c: opened, checked, and set aside where it is damaged. One thread at a
 * time; every call waits for the disk.
 */
#ifndef DE_HISTORY_STATE_INTERNAL_H
#define DE_HISTORY_STATE_INTERNAL_H

#include "base/err.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <sys/types.h>

struct state_file {
	char *dir, *path; /* the owner's */
	sqlite3 *db;	  /* NULL: not open */
	bool damaged;	  /* so the latest error said */
	dev_t device;	  /* of the open file, and its inode: it may be removed */
	ino_t inode;
};

/* Nothing where it is open. *fresh: it is a new one, nothing is in it. -1 with *err, which names the file. */
int state_file_open(struct state_file *f, bool *fresh, struct err *err);
void state_file_close(struct state_file *f);

/*
 * Has put(f, arg) write, on a file that is opened if need be, anew where it was removed or is damaged: then
 * *fresh, and put() is called once more.
 */
int state_file_write(struct state_file *f, int (*put)(struct state_file *f, void *arg, struct err *err),
		     void *arg, bool *fresh, struct err *err);

/* For put(): a statement without values; and SQLite's latest error as ours: -1. */
int state_file_execute(struct state_file *f, const char *sql, struct err *err);
int state_file_fail(struct state_file *f, struct err *err);

/* A text under a name. */
struct kept_text {
	const char *name, *text;
};
int state_file_put_text(struct state_file *f, void *kept_text, struct err *err);

/* *text is NULL where there is nothing of that name; the caller frees it. */
int state_file_read(struct state_file *f, const char *name, char **text, struct err *err);

/* A connection of one's own, for reading; NULL without *err->code: the file is not there. sqlite3_close(). */
sqlite3 *state_file_open_to_read(const struct state_file *f, struct err *err);

#endif
