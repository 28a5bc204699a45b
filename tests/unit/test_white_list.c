/* WHITE_LIST and IMAGE_WHITE_LIST: what an entry is, whom it exempts, and what stops the start. */
#include "unit.h"

#include "enforce/white_list_internal.h"
#include "rules/needs.h"
#include "view/subject.h"

#define ID    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define OTHER "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static const char rules[] =
	"[{'name':'mem','rule':true},{'name':'no memory limit (house 1)','rule':true},"
	"{'name':'a, b','rule':true},{'name':'a','rule':true},{'name':'x|y)','rule':true}]";

static struct policy policy_of(const char *option, const char *value)
{
	AUTO(json_putp) struct json_object *j = json_of(rules);
	AUTO(findings_free) struct findings problems = {0};
	struct policy p = {0};
	struct err err;

	if (ruleset_compile(FILE_RULES, j, "t", subject_binding(false), &p.lists[FILE_RULES], &problems))
		fail_msg("%s", problems.items[0].text);
	if (white_list_add(&p.white_list, option, value, *option == 'I', &p.lists[FILE_RULES], &err))
		fail_msg("%s: %s", value, err.msg);
	return p;
}

static void free_policy(struct policy *p)
{
	ruleset_free(&p->lists[FILE_RULES]);
	white_list_free(&p->white_list);
}

static bool exempts(const struct policy *p, const char *name, const char *image, const char *rule)
{
	AUTO(free_charp)
	char *text = mem_printf("{'Id':'abc','Name':'%s','Image':'sha256:" ID "','HostConfig':{},"
				"'Config':{'Image':'%s'}}",
				name, image);
	struct logic_ctx *ctx = mem_calloc(1, sizeof(*ctx));
	AUTO(json_putp) struct json_object *digests = json_of("['docker.io/library/dig@sha256:" OTHER "']");
	struct err err;
	struct container *c = container_from_inspect(json_of(text), NULL, &err);
	bool found;

	if (!c)
		fail_msg("%s", err.msg);
	c->image_digests = value_from_json(digests);
	logic_ctx_init(ctx);
	found = policy_exempts(p, ctx, c, rule);
	logic_ctx_free(ctx);
	free(ctx);
	container_put(c);
	return found;
}

static void names_and_expressions_exempt(void **state)
{
	struct policy p = policy_of("WHITE_LIST", "db.*, cache|mem ,(a|b)x,web.1,w{1,3}q,[,|]+,y\\,z|mem");

	(void)state;
	assert_true(exempts(&p, "/db1", "i", "any"));
	assert_false(exempts(&p, "/mydb", "i", "any")); /* whole */
	assert_false(exempts(&p, "/db1\\n", "i", "any"));
	assert_true(exempts(&p, "/cache", "i", "mem"));
	assert_false(exempts(&p, "/cache", "i", "cpu"));
	assert_true(exempts(&p, "/ax", "i", "any"));
	assert_true(exempts(&p, "/wwq", "i", "any"));
	assert_true(exempts(&p, "/web.1", "i", "any"));
	assert_false(exempts(&p, "/webx1", "i", "any")); /* a name, of which a dot is a part */
	assert_true(exempts(&p, "/,|,", "i", "any"));
	assert_true(exempts(&p, "/y,z", "i", "mem"));
	assert_int_equal(p.white_list.count, 7);
	free_policy(&p);
}

static void rules_may_have_any_name(void **state)
{
	struct policy p = policy_of("WHITE_LIST",
				    "web|no memory limit (house 1),w|a, b,v|a,(c|d)|x|y),u|cannot be read");

	(void)state;
	assert_int_equal(p.white_list.count, 5);
	assert_true(exempts(&p, "/web", "i", "no memory limit (house 1)"));
	assert_false(exempts(&p, "/web", "i", "mem"));
	assert_true(exempts(&p, "/w", "i", "a, b"));
	assert_false(exempts(&p, "/w", "i", "a"));
	assert_true(exempts(&p, "/v", "i", "a"));
	assert_true(exempts(&p, "/d", "i", "x|y)"));
	assert_false(exempts(&p, "/d", "i", "a"));
	assert_true(exempts(&p, "/u", "i", "cannot be read"));
	free_policy(&p);
}

