#include "history/events.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "tables_internal.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 400
#define ROWS_PER_MIB                                                                                         \
	2048 /* a row takes some 300 bytes; with long texts a few of them are more than their share */
#define TRIM_EVERY 1024

#define PUT                                                                                                  \
	"INSERT INTO events (time, kind, id, name, owner, rule, source, what, detail, count) "               \
	"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
#define TRIM "DELETE FROM events WHERE number <= (SELECT max(number) FROM events) - ?"
#define SELECT                                                                                               \
	"SELECT time, kind, id, name, owner, rule, source, what, detail, count FROM events "                 \
	"WHERE time >= ?1 AND (?2 IS NULL OR owner = ?2) AND (?3 IS NULL OR rule = ?3) "                     \
	"AND (?4 IS NULL OR name = ?4 OR name = '/' || ?4 OR (length(?4) > 3 AND substr(id, 1, length(?4)) " \
	"= ?4)) "                                                                                            \
	"ORDER BY number DESC LIMIT ?5"

static atomic_ullong noted;
static atomic_long most_mib = 2048;

void events_bound(long mib)
{
	atomic_store(&most_mib, mib);
}

void events_note(struct state *s, const struct event *e)
{
	const char *const texts[] = {e->kind, e->id,	 e->name, e->owner,
				     e->rule, e->source, e->what, e->detail};
	struct state_value values[ARRAY_LEN(texts) + 2];
	char *cut[ARRAY_LEN(texts)];
	size_t n = 0;

	if (!s)
		return;
	values[n++] = state_number((int64_t)e->wall_ns);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		cut[i] = str_cut(texts[i] ? texts[i] : "", TEXT_MAX);
		values[n++] = state_text(cut[i]);
	}
	values[n++] = state_number((int64_t)e->count);
	state_add(s, PUT, values, n);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		free(cut[i]);
	if (atomic_fetch_add(&noted, 1) % TRIM_EVERY)
		return;
	values[0] = state_number((int64_t)atomic_load(&most_mib) * ROWS_PER_MIB);
	state_add(s, TRIM, values, 1);
}

/* ---- reading ---- */

struct reading {
	void (*found)(void *arg, const struct event *e);
	void *arg;
};

static const char *text_at(sqlite3_stmt *row, int column)
{
	const char *text = (const char *)sqlite3_column_text(row, column);

	return text ? text : "";
}

static bool on_row(void *arg, sqlite3_stmt *row)
{
	const struct reading *r = arg;
	const struct event e = {.wall_ns = (uint64_t)sqlite3_column_int64(row, 0),
				.kind = text_at(row, 1),
				.id = text_at(row, 2),
				.name = text_at(row, 3),
				.owner = text_at(row, 4),
				.rule = text_at(row, 5),
				.source = text_at(row, 6),
				.what = text_at(row, 7),
				.detail = text_at(row, 8),
				.count = (uint64_t)sqlite3_column_int64(row, 9)};

	r->found(r->arg, &e);
	return true;
}

/* SQL's null where nothing is asked for. */
static struct state_value wanted(const char *text)
{
	return text ? state_text(text) : (struct state_value){.type = STATE_TEXT};
}

int events_each(struct state *s, const struct event_filter *f,
		void (*found)(void *arg, const struct event *e), void *arg, struct err *err)
{
	struct reading r = {found, arg};
	const struct state_value values[] = {state_number((int64_t)f->since_ns), wanted(f->owner),
					     wanted(f->rule), wanted(f->container),
					     state_number(f->most ? (int64_t)f->most : -1)};

	return state_select(s, SELECT, values, ARRAY_LEN(values), on_row, &r, err);
}

bool events_parse_since(const char *text, uint64_t now_ns, uint64_t *out)
{
	size_t len = strlen(text), digits = strspn(text, "0123456789");
	uint64_t ago = 0, days;

	if (len && digits == len - 1 && text[digits] == 'd' && digits < 6) {
		days = strtoull(text, NULL, 10);
		ago = days * 24 * 3600 * NS_PER_S;
	} else if (!str_parse_duration(text, len, &ago)) {
		*out = clock_parse_rfc3339(text);
		return *out != 0;
	}
	*out = ago < now_ns ? now_ns - ago : 0;
	return true;
}

/* ---- telling ---- */

static void add_text(struct json_object *j, const char *key, const char *text)
{
	if (text && *text)
		json_add_str(j, key, text);
}

struct json_object *event_to_json(const struct event *e)
{
	struct json_object *j = json_object_new_object();
	char time[40];

	clock_format_rfc3339(e->wall_ns, time, sizeof(time));
	json_add_str(j, "time", time);
	json_add_str(j, "kind", e->kind);
	add_text(j, "id", e->id);
	add_text(j, "name", e->name);
	add_text(j, "owner", e->owner);
	add_text(j, "rule", e->rule);
	add_text(j, "source", e->source);
	add_text(j, "what", e->what);
	add_text(j, "detail", e->detail);
	if (e->count)
		json_add_uint(j, "count", e->count);
	return j;
}
