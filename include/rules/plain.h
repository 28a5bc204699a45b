/*
 * plain - a rule in plain words: "violated when memory use is over 1 GiB for 30 s". For `check --plain` and
 * the page of rules. Pure; what fields are called is the binding's knowledge (rules/field.h).
 */
#ifndef DE_RULES_PLAIN_H
#define DE_RULES_PLAIN_H

#include "base/text.h"
#include "rules/ruleset.h"

/*
 * Adds one sentence, without a full stop, on a compiled rule of a file of that kind. It may hold whatever
 * the rule's texts hold: to be escaped by whoever shows it. Nothing of a rule that did not compile.
 */
void plain_rule(enum rule_file kind, const struct rule *rule, struct buf *out);

#endif
