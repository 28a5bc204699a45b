/* plain_internal - telling a part of a rule in words, within its scope. For plain*.c. */
#ifndef DE_RULES_PLAIN_INTERNAL_H
#define DE_RULES_PLAIN_INTERNAL_H

#include "known_internal.h"

struct telling {
	const struct logic_program *program;
	const struct known_scope *scope;
	struct buf *out;
};

/* A condition, or what is so where it does not hold; plain.c. */
void plain_tell(struct telling *t, const struct logic_node *node, bool negated);

/* A value; plain_value.c, as are these: */
void plain_tell_value(struct telling *t, const struct logic_node *node);
void plain_put_number(struct buf *out, struct value v, enum field_unit unit);
void plain_put_constant(struct buf *out, struct value v, enum field_unit unit);
void plain_put_choices(struct buf *out, struct value list, enum field_unit unit);

#endif
