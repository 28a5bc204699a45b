/*
 * pages - the answers of the status API, as text. For server.c only; each appends to `out`.
 */
#ifndef DE_HTTP_PAGES_H
#define DE_HTTP_PAGES_H

#include "enforcer.h"
#include "str.h"

/* What the query asked for. */
struct page_query {
	bool show_all_violated_rules, show_image_and_labels;
};

void page_detections(struct enforcer *e, const struct page_query *q, struct buf *out);
void page_recent(struct enforcer *e, const struct page_query *q, struct buf *out);
void page_containers(struct enforcer *e, const struct page_query *q, struct buf *out);
void page_config(struct enforcer *e, const struct page_query *q, struct buf *out);
void page_rules(struct enforcer *e, const struct page_query *q, struct buf *out);
void page_request_rules(struct enforcer *e, const struct page_query *q, struct buf *out);
void page_whitelist_rules(struct enforcer *e, const struct page_query *q, struct buf *out);
void page_triggers(struct enforcer *e, const struct page_query *q, struct buf *out);
void page_healthz(struct enforcer *e, const struct page_query *q, struct buf *out);
void page_metrics(struct enforcer *e, const struct page_query *q, struct buf *out);

/* A fresh collection unless the watch loop keeps the figures fresh anyway. */
void pages_refresh_usage(struct enforcer *e);

#endif
