/* past - the page /history: what happened, from STATE_DIR. */
#ifndef DE_HTTP_PAST_INTERNAL_H
#define DE_HTTP_PAST_INTERNAL_H

#include "pages_internal.h"

struct json_object *past_read(struct enforcer *e, const struct page_query *q); /* a new reference */
/* The events of a list of past_read()'s shape. */
void html_past_table(const struct page_context *c, struct json_object *events, struct buf *out);
void html_past(const struct page_context *c, struct buf *out);

#endif
