/*
 * update - what a rule with "action": "update" sets of a container: fields of Docker's own update request
 * (moby api/types/container, UpdateConfig), each a value or an expression. Pure; any thread.
 */
#ifndef DE_RULES_UPDATE_H
#define DE_RULES_UPDATE_H

#include "base/err.h"
#include "base/text.h"
#include "rules/logic.h"

#include <json-c/json.h>

struct update;

/* NULL with *err, and a JSON pointer into `j` in `pointer`. */
struct update *update_compile(struct json_object *j, const struct logic_binding *binding, struct buf *pointer,
			      struct err *err);
void update_free(struct update *u); /* nothing for NULL */

/* What the expressions read. */
unsigned update_needs(const struct update *u);

/* The request's body for a container, which the caller puts; NULL with *err where an expression fails or
 * gives what the field cannot be. */
struct json_object *update_make(const struct update *u, struct logic_ctx *ctx, struct value root,
				struct err *err);

#endif
