#include "base/text.h"
#include "logic_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct compiler {
	struct logic_program *program;
	const struct logic_binding *binding;
	bool lenient;
	size_t depth;	     /* of nesting */
	size_t scope;	     /* scopes between here and the root */
	const void *element; /* what the innermost scope is like, for the binding; NULL: not known */
	struct buf *pointer; /* where we are */
	struct err *err;
};

static struct logic_node *compile_node(struct compiler *c, struct json_object *j);

static struct logic_node *node_new(struct compiler *c, enum node_kind kind)
{
	struct logic_node *node = arena_alloc(&c->program->arena, sizeof(*node));

	node->kind = kind;
	node->path.slot = -1;
	return node;
}

/* Data in a rule, copied so that the rule's JSON can be freed; objects are kept as references. */
static struct value constant_from_json(struct compiler *c, struct json_object *j)
{
	struct arena *arena = &c->program->arena;
	struct value v = value_from_json(j);

	if (v.type == V_JARRAY) {
		size_t n = value_len(v);
		struct value *items = arena_alloc(arena, n * sizeof(*items));

		for (size_t i = 0; i < n; i++)
			items[i] = constant_from_json(c, json_object_array_get_idx(j, i));
		return (struct value){.type = V_ARRAY, .len = n, .items = items};
	}
	if (v.type == V_JOBJECT) {
		size_t n = 0;
		struct value_field *fields =
			arena_alloc(arena, (size_t)json_object_object_length(j) * sizeof(*fields));

		json_object_object_foreach (j, key, member) {
			fields[n].name = arena_strndup(arena, key, strlen(key));
			fields[n++].v = constant_from_json(c, member);
		}
		return (struct value){.type = V_RECORD, .len = n, .fields = fields};
	}
	return value_copy(arena, v);
}

/* The pointer is left where it is on failure: that is the place to report. */
static struct logic_node *compile_member(struct compiler *c, const char *key, struct json_object *j)
{
	size_t len = c->pointer->len;
	struct logic_node *node;

	buf_add_pointer(c->pointer, key);
	node = compile_node(c, j);
	if (node) {
		c->pointer->len = len;
		c->pointer->s[len] = 0;
	}
	return node;
}

/* ---- paths ---- */

static struct logic_path path_from_dotted(struct compiler *c, const char *s, size_t len)
{
	struct logic_path path = {.slot = -1};
	size_t max = 1;

	for (size_t i = 0; i < len; i++)
		max += s[i] == '.';
	if (!len)
		return path;
	path.keys = arena_alloc(&c->program->arena, max * sizeof(*path.keys));
	for (size_t start = 0, i = 0; i <= len; i++) {
		if (i < len && s[i] != '.')
			continue;
		path.keys[path.len++] =
			value_strn(arena_strndup(&c->program->arena, s + start, i - start), i - start);
		start = i + 1;
	}
	return path;
}

static int resolve_path(struct compiler *c, struct logic_path *path)
{
	if (!c->binding)
		return 0;
	return c->binding->resolve(c->binding, &c->program->arena, path, &c->program->needs, c->err);
}

/* What is no field of an element is perhaps one of the container. */
static int fail_within(struct compiler *c, const struct logic_path *path)
{
	struct logic_path copy = *path;
	unsigned unused = 0;
	struct err inner = *c->err;

	if (path->keys[0].type != V_STRING ||
	    c->binding->resolve(c->binding, &c->program->arena, &copy, &unused, c->err)) {
		*c->err = inner;
		return -1;
	}
	return err_set(c->err, 0,
		       "%.60s: no such field of an element; within a list a path begins there, and what is "
		       "outside is "
		       "{\"val\": [[2], \"%.60s\"]}",
		       path->keys[0].s, path->keys[0].s);
}

/* A path from the element that a list is gone through with. */
static int resolve_within(struct compiler *c, struct logic_path *path)
{
	if (!c->element || !path->len)
		return 0;
	return c->binding->resolve_element(c->element, &c->program->arena, path, c->err)
		       ? fail_within(c, path)
		       : 0;
}

