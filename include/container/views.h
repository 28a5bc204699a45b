/*
 * views - which fields the views of a container have, for rules' paths: a field that no view has is refused
 * when the rule is loaded. Pure.
 */
#ifndef DE_CONTAINER_VIEWS_H
#define DE_CONTAINER_VIEWS_H

#include "container/schema.h"

/* The view's shape; NULL for one of free names (labels, env) or of plain values (capabilities). */
const struct schema *views_schema(const char *name);

#endif
