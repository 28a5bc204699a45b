/*
 * tables - rows of the tables that modules of this room have in state.db (state_file.c has their schema).
 * They are written as state.c's texts are: by its thread, whole, in the order in which they came, and whoever
 * adds one waits for nobody. What the disk does not take waits in a queue of at most 32 MiB; what comes
 * beyond is lost and counted (state_lost()), and those who can are told to bring anew what should be there.
 *
 * Any thread; NULL for the state is none: nothing is written, nothing read.
 */
#ifndef DE_HISTORY_TABLES_INTERNAL_H
#define DE_HISTORY_TABLES_INTERNAL_H

#include "base/err.h"
#include "history/state.h"

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

enum state_type { STATE_TEXT, STATE_NUMBER, STATE_BLOB };

/* What a ? of a statement is given; borrowed. */
struct state_value {
	enum state_type type;
	const void *bytes; /* NULL: SQL's null */
	size_t len;
	int64_t number;
};

struct state_value state_text(const char *text);
struct state_value state_number(int64_t number);
struct state_value state_blob(const void *bytes, size_t len);

/* Has a statement (static) with copies of `n` values carried out. One that the table itself refuses is lost.
 */
void state_add(struct state *s, const char *sql, const struct state_value *values, size_t n);

/*
 * Calls `row` for each row of a SELECT, on the caller's own connection: it waits for the disk, and for no
 * writer. What is added and not written yet is not seen. `row` returns false to stop. -1 with *err where the
 * file cannot be read; 0 and no row where it is not there.
 */
int state_select(struct state *s, const char *sql, const struct state_value *values, size_t n,
		 bool (*row)(void *arg, sqlite3_stmt *statement), void *arg, struct err *err);

/*
 * `lost` is called, by the writing thread and without a lock, when the file works again after rows were lost
 * or is a new one: whoever has all of its rows adds them again. `arg` must live until state_close().
 */
void state_on_loss(struct state *s, void (*lost)(void *arg), void *arg);

#endif
