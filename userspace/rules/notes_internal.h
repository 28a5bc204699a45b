/* notes_internal - the walk over a rule, and what is said of its parts. For notes*.c. */
#ifndef DE_RULES_NOTES_INTERNAL_H
#define DE_RULES_NOTES_INTERNAL_H

#include "known_internal.h"
#include "rules/notes.h"

struct noting {
	const struct notes *notes;
	const struct logic_program *program;
	const struct known_scope *scope;
	const struct logic_node *body; /* of the innermost list that is gone through; NULL: none */
	bool negated;		       /* what holds here lets the rule not hold */
	struct buf pointer;
};

void note(struct noting *n, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* On one operator, whose arguments are walked besides. */
void note_operator(struct noting *n, const struct logic_node *node);

/* On a comparison of `node`, which gives `f`, with a constant; `whole`: with all of it, else its beginning.
 */
void note_value(struct noting *n, const struct logic_node *node, const struct field *f, const char *op,
		struct value v, bool whole);

/* What `node` reads, or what it is, for people. */
void note_name(const struct logic_node *node, struct buf *out);

/* How a type is called: "a list". */
const char *note_type(enum field_type type);

/* ---- what both files on operators use ---- */

bool note_is_constant(const struct logic_node *node);
bool note_known(struct noting *n, const struct logic_node *node, struct field *out);
bool note_is_compound(const struct field *f);	   /* a list, or an object */
char *note_name_of(const struct logic_node *node); /* "capabilities"; caller frees */

/* An operator whose first argument must be a text, or must be a list. */
void note_wants(struct noting *n, const struct logic_node *node, const struct logic_node *arg,
		const struct field *f, enum field_type type, const char *instead);

void note_in(struct noting *n, const struct logic_node *node);
void note_iterates(struct noting *n, const struct logic_node *node);
void note_members(struct noting *n, const struct logic_node *node);
void note_length(struct noting *n, const struct logic_node *node);

#endif
