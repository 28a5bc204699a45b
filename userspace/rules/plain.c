/* A compiled rule, told in words. */
#include "rules/plain.h"
#include "known_internal.h"

#include <inttypes.h>
#include <string.h>

struct telling {
	const struct logic_program *program;
	const struct known_scope *scope;
	struct buf *out;
};

static void tell(struct telling *t, const struct logic_node *node, bool negated);
static void tell_value(struct telling *t, const struct logic_node *node);

/* ---- values ---- */

/* 1073741824 is "1 GiB" of bytes; what no unit divides stays as it is. */
static bool put_in_units(struct buf *out, long double n, const char *const *units, const long double *sizes)
{
	for (; *units; units++, sizes++)
		if (n >= *sizes && n * 100 / *sizes == (long double)(int64_t)(n * 100 / *sizes)) {
			buf_printf(out, "%.6Lg %s", n / *sizes, *units);
			return true;
		}
	return false;
}

static void put_number(struct buf *out, struct value v, enum field_unit unit)
{
	static const char *const bytes[] = {"TiB", "GiB", "MiB", "KiB", NULL};
	static const long double byte_sizes[] = {1099511627776.0L, 1073741824, 1048576, 1024};
	static const char *const times[] = {"d", "h", "min", "s", "ms", NULL};
	static const long double time_sizes[] = {86400, 3600, 60, 1, 0.001L};
	static const long double scales[] = {
		[UNIT_SECONDS] = 1, [UNIT_MICROSECONDS] = 1e-6L, [UNIT_NANOSECONDS] = 1e-9L};
	long double n = value_number(v);

	if (unit == UNIT_BYTES && put_in_units(out, n, bytes, byte_sizes))
		return;
	if ((unit == UNIT_SECONDS || unit == UNIT_MICROSECONDS || unit == UNIT_NANOSECONDS) &&
	    put_in_units(out, n * scales[unit], times, time_sizes))
		return;
	if (unit == UNIT_NANO_CPUS) {
		buf_printf(out, "%.6Lg CPUs", n / 1e9L);
		return;
	}
	value_to_text(v, out);
	buf_puts(out, unit == UNIT_PERCENT ? " %" : unit == UNIT_BYTES ? " bytes" : "");
}

static void put_constant(struct buf *out, struct value v, enum field_unit unit)
{
	if (value_is_number(v))
		put_number(out, v, unit);
	else if (v.type == V_NULL)
		buf_puts(out, "nothing");
	else
		known_value_text(v, out);
}

/* "red", "blue" or "green" */
static void put_choices(struct buf *out, struct value list, enum field_unit unit)
{
	size_t n = value_len(list);

	for (size_t i = 0; i < n; i++) {
		buf_puts(out, !i ? "" : i + 1 == n ? " or " : ", ");
		put_constant(out, value_at(list, i), unit);
	}
	if (!n)
		buf_puts(out, "nothing");
}

/* ---- fields ---- */

/* The words of the table; a label, a variable and what the table has no words for by its name. */
static void put_field(struct telling *t, const struct logic_node *node, const struct field *f)
{
	static const struct {
		const char *path, *words;
	} maps[] = {{"labels.*", "label"},
		    {"env.*", "variable"},
		    {"request.RequestHeaders.*", "header"},
		    {"request.parameters.*", "parameter"},
		    {"request.ParsedUri.parameters.*", "parameter"},
		    {"request.flags.*", "flag"},
		    {"request.target.labels.*", "the target's label"},
		    {"params.Config.Labels.*", "label"},
		    {"verdict.labels.*", "label"}};

	if (f->meaning->words) {
		buf_puts(t->out, f->meaning->words);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(maps) && node->path.len; i++)
		if (!strcmp(maps[i].path, f->path)) {
			buf_printf(t->out, "%s ", maps[i].words);
			value_to_text(node->path.keys[node->path.len - 1], t->out);
			return;
		}
	if (!node->path.len)
		buf_puts(t->out, "it");
	else
		known_path_text(node, t->out);
}

