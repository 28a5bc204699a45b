/* What operators are given, and whether it is what they take. */
#include "notes_internal.h"

#include <ctype.h>
#include <string.h>

bool note_is_constant(const struct logic_node *node)
{
	return node->kind == NODE_CONST;
}

bool note_known(struct noting *n, const struct logic_node *node, struct field *out)
{
	known_field(n->program, n->scope, node, out);
	return out->type != FIELD_UNKNOWN;
}

bool note_is_compound(const struct field *f)
{
	return f->type == FIELD_LIST || f->type == FIELD_MAP || f->type == FIELD_OBJECT;
}

/* "capabilities" */
char *note_name_of(const struct logic_node *node)
{
	struct buf name = {0};

	buf_puts(&name, "");
	note_name(node, &name);
	return name.s;
}

/* An operator whose first argument must be a text, or must be a list. */
void note_wants(struct noting *n, const struct logic_node *node, const struct logic_node *arg,
		const struct field *f, enum field_type type, const char *instead)
{
	AUTO(free_charp) char *name = note_name_of(arg);

	if (f->type != FIELD_UNKNOWN && f->type != type)
		note(n, "%s of %s: it is %s, \"%s\" takes %s%s%s", node->op->name, name, note_type(f->type),
		     node->op->name, note_type(type), *instead ? "; " : "", instead);
}

/* ---- comparisons ---- */

static void note_pair(struct noting *n, const struct logic_node *op, const struct logic_node *a,
		      const struct logic_node *b)
{
	struct field f, g;
	bool equal = strchr(op->op->name, '=') && !strchr("<>", op->op->name[0]);

	if (note_is_constant(a) && !note_is_constant(b) && note_known(n, b, &f))
		note_value(n, b, &f, op->op->name, a->constant, equal);
	else if (note_is_constant(b) && !note_is_constant(a) && note_known(n, a, &f))
		note_value(n, a, &f, op->op->name, b->constant, equal);
	else if (!note_is_constant(a) && !note_is_constant(b) && note_known(n, a, &f) &&
		 note_known(n, b, &g) && (note_is_compound(&f) || note_is_compound(&g)))
		note(n, "%s of %s and %s: these cannot be compared", op->op->name, note_type(f.type),
		     note_type(g.type));
}

static void note_comparison(struct noting *n, const struct logic_node *node)
{
	bool constant = true;

	for (size_t i = 0; i + 1 < node->n; i++)
		note_pair(n, node, node->args[i], node->args[i + 1]);
	for (size_t i = 0; i < node->n; i++)
		constant = constant && note_is_constant(node->args[i]);
	if (constant && node->n)
		note(n, "compares only what is written here, and fails each time; {\"var\": \"name\"} reads "
			"a field");
}

/* ---- texts ---- */

/* The literal text that a pattern begins with, if it is anchored; what may be repeated or left out is not of
 * it. */
static size_t literal_beginning(const char *pattern, char *out, size_t size)
{
	size_t n = 0;
	const char *p = pattern + 1;

	if (*pattern != '^' || strchr(pattern, '|'))
		return 0;
	for (; *p && n + 1 < size; n++) {
		char c = *p++;

		if (c == '\\' && ispunct((unsigned char)*p))
			c = *p++;
		else if (strchr("\\^$.[]()*+?{}|", c))
			break;
		if (*p && strchr("*?{", *p))
			break;
		out[n] = c;
	}
	out[n] = 0;
	return n;
}

static void note_pattern(struct noting *n, const struct logic_node *node, const struct field *f,
			 struct value pattern)
{
	AUTO(free_charp) char *name = note_name_of(node->args[0]);
	const char *last = strrchr(pattern.s, '/');
	char beginning[64];
	size_t len = literal_beginning(pattern.s, beginning, sizeof(beginning));

