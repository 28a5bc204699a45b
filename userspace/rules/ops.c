#include "base/memory.h"
#include "logic_internal.h"

#include <string.h>
#include <strings.h>

/* The language in one table. Argument counts are checked at load; `0` as maximum means any number. */
static const struct logic_op operators[] = {
	{"var", 0, 2, OP_DOTTED, op_var, 0},
	{"val", 0, 0, OP_PATH, op_val, 0},
	{"exists", 0, 0, OP_PATH, op_exists, 0},
	{"missing", 0, 0, OP_PATHS, op_missing, 0},
	{"missing_some", 2, 2, OP_PATHS, op_missing_some, 0},
	{"??", 0, 0, OP_PURE, op_coalesce, 0},
	{"if", 0, 0, OP_PURE | OP_LIST, op_if, 0},
	{"?:", 0, 0, OP_PURE | OP_LIST, op_if, 0},
	{"and", 0, 0, OP_PURE | OP_LIST, op_and, 0},
	{"or", 0, 0, OP_PURE | OP_LIST, op_or, 0},
	{"!", 0, 1, OP_PURE, op_not, 0},
	{"!!", 0, 1, OP_PURE, op_truthy, 0},
	{"==", 2, 0, OP_PURE | OP_LIST, op_compare, CMP_EQ},
	{"===", 2, 0, OP_PURE | OP_LIST, op_compare, CMP_SEQ},
	{"!=", 2, 0, OP_PURE | OP_LIST, op_compare, CMP_NE},
	{"!==", 2, 0, OP_PURE | OP_LIST, op_compare, CMP_SNE},
	{"<", 2, 0, OP_PURE | OP_LIST, op_compare, CMP_LT},
	{"<=", 2, 0, OP_PURE | OP_LIST, op_compare, CMP_LE},
	{">", 2, 0, OP_PURE | OP_LIST, op_compare, CMP_GT},
	{">=", 2, 0, OP_PURE | OP_LIST, op_compare, CMP_GE},
	{"+", 0, 0, OP_PURE, op_arithmetic, ARITH_ADD},
	{"-", 1, 0, OP_PURE, op_arithmetic, ARITH_SUBTRACT},
	{"*", 0, 0, OP_PURE, op_arithmetic, ARITH_MULTIPLY},
	{"/", 1, 0, OP_PURE, op_arithmetic, ARITH_DIVIDE},
	{"%", 1, 0, OP_PURE, op_arithmetic, ARITH_MODULO},
	{"min", 1, 0, OP_PURE, op_min_max, EXTREME_MIN},
	{"max", 1, 0, OP_PURE, op_min_max, EXTREME_MAX},
	{"in", 2, 2, OP_PURE, op_in, 0},
	{"cat", 0, 0, OP_PURE, op_cat, 0},
	{"substr", 2, 3, OP_PURE, op_substr, 0},
	{"merge", 0, 0, OP_PURE, op_merge, 0},
	{"map", 2, 2, OP_LIST | OP_ITERATES, op_map, 0},
	{"filter", 2, 2, OP_LIST | OP_ITERATES, op_filter, 0},
	{"reduce", 2, 3, OP_LIST | OP_ITERATES, op_reduce, 0},
	{"all", 2, 2, OP_LIST | OP_ITERATES, op_quantify, QUANTIFY_ALL},
	{"some", 2, 2, OP_LIST | OP_ITERATES, op_quantify, QUANTIFY_SOME},
	{"none", 2, 2, OP_LIST | OP_ITERATES, op_quantify, QUANTIFY_NONE},
	{"try", 0, 0, OP_TRIES, op_try, 0},
	{"throw", 1, 1, 0, op_throw, 0},
	{"preserve", 0, 0, OP_RAW, op_preserve, 0},
	{"matches", 2, 2, OP_PURE | OP_REGEX, op_matches, 0},
	{"starts_with", 2, 0, OP_PURE, op_affix, AFFIX_START},
	{"ends_with", 2, 0, OP_PURE, op_affix, AFFIX_END},
	{"path_within", 2, 0, OP_PURE, op_path_within, 0},
	{"bytes", 1, 1, OP_PURE | OP_STRICT, op_bytes, 0},
	{"duration", 1, 1, OP_PURE | OP_STRICT, op_duration, 0},
	{"lower", 1, 1, OP_PURE, op_case, CASE_LOWER},
	{"upper", 1, 1, OP_PURE, op_case, CASE_UPPER},
	{"length", 1, 1, OP_PURE, op_length, 0},
	{"keys", 1, 1, OP_PURE, op_members, MEMBERS_KEYS},
	{"values", 1, 1, OP_PURE, op_members, MEMBERS_VALUES},
	{"cidr_contains", 2, 2, OP_PURE, op_cidr_contains, 0},
};

const struct logic_op *logic_op_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(operators); i++)
		if (!strcmp(operators[i].name, name))
			return &operators[i];
	return NULL;
}

const char *const *logic_operator_names(void)
{
	static _Thread_local const char *names[ARRAY_LEN(operators) + 1];

	for (size_t i = 0; i < ARRAY_LEN(operators); i++)
		names[i] = operators[i].name;
	return names;
}

/* What other languages call them; "=" is nearer to "!" than to "==", by letters. */
const char *logic_op_meant(const char *name)
{
	static const char *const others[][2] = {
		{"=", "=="},
		{"eq", "=="},
		{"is", "=="},
		{"ne", "!="},
		{"<>", "!="},
		{"=!", "!="},
		{"=>", ">="},
		{"=<", "<="},
		{"not", "!"},
		{"&&", "and"},
		{"||", "or"},
		{"contains", "in"},
		{"startswith", "starts_with"},
		{"endswith", "ends_with"},
		{"regex", "matches"},
		{"match", "matches"},
		{"len", "length"},
		{"count", "length"},
		{"any", "some"},
		{"every", "all"},
		{"tolower", "lower"},
		{"toupper", "upper"},
		{"concat", "cat"},
		{"size", "length"},
	};

	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (!strcasecmp(others[i][0], name))
			return others[i][1];
	return str_nearest(name, logic_operator_names());
}
