/* From which value of a figure on a rule could become true. */
#include "unit.h"

#include "rules/bound.h"

/* "m" is the figure, "half" half of it, "other" anything; all else is what it is. */
static enum bound_input look(const struct bound_inputs *in, const struct logic_path *path, uint64_t below,
			     long double *lo, long double *hi)
{
	const char *name = path->keys[0].s;

	(void)in;
	*lo = 0;
	*hi = (long double)(below - 1) / (strcmp(name, "half") ? 1 : 2);
	if (!strcmp(name, "other"))
		return BOUND_UNKNOWN;
	return strcmp(name, "m") && strcmp(name, "half") ? BOUND_FIXED : BOUND_RANGE;
}

static uint64_t bound_of(const char *rule, const char *data)
{
	static const struct bound_inputs in = {look};
	AUTO(json_putp) struct json_object *r = json_of(rule);
	AUTO(json_putp) struct json_object *d = json_of(data);
	struct logic_ctx *ctx = mem_calloc(1, sizeof(*ctx));
	struct buf pointer = {0};
	struct err err = {0};
	struct logic_program *p = logic_compile(r, NULL, false, &pointer, &err);
	uint64_t least;

	if (!p)
		fail_msg("%s: %s", rule, err.msg);
	logic_ctx_init(ctx);
	least = logic_bound(p, ctx, value_from_json(d), &in);
	logic_ctx_free(ctx);
	free(ctx);
	logic_free(p);
	buf_free(&pointer);
	return least;
}

#define MOST BOUND_MOST

static void bounds_of_rules(void **state)
{
	static const struct {
		const char *rule;
		uint64_t least;
	} cases[] = {
		{"{'>': [{'var': 'm'}, 100]}", 101},
		{"{'>=': [{'var': 'm'}, 100]}", 100},
		{"{'<': [100, {'var': 'm'}]}", 101},
		{"{'<': [100, {'var': 'm'}, 200]}", 101},
		{"{'==': [{'var': 'm'}, 7]}", 7},
		{"{'!': [{'<=': [{'var': 'm'}, 5]}]}", 6},
		{"{'>': [{'val': ['m']}, {'var': 'limit'}]}", 1001},
		{"{'>': [{'var': 'm'}, {'*': [{'var': 'limit'}, 2]}]}", 2001},
		{"{'>': [{'+': [{'var': 'm'}, 10]}, 100]}", 91},
		{"{'>': [{'*': [{'var': 'm'}, 2]}, 100]}", 51},
		{"{'>': [{'-': [{'var': 'm'}, {'var': 'limit'}]}, 0]}", 1001},
		{"{'>': [{'var': 'half'}, 100]}", 202},
		{"{'and': [{'>': [{'var': 'm'}, 100]}, {'var': 'yes'}]}", 101},
		{"{'and': [{'>': [{'var': 'm'}, 100]}, {'var': 'no'}]}", MOST},
		{"{'and': [{'>': [{'var': 'm'}, 100]}, {'>': [{'var': 'other'}, 3]}]}", 101},
		{"{'or': [{'>': [{'var': 'm'}, 100]}, {'>': [{'var': 'm'}, 50]}]}", 51},
		{"{'or': [{'>': [{'var': 'm'}, 100]}, {'var': 'no'}]}", 101},
		{"{'or': [{'>': [{'var': 'm'}, 100]}, {'var': 'yes'}]}", 0},
		{"{'or': [{'>': [{'var': 'm'}, 100]}, {'var': 'other'}]}", 0},
		{"{'if': [{'var': 'yes'}, {'>': [{'var': 'm'}, 10]}, {'>': [{'var': 'm'}, 5]}]}", 11},
		{"{'if': [{'var': 'no'}, {'>': [{'var': 'm'}, 10]}, {'>': [{'var': 'm'}, 20]}]}", 21},
		{"{'if': [{'>': [{'var': 'm'}, 30]}, true]}", 31},
		{"{'if': [{'var': 'other'}, {'>': [{'var': 'm'}, 10]}, {'>': [{'var': 'm'}, 20]}]}", 11},
		{"{'>': [{'max': [{'var': 'm'}, 3]}, 100]}", 101},
		{"{'>': [{'min': [{'var': 'm'}, 50]}, 100]}", MOST},
		{"{'some': [[1, 2], {'>': [{'val': [[2], 'm']}, 5]}]}", 0},
		{"{'and': [{'some': [[1, 2], {'>': [{'var': ''}, 1]}]}, {'>': [{'var': 'm'}, 9]}]}", 10},
		{"{'and': [{'throw': 'x'}, {'>': [{'var': 'm'}, 9]}]}", MOST},
		{"{'<': [{'var': 'm'}, 5]}", 0},
		{"{'var': 'm'}", 1},
		{"true", 0},
		{"false", MOST},
		{"{'!': [{'===': [{'var': 'm'}, '0']}]}", 0},
		{"{'>': [{'var': 'm'}, -5]}", 0},
		{"{'>': [{'var': 'm'}, 1e30]}", MOST},
		{"{'>': [{'var': 'm'}, 'text']}", 0},
		{"{'>': [{'%': [{'var': 'm'}, 10]}, 5]}", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint64_t least = bound_of(cases[i].rule, "{'limit': 1000, 'yes': true, 'no': false, 'm': 0}");

		/* too low by the width of its roundings, but never too high */
		if (least > cases[i].least || cases[i].least - least > 1)
			fail_msg("%s: %llu", cases[i].rule, (unsigned long long)least);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(bounds_of_rules)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