static void tell_call(struct telling *t, const struct logic_node *node)
{
	buf_printf(t->out, "%s(", node->op->name);
	for (size_t i = 0; i < node->n; i++) {
		buf_puts(t->out, i ? ", " : "");
		tell_value(t, node->args[i]);
	}
	buf_puts(t->out, ")");
}

static void tell_infix(struct telling *t, const struct logic_node *node)
{
	if (node->n < 2)
		buf_puts(t->out, node->op->name);
	for (size_t i = 0; i < node->n; i++) {
		if (i)
			buf_printf(t->out, " %s ", node->op->name);
		tell_value(t, node->args[i]);
	}
}

/* What `filter` lets through: "its mounts of which (…)". */
static void tell_filter(struct telling *t, const struct logic_node *node)
{
	struct known_scope inner = known_elements(t->program, t->scope, node);
	struct telling within = {t->program, &inner, t->out};

	tell_value(t, node->args[0]);
	buf_puts(t->out, " of which (");
	tell(&within, node->args[1], false);
	buf_puts(t->out, ")");
}

static bool is_infix(const struct logic_node *node)
{
	return node->kind == NODE_OP && node->op->fn == op_arithmetic;
}

static void tell_value(struct telling *t, const struct logic_node *node)
{
	struct field f;

	if (node->kind == NODE_CONST) {
		put_constant(t->out, node->constant, UNIT_NONE);
	} else if (node->kind == NODE_ARRAY) {
		for (size_t i = 0; i < node->n; i++) {
			buf_puts(t->out, i ? ", " : "");
			tell_value(t, node->args[i]);
		}
	} else if (known_reads(node)) {
		known_field(t->program, t->scope, node, &f);
		put_field(t, node, &f);
	} else if (known_is(node, "??") && node->n) {
		tell_value(t, node->args[0]);
	} else if (known_is(node, "filter")) {
		tell_filter(t, node);
	} else if (known_is(node, "length") || known_is(node, "keys") || known_is(node, "lower") ||
		   known_is(node, "upper")) {
		buf_puts(t->out, known_is(node, "length") ? "the number of "
				 : known_is(node, "keys") ? "the names of "
							  : "");
		tell_value(t, node->args[0]);
		buf_puts(t->out, known_is(node, "lower")   ? " in lower case"
				 : known_is(node, "upper") ? " in upper case"
							   : "");
	} else if (is_infix(node)) {
		tell_infix(t, node);
	} else {
		tell_call(t, node);
	}
}

/* ---- conditions ---- */

static const struct {
	const char *name, *holds, *does_not;
} relations[] = {
	{"==", "is", "is not"},
	{"===", "is", "is not"},
	{"!=", "is not", "is"},
	{"!==", "is not", "is"},
	{"<", "is under", "is not under"},
	{"<=", "is at most", "is over"},
	{">", "is over", "is at most"},
	{">=", "is at least", "is under"},
	{"in", "is one of", "is none of"},
	{"matches", "matches", "does not match"},
	{"starts_with", "begins with", "does not begin with"},
	{"ends_with", "ends with", "does not end with"},
	{"path_within", "is within", "is not within"},
	{"cidr_contains", "contains", "does not contain"},
};

static bool is_zero(const struct logic_node *node)
{
	return node->kind == NODE_CONST && !value_truthy(node->constant) && node->constant.type != V_BOOL &&
	       !value_is_array(node->constant);
}

/* "memory limit is not set" */
static bool tell_unset(struct telling *t, const struct logic_node *node, const struct field *f, bool negated)
{
	bool equal = known_is(node, "==") || known_is(node, "==="),
	     unequal = known_is(node, "!=") || known_is(node, "!==");

	if (!f->meaning->unset || node->n != 2 || !is_zero(node->args[1]) || !(equal || unequal))
		return false;
	tell_value(t, node->args[0]);
	buf_puts(t->out, equal != negated ? " is not set" : " is set");
	return true;
}

