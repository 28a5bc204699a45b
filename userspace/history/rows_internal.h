/* rows - the queue of what is to be written into the tables of state.db. The caller's lock; writing needs
 * none. */
#ifndef DE_HISTORY_ROWS_INTERNAL_H
#define DE_HISTORY_ROWS_INTERNAL_H

#include "state_internal.h"
#include "tables_internal.h"

#include <stdbool.h>

struct row;

struct rows {
	struct row *first, **last;
	size_t bytes; /* that it takes */
};

void rows_init(struct rows *q);
void rows_free(struct rows *q);

/* False where there is no room. */
bool rows_add(struct rows *q, const char *sql, const struct state_value *values, size_t n);

/* Takes the first, at most some hundreds, into *out, which is empty; puts them back before all others. */
void rows_take(struct rows *q, struct rows *out);
void rows_put_back(struct rows *q, struct rows *taken);

/* Writes them all or, with *err, none; *refused are those that the tables do not take. */
int rows_write(struct state_file *f, const struct rows *q, size_t *refused, struct err *err);

/* Gives a statement its values, which must outlive it; SQLite's result code. */
int rows_bind(sqlite3_stmt *s, const struct state_value *values, size_t n);

#endif
