/*
 * html - what all HTML pages share: frame, tables, escaping; and the files they name. For http/ only; no
 * state. Whatever comes from containers, rules or users goes through html_text() or html_json(): it cannot be
 * markup, and shows what is in it (buf_escape).
 */
#ifndef DE_HTTP_HTML_INTERNAL_H
#define DE_HTTP_HTML_INTERNAL_H

#include "base/text.h"
#include "pages_internal.h"

/* Text within an element or a quoted attribute. */
void html_text(struct buf *out, const char *s);
/* A name or text that somebody gave, as an element of its own: four lines of it, the whole as its title. */
void html_long_text(struct buf *out, const char *s);
/* "2026-01-01T10:00:00.000000", with an offset or in the server's zone; "" gives nothing. */
void html_time(struct buf *out, const char *s);
void html_path(struct buf *out, const char *s);			   /* a part of a link, percent-encoded */
void html_json(struct buf *out, struct json_object *j, int flags); /* JSON_C_TO_STRING_… */
void html_number(struct buf *out, double v, int decimals);
void html_bytes(struct buf *out, double bytes); /* "12.5 MiB" */
void html_seconds(struct buf *out, double s);	/* "3 min" */

struct html_column {
	const char *title;
	const char
		*sort; /* a number of the row, by dotted path, to sort by instead of what is shown; or NULL */
	const char *css; /* class of the cells, or NULL */
	void (*cell)(const struct page_context *c, struct json_object *row, struct buf *out);
};

/* A table of an array's objects, each known by its "key", else its "id" or "name"; `empty` is said instead
 * where there are none. */
void html_table(const struct page_context *c, const struct html_column *columns, size_t n,
		struct json_object *rows, const char *empty, struct buf *out);

/* A member by dotted path; NULL if there is none. Borrowed. */
struct json_object *html_find(struct json_object *row, const char *path);

/* The frame around a page. */
void html_begin(const struct page *page, struct enforcer *e, struct buf *out);
void html_end(struct enforcer *e, struct buf *out);

/* The page for people who ask for one that is not there. */
void html_missing(struct enforcer *e, struct buf *out);

/* Style and script by path: appends it and returns its type; NULL if it is none of them. */
const char *html_asset(const char *path, struct buf *out);

#endif