static void tell_relation(struct telling *t, const struct logic_node *node, const char *relation)
{
	struct field f;

	known_field(t->program, t->scope, node->args[0], &f);
	tell_value(t, node->args[0]);
	buf_printf(t->out, " %s ", relation);
	for (size_t i = 1; i < node->n; i++) {
		const struct logic_node *arg = node->args[i];

		buf_puts(t->out, i > 1 ? " or " : "");
		if (arg->kind == NODE_CONST && value_is_array(arg->constant))
			put_choices(t->out, arg->constant, f.meaning->unit);
		else if (arg->kind == NODE_CONST)
			put_constant(t->out, arg->constant, f.meaning->unit);
		else
			tell_value(t, arg);
	}
}

/* What is looked for stands first in "in", but "its added capabilities have "ALL"" reads better. */
static bool tell_member(struct telling *t, const struct logic_node *node, bool negated)
{
	if (!known_is(node, "in") || node->n != 2 || node->args[1]->kind == NODE_CONST ||
	    node->args[1]->kind == NODE_ARRAY)
		return false;
	tell_value(t, node->args[1]);
	buf_puts(t->out, negated ? " do not have " : " have ");
	tell_value(t, node->args[0]);
	return true;
}

static bool tell_comparison(struct telling *t, const struct logic_node *node, bool negated)
{
	struct field f;

	if (node->n < 2)
		return false;
	known_field(t->program, t->scope, node->args[0], &f);
	if (tell_unset(t, node, &f, negated) || tell_member(t, node, negated))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(relations); i++)
		if (known_is(node, relations[i].name)) {
			tell_relation(t, node, negated ? relations[i].does_not : relations[i].holds);
			return true;
		}
	return false;
}

static bool is_compound(const struct logic_node *node)
{
	return node->kind == NODE_OP && node->n > 1 && (known_is(node, "and") || known_is(node, "or"));
}

/* not (a and b) is not a or not b. */
static bool tell_junction(struct telling *t, const struct logic_node *node, bool negated)
{
	bool all = known_is(node, "and");

	if (!all && !known_is(node, "or"))
		return false;
	for (size_t i = 0; i < node->n; i++) {
		bool nested = is_compound(node->args[i]) && !known_is(node->args[i], node->op->name);

		buf_puts(t->out, !i ? "" : all != negated ? " and " : " or ");
		buf_puts(t->out, nested ? "(" : "");
		tell(t, node->args[i], negated);
		buf_puts(t->out, nested ? ")" : "");
	}
	return true;
}

static bool tell_quantifier(struct telling *t, const struct logic_node *node, bool negated)
{
	static const struct {
		const char *name, *holds, *does_not;
	} words[] = {{"some", "of one of ", "of none of "},
		     {"none", "of none of ", "of one of "},
		     {"all", "of all of ", "not of all of "}};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		struct known_scope inner;
		struct telling within = {t->program, &inner, t->out};

		if (!known_is(node, words[i].name))
			continue;
		inner = known_elements(t->program, t->scope, node);
		buf_puts(t->out, negated ? words[i].does_not : words[i].holds);
		tell_value(t, node->args[0]);
		buf_puts(t->out, ": (");
		tell(&within, node->args[1], false);
		buf_puts(t->out, ")");
		return true;
	}
	return false;
}

static bool tell_choice(struct telling *t, const struct logic_node *node, bool negated)
{
	if ((!known_is(node, "if") && !known_is(node, "?:")) || node->n < 2)
		return false;
	for (size_t i = 0; i + 1 < node->n; i += 2) {
		buf_puts(t->out, i ? ", else if " : "if ");
		tell(t, node->args[i], false);
		buf_puts(t->out, " then (");
		tell(t, node->args[i + 1], negated);
		buf_puts(t->out, ")");
	}
	if (node->n % 2) {
		buf_puts(t->out, ", else (");
		tell(t, node->args[node->n - 1], negated);
		buf_puts(t->out, ")");
	}
	return true;
}