static void what_is_no_entry_stops_the_start(void **state)
{
	static const char *const bad[][2] = {
		{"web|no such rule", "is called \"no such rule\""},
		{"web|no memory limit (house 2)", "did you mean \"no memory limit (house 1)\""},
		{"web|", "is called \"\""},
		{"a|b", "(a|b)"},
		{"web|mem x", "is called \"mem x\""},
		{"web|MEM", "did you mean \"mem\""},
		{"|mem", "nothing is named"},
		{"(", "neither a name nor"},
		{"web,(a", "(a"},
		{"web|mem,[a", "[a"},
		{"*", "*"},
		{"\\Qa,b\\E", "\\Q"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO(json_putp) struct json_object *j = json_of(rules);
		AUTO(findings_free) struct findings problems = {0};
		struct rule_list list;
		struct white_list wl = {0};
		struct err err = {0};

		ruleset_compile(FILE_RULES, j, "t", subject_binding(false), &list, &problems);
		if (!white_list_add(&wl, "WHITE_LIST", bad[i][0], false, &list, &err))
			fail_msg("\"%s\" is accepted", bad[i][0]);
		assert_contains(err.msg, "WHITE_LIST: ");
		assert_contains(err.msg, bad[i][1]);
		white_list_free(&wl);
		ruleset_free(&list);
	}
}

static void an_image_is_what_was_asked_for(void **state)
{
	struct policy p =
		policy_of("IMAGE_WHITE_LIST",
			  "busybox,aaa/ok:1|mem,r\\.example/app:[0-9]{1,2},trusted:.*,sha256:" OTHER);

	(void)state;
	assert_true(exempts(&p, "/c", "busybox", "any"));
	assert_true(exempts(&p, "/c", "docker.io/library/busybox:latest", "any"));
	assert_true(exempts(&p, "/c", "index.docker.io/busybox", "any"));
	assert_false(exempts(&p, "/c", "busybox:1", "any"));
	assert_false(exempts(&p, "/c", "evil.example/library/busybox", "any"));
	assert_true(exempts(&p, "/c", "aaa/ok:1", "mem"));
	assert_false(exempts(&p, "/c", "aaa/ok:1", "any"));
	assert_true(exempts(&p, "/c", "r.example/app:17", "any"));
	assert_false(exempts(&p, "/c", "r-example/app:17", "any"));
	assert_true(exempts(&p, "/c", "docker.io/library/trusted:2", "any"));
	/* by a part of its id: whatever it was tagged as */
	assert_false(exempts(&p, "/c", "aaaaaaaaaaaa", "any"));
	/* a digest decides, whatever the tag before it says */
	assert_false(exempts(&p, "/c", "aaa/ok:1@sha256:" OTHER, "mem"));
	free_policy(&p);
	/* its registry's digest, whatever it was asked for as */
	p = policy_of("IMAGE_WHITE_LIST", "dig@sha256:" OTHER);
	assert_int_equal(white_list_needs(&p.white_list), NEED_IMAGE);
	assert_true(exempts(&p, "/c", "anything:1", "any"));
	assert_true(exempts(&p, "/c", "aaaa", "any"));
	free_policy(&p);
	p = policy_of("IMAGE_WHITE_LIST", "other@sha256:" OTHER ",dig@sha256:" ID);
	assert_false(exempts(&p, "/c", "anything:1", "any"));
	free_policy(&p);
	p = policy_of("IMAGE_WHITE_LIST", "sha256:" ID ",x@sha256:" OTHER);
	assert_true(exempts(&p, "/c", "anything", "any"));
	assert_true(exempts(&p, "/c", "aaaa", "any"));
	assert_true(exempts(&p, "/c", "x:1@sha256:" OTHER, "any"));
	free_policy(&p);
}

/* A repository may be called as ids begin. */
static void a_part_of_an_id_is_no_name(void **state)
{
	struct policy p = policy_of("IMAGE_WHITE_LIST", "aaaa,bbbb,[a-z]+");

	(void)state;
	assert_false(exempts(&p, "/c", "aaaa", "any"));
	assert_true(exempts(&p, "/c", "bbbb", "any"));
	free_policy(&p);
}

static void images_that_cannot_be_stop_the_start(void **state)
{
	static const char *const bad[] = {"Busybox", "a//b", "aaaaaaaaaaaa", "a@sha256:1"};
	struct rule_list none = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct white_list wl = {0};
		struct err err;

		if (!white_list_add(&wl, "IMAGE_WHITE_LIST", bad[i], true, &none, &err))
			fail_msg("\"%s\" is accepted", bad[i]);
		assert_contains(err.msg, "IMAGE_WHITE_LIST: \"");
		white_list_free(&wl);
	}
}

static void costly_ones_exempt_nothing(void **state)
{
	struct policy p = policy_of("WHITE_LIST", "(a+)+,web");

	(void)state;
	assert_false(exempts(&p, "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "i", "any"));
	assert_true(exempts(&p, "/web", "i", "any"));
	free_policy(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_expressions_exempt),
		cmocka_unit_test(rules_may_have_any_name),
		cmocka_unit_test(what_is_no_entry_stops_the_start),
		cmocka_unit_test(an_image_is_what_was_asked_for),
		cmocka_unit_test(a_part_of_an_id_is_no_name),
		cmocka_unit_test(images_that_cannot_be_stop_the_start),
		cmocka_unit_test(costly_ones_exempt_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
