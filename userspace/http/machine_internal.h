/* machine - the page /host: how the host does, and what is promised to containers against what there is. */
#ifndef DE_HTTP_MACHINE_INTERNAL_H
#define DE_HTTP_MACHINE_INTERNAL_H

#include "pages_internal.h"

struct json_object *machine_read(struct enforcer *e, const struct page_query *q); /* a new reference */
void html_machine(const struct page_context *c, struct buf *out);

#endif
