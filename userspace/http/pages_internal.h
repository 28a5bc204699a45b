/*
 * pages - the status API's pages: each a JSON document, and the same data as HTML for people. For server.c
 * only; any thread.
 */
#ifndef DE_HTTP_PAGES_INTERNAL_H
#define DE_HTTP_PAGES_INTERNAL_H

#include "modes/enforcer.h"
#include "base/text.h"
#include "now_internal.h"

/* What the query asked for. */
struct page_query {
	bool show_all_violated_rules, show_image_and_labels, show_exemptions;
	enum now_by by;				      /* how the first page groups what is violated now */
	const char *name;			      /* what the path names below the page's own, decoded */
	const char *since, *owner, *rule, *container; /* of /history; NULL: not asked for */
};

/* How a page is rendered for people. */
struct page_context {
	struct enforcer *e;
	const struct page_query *query;
	const char *path;
	struct json_object *doc; /* what the JSON page shows */
};

struct page {
	const char *path, *title;
	/* A new reference; NULL of a page of one: there is no such thing. */
	struct json_object *(*read)(struct enforcer *e, const struct page_query *q);
	void (*render)(const struct page_context *c, struct buf *out); /* NULL: JSON for people too */
	unsigned refresh_s;					       /* 0: does not update by itself */
	bool (*is_ok)(struct json_object *doc);			       /* NULL: always; else 503 if not */
};

/* Whether it is of what the path names below its own, and so not in the menu: "/owners/". */
bool page_is_of_one(const struct page *page);

/* NULL if there is no such page. */
const struct page *page_find(const char *path);
const struct page *page_at(size_t i); /* in order of the menu; NULL behind the last */

/* The document of `page`, as JSON text or as a page for people. */
enum page_outcome {
	PAGE_OK,
	PAGE_NOT_OK,
	PAGE_MISSING
}; /* NOT_OK: what it shows is not; MISSING: nothing is written */
enum page_outcome page_write_json(const struct page *page, struct enforcer *e, const struct page_query *q,
				  struct buf *out);
enum page_outcome page_write_html(const struct page *page, struct enforcer *e, const struct page_query *q,
				  struct buf *out);

/* /metrics, in Prometheus' text format. */
void page_metrics(struct enforcer *e, struct buf *out);

/* A fresh collection unless the watch loop keeps the figures fresh anyway. */
void pages_refresh_usage(struct enforcer *e);

/* One of them. A new reference. */
struct json_object *pages_read_container(struct enforcer *e, const struct inventory_entry *entry);

/* The running containers, of one owner or (NULL) all, by the figures that there are. A new reference. */
struct json_object *pages_read_containers(struct enforcer *e, const char *owner);

/* ---- health.c ---- */

struct json_object *health_read(struct enforcer *e, const struct page_query *q);

/* Of what health_read() gave. */
bool health_is_ok(struct json_object *doc);

/* The latest load of the rules, at start or by a reload, and what is in force. */
struct load {
	uint64_t wall_ns;
	bool failed;
	char problem[512];
	char hash[17];
	size_t rules;
};

struct load health_load(struct enforcer *e);

/* ---- html_pages.c, html_rules.c: the part of a page below its menu ---- */

void html_now(const struct page_context *c, struct buf *out); /* html_now.c, a part of it */
void html_detections(const struct page_context *c, struct buf *out);
void html_container_table(const struct page_context *c, struct json_object *rows, struct buf *out);
void html_containers(const struct page_context *c, struct buf *out);
void html_rules(const struct page_context *c, struct buf *out);
void html_triggers(const struct page_context *c, struct buf *out);
void html_config(const struct page_context *c, struct buf *out);

#endif
