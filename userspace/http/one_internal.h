/* one - the page /containers/ID: one container, by its name, its id or the beginning of that. */
#ifndef DE_HTTP_ONE_INTERNAL_H
#define DE_HTTP_ONE_INTERNAL_H

#include "pages_internal.h"

/* A new reference; NULL: neither does it run nor is anything known of it. */
struct json_object *one_read(struct enforcer *e, const struct page_query *q);
void html_one(const struct page_context *c, struct buf *out);

#endif
