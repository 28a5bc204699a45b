#include "base/memory.h"
#include "logic_internal.h"

#include <string.h>

/* The language in one table. Argument counts are checked at load; `0` as maximum means any number. */
static const struct logic_op operators[] = {
	{"var", 0, 2, OP_DOTTED, op_var},
	{"val", 0, 0, OP_PATH, op_val},
	{"exists", 0, 0, OP_PATH, op_exists},
	{"missing", 0, 0, OP_PATHS, op_missing},
	{"missing_some", 2, 2, OP_PATHS, op_missing_some},
	{"??", 0, 0, OP_PURE, op_coalesce},
	{"if", 0, 0, OP_PURE | OP_LIST, op_if},
	{"?:", 0, 0, OP_PURE | OP_LIST, op_if},
	{"and", 0, 0, OP_PURE | OP_LIST, op_and},
	{"or", 0, 0, OP_PURE | OP_LIST, op_or},
	{"!", 0, 1, OP_PURE, op_not},
	{"!!", 0, 1, OP_PURE, op_truthy},
	{"==", 2, 0, OP_PURE | OP_LIST, op_compare},
	{"===", 2, 0, OP_PURE | OP_LIST, op_compare},
	{"!=", 2, 0, OP_PURE | OP_LIST, op_compare},
	{"!==", 2, 0, OP_PURE | OP_LIST, op_compare},
	{"<", 2, 0, OP_PURE | OP_LIST, op_compare},
	{"<=", 2, 0, OP_PURE | OP_LIST, op_compare},
	{">", 2, 0, OP_PURE | OP_LIST, op_compare},
	{">=", 2, 0, OP_PURE | OP_LIST, op_compare},
	{"+", 0, 0, OP_PURE, op_arithmetic},
	{"-", 1, 0, OP_PURE, op_arithmetic},
	{"*", 0, 0, OP_PURE, op_arithmetic},
	{"/", 1, 0, OP_PURE, op_arithmetic},
	{"%", 1, 0, OP_PURE, op_arithmetic},
	{"min", 1, 0, OP_PURE, op_min_max},
	{"max", 1, 0, OP_PURE, op_min_max},
	{"in", 2, 2, OP_PURE, op_in},
	{"cat", 0, 0, OP_PURE, op_cat},
	{"substr", 2, 3, OP_PURE, op_substr},
	{"merge", 0, 0, OP_PURE, op_merge},
	{"map", 2, 2, OP_LIST | OP_ITERATES, op_map},
	{"filter", 2, 2, OP_LIST | OP_ITERATES, op_filter},
	{"reduce", 2, 3, OP_LIST | OP_ITERATES, op_reduce},
	{"all", 2, 2, OP_LIST | OP_ITERATES, op_quantify},
	{"some", 2, 2, OP_LIST | OP_ITERATES, op_quantify},
	{"none", 2, 2, OP_LIST | OP_ITERATES, op_quantify},
	{"try", 0, 0, OP_TRIES, op_try},
	{"throw", 1, 1, 0, op_throw},
	{"preserve", 0, 0, OP_RAW, op_preserve},
	{"matches", 2, 2, OP_PURE | OP_REGEX, op_matches},
	{"starts_with", 2, 0, OP_PURE, op_affix},
	{"ends_with", 2, 0, OP_PURE, op_affix},
	{"path_within", 2, 0, OP_PURE, op_path_within},
	{"bytes", 1, 1, OP_PURE | OP_STRICT, op_bytes},
	{"duration", 1, 1, OP_PURE | OP_STRICT, op_duration},
	{"lower", 1, 1, OP_PURE, op_case},
	{"upper", 1, 1, OP_PURE, op_case},
	{"length", 1, 1, OP_PURE, op_length},
	{"keys", 1, 1, OP_PURE, op_keys_values},
	{"values", 1, 1, OP_PURE, op_keys_values},
	{"cidr_contains", 2, 2, OP_PURE, op_cidr_contains},
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