/* What the elements are like of the list that `node` gives. */
static const void *element_of(struct compiler *c, const struct logic_node *node)
{
	bool passes =
		node->kind == NODE_OP && (!strcmp(node->op->name, "??") || !strcmp(node->op->name, "filter"));

	if (!c->binding || !c->binding->element)
		return NULL;
	if (passes && node->n)
		return element_of(c, node->args[0]);
	if (node->kind != NODE_OP || !node->has_path || (!node->from_root && node->up))
		return NULL;
	if (!node->from_root && !c->element)
		return NULL;
	return c->binding->element(c->binding, node->from_root ? NULL : c->element, &node->path);
}

static void need_everything(struct compiler *c)
{
	if (c->binding)
		c->program->needs |= c->binding->needs_all;
}

static bool is_key(struct value v)
{
	return v.type == V_STRING || v.type == V_INT;
}

static int compile_var_path(struct compiler *c, struct logic_node *node)
{
	struct value first = {0};
	AUTO(buf_free) struct buf text = {0};

	if (node->n && node->args[0]->kind != NODE_CONST) {
		need_everything(c);
		return 0;
	}
	if (node->n)
		first = node->args[0]->constant;
	if (value_is_array(first) || value_is_object(first))
		return 0; /* thrown at evaluation */
	value_to_text(first, &text);
	node->path = path_from_dotted(c, text.s ? text.s : "", text.len);
	node->has_path = true;
	node->from_root = c->scope == 0;
	return node->from_root ? resolve_path(c, &node->path) : resolve_within(c, &node->path);
}

/* `val` and `exists`: keys are never split; a first key that is a list of one number climbs scopes. */
static int compile_val_path(struct compiler *c, struct logic_node *node)
{
	size_t first = 0;

	for (size_t i = 0; i < node->n; i++) {
		struct value v = node->args[i]->constant;

		if (node->args[i]->kind != NODE_CONST ||
		    (!is_key(v) && !(i == 0 && v.type == V_ARRAY && v.len == 1 && node->list))) {
			need_everything(c);
			return 0;
		}
	}
	if (node->n && node->args[0]->constant.type == V_ARRAY) {
		struct value up = node->args[0]->constant.items[0];

		if (up.type != V_INT || up.i < -1000 || up.i > 1000)
			return 0;
		node->up = (size_t)(up.i < 0 ? -up.i : up.i);
		first = 1;
	}
	node->path.len = node->n - first;
	node->path.keys = arena_alloc(&c->program->arena, (node->path.len + 1) * sizeof(struct value));
	for (size_t i = first; i < node->n; i++)
		node->path.keys[i - first] = node->args[i]->constant;
	node->has_path = true;
	node->from_root = c->scope == node->up;
	if (node->from_root)
		return resolve_path(c, &node->path);
	return node->up ? 0 : resolve_within(c, &node->path);
}

/* `missing` looks its paths up at run time; here they only say what the rule needs. */
static int compile_missing_paths(struct compiler *c, struct logic_node *node)
{
	for (size_t i = 0; i < node->n; i++) {
		struct value v = node->args[i]->constant;
		struct logic_path path;

		if (node->args[i]->kind != NODE_CONST || (v.type != V_STRING && v.type != V_INT)) {
			need_everything(c);
		} else if (v.type == V_STRING && c->scope == 0) {
			path = path_from_dotted(c, v.s, v.len);
			if (resolve_path(c, &path))
				return -1;
		}
	}
	return 0;
}

/* ---- operators ---- */

/* reduce's scope is not the element: it has that and what was made so far. */
static bool is_plain_iterator(const struct logic_op *op)
{
	return op->flags & OP_ITERATES && strcmp(op->name, "reduce") != 0;
}

