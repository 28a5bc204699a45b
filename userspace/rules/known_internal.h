/*
 * known - what is known of a part of a compiled rule without running it: what it gives, by the table of
 * fields (rules/field.h). For rules/ only: notes and plain words.
 */
#ifndef DE_RULES_KNOWN_INTERNAL_H
#define DE_RULES_KNOWN_INTERNAL_H

#include "logic_internal.h"
#include "rules/field.h"

/* Where a part is: within which lists. NULL: at the root. */
struct known_scope {
	const struct known_scope *up;
	bool known;
	struct field element; /* if known */
};

/* What `node` gives. False: nothing is known of it; out->type may be known all the same. */
bool known_field(const struct logic_program *p, const struct known_scope *scope,
		 const struct logic_node *node, struct field *out);

/* The scope of the elements of the list that `list` gives. */
struct known_scope known_elements(const struct logic_program *p, const struct known_scope *scope,
				  const struct logic_node *op);

/* What an element of `list` is. */
bool known_element(const struct logic_program *p, const struct field *list, struct field *out);

/* A path as it is written: "params.HostConfig.Memory". */
void known_path_text(const struct logic_node *node, struct buf *out);

bool known_is(const struct logic_node *node, const char *op); /* whether it is that operator */
bool known_reads(const struct logic_node *node);	      /* `var` or `val` of a constant path */

/* Whether argument i of an iterator or of `try` is in a scope of its own. */
bool known_opens_scope(const struct logic_node *node, size_t i);

/* A value as a rule has it: JSON, in one line, cut. */
void known_value_text(struct value v, struct buf *out);

#endif
