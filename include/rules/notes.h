/*
 * notes - what is legal in a rule, and surely not meant: values and forms that a field never has, texts
 * beside numbers, what fails each time. By what is known of fields (rules/field.h), not by a list of
 * mistakes. For `check`. Pure.
 */
#ifndef DE_RULES_NOTES_H
#define DE_RULES_NOTES_H

#include "rules/logic.h"

struct notes {
	/* `pointer` is into the expression; the text names what is compared. */
	void (*found)(void *arg, const char *pointer, const char *text);
	void *arg;
	/* Whether there is a rule of that name, for fields that hold one; NULL: not known. */
	bool (*is_rule)(void *arg, const char *name);
	bool excuses; /* it is an exemption: what always holds is dangerous */
};

void notes_find(const struct logic_program *p, const struct notes *notes);

#endif
