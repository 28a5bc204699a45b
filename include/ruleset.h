/*
 * ruleset - rule files: JSON arrays of rules, checked and compiled. Pure: the JSON comes from the caller.
 */
#ifndef DE_RULESET_H
#define DE_RULESET_H

#include "policy.h"

/*
 * Compiles an array of rules. Each problem adds a line "file: /pointer: problem" to `problems`; returns their
 * number. *rules (of *count) belongs to the caller, also when there were problems: ruleset_free().
 */
size_t ruleset_compile(struct json_object *array, const char *file, const struct logic_binding *binding,
		       struct rule **rules, size_t *count, struct buf *problems);
void ruleset_free(struct rule *rules, size_t count);

#endif
