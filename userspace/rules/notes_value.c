/* A field beside a constant: is it one that it can ever have? */
#include "notes_internal.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

/* ---- texts ---- */

static const char *const *values_of(const struct field_meaning *m)
{
	return m->list ? m->list() : m->values;
}

static bool is_value(const struct field_meaning *m, struct value v, bool whole)
{
	for (const char *const *known = values_of(m); *known; known++)
		if (whole ? !strcmp(*known, v.s) : str_starts_with(*known, v.s))
			return true;
	return false;
}

static void note_values(struct noting *n, const char *compared, const struct field_meaning *m, struct value v)
{
	AUTO(buf_free) struct buf all = {0};
	const char *nearest = str_nearest(v.s, values_of(m));
	size_t shown = 0;

	for (const char *const *known = values_of(m); *known && shown < 12; known++, shown++)
		buf_printf(&all, "%s\"%s\"", shown ? ", " : "", *known);
	buf_puts(&all, shown == 12 ? ", …" : "");
	note(n, "%s: never so, its values are %s%s%s%s", compared, all.s, nearest ? "; did you mean \"" : "",
	     nearest ? nearest : "", nearest ? "\"?" : "");
}

/* What people write of patterns where none is read. */
static bool is_pattern(struct value v)
{
	return v.len > 1 && (memchr(v.s, '*', v.len) || *v.s == '^' || v.s[v.len - 1] == '$');
}

/* What `lower` gives has no upper-case letter. */
static bool fits_case(const struct logic_node *node, struct value v)
{
	bool lower = known_is(node, "lower"), upper = known_is(node, "upper");

	for (size_t i = 0; i < v.len; i++)
		if ((lower && isupper((unsigned char)v.s[i])) || (upper && islower((unsigned char)v.s[i])))
			return false;
	return true;
}

static void note_text(struct noting *n, const char *compared, const struct logic_node *node,
		      const struct field *f, struct value v, bool whole)
{
	const struct field_meaning *m = f->meaning;
	const struct field_form *form = f->of_keys ? m->keys : m->form;

	if (!fits_case(node, v))
		note(n, "%s: never so, \"%s\" gives no %s-case letters", compared, node->op->name,
		     known_is(node, "lower") ? "upper" : "lower");
	else if (is_pattern(v))
		note(n,
		     "%s: the text is taken as it stands; patterns are for \"matches\", which has .* for any "
		     "text",
		     compared);
	else if (!f->of_keys && (m->values || m->list) && !is_value(m, v, whole))
		note_values(n, compared, m, v);
	else if (form && !form->fits(v.s, v.len, whole))
		note(n, "%s: never so, it %s", compared, form->says);
	else if (whole && m->missed && (!strcmp(m->missed, "*") || !strcmp(m->missed, v.s)))
		note(n, "%s: misses some: %s", compared, m->advice);
	else if (whole && n->notes->is_rule &&
		 (str_starts_with(f->path, "violated_rule") ||
		  str_starts_with(f->path, "verdict.violated_rule")) &&
		 !n->notes->is_rule(n->notes->arg, v.s))
		note(n, "%s: there is no rule of that name", compared);
}

/* ---- numbers ---- */

static const struct {
	long double least; /* what is less than that was meant in another unit */
	const char *says;
} units[] = {
	[UNIT_NONE] = {0, ""},
	[UNIT_BYTES] = {65536, "it is in bytes; write {\"bytes\": \"512MiB\"}"},
	[UNIT_SECONDS] = {0, ""},
	[UNIT_MICROSECONDS] = {1000, "it is in microseconds"},
	[UNIT_NANOSECONDS] = {1000000, "it is in nanoseconds; a second is 1000000000"},
	[UNIT_NANO_CPUS] = {1000000, "it is in billionths of a CPU; two CPUs are 2000000000"},
	[UNIT_PERCENT] = {1, "it is in percent; a half is 50"},
};

/* Whether all, or none, of what is from `least` to `most` is so beside x: 1, 0; -1: some is. */
static int holds_for_all(const char *op, long double x, long double least, long double most)
{
	static const struct {
		const char *op;
		bool below, equal; /* whether what is below x is so, and x itself */
	} ops[] = {{"<", true, false}, {"<=", true, true}, {">", false, false}, {">=", false, true}};

	for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
		bool all_below = most < x || (most == x && ops[i].equal == ops[i].below);
		bool all_above = least > x || (least == x && ops[i].equal != ops[i].below);

		if (!strcmp(ops[i].op, op))
			return all_below ? ops[i].below : all_above ? !ops[i].below : -1;
	}
	return -1;
}

