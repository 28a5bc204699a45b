/*
 * fields - the table of what rules' fields mean: unit, values, forms, words (rules/field.h). Types are where
 * the fields are: Docker's and the views' in container/, figures in view/figures.c. Pure.
 */
#ifndef DE_VIEW_FIELDS_H
#define DE_VIEW_FIELDS_H

#include "rules/field.h"
#include "rules/logic.h"

/* The row of a path as the table writes it ("mounts.*.type"); one without anything where there is none. */
const struct field_meaning *field_meaning(const char *path);

/* All rows; ends with a path of NULL. */
const struct field_meaning *field_meanings(void);

/* `describe` of the bindings: of container rules, of request rules, of triggers. */
bool fields_describe_subject(const struct logic_binding *b, const struct field *within,
			     const struct logic_path *path, struct field *out);
bool fields_describe_request(const struct logic_binding *b, const struct field *within,
			     const struct logic_path *path, struct field *out);
bool fields_describe_verdict(const struct logic_binding *b, const struct field *within,
			     const struct logic_path *path, struct field *out);

#endif
