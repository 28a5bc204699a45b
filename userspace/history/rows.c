#include "rows_internal.h"
#include "base/log.h"
#include "base/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MOST_BYTES    (32U << 20)
#define MOST_AT_ONCE  512
#define MOST_IN_A_ROW (8U << 20) /* of bytes in what is written at once, but for the first */

struct row {
	struct row *next;
	const char *sql;
	size_t bytes, n;
	struct state_value values[]; /* what they point to lies behind them */
};

/* ---- the queue ---- */

void rows_init(struct rows *q)
{
	*q = (struct rows){.last = &q->first};
}

void rows_free(struct rows *q)
{
	for (struct row *r = q->first, *next; r; r = next) {
		next = r->next;
		free(r);
	}
	rows_init(q);
}

static size_t size_of(const struct state_value *values, size_t n)
{
	size_t size = sizeof(struct row) + n * sizeof(*values);

	for (size_t i = 0; i < n; i++)
		size += values[i].bytes ? values[i].len : 0;
	return size;
}

static struct row *row_new(const char *sql, const struct state_value *values, size_t n)
{
	size_t bytes = size_of(values, n);
	struct row *r = mem_calloc(1, bytes);
	char *to = (char *)&r->values[n];

	*r = (struct row){.sql = sql, .bytes = bytes, .n = n};
	for (size_t i = 0; i < n; i++) {
		r->values[i] = values[i];
		if (!values[i].bytes)
			continue;
		memcpy(to, values[i].bytes, values[i].len);
		r->values[i].bytes = to;
		to += values[i].len;
	}
	return r;
}

static void append(struct rows *q, struct row *r)
{
	*q->last = r;
	q->last = &r->next;
	q->bytes += r->bytes;
}

bool rows_add(struct rows *q, const char *sql, const struct state_value *values, size_t n)
{
	if (q->bytes + size_of(values, n) > MOST_BYTES)
		return false;
	append(q, row_new(sql, values, n));
	return true;
}

static struct row *shift(struct rows *q)
{
	struct row *r = q->first;

	q->first = r->next;
	if (!q->first)
		q->last = &q->first;
	q->bytes -= r->bytes;
	r->next = NULL;
	return r;
}

void rows_take(struct rows *q, struct rows *out)
{
	for (size_t i = 0; q->first && i < MOST_AT_ONCE; i++) {
		if (i && out->bytes + q->first->bytes > MOST_IN_A_ROW)
			break;
		append(out, shift(q));
	}
}

void rows_put_back(struct rows *q, struct rows *taken)
{
	while (q->first)
		append(taken, shift(q));
	while (taken->first)
		append(q, shift(taken));
}

/* ---- writing ---- */

int rows_bind(sqlite3_stmt *s, const struct state_value *values, size_t n)
{
	int r = SQLITE_OK;

	for (size_t i = 0; r == SQLITE_OK && i < n; i++) {
		const struct state_value *v = &values[i];

		if (v->type == STATE_NUMBER)
			r = sqlite3_bind_int64(s, (int)i + 1, v->number);
		else if (!v->bytes)
			r = sqlite3_bind_null(s, (int)i + 1);
		else if (v->type == STATE_TEXT)
			r = sqlite3_bind_text64(s, (int)i + 1, v->bytes, v->len, SQLITE_STATIC, SQLITE_UTF8);
		else
			r = sqlite3_bind_blob64(s, (int)i + 1, v->bytes, v->len, SQLITE_STATIC);
	}
	return r;
}

/* What is wrong with the row, and would be on every disk. */
static bool is_refused(int code)
{
	return code == SQLITE_CONSTRAINT || code == SQLITE_MISMATCH || code == SQLITE_TOOBIG ||
	       code == SQLITE_RANGE || code == SQLITE_ERROR;
}

/* The statement stays prepared as long as rows of its kind follow each other. */
static int write_row(struct state_file *f, const struct row *r, sqlite3_stmt **s, const char **sql)
{
	int code = SQLITE_OK;

	if (*sql != r->sql) {
		sqlite3_finalize(*s);
		*s = NULL;
		*sql = r->sql;
		code = sqlite3_prepare_v2(f->db, r->sql, -1, s, NULL);
	}
	if (code == SQLITE_OK)
		code = *s ? rows_bind(*s, r->values, r->n) : SQLITE_ERROR;
	if (code == SQLITE_OK)
		code = sqlite3_step(*s);
	if (*s)
		sqlite3_reset(*s);
	return code == SQLITE_DONE || code == SQLITE_ROW ? SQLITE_OK : code & 0xff;
}

static int write_rows(struct state_file *f, const struct rows *q, size_t *refused, struct err *err)
{
	sqlite3_stmt *s = NULL;
	const char *sql = NULL;
	int r = 0;

	for (const struct row *row = q->first; !r && row; row = row->next) {
		int code = write_row(f, row, &s, &sql);

		if (is_refused(code)) {
			++*refused;
			log_error("%s: a row is lost: %s (%s)", f->path, sqlite3_errmsg(f->db), row->sql);
		} else if (code != SQLITE_OK) {
			r = state_file_fail(f, err);
		}
	}
	sqlite3_finalize(s);
	return r;
}

int rows_write(struct state_file *f, const struct rows *q, size_t *refused, struct err *err)
{
	int r;

	*refused = 0;
	r = state_file_execute(f, "BEGIN IMMEDIATE", err);
	if (!r)
		r = write_rows(f, q, refused, err);
	if (!r)
		r = state_file_execute(f, "COMMIT", err);
	if (r && !sqlite3_get_autocommit(f->db))
		sqlite3_exec(f->db, "ROLLBACK", NULL, NULL, NULL);
	return r;
}
