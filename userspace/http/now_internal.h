/*
 * now - what needs the administrator at this moment: figures, and the violations that last, grouped. For the
 * first page; any thread.
 */
#ifndef DE_HTTP_NOW_INTERNAL_H
#define DE_HTTP_NOW_INTERNAL_H

#include "modes/enforcer.h"

/* Violations of one group, or the groups by their key. */
enum now_by { NOW_BY_RULE, NOW_BY_CONTAINER, NOW_BY_OWNER, NOW_BYS };

/* "rule", "container", "owner"; the first for what is none of them. */
const char *now_by_name(enum now_by by);
enum now_by now_by_find(const char *name);

/*
 * {"figures": [{"title", "value", "bad"}…], "groups": [{"key", "title", "enforced", "rows": [row…]}…]}, the
 * gravest group first: what is enforced, then by severity, then by the number of rows. A row is {"id",
 * "name", "image", "owner", "rule", "enforced", "severity", "for_s", "action"}. New reference.
 */
struct json_object *now_read(struct enforcer *e, enum now_by by);

#endif