/* A value where a truth belongs: true, or there at all. */
static void tell_truth(struct telling *t, const struct logic_node *node, bool negated)
{
	struct field f;
	bool flag;

	known_field(t->program, t->scope, node, &f);
	flag = f.type == FIELD_FLAG;
	if (node->kind == NODE_CONST) {
		buf_puts(t->out, value_truthy(node->constant) != negated ? "always" : "never");
	} else if (flag && f.meaning->words) {
		buf_puts(t->out, negated ? "it is not " : "it is ");
		tell_value(t, node);
	} else {
		tell_value(t, node);
		buf_puts(t->out, flag			? (negated ? " is false" : " is true")
				 : f.type == FIELD_LIST ? (negated ? " are none" : " are there")
				 : negated		? " is not set"
							: " is set");
	}
}

static void tell(struct telling *t, const struct logic_node *node, bool negated)
{
	if ((known_is(node, "!") || known_is(node, "!!")) && node->n == 1)
		tell(t, node->args[0], known_is(node, "!") ? !negated : negated);
	else if (node->kind != NODE_OP || known_reads(node))
		tell_truth(t, node, negated);
	else if (!tell_junction(t, node, negated) && !tell_quantifier(t, node, negated) &&
		 !tell_choice(t, node, negated) && !tell_comparison(t, node, negated))
		tell_truth(t, node, negated);
}

/* ---- the whole ---- */

static void put_duration(struct buf *out, const char *before, uint64_t ns, const char *after)
{
	if (!ns)
		return;
	buf_puts(out, before);
	put_number(out, value_uint(ns), UNIT_NANOSECONDS);
	buf_puts(out, after);
}

static void put_program(struct buf *out, const struct logic_program *p, bool value)
{
	struct telling t = {p, NULL, out};

	if (value)
		tell_value(&t, p->root);
	else
		tell(&t, p->root, false);
}

/* The greatest -x is the least x. */
static void tell_order(struct buf *out, const struct logic_program *pick)
{
	bool least = known_is(pick->root, "-") && pick->root->n == 1;
	struct telling t = {pick, NULL, out};

	buf_puts(out, least ? "with the least " : "with the greatest ");
	tell_value(&t, least ? pick->root->args[0] : pick->root);
}

static void put_group(struct buf *out, const struct rule *rule)
{
	bool host = rule->per && rule->per->root->kind == NODE_CONST;

	if (rule->per && !host) {
		buf_puts(out, ", of the containers that share ");
		put_program(out, rule->per, true);
	}
	if (!rule->pick)
		return;
	buf_printf(out, "; meant is%s ", rule->take > 1 ? " of these" : " the one");
	if (rule->take > 1)
		buf_printf(out, "the %" PRIu64 " ", rule->take);
	tell_order(out, rule->pick);
}

void plain_rule(enum rule_file kind, const struct rule *rule, struct buf *out)
{
	static const char *const begins[] = {[FILE_RULES] = "violated when ",
					     [FILE_REQUEST_RULES] = "violated when ",
					     [FILE_WHITELIST_RULES] = "exempt when ",
					     [FILE_TRIGGERS] = "runs when ",
					     [RULE_FILES] = ""};

	if (kind == FILE_TRIGGERS && !rule->program) {
		buf_puts(out, "runs on each detection");
		return;
	}
	if (!rule->program)
		return;
	buf_puts(out, begins[kind]);
	put_program(out, rule->program, false);
	put_duration(out, " for ", rule->for_ns, "");
	put_group(out, rule);
	put_duration(out, ", acted upon after ", rule->grace_ns, "");
}
