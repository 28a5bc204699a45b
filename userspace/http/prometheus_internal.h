/*
 * prometheus - what the parts of /metrics share (text format 0.0.4); for prometheus*.c only.
 */
#ifndef DE_HTTP_PROMETHEUS_INTERNAL_H
#define DE_HTTP_PROMETHEUS_INTERNAL_H

#include "base/text.h"
#include "pages_internal.h"

void prom_header(struct buf *out, const char *name, const char *type, const char *help);

/* name="value", escaped (what nobody would see as buf_escape() has it) and cut to PROM_VALUE_MAX bytes. */
#define PROM_VALUE_MAX 256
void prom_label(struct buf *out, const char *name, const char *value);

/* Whether EXPORT_LABELS can be shown: no two of them become one. -1 with *err. */
int prom_check_labels(const char *export_labels, struct err *err);

/* On the enforcer itself. */
void prom_self(struct enforcer *e, struct buf *out);

/* The samples of every container, from what is in memory and /proc; Docker is not asked. */
void prom_containers(struct enforcer *e, struct buf *out);

#endif
