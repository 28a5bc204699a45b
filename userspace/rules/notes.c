/* The walk over a compiled rule: where each part is, and within what. */
#include "notes_internal.h"

#include <stdio.h>
#include <string.h>

void note(struct noting *n, const char *fmt, ...)
{
	AUTO(free_charp) char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		mem_fail();
	va_end(ap);
	n->notes->found(n->notes->arg, n->pointer.s ? n->pointer.s : "", text);
}

const char *note_type(enum field_type type)
{
	static const char *const names[] = {
		[FIELD_UNKNOWN] = "a value",  [FIELD_TEXT] = "a text",
		[FIELD_NUMBER] = "a number",  [FIELD_FLAG] = "true or false",
		[FIELD_LIST] = "a list",      [FIELD_MAP] = "an object of names and values",
		[FIELD_OBJECT] = "an object",
	};

	return names[type];
}

void note_name(const struct logic_node *node, struct buf *out)
{
	if (node->kind == NODE_CONST)
		known_value_text(node->constant, out);
	else if (node->kind != NODE_OP)
		buf_puts(out, "the list");
	else if (known_reads(node))
		known_path_text(node, out);
	else if (node->n && (known_is(node, "?"
					    "?") ||
			     known_is(node, "filter")))
		note_name(node->args[0], out);
	else
		buf_printf(out, "\"%s\"", node->op->name);
}

static void walk(struct noting *n, const struct logic_node *node);

static void walk_argument(struct noting *n, const struct logic_node *node, size_t i)
{
	struct noting inner = *n;
	struct known_scope elements;

	if (known_opens_scope(node, i)) {
		elements = known_elements(n->program, n->scope, node);
		inner.scope = &elements;
		inner.body = node->args[i];
	}
	if (known_is(node, "!") || (known_is(node, "none") && i == 1))
		inner.negated = !n->negated;
	walk(&inner, node->args[i]);
	n->pointer = inner.pointer; /* the same text, which may have moved */
}

static void go_back(struct noting *n, size_t len)
{
	n->pointer.len = len;
	if (n->pointer.s)
		n->pointer.s[len] = 0;
}

static void walk(struct noting *n, const struct logic_node *node)
{
	size_t len = n->pointer.len;

	if (node->kind == NODE_CONST)
		return;
	if (node->kind == NODE_OP) {
		buf_add_pointer(&n->pointer, node->op->name);
		note_operator(n, node);
	}
	for (size_t i = 0; i < node->n; i++) {
		size_t at = n->pointer.len;

		if (node->kind == NODE_ARRAY || node->list)
			buf_printf(&n->pointer, "/%zu", i);
		if (node->kind == NODE_OP)
			walk_argument(n, node, i);
		else
			walk(n, node->args[i]);
		go_back(n, at);
	}
	go_back(n, len);
}

/* A rule that reads nothing. */
static void note_constant(struct noting *n, const struct value *v)
{
	bool holds = value_truthy(*v);

	if (v->type == V_STRING)
		note(n, "the rule is a text, which %s; an expression is an object, as in {\"var\": \"name\"}",
		     holds ? "always holds" : "never holds");
	else if (holds && n->notes->excuses)
		note(n, "always holds, so it exempts every container from every rule");
	else
		note(n, "reads nothing, so it %s holds", holds ? "always" : "never");
}

void notes_find(const struct logic_program *p, const struct notes *notes)
{
	struct noting n = {.notes = notes, .program = p};

	if (p->root->kind == NODE_CONST)
		note_constant(&n, &p->root->constant);
	else if (p->root->kind == NODE_ARRAY)
		note(&n, "the rule is a list, which holds whenever it is not empty; join conditions by "
			 "{\"and\": […]} or {\"or\": […]}");
	walk(&n, p->root);
	buf_free(&n.pointer);
}
