/*
 * prometheus - what the parts of /metrics share (text format 0.0.4); for prometheus*.c only.
 */
#ifndef DE_HTTP_PROMETHEUS_INTERNAL_H
#define DE_HTTP_PROMETHEUS_INTERNAL_H

#include "base/text.h"
#include "pages_internal.h"

void prom_header(struct buf *out, const char *name, const char *type, const char *help);
void prom_label(struct buf *out, const char *name, const char *value); /* name="value", escaped */

/* The samples of every container, from what is in memory and /proc; Docker is not asked. */
void prom_containers(struct enforcer *e, struct buf *out);

#endif