	if (*pattern.s == '/' && last > pattern.s && strspn(last + 1, "gimsuxy") == strlen(last + 1) &&
	    (last[1] || pattern.s[1] == '^'))
		note(n,
		     "%s matches \"%s\": slashes around a pattern are taken as they stand; write the pattern "
		     "alone, and (?i) before it for any case",
		     name, pattern.s);
	else if (len && f->type == FIELD_TEXT)
		note_value(n, node->args[0], f, "begins with", value_strn(beginning, len), false);
	if (n->negated && pattern.len && *pattern.s != '^' && !str_starts_with(pattern.s, "(?i)^"))
		note(n,
		     "not %s matches \"%s\": whatever has that anywhere in it passes; anchor it with ^ and $",
		     name, pattern.s);
}

static void note_matches(struct noting *n, const struct logic_node *node)
{
	struct field f;

	if (node->n != 2)
		return;
	note_known(n, node->args[0], &f);
	note_wants(n, node, node->args[0], &f, FIELD_TEXT,
		   f.type == FIELD_LIST ? "go through the list by \"some\"" : "");
	if (note_is_constant(node->args[1]) && node->args[1]->constant.type == V_STRING)
		note_pattern(n, node, &f, node->args[1]->constant);
}

static void note_affix(struct noting *n, const struct logic_node *node)
{
	bool begins = known_is(node, "starts_with");
	struct field f;

	note_known(n, node->args[0], &f);
	note_wants(n, node, node->args[0], &f, FIELD_TEXT,
		   f.type == FIELD_LIST ? "go through the list by \"some\"" : "");
	for (size_t i = 1; i < node->n && begins && f.type == FIELD_TEXT; i++)
		if (note_is_constant(node->args[i]) && node->args[i]->constant.type == V_STRING)
			note_value(n, node->args[0], &f, "begins with", node->args[i]->constant, false);
}

static bool reads(const struct logic_node *node, const char *key)
{
	if (node->kind == NODE_CONST)
		return false;
	if (node->kind == NODE_OP && node->has_path && node->path.len &&
	    node->path.keys[0].type == V_STRING &&
	    (!strcmp(node->path.keys[0].s, key) || !strcmp(node->path.keys[0].s, "kind")))
		return true;
	for (size_t i = 0; i < node->n; i++)
		if (reads(node->args[i], key))
			return true;
	return false;
}

static void note_path_within(struct noting *n, const struct logic_node *node)
{
	AUTO(free_charp) char *name = note_name_of(node->args[0]);
	struct field f;

	note_known(n, node->args[0], &f);
	note_wants(n, node, node->args[0], &f, FIELD_TEXT, "");
	for (size_t i = 1; i < node->n; i++)
		if (note_is_constant(node->args[i]) && node->args[i]->constant.type == V_STRING &&
		    *node->args[i]->constant.s != '/')
			note(n, "%s within \"%s\": nothing is, a folder begins with a slash", name,
			     node->args[i]->constant.s);
	if (n->negated && f.meaning->beside && n->body && !reads(n->body, f.meaning->beside))
		note(n,
		     "%s not within: holds for a volume's name too, which is no path; add {\"==\": "
		     "[{\"var\": \"%s\"}, \"bind\"]}",
		     name, f.meaning->beside);
}

/* ---- paths ---- */

/* "80" in a path through a map whose keys are like "80/tcp". */
static void note_keys(struct noting *n, const struct logic_node *node)
{
	const struct logic_binding *b = n->program->binding;
	struct field f;

	for (size_t i = 1; b && b->describe && node->from_root && i < node->path.len; i++) {
		const struct logic_path before = {node->path.keys, i, -1};
		struct value key = node->path.keys[i];

		if (b->describe(b, NULL, &before, &f) && f.meaning->keys && key.type == V_STRING &&
		    !f.meaning->keys->fits(key.s, key.len, true))
			note(n, "%s: there never is \"%s\", a name there %s", f.path, key.s,
			     f.meaning->keys->says);
	}
}

