/* A compiled rule, told in words. */
#include "rules/plain.h"
#include "plain_internal.h"

#include <inttypes.h>
#include <string.h>

static void tell_truth(struct telling *t, const struct logic_node *node, bool negated);

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

/* "memory limit is not set": what is not above 0 was not given either. */
static bool tell_unset(struct telling *t, const struct logic_node *node, const struct field *f, bool negated)
{
	static const struct {
		const char *op;
		bool unset;
	} ops[] = {{"==", true}, {"===", true}, {"<=", true}, {"!=", false}, {"!==", false}, {">", false}};

	if (!f->meaning->unset || node->n != 2 || !is_zero(node->args[1]))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(ops); i++)
		if (known_is(node, ops[i].op)) {
			plain_tell_value(t, node->args[0]);
			buf_puts(t->out, ops[i].unset != negated ? " is not set" : " is set");
			return true;
		}
	return false;
}

/* == true, != false: the flag itself. */
static bool tell_flag(struct telling *t, const struct logic_node *node, const struct field *f, bool negated)
{
	bool equal = known_is(node, "==") || known_is(node, "==="),
	     unequal = known_is(node, "!=") || known_is(node, "!==");
	const struct logic_node *other = node->args[1];

	if (f->type != FIELD_FLAG || node->n != 2 || !(equal || unequal) || other->kind != NODE_CONST ||
	    other->constant.type != V_BOOL)
		return false;
	tell_truth(t, node->args[0], negated != (equal != other->constant.b));
	return true;
}

static void tell_relation(struct telling *t, const struct logic_node *node, const char *relation)
{
	struct field f;

	known_field(t->program, t->scope, node->args[0], &f);
	plain_tell_value(t, node->args[0]);
	buf_printf(t->out, " %s ", relation);
	for (size_t i = 1; i < node->n; i++) {
		const struct logic_node *arg = node->args[i];

		buf_puts(t->out, i > 1 ? " or " : "");
		if (arg->kind == NODE_CONST && value_is_array(arg->constant))
			plain_put_choices(t->out, arg->constant, f.meaning->unit);
		else if (arg->kind == NODE_CONST)
			plain_put_constant(t->out, arg->constant, f.meaning->unit);
		else
			plain_tell_value(t, arg);
	}
}

/* What is looked for stands first in "in", but "its added capabilities have "ALL"" reads better. */
static bool tell_member(struct telling *t, const struct logic_node *node, bool negated)
{
	if (!known_is(node, "in") || node->n != 2 || node->args[1]->kind == NODE_CONST ||
	    node->args[1]->kind == NODE_ARRAY)
		return false;
	plain_tell_value(t, node->args[1]);
	buf_puts(t->out, negated ? " do not have " : " have ");
	plain_tell_value(t, node->args[0]);
	return true;
}

static bool tell_comparison(struct telling *t, const struct logic_node *node, bool negated)
{
	struct field f;

	if (node->n < 2)
		return false;
	known_field(t->program, t->scope, node->args[0], &f);
	if (tell_unset(t, node, &f, negated) || tell_flag(t, node, &f, negated) ||
	    tell_member(t, node, negated))
		return true;
	if (known_is(node, "in") && node->args[1]->kind == NODE_CONST &&
	    value_is_array(node->args[1]->constant) && value_len(node->args[1]->constant) == 1) {
		tell_relation(t, node, negated ? "is not" : "is");
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(relations); i++)
		if (known_is(node, relations[i].name)) {
			tell_relation(t, node, negated ? relations[i].does_not : relations[i].holds);
			return true;
		}
	return false;
}

enum junction { NO_JUNCTION, ALL, ANY };

/* What it is in the end: not (a and b) is not a or not b. */
static enum junction junction_of(const struct logic_node *node, bool negated)
{
	while ((known_is(node, "!") || known_is(node, "!!")) && node->n == 1) {
		negated = known_is(node, "!") ? !negated : negated;
		node = node->args[0];
	}
	if (node->n < 2 || (!known_is(node, "and") && !known_is(node, "or")))
		return NO_JUNCTION;
	return known_is(node, "and") != negated ? ALL : ANY;
}

static bool tell_junction(struct telling *t, const struct logic_node *node, bool negated)
{
	enum junction own = junction_of(node, negated);

	if (!known_is(node, "and") && !known_is(node, "or"))
		return false;
	for (size_t i = 0; i < node->n; i++) {
		enum junction inner = junction_of(node->args[i], negated);
		bool nested = inner != NO_JUNCTION && inner != own;

		buf_puts(t->out, !i ? "" : own == ALL ? " and " : " or ");
		buf_puts(t->out, nested ? "(" : "");
		plain_tell(t, node->args[i], negated);
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
		plain_tell_value(t, node->args[0]);
		buf_puts(t->out, ": (");
		plain_tell(&within, node->args[1], false);
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
		plain_tell(t, node->args[i], false);
		buf_puts(t->out, " then (");
		plain_tell(t, node->args[i + 1], negated);
		buf_puts(t->out, ")");
	}
	if (node->n % 2) {
		buf_puts(t->out, ", else (");
		plain_tell(t, node->args[node->n - 1], negated);
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
	if (known_is(node, "missing") && node->n == 1 && node->args[0]->kind == NODE_CONST) {
		plain_put_constant(t->out, node->args[0]->constant, UNIT_NONE);
		buf_puts(t->out, negated ? " is there" : " is missing");
	} else if (node->kind == NODE_CONST) {
		buf_puts(t->out, value_truthy(node->constant) != negated ? "always" : "never");
	} else if (flag && f.meaning->words) {
		buf_puts(t->out, negated ? "it is not " : "it is ");
		plain_tell_value(t, node);
	} else {
		plain_tell_value(t, node);
		buf_puts(t->out, flag			? (negated ? " is false" : " is true")
				 : f.type == FIELD_LIST ? (negated ? " are none" : " are there")
				 : negated		? " is not set"
							: " is set");
	}
}

void plain_tell(struct telling *t, const struct logic_node *node, bool negated)
{
	if ((known_is(node, "!") || known_is(node, "!!")) && node->n == 1)
		plain_tell(t, node->args[0], known_is(node, "!") ? !negated : negated);
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
	plain_put_number(out, value_uint(ns), UNIT_NANOSECONDS);
	buf_puts(out, after);
}

static void put_program(struct buf *out, const struct logic_program *p, bool value)
{
	struct telling t = {p, NULL, out};

	if (value)
		plain_tell_value(&t, p->root);
	else
		plain_tell(&t, p->root, false);
}

/* The greatest -x is the least x. */
static void tell_order(struct buf *out, const struct logic_program *pick)
{
	bool least = known_is(pick->root, "-") && pick->root->n == 1;
	AUTO(buf_free) struct buf what = {0};
	struct telling t = {pick, NULL, &what};

	plain_tell_value(&t, least ? pick->root->args[0] : pick->root);
	buf_printf(out, "with the %s %s", least ? "least" : "greatest",
		   what.s + (str_starts_with(what.s, "the ") ? strlen("the ") : 0));
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