static void note_number(struct noting *n, const char *compared, const struct field *f, const char *op,
			struct value v)
{
	const struct field_meaning *m = f->meaning;
	long double x = value_number(v), most = m->most != 0 ? m->most : (long double)INFINITY;
	bool ranged = m->least != 0 || m->most != 0;
	bool counts = m->type == FIELD_NUMBER; /* figures of our own are never below 0 */
	int holds = ranged || counts ? holds_for_all(op, x, m->least, most) : -1;

	if (x > 0 && x < units[m->unit].least)
		note(n, "%s: %s", compared, units[m->unit].says);
	else if (ranged && (x < m->least || x > m->most))
		note(n, "%s: it is from %Lg to %Lg", compared, m->least, m->most);
	else if (holds >= 0)
		note(n, "%s: %s so, it is from %Lg on", compared, holds ? "always" : "never", m->least);
}

static void note_text_for_number(struct noting *n, const char *compared, struct value v)
{
	AUTO(free_charp) char *text = mem_printf("%.*s", (int)v.len, v.s);
	struct value number;
	uint64_t unused;

	if (value_to_number(v, &number))
		return; /* numeric text counts */
	if (str_parse_bytes(text, v.len, &unused))
		note(n,
		     "%s: a number and a text cannot be compared, so the rule fails each time; write "
		     "{\"bytes\": \"%s\"}",
		     compared, text);
	else if (str_parse_duration(text, v.len, &unused))
		note(n,
		     "%s: a number and a text cannot be compared, so the rule fails each time; write "
		     "{\"duration\": \"%s\"}",
		     compared, text);
	else
		note(n, "%s: a number and a text cannot be compared, so the rule fails each time", compared);
}

/* ---- all ---- */

static bool is_equality(const char *op)
{
	return !strcmp(op, "==") || !strcmp(op, "!=") || !strcmp(op, "===") || !strcmp(op, "!==");
}

/* What people wrote holds texts of their own, numbers among them: labels, variables, parameters. */
static bool is_free(const struct field *f)
{
	size_t len = strlen(f->path);

	return len > 2 && !strcmp(f->path + len - 2, ".*");
}

static void note_list(struct noting *n, const char *compared, const struct field *f)
{
	if (f->type == FIELD_LIST)
		note(n,
		     "%s: it is a list, which cannot be compared; write {\"in\": [value, the list]}, or go "
		     "through it by \"some\"",
		     compared);
	else
		note(n, "%s: it is %s, which cannot be compared; name a field of it", compared,
		     note_type(f->type));
}

void note_value(struct noting *n, const struct logic_node *node, const struct field *f, const char *op,
		struct value v, bool whole)
{
	AUTO(buf_free) struct buf compared = {0};

	if (!strcmp(op, "in")) { /* of the list that `node` is */
		known_value_text(v, &compared);
		buf_puts(&compared, " in ");
		note_name(node, &compared);
	} else {
		note_name(node, &compared);
		buf_printf(&compared, " %s ", op);
		known_value_text(v, &compared);
	}
	if (v.type == V_NULL || f->type == FIELD_UNKNOWN)
		return;
	if (f->type == FIELD_LIST || f->type == FIELD_MAP || f->type == FIELD_OBJECT)
		note_list(n, compared.s, f);
	else if (value_is_array(v) || value_is_object(v))
		note(n, "%s: %s never is %s; write {\"in\": [value, list]}", compared.s, note_type(f->type),
		     value_is_array(v) ? "a list" : "an object");
	else if (f->type == FIELD_TEXT && v.type == V_STRING)
		note_text(n, compared.s, node, f, v, whole);
	else if (f->type == FIELD_TEXT && !is_free(f))
		note(n, "%s: it is a text, and the rule fails where that is no number%s%s", compared.s,
		     f->meaning->advice && f->meaning->unset ? "; it is " : "",
		     f->meaning->advice && f->meaning->unset ? f->meaning->advice : "");
	else if (f->type == FIELD_NUMBER && v.type == V_STRING)
		note_text_for_number(n, compared.s, v);
	else if (f->type == FIELD_NUMBER && value_is_number(v))
		note_number(n, compared.s, f, op, v);
	else if (f->type == FIELD_FLAG && v.type == V_STRING)
		note(n, "%s: it is true or false, which no text is; write %s without quotes", compared.s,
		     is_equality(op) ? "true or false" : "them");
}
