/*
 * yaml - YAML as JSON, strictly: what two readers could take differently (yes and no, octal numbers, two keys
 * of one name, numbers in base 60) is an error that says how to write it. Anchors, aliases and merge keys are
 * resolved. By libyaml. Pure.
 */
#ifndef DE_BASE_YAML_H
#define DE_BASE_YAML_H

#include "base/err.h"

#include <json-c/json.h>

#define YAML_MOST_VALUES 100000 /* with what aliases stand for */

/* One document; -1 with *err ("line 3, column 7: …"). *out is a new reference, NULL of an empty document. */
int yaml_parse(const char *text, size_t len, struct json_object **out, struct err *err);

#endif
