/*
 * moment - what a container rule sees of the moment: `time` (of this host's zone), `host`, ages. For view/
 * only.
 */
#ifndef DE_VIEW_MOMENT_INTERNAL_H
#define DE_VIEW_MOMENT_INTERNAL_H

#include "rules/value.h"

#include <stdbool.h>

/* Views that are members `time` and `host` of a struct subject. */
struct value_view moment_time_view(void);
struct value_view moment_host_view(void);

/* Whether there is such a field ("time.hour"), or fields below that ("host.memory"); else *nearest, or NULL.
 */
bool moment_has_time(const char *path, const char **nearest);
bool moment_has_host(const char *path, const char **nearest);

/* Every field's path; NULL-terminated. Each has a row in view/fields.c. */
const char *const *moment_time_names(void);
const char *const *moment_host_names(void);

#endif
