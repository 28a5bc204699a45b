/* What a rule may cost: steps, regular expressions, time. */
#include "unit.h"

#include "rules/logic.h"

static struct logic_program *compile(const char *rule)
{
	AUTO(json_putp) struct json_object *j = json_of(rule);
	AUTO(buf_free) struct buf pointer = {0};
	struct err err = {0};
	struct logic_program *p = logic_compile(j, NULL, false, &pointer, &err);

	if (!p)
		fail_msg("%s: %s", rule, err.msg);
	return p;
}

/* {"list": [n times `element`]} */
static struct json_object *list_of(size_t n, const char *element)
{
	struct json_object *j = json_object_new_object(), *list = json_object_new_array();

	for (size_t i = 0; i < n; i++)
		json_object_array_add(list, json_object_new_string(element));
	json_object_object_add(j, "list", list);
	return j;
}

/* What a rule throws on `data`; "" if it comes to an end. */
static const char *thrown(struct logic_ctx *ctx, const char *rule, struct json_object *data)
{
	static char text[64];
	struct logic_program *p = compile(rule);
	struct buf b = {0};
	struct value v;

	text[0] = 0;
	if (!logic_eval(p, ctx, value_from_json(data), &v)) {
		logic_error_text(ctx, &b);
		snprintf(text, sizeof(text), "%s", b.s);
	}
	buf_free(&b);
	logic_free(p);
	return text;
}

static const char *const costly = "{'some':[{'var':'list'},{'matches':[{'var':''},'^(a+)+$']}]}";
static const char *const cheap = "{'some':[{'var':'list'},{'matches':[{'var':''},'^b']}]}";

static void regular_expressions_count(void **state)
{
	struct logic_ctx *ctx = mem_calloc(1, sizeof(*ctx));
	AUTO(json_putp)
	struct json_object *few = list_of(1, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab");
	/* each takes a little less than a single match may */
	AUTO(json_putp) struct json_object *many = list_of(2000, "aaaaaaaaaaaaaab");
	AUTO(json_putp) struct json_object *large = list_of(20000, "aaaaaaaaaaaaaaaaaa");

	(void)state;
	logic_ctx_init(ctx);
	assert_string_equal(thrown(ctx, costly, few), "Regular Expression Limit");
	assert_string_equal(thrown(ctx, costly, many), "Too Much Work");
	assert_string_equal(thrown(ctx, cheap, large), "");
	logic_ctx_free(ctx);
	free(ctx);
}

static bool is_late(void *arg)
{
	return ++*(int *)arg > 3;
}

static void a_late_evaluation_ends(void **state)
{
	struct logic_ctx *ctx = mem_calloc(1, sizeof(*ctx));
	AUTO(json_putp) struct json_object *large = list_of(20000, "x");
	AUTO(json_putp) struct json_object *small = list_of(10, "x");
	int looks = 0;

	(void)state;
	logic_ctx_init(ctx);
	ctx->is_late = is_late;
	ctx->late_arg = &looks;
	assert_string_equal(thrown(ctx, "{'some':[{'var':'list'},{'==':[{'var':''},'y']}]}", large),
			    "Too Late");
	assert_int_equal(looks, 4);
	looks = 0;
	assert_string_equal(thrown(ctx, "{'some':[{'var':'list'},{'==':[{'var':''},'y']}]}", small), "");
	assert_int_equal(looks, 0); /* what is done soon does not ask for the time */
	/* `try` does not outlive it */
	assert_string_equal(thrown(ctx,
				   "{'try':[{'some':[{'var':'list'},{'==':[{'var':''},'y']}]},"
				   "{'some':[{'var':'list'},{'==':[{'var':''},'y']}]}]}",
				   large),
			    "Too Late");
	logic_ctx_free(ctx);
	free(ctx);
}

static void dollar_is_the_very_end(void **state)
{
	struct matcher m = {0};
	struct err err;
	struct pattern *part = pattern_compile("^(red|blue)$", 12, false, &err);
	struct pattern *whole = pattern_compile("a|ab)|(c", 8, true, &err),
		       *alternative = pattern_compile("a|ab", 4, true, &err);
	size_t work = 0;

	(void)state;
	assert_null(whole);
	assert_int_equal(pattern_match(part, &m, "red", 3, &work), MATCH_YES);
	assert_int_equal(pattern_match(part, &m, "red\n", 4, &work), MATCH_NO);
	assert_int_equal(pattern_match(alternative, &m, "ab", 2, &work), MATCH_YES);
	assert_int_equal(pattern_match(alternative, &m, "abc", 3, &work), MATCH_NO);
	assert_int_equal(pattern_match(alternative, &m, "ab\n", 3, &work), MATCH_NO);
	pattern_free(part);
	pattern_free(alternative);
	matcher_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(regular_expressions_count),
		cmocka_unit_test(a_late_evaluation_ends),
		cmocka_unit_test(dollar_is_the_very_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
