#include "known_internal.h"
#include "base/json.h"

#include <string.h>

static const struct field_meaning nothing;

bool known_is(const struct logic_node *node, const char *op)
{
	return node->kind == NODE_OP && !strcmp(node->op->name, op);
}

bool known_reads(const struct logic_node *node)
{
	return node->kind == NODE_OP && node->has_path && node->op->flags & (OP_DOTTED | OP_PATH) &&
	       !known_is(node, "exists");
}

bool known_opens_scope(const struct logic_node *node, size_t i)
{
	return (node->op->flags & OP_ITERATES && i == 1) || (node->op->flags & OP_TRIES && i > 0);
}

static const struct known_scope *climb(const struct known_scope *scope, size_t up)
{
	for (; scope && up >= 2; up -= 2) /* an iterator adds two */
		scope = scope->up;
	return scope;
}

static bool of_path(const struct logic_program *p, const struct known_scope *scope,
		    const struct logic_node *node, struct field *out)
{
	const struct logic_binding *b = p->binding;
	const struct field *within = NULL;

	if (!node->from_root) {
		const struct known_scope *at = climb(scope, node->up);

		if (node->up % 2 || !at || !at->known)
			return false;
		within = &at->element;
	}
	return b->describe(b, within, &node->path, out);
}

/* What operators give, whatever they are given. */
static enum field_type type_of_op(const struct logic_op *op)
{
	static const struct {
		const char *name;
		enum field_type type;
	} types[] = {
		{"lower", FIELD_TEXT},	 {"upper", FIELD_TEXT},	     {"cat", FIELD_TEXT},
		{"substr", FIELD_TEXT},	 {"length", FIELD_NUMBER},   {"+", FIELD_NUMBER},
		{"-", FIELD_NUMBER},	 {"*", FIELD_NUMBER},	     {"/", FIELD_NUMBER},
		{"%", FIELD_NUMBER},	 {"min", FIELD_NUMBER},	     {"max", FIELD_NUMBER},
		{"bytes", FIELD_NUMBER}, {"duration", FIELD_NUMBER}, {"keys", FIELD_LIST},
		{"values", FIELD_LIST},	 {"merge", FIELD_LIST},	     {"map", FIELD_LIST},
		{"missing", FIELD_LIST},
	};

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (!strcmp(types[i].name, op->name))
			return types[i].type;
	return FIELD_UNKNOWN;
}

bool known_field(const struct logic_program *p, const struct known_scope *scope,
		 const struct logic_node *node, struct field *out)
{
	bool known;

	*out = (struct field){.meaning = &nothing};
	if (node->kind != NODE_OP || !p->binding || !p->binding->describe)
		return false;
	if (known_reads(node))
		return of_path(p, scope, node, out);
	if ((known_is(node, "??") || known_is(node, "filter") || known_is(node, "keys")) && node->n) {
		known = known_field(p, scope, node->args[0], out);
		out->nullable = false;
		out->of_keys = known_is(node, "keys");
		if (out->of_keys)
			out->type = FIELD_LIST;
		return known;
	}
	out->type = type_of_op(node->op);
	return false;
}

bool known_element(const struct logic_program *p, const struct field *list, struct field *out)
{
	struct value first = value_int(0);
	const struct logic_path path = {.keys = &first, .len = 1, .slot = -1};

	if (list->of_keys) {
		*out = *list;
		out->type = FIELD_TEXT;
		return true;
	}
	return list->type == FIELD_LIST && p->binding->describe(p->binding, list, &path, out);
}

struct known_scope known_elements(const struct logic_program *p, const struct known_scope *scope,
				  const struct logic_node *op)
{
	struct known_scope inner = {.up = scope};
	struct field list;

	if (op->op->flags & OP_ITERATES && !known_is(op, "reduce") &&
	    known_field(p, scope, op->args[0], &list))
		inner.known = known_element(p, &list, &inner.element);
	return inner;
}

void known_path_text(const struct logic_node *node, struct buf *out)
{
	for (size_t i = 0; i < node->path.len; i++) {
		buf_puts(out, i ? "." : "");
		value_to_text(node->path.keys[i], out);
	}
	if (!node->path.len)
		buf_puts(out, "the element");
}

void known_value_text(struct value v, struct buf *out)
{
	AUTO(json_putp) struct json_object *j = value_to_json(v);
	AUTO(free_charp)
	char *cut = str_cut(
		json_object_to_json_string_ext(j, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE),
		100);

	buf_puts(out, cut);
}

/* One side of a comparison. */
static void put_side(const struct logic_node *node, struct buf *out)
{
	if (node->kind == NODE_CONST)
		known_value_text(node->constant, out);
	else if (node->kind == NODE_ARRAY)
		buf_puts(out, "[…]");
	else if (known_reads(node))
		known_path_text(node, out);
	else
		buf_printf(out, "%s(…)", node->op->name);
}

void logic_node_text(const struct logic_node *node, struct buf *out)
{
	static const logic_fn infix[] = {op_compare, op_in,	     op_matches,
					 op_affix,   op_path_within, op_cidr_contains};
	bool sides = false;

	if (known_reads(node)) {
		known_path_text(node, out);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(infix) && node->n > 1; i++)
		sides = sides || node->op->fn == infix[i];
	if (!sides)
		buf_puts(out, node->op->name);
	for (size_t i = 0; sides && i < node->n; i++) {
		if (i == 1)
			buf_printf(out, " %s ", node->op->name);
		else if (i)
			buf_puts(out, ", ");
		put_side(node->args[i], out);
	}
}
