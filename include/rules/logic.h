/*
 * logic - JsonLogic: compiled once, evaluated often. Pure: no I/O, no clock, no globals.
 *
 * The language is the json-logic organisation's current specification plus the operators of docs/rules.md.
 * A program is immutable after compilation and may be evaluated by any number of threads at once, each with
 * its own context. Evaluating a comparison of a field with a constant allocates nothing.
 */
#ifndef DE_RULES_LOGIC_H
#define DE_RULES_LOGIC_H

#include "base/err.h"
#include "base/text.h"
#include "rules/field.h"
#include "rules/pattern.h"
#include "rules/value.h"

#define LOGIC_MAX_DEPTH	 128	    /* nesting of a rule */
#define LOGIC_MAX_STEPS	 2000000    /* of one evaluation: nodes, and what regular expressions count for */
#define LOGIC_MAX_MEMORY (64 << 20) /* bytes of intermediate values of one evaluation */

/* A path written in a rule: its keys, as many as `len`. */
struct logic_path {
	struct value *keys; /* strings or integers */
	size_t len;
	int slot; /* >= 0: the binding's number for a field with a direct getter; -1: look up by name */
};

/*
 * What a compiler knows of the data that a rule will see. `resolve` is called for every path from the root
 * that is written as a constant: it may correct the spelling of keys (struct keys are case-insensitive), set
 * `slot`, and adds to `*needs` the inputs that the path reads. It fails, with a suggestion, for a path that
 * can never exist. Without a binding every path is allowed.
 */
struct logic_binding {
	int (*resolve)(const struct logic_binding *binding, struct arena *arena, struct logic_path *path,
		       unsigned *needs, struct err *err);
	unsigned needs_all; /* what a path that is computed at run time may read */
	/*
	 * What the elements of the list at `path` are like, from the root or, where `within` is not NULL,
	 * from an element like that; NULL: not known. `resolve_element` then is `resolve` for paths from such
	 * an element. Both may be NULL.
	 */
	const void *(*element)(const struct logic_binding *binding, const void *within,
			       const struct logic_path *path);
	int (*resolve_element)(const void *element, struct arena *arena, struct logic_path *path,
			       struct err *err);
	/*
	 * What is known of what a path reads that was resolved, from the root or, where `within` is not
	 * NULL, from that. False: it goes on below a plain value. May be NULL.
	 */
	bool (*describe)(const struct logic_binding *binding, const struct field *within,
			 const struct logic_path *path, struct field *out);
};

struct logic_program;

/*
 * Compiles `rule`, which may be freed afterwards. `lenient` leaves unknown operators and wrong arguments to
 * be errors at evaluation, as the conformance suite expects; otherwise they fail here. On failure returns
 * NULL, with a JSON pointer into `rule` in `pointer` (empty: the rule itself) and the reason in *err.
 */
struct logic_program *logic_compile(struct json_object *rule, const struct logic_binding *binding,
				    bool lenient, struct buf *pointer, struct err *err);
void logic_free(struct logic_program *p);
unsigned logic_needs(const struct logic_program *p);

struct logic_node;

/*
 * Follows an evaluation, for `judge --explain`: `enter` is called before an operator works, and gives a
 * number that `leave` gets back with what came of it.
 */
struct logic_tracer {
	size_t (*enter)(struct logic_tracer *t, const struct logic_node *node);
	void (*leave)(struct logic_tracer *t, size_t entry, bool ok, struct value v);
};

/* An operator for people: what a `var` or `val` reads, a comparison with its sides ("name == \"/web\""). */
void logic_node_text(const struct logic_node *node, struct buf *out);

struct logic_scope;

/* One evaluation's state; reusable, one per thread. About 4 KiB: keep it out of small stacks. */
struct logic_ctx {
	struct value root;
	struct logic_scope *scope;
	struct value error; /* what was thrown: a record with `type`, or any object */
	size_t steps;
	struct logic_tracer *tracer; /* NULL: nobody follows */
	struct matcher matcher;
	/* Asked now and then, since there is no clock here: true ends the evaluation. NULL: there is no time
	 * limit. */
	bool (*is_late)(void *arg);
	void *late_arg;
	bool late; /* it was so in this evaluation */
	struct arena arena;
};

void logic_ctx_init(struct logic_ctx *ctx);
void logic_ctx_free(struct logic_ctx *ctx);

/*
 * Evaluates on `data`. The result lives until the next evaluation with this context or logic_ctx_free().
 * Returns false if the rule threw: ctx->error says what.
 */
bool logic_eval(const struct logic_program *p, struct logic_ctx *ctx, struct value data, struct value *out);

/* The thrown error's type as text ("NaN", "Invalid Arguments", "Too Much Work", "Too Late", or what `throw`
 * was given). */
void logic_error_text(const struct logic_ctx *ctx, struct buf *out);

/* Every operator's name, NULL-terminated, for suggestions and documentation. */
const char *const *logic_operator_names(void);

#endif