static int compile_args(struct compiler *c, struct logic_node *node, struct json_object *arg)
{
	size_t inner = node->op->flags & (OP_ITERATES | OP_TRIES) ? 2 : 0;
	const void *outer = c->element;

	node->list = json_object_is_type(arg, json_type_array);
	node->n = node->list ? json_object_array_length(arg) : 1;
	node->args = arena_alloc(&c->program->arena, node->n * sizeof(*node->args));
	for (size_t i = 0; i < node->n; i++) {
		struct json_object *j = node->list ? json_object_array_get_idx(arg, i) : arg;
		/* reduce's initial value belongs to the outer scope */
		bool element = i == 1 || (i > 0 && node->op->flags & OP_TRIES);
		char index[24];

		snprintf(index, sizeof(index), "%zu", i);
		if (element)
			c->scope += inner;
		if (element && inner)
			c->element =
				i == 1 && is_plain_iterator(node->op) ? element_of(c, node->args[0]) : NULL;
		node->args[i] = node->list ? compile_member(c, index, j) : compile_node(c, j);
		c->element = outer;
		if (element)
			c->scope -= inner;
		if (!node->args[i])
			return -1;
	}
	return 0;
}

static int check_arity(struct compiler *c, const struct logic_node *node, struct json_object *arg)
{
	const struct logic_op *op = node->op;

	if (c->lenient)
		return 0;
	if (op->flags & OP_LIST && !node->list)
		return err_set(c->err, 0, "\"%s\" needs a list of arguments, as in {\"%s\": [a, b]}",
			       op->name, op->name);
	/* A single argument that is computed may turn out to be a list of several. */
	if (json_object_is_type(arg, json_type_object) && json_object_object_length(arg))
		return 0;
	if (node->n < op->min)
		return err_set(c->err, 0, "\"%s\" needs at least %zu argument%s, here are %zu", op->name,
			       op->min, op->min == 1 ? "" : "s", node->n);
	if (op->max && node->n > op->max)
		return err_set(c->err, 0, "\"%s\" takes at most %zu argument%s, here are %zu", op->name,
			       op->max, op->max == 1 ? "" : "s", node->n);
	return 0;
}

static int compile_regex(struct compiler *c, struct logic_node *node)
{
	struct value pattern;

	if (node->n < 2 || node->args[1]->kind != NODE_CONST)
		return 0;
	pattern = node->args[1]->constant;
	if (pattern.type != V_STRING)
		return c->lenient ? 0 : err_set(c->err, 0, "\"matches\" needs its pattern as a string");
	node->regex = pattern_compile(pattern.s, pattern.len, false, c->err);
	if (!node->regex)
		return c->lenient ? 0 : -1;

	struct regex_list *entry = arena_alloc(&c->program->arena, sizeof(*entry));
	*entry = (struct regex_list){node->regex, c->program->regexes};
	c->program->regexes = entry;
	return 0;
}

static int compile_paths(struct compiler *c, struct logic_node *node)
{
	if (node->op->flags & OP_DOTTED)
		return compile_var_path(c, node);
	if (node->op->flags & OP_PATH)
		return compile_val_path(c, node);
	if (node->op->flags & OP_PATHS)
		return compile_missing_paths(c, node);
	return 0;
}

/* Replaces an operator on constants by its result. One that throws stays: `try` may be around it. */
static int fold_constants(struct compiler *c, struct logic_node *node)
{
	struct logic_ctx *ctx;
	struct value v;
	int r = 0;

	if (!(node->op->flags & OP_PURE))
		return 0;
	for (size_t i = 0; i < node->n; i++)
		if (node->args[i]->kind != NODE_CONST)
			return 0;
	ctx = mem_calloc(1, sizeof(*ctx));
	logic_ctx_init(ctx);
	if (eval_node(ctx, node, &v)) {
		node->kind = NODE_CONST;
		node->constant = value_copy(&c->program->arena, v);
	} else if (node->op->flags & OP_STRICT && !c->lenient) {
		AUTO(buf_free) struct buf text = {0};
		logic_error_text(ctx, &text);
		r = err_set(c->err, 0, "%s", text.s);
	}
	logic_ctx_free(ctx);
	free(ctx);
	return r;
}

