/*
 * logic_internal - what the compiler, the evaluator and the operator files share. Not for other modules.
 */
#ifndef DE_RULES_LOGIC_INTERNAL_H
#define DE_RULES_LOGIC_INTERNAL_H

#include "base/text.h"
#include "rules/logic.h"

enum node_kind { NODE_CONST, NODE_ARRAY, NODE_OP };

struct logic_node {
	enum node_kind kind;
	bool list;	/* the operator's argument was written as an array */
	bool from_root; /* path: from the root, so that path.slot may be used */
	bool has_path;	/* the path was constant: path is set */
	size_t up;	/* scopes to climb before following path */
	const struct logic_op *op;
	size_t n;
	struct logic_node **args;
	struct value constant;
	struct logic_path path;
	struct pattern *regex; /* of a constant pattern */
};

typedef bool (*logic_fn)(struct logic_ctx *ctx, const struct logic_node *node, struct value *out);

enum op_flags {
	OP_PURE = 1,	 /* same arguments, same result: folded when they are constant */
	OP_LIST = 2,	 /* the argument must be written as a list */
	OP_ITERATES = 4, /* from the second argument on, evaluated in an element's scope */
	OP_TRIES = 8,	 /* from the second argument on, evaluated in the error's scope */
	OP_PATH = 16,	 /* arguments are a path: `val`, `exists` */
	OP_DOTTED = 32,	 /* first argument is a dotted path: `var` */
	OP_PATHS = 64,	 /* arguments are dotted paths: `missing`, `missing_some` */
	OP_REGEX = 128,	 /* second argument is a regular expression */
	OP_RAW = 256,	 /* the argument is data, not a rule: `preserve` */
	OP_STRICT = 512, /* failing on constants is an error at load: `bytes`, `duration` */
};

struct logic_op {
	const char *name;
	size_t min, max; /* number of arguments, max 0: any */
	unsigned flags;
	logic_fn fn;
	int variant; /* which of those that share a function */
};

/* What `variant` says, by function. */
enum compare_variant { CMP_EQ, CMP_NE, CMP_SEQ, CMP_SNE, CMP_LT, CMP_LE, CMP_GT, CMP_GE };
enum arithmetic_variant { ARITH_ADD, ARITH_SUBTRACT, ARITH_MULTIPLY, ARITH_DIVIDE, ARITH_MODULO };
enum extreme_variant { EXTREME_MIN, EXTREME_MAX };
enum quantify_variant { QUANTIFY_ALL, QUANTIFY_SOME, QUANTIFY_NONE };
enum affix_variant { AFFIX_START, AFFIX_END };
enum case_variant { CASE_LOWER, CASE_UPPER };
enum members_variant { MEMBERS_KEYS, MEMBERS_VALUES };

const struct logic_op *logic_op_find(const char *name);

/* The operator that is meant by a name that is none; NULL: none is near. */
const char *logic_op_meant(const char *name);

/* A scope that `val` can climb to. An iterator adds two: its own ({"index": n}) and its element's. */
struct logic_scope {
	struct value data;
	struct logic_scope *up;
};

struct regex_list {
	struct pattern *regex;
	struct regex_list *next;
};

struct logic_program {
	const struct logic_node *root;
	const struct logic_binding *binding; /* or NULL */
	unsigned needs;
	struct regex_list *regexes;
	struct arena arena;
};

/* Counts work that was done; false if that is too much, or too late. */
bool eval_work(struct logic_ctx *ctx, size_t steps);

bool eval_node(struct logic_ctx *ctx, const struct logic_node *node, struct value *out);

/* Evaluates argument i; null if there is none. */
bool eval_arg(struct logic_ctx *ctx, const struct logic_node *node, size_t i, struct value *out);

/* All arguments as an array; one that was not written as a list and evaluates to an array gives its elements.
 */
bool eval_args(struct logic_ctx *ctx, const struct logic_node *node, struct value *out);

/* Evaluates `node` with `data` as current context and `frame` one above it. */
bool eval_in_scope(struct logic_ctx *ctx, const struct logic_node *node, struct value frame,
		   struct value data, struct value *out);

bool throw_type(struct logic_ctx *ctx, const char *type); /* returns false */
struct value record_make(struct logic_ctx *ctx, size_t n, const struct value_field *fields);
struct value array_make(struct logic_ctx *ctx, size_t n, struct value **items);
struct value text_make(struct logic_ctx *ctx, const struct buf *b); /* copies into the arena */
bool lookup_dotted(struct value data, const char *path, size_t len, struct value *out);

#define THROW_NAN(ctx)	throw_type(ctx, "NaN")
#define THROW_ARGS(ctx) throw_type(ctx, "Invalid Arguments")

/* The operators, one file per family: ops_*.c; the table is in ops.c. */
#define DECLARE_OP(name) bool name(struct logic_ctx *ctx, const struct logic_node *node, struct value *out)
DECLARE_OP(op_var);
DECLARE_OP(op_val);
DECLARE_OP(op_exists);
DECLARE_OP(op_missing);
DECLARE_OP(op_missing_some);
DECLARE_OP(op_coalesce);
DECLARE_OP(op_if);
DECLARE_OP(op_and);
DECLARE_OP(op_or);
DECLARE_OP(op_not);
DECLARE_OP(op_truthy);
DECLARE_OP(op_try);
DECLARE_OP(op_throw);
DECLARE_OP(op_preserve);
DECLARE_OP(op_compare);
DECLARE_OP(op_arithmetic);
DECLARE_OP(op_min_max);
DECLARE_OP(op_in);
DECLARE_OP(op_cat);
DECLARE_OP(op_substr);
DECLARE_OP(op_merge);
DECLARE_OP(op_map);
DECLARE_OP(op_filter);
DECLARE_OP(op_reduce);
DECLARE_OP(op_quantify);
DECLARE_OP(op_matches);
DECLARE_OP(op_affix);
DECLARE_OP(op_path_within);
DECLARE_OP(op_bytes);
DECLARE_OP(op_duration);
DECLARE_OP(op_case);
DECLARE_OP(op_length);
DECLARE_OP(op_members);
DECLARE_OP(op_cidr_contains);

#endif
