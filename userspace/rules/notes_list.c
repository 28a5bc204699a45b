/* What lists are looked for in, and gone through: `in`, `some` and its kin, `keys`, `length`. */
#include "notes_internal.h"

#include <string.h>

static void note_owner(struct noting *n, const struct logic_node *node, const struct field *f, bool listed)
{
	AUTO(free_charp) char *name = note_name_of(node);

	if (f->meaning->unknown && !listed)
		note(n,
		     "%s not in the list: holds for \"%s\" too, whose owner nobody knows; add it to the list "
		     "unless that is meant",
		     name, f->meaning->unknown);
}

/* ---- in ---- */

static void note_in_choices(struct noting *n, const struct logic_node *needle, struct value list)
{
	bool negated = n->negated, listed = false;
	struct field f;

	if (!note_known(n, needle, &f))
		return;
	if (note_is_compound(&f)) {
		AUTO(free_charp) char *name = note_name_of(needle);

		note(n,
		     "%s in a list: it is %s, which no list has in it; write {\"some\": [%s, {\"in\": "
		     "[{\"var\": \"\"}, list]}]}",
		     name, note_type(f.type), name);
		return;
	}
	for (size_t i = 0; i < value_len(list); i++) {
		struct value v = value_at(list, i);

		note_value(n, needle, &f, "==", v, true);
		listed = listed ||
			 (f.meaning->unknown && v.type == V_STRING && !strcmp(v.s, f.meaning->unknown));
	}
	if (negated)
		note_owner(n, needle, &f, listed);
}

static void note_in_field(struct noting *n, const struct logic_node *needle, const struct logic_node *list)
{
	AUTO(free_charp) char *name = note_name_of(list);
	struct field f, element, of_needle;

	if (!note_known(n, list, &f))
		return;
	if (f.type == FIELD_MAP || f.type == FIELD_OBJECT)
		note(n, "in %s: it is an object; its names are {\"keys\": [%s]}", name, name);
	else if (f.type == FIELD_NUMBER || f.type == FIELD_FLAG)
		note(n, "in %s: it is %s, \"in\" looks in lists and texts", name, note_type(f.type));
	else if (f.type == FIELD_TEXT && note_is_constant(needle) && (f.meaning->values || f.meaning->form))
		note(n, "in %s: it is a text, of which any part will do; compare it by \"==\"", name);
	if (f.type != FIELD_LIST || !known_element(n->program, &f, &element))
		return;
	if (note_is_constant(needle) &&
	    (value_is_array(needle->constant) || value_is_object(needle->constant)))
		note(n,
		     "a list in %s: none of its elements is one; write {\"some\": [%s, {\"in\": [{\"var\": "
		     "\"\"}, list]}]}",
		     name, name);
	else if (note_is_constant(needle) && element.type == FIELD_OBJECT)
		note(n,
		     "%s has objects in it, and no text; write {\"some\": [%s, {\"==\": [{\"var\": \"its "
		     "field\"}, value]}]}",
		     name, name);
	else if (note_is_constant(needle))
		note_value(n, list, &element, "in", needle->constant, true);
	else if (note_known(n, needle, &of_needle) && note_is_compound(&of_needle))
		note(n, "a list in %s: none of its elements is one", name);
}

void note_in(struct noting *n, const struct logic_node *node)
{
	const struct logic_node *needle = node->args[0], *list = node->args[1];

	if (node->n != 2)
		return;
	if (note_is_constant(list) && value_is_array(list->constant)) {
		note_in_choices(n, needle, list->constant);
	} else if (note_is_constant(list) && list->constant.type == V_STRING && !note_is_constant(needle)) {
		AUTO(free_charp) char *name = note_name_of(needle);

		note(n,
		     "%s in \"%s\": any part of that text will do, the empty one too; a list is written "
		     "[\"a\", \"b\"]",
		     name, list->constant.s);
	} else if (!note_is_constant(list)) {
		note_in_field(n, needle, list);
	}
}

/* ---- lists ---- */

void note_iterates(struct noting *n, const struct logic_node *node)
{
	AUTO(free_charp) char *name = note_name_of(node->args[0]);
	struct field f;

	if (!note_known(n, node->args[0], &f))
		return;
	note_wants(n, node, node->args[0], &f, FIELD_LIST,
		   f.type == FIELD_MAP
			   ? "its names are {\"keys\": […]}, what they stand for {\"values\": […]}"
			   : "");
	if (f.type == FIELD_LIST && f.nullable)
		note(n,
		     "%s of %s: it is null where nobody gave it, and the rule then fails and is never "
		     "enforced; write {\"?"
		     "?\": [%s, []]}",
		     node->op->name, name, name);
}

void note_members(struct noting *n, const struct logic_node *node)
{
	struct field f;

	if (note_known(n, node->args[0], &f) && f.type != FIELD_OBJECT && f.type != FIELD_UNKNOWN)
		note_wants(n, node, node->args[0], &f, FIELD_MAP, "");
}

void note_length(struct noting *n, const struct logic_node *node)
{
	AUTO(free_charp) char *name = note_name_of(node->args[0]);
	struct field f;

	if (note_known(n, node->args[0], &f) && (f.type == FIELD_NUMBER || f.type == FIELD_FLAG))
		note(n, "length of %s: it is %s", name, note_type(f.type));
}