static void note_path(struct noting *n, const struct logic_node *node)
{
	AUTO(free_charp) char *name = note_name_of(node);
	bool dotted = node->op->flags & OP_DOTTED;
	struct field f;

	if (known_reads(node))
		note_keys(n, node);
	if (!known_reads(node) || known_field(n->program, n->scope, node, &f) || !*f.path)
		return;
	if (n->body && !node->from_root)
		note(n,
		     "%s: within a list a path begins at the element, which is %s; what is outside is "
		     "{\"val\": [[2], \"%s\"]}",
		     name, note_type(f.type), name);
	else if (dotted)
		note(n,
		     "%s: dots part names here, and \"%s\" has none below it; a name with dots is read by "
		     "{\"val\": [\"labels\", \"com.example.team\"]}",
		     name, f.path);
	else
		note(n, "%s: there is nothing below \"%s\"", name, f.path);
}

static void note_arithmetic(struct noting *n, const struct logic_node *node)
{
	struct field f;

	for (size_t i = 0; i < node->n; i++) {
		AUTO(free_charp) char *name = note_name_of(node->args[i]);

		if (note_known(n, node->args[i], &f) && note_is_compound(&f))
			note(n, "%s with %s: it is %s, and no number", node->op->name, name,
			     note_type(f.type));
	}
}

/* ---- or ---- */

/* Figures that may not be given, by the beginnings of their paths. */
static const char *optional_figure(struct noting *n, const struct logic_node *node)
{
	const char *first;

	if (node->kind == NODE_CONST)
		return NULL;
	if (node->kind == NODE_OP && node->has_path && node->from_root && node->path.len > 1 &&
	    node->path.keys[0].type == V_STRING) {
		first = node->path.keys[0].s;
		if (!strcmp(first, "metrics") ||
		    (!strcmp(first, "host") && node->path.keys[1].type == V_STRING &&
		     !strcmp(node->path.keys[1].s, "pressure")))
			return first;
	}
	for (size_t i = 0; i < node->n; i++) {
		first = optional_figure(n, node->args[i]);
		if (first)
			return first;
	}
	return NULL;
}

/* What is written among conditions and reads nothing. */
static void note_constants(struct noting *n, const struct logic_node *node)
{
	for (size_t i = 0; i < node->n; i++) {
		const struct logic_node *arg = node->args[i];

		if (note_is_constant(arg))
			note(n, "%s with %s: it reads nothing, and is always %s", node->op->name,
			     arg->constant.type == V_STRING ? "a text" : "a constant",
			     value_truthy(arg->constant) ? "true" : "false");
	}
}

static void note_or(struct noting *n, const struct logic_node *node)
{
	const char *figure = NULL;
	size_t without = 0;

	note_constants(n, node);

	for (size_t i = 0; i < node->n; i++) {
		const char *other = optional_figure(n, node->args[i]);

		without += !other;
		figure = other ? other : figure;
	}
	if (figure && without)
		note(n,
		     "or with %s: where this figure is not given (a request; a kernel without it) the rule "
		     "is not evaluated at all, the other side "
		     "neither; make two rules of it",
		     figure);
}

/* ---- the table ---- */

void note_operator(struct noting *n, const struct logic_node *node)
{
	static const struct {
		logic_fn fn;
		size_t least; /* arguments */
		void (*look)(struct noting *n, const struct logic_node *node);
	} table[] = {
		{op_compare, 2, note_comparison},
		{op_in, 2, note_in},
		{op_matches, 2, note_matches},
		{op_affix, 2, note_affix},
		{op_path_within, 2, note_path_within},
		{op_quantify, 2, note_iterates},
		{op_map, 2, note_iterates},
		{op_filter, 2, note_iterates},
		{op_reduce, 2, note_iterates},
		{op_members, 1, note_members},
		{op_length, 1, note_length},
		{op_var, 0, note_path},
		{op_val, 0, note_path},
		{op_arithmetic, 1, note_arithmetic},
		{op_or, 2, note_or},
		{op_and, 2, note_constants},
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (table[i].fn == node->op->fn && node->n >= table[i].least)
			table[i].look(n, node);
}
