/* past - the page /history: what happened, from STATE_DIR. */
#ifndef DE_HTTP_PAST_INTERNAL_H
#define DE_HTTP_PAST_INTERNAL_H

#include "pages_internal.h"

struct json_object *past_read(struct enforcer *e, const struct page_query *q); /* a new reference */
void html_past(const struct page_context *c, struct buf *out);

#endif