static bool op_throw_unknown(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
{
	(void)node;
	(void)out;
	return throw_type(ctx, "Unknown Operator");
}

static struct logic_node *compile_unknown(struct compiler *c, struct json_object *j, const char *name)
{
	static const struct logic_op unknown = {"unknown", 0, 0, 0, op_throw_unknown, 0};
	struct logic_node *node;
	const char *nearest;

	if (c->lenient) {
		node = node_new(c, NODE_OP);
		node->op = &unknown;
		return node;
	}
	if (json_object_object_length(j) > 1) {
		err_set(c->err, 0,
			"an object with %d keys where an operator with one is expected; JsonLogic would take "
			"it for "
			"data, which is always true (use {\"preserve\": …} if data is meant)",
			json_object_object_length(j));
		return NULL;
	}
	nearest = logic_op_meant(name);
	err_set(c->err, 0, "unknown operator \"%.100s\"%s%s%s", name, nearest ? "; did you mean \"" : "",
		nearest ? nearest : "", nearest ? "\"?" : "; docs/rules.md lists all");
	buf_add_pointer(c->pointer, name);
	return NULL;
}

static struct logic_node *compile_operator(struct compiler *c, struct json_object *j)
{
	struct lh_entry *entry = json_object_get_object(j)->head;
	const char *name = lh_entry_k(entry);
	struct json_object *arg =
		(struct json_object *)lh_entry_v(entry); /* json-c: values are json_object */
	size_t len = c->pointer->len;
	struct logic_node *node;
	const struct logic_op *op = json_object_object_length(j) == 1 ? logic_op_find(name) : NULL;

	if (!op)
		return compile_unknown(c, j, name);
	buf_add_pointer(c->pointer, name);
	node = node_new(c, NODE_OP);
	node->op = op;
	if (op->flags & OP_RAW) {
		node->kind = NODE_CONST;
		node->constant = constant_from_json(c, arg);
	} else if (compile_args(c, node, arg) || check_arity(c, node, arg) || compile_paths(c, node) ||
		   (op->flags & OP_REGEX && compile_regex(c, node)) || fold_constants(c, node)) {
		return NULL;
	}
	c->pointer->len = len;
	if (c->pointer->s)
		c->pointer->s[len] = 0;
	return node;
}

static struct logic_node *compile_array(struct compiler *c, struct json_object *j)
{
	struct logic_node *node = node_new(c, NODE_ARRAY);
	bool constant = true;

	node->n = json_object_array_length(j);
	node->args = arena_alloc(&c->program->arena, node->n * sizeof(*node->args));
	for (size_t i = 0; i < node->n; i++) {
		char index[24];

		snprintf(index, sizeof(index), "%zu", i);
		node->args[i] = compile_member(c, index, json_object_array_get_idx(j, i));
		if (!node->args[i])
			return NULL;
		constant = constant && node->args[i]->kind == NODE_CONST;
	}
	if (constant) {
		struct value *items = arena_alloc(&c->program->arena, node->n * sizeof(*items));

		for (size_t i = 0; i < node->n; i++)
			items[i] = node->args[i]->constant;
		node->kind = NODE_CONST;
		node->constant = (struct value){.type = V_ARRAY, .len = node->n, .items = items};
	}
	return node;
}

static struct logic_node *compile_node(struct compiler *c, struct json_object *j)
{
	struct logic_node *node = NULL;

	if (++c->depth > LOGIC_MAX_DEPTH) {
		err_set(c->err, 0, "nested more than %d deep", LOGIC_MAX_DEPTH);
	} else if (json_object_is_type(j, json_type_array)) {
		node = compile_array(c, j);
	} else if (json_object_is_type(j, json_type_object) && json_object_object_length(j)) {
		node = compile_operator(c, j);
	} else {
		node = node_new(c, NODE_CONST);
		node->constant = constant_from_json(c, j);
	}
	c->depth--;
	return node;
}

struct logic_program *logic_compile(struct json_object *rule, const struct logic_binding *binding,
				    bool lenient, struct buf *pointer, struct err *err)
{
	struct logic_program *p = mem_calloc(1, sizeof(*p));
	struct compiler c = {
		.program = p, .binding = binding, .lenient = lenient, .pointer = pointer, .err = err};

	arena_init(&p->arena);
	p->binding = binding;
	p->root = compile_node(&c, rule);
	if (!p->root) {
		logic_free(p);
		return NULL;
	}
	return p;
}

void logic_free(struct logic_program *p)
{
	if (!p)
		return;
	for (struct regex_list *r = p->regexes; r; r = r->next)
		pattern_free(r->regex);
	arena_reset(&p->arena);
	free(p);
}

unsigned logic_needs(const struct logic_program *p)
{
	return p->needs;
}
