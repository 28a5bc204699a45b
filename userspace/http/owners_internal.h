/* owners - who has how much of what, as pages and samples of /metrics. Any thread. */
#ifndef DE_HTTP_OWNERS_INTERNAL_H
#define DE_HTTP_OWNERS_INTERNAL_H

#include "modes/owner_totals.h"
#include "pages_internal.h"

/* Documents of /owners and /owners/NAME. New references. */
struct json_object *owners_read(struct enforcer *e, const struct page_query *q);
struct json_object *owners_read_one(struct enforcer *e, const struct page_query *q);

/* The same for people. */
void html_owners(const struct page_context *c, struct buf *out);
void html_owner(const struct page_context *c, struct buf *out);

/* Samples of /metrics. */
void prom_owners(struct enforcer *e, struct buf *out);

#endif
