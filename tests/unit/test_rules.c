/* Rule files: what is accepted, what is refused and how it is said; evaluation's limits. */
#include "base/text.h"
#include "unit.h"

#include "rules/logic.h"
#include "enforce/policy.h"
#include "rules/ruleset.h"
#include "rules/needs.h"
#include "view/subject.h"

static size_t compile(const char *text, struct rule_list *list, struct findings *problems)
{
	AUTO(json_putp) struct json_object *j = json_of(text);

	return ruleset_compile(FILE_RULES, j, "rules.json", subject_binding(false), list, problems);
}

static void design_rules_compile(void **state)
{
	AUTO(findings_free) struct findings problems = {0};
	struct rule_list list;

	(void)state;
	assert_int_equal(
		compile("[{'name':'mem','rule':{'==':[{'var':'params.HostConfig.Memory'},0]}},"
			"{'name':'pos','rule':{'>=':[{'var':'position'},3]}},"
			"{'name':'dirs','rule':{'some':[{'var':'mounts'},{'and':[{'==':[{'var':'type'},'bind'"
			"]},"
			"{'!':{'path_within':[{'var':'resolved'},'/opt/mnt1','/opt/mnt2']}}]}]}},"
			"{'name':'ram','rule':{'>':[{'var':'metrics.memory_stats.usage'},{'bytes':'1GiB'}]},"
			"'for':'30s','mode':'kill','action':'pause'}]",
			&list, &problems),
		0);
	assert_int_equal(list.count, 4);
	assert_int_equal(list.items[0].needs, NEED_PARAMS);
	assert_int_equal(list.items[1].needs, NEED_POSITION);
	assert_int_equal(list.items[3].needs, NEED_METRICS);
	assert_int_equal(list.items[3].for_ns, 30000000000ULL);
	assert_int_equal(list.items[3].mode, MODE_KILL);
	assert_int_equal(list.items[3].action, ACTION_PAUSE);
	assert_int_equal(list.items[0].mode, -1);
	assert_true(list.items[0].enabled);
	ruleset_free(&list);
}

static void problems_say_where_and_what(void **state)
{
	static const char *const bad[][2] = {
		{"{'name':'x'}", "rules.json: /: a rule file is an array"},
		{"[1]", "rules.json: /0: a rule is an object"},
		{"[{'name':'a','rule':{'==':[{'var':'params.HostConfig.Memroy'},0]}}]",
		 "/0/rule/==/0/var: params.HostConfig.Memroy: no such field; did you mean Memory?"},
		{"[{'name':'a','rule':{'>':[{'var':'metrics.memory_stats.usge'},0]}}]",
		 "did you mean memory_stats.usage?"},
		{"[{'name':'a','rule':{'>':[{'var':'postion'},0]}}]", "did you mean position?"},
		{"[{'name':'a','rule':{'eqals':[1,2]}}]", "/0/rule/eqals: unknown operator \"eqals\""},
		{"[{'name':'a','rule':{'start_with':['a','b']}}]", "did you mean \"starts_with\"?"},
		{"[{'name':'a','rule':{'==':[1,1],'!=':[1,1]}}]", "/0/rule: an object with 2 keys"},
		{"[{'name':'a','rule':{'==':[1]}}]", "needs at least 2 arguments, here are 1"},
		{"[{'name':'a','rule':{'>':5}}]", "needs a list of arguments"},
		{"[{'name':'a','rule':{'in':[1,2,3]}}]", "at most 2 arguments"},
		{"[{'name':'a','rule':{'matches':[{'var':'name'},'(']}}]",
		 "bad regular expression at character 1"},
		{"[{'name':'a','rule':{'>':[1,{'bytes':'1 gigabite'}]}}]",
		 "/0/rule/>/1/bytes: \"bytes\" cannot read"},
		{"[{'name':'a'}]", "/0: a rule needs \"rule\""},
		{"[{'rule':true}]", "/0: a rule needs a \"name\""},
		{"[{'name':'a','rule':true},{'name':'a','rule':true}]",
		 "/1/name: another rule has the same name"},
		{"[{'name':'a','rule':true,'Mode':'kill'}]", "/0/Mode: unknown key; did you mean \"mode\"?"},
		{"[{'name':'a','rule':true,'mode':'maim'}]", "/0/mode: must be one of \"warn\" \"kill\""},
		{"[{'name':'a','rule':true,'action':'hug'}]", "/0/action: must be one of"},
		{"[{'name':'a','rule':true,'for':'soon'}]", "/0/for: must be a duration"},
		{"[{'name':'a','rule':true,'enabled':'yes'}]", "/0/enabled: must be true or false"},
		{"[{'name':'a','rule':{'some':[{'var':'mounts'},{'==':[{'var':'owner'},'x']}]}}]",
		 "/0/rule/some/1/==/0/var: owner: no such field of an element; within a list a path begins "
		 "there, "
		 "and what is outside is {\"val\": [[2], \"owner\"]}"},
		{"[{'name':'a','rule':{'var':'violated_rule'}}]", "violated_rule: no such field"},
		{"[{'name':'a','rule':{'var':'name.first'}}]", "name.first: no such field"},
		{"[{'name':'a','rule':{'val':['params','HostConfig','Memroy']}}]", "did you mean Memory?"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO(findings_free) struct findings problems = {0};
		AUTO(buf_free) struct buf line = {0};
		struct rule_list list;

		assert_int_equal(compile(bad[i][0], &list, &problems), 1);
		finding_put(&problems.items[0], &line);
		assert_contains(line.s, bad[i][1]);
		ruleset_free(&list);
	}
}

/* Of a member the line of its key; where a pointer leads nowhere, as far as it goes. */
static void pointers_have_lines(void **state)
{
	static const char text[] = "[\n {\"name\": \"a\\\"{[\",\n  \"x/y\": {\"~\": [1, [2],\n 3]}},\n"
				   " {\"rule\":\n  {\"==\":\n   [{\"var\": \"a:b,c\"},\n    0]}}\n]\n";
	static const struct {
		const char *pointer;
		size_t line;
	} cases[] = {{"/", 1},		{"/0", 2},	     {"/0/name", 2},	  {"/0/x~1y", 3},
		     {"/0/x~1y/~0", 3}, {"/0/x~1y/~0/2", 4}, {"/1", 5},		  {"/1/rule", 5},
		     {"/1/rule/==", 6}, {"/1/rule/==/0", 7}, {"/1/rule/==/1", 8}, {"/1/rule/!=", 5},
		     {"/1/absent", 5},	{"/2", 1},	     {"/1/rule/==/7", 6}, {"", 1}};

	struct json_cursor c = json_cursor(text, strlen(text));

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(json_line(text, strlen(text), cases[i].pointer), cases[i].line);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) /* forth and back */
		for (size_t k = 0; k < ARRAY_LEN(cases); k++) {
			assert_int_equal(json_line_next(&c, cases[i].pointer), cases[i].line);
			assert_int_equal(json_line_next(&c, cases[k].pointer), cases[k].line);
		}
}

static void every_problem_is_reported(void **state)
{
	AUTO(findings_free) struct findings problems = {0};
	struct rule_list list;

	(void)state;
	assert_int_equal(
		compile("[{'name':'a'},{'rule':true},{'name':'c','rule':true,'mode':'x'}]", &list, &problems),
		3);
	ruleset_free(&list);
}

static void paths_are_known(void **state)
{
	static const char *const good[] = {"params.hostconfig.memory",
					   "params.HostConfig.Binds.0",
					   "params.Config.Labels.any thing",
					   "params.HostConfig.PortBindings.80/tcp.0.HostPort",
					   "params.HostConfig.Mounts.0.Type",
					   "params.NetworkSettings.Networks.bridge.IPAddress",
					   "params.HostConfig.RestartPolicy.Name",
					   "params.State.StartedAt",
					   "metrics.networks.eth0.rx_bytes",
					   "metrics.memory_stats",
					   "metrics.pressure.io.full_avg300",
					   "labels.whatever",
					   "env.PATH",
					   "mounts.0.source",
					   "check_source"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		AUTO(free_charp)
		char *text = mem_printf("[{'name':'a','rule':{'!!':[{'var':'%s'}]}}]", good[i]);
		AUTO(findings_free) struct findings problems = {0};
		struct rule_list list;

		if (compile(text, &list, &problems))
			fail_msg("%s: %s", good[i], problems.items[0].text);
		ruleset_free(&list);
	}
}

static void needs_follow_the_paths(void **state)
{
	static const struct {
		const char *rule;
		unsigned needs;
	} cases[] = {
		{"{'var':'name'}", 0},
		{"{'var':'metrics.network_rx_bytes'}", NEED_METRICS | NEED_NETWORK},
		{"{'var':'metrics.cpu_percent'}", NEED_METRICS | NEED_RATE},
		{"{'var':'metrics.networks.eth0.rx_bytes'}", NEED_METRICS | NEED_INTERFACES},
		{"{'var':{'cat':['na','me']}}", 0},
		{"{'var':{'var':'name'}}", NEED_ALL},
		{"{'some':[{'var':'mounts'},{'val':[[2],'metrics','memory_percent']}]}",
		 NEED_PARAMS | NEED_METRICS | NEED_IMAGE | NEED_MOUNTS},
		{"{'var':'params.HostConfig.Memory'}", NEED_PARAMS},
		{"{'var':'params.Config.User'}", NEED_PARAMS | NEED_IMAGE},
		{"{'var':'labels.team'}", NEED_PARAMS | NEED_IMAGE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(json_putp) struct json_object *j = json_of(cases[i].rule);
		AUTO(buf_free) struct buf pointer = {0};
		struct err err;
		struct logic_program *p = logic_compile(j, subject_binding(false), false, &pointer, &err);

		if (!p)
			fail_msg("%s: %s", cases[i].rule, err.msg);
		assert_int_equal(logic_needs(p), cases[i].needs);
		logic_free(p);
	}
}

/* The program's result on `data` as text, or "error: type". */
static char *run_logic(const char *rule, const char *data)
{
	AUTO(json_putp) struct json_object *j = json_of(rule);
	AUTO(json_putp) struct json_object *d = json_of(data);
	AUTO(buf_free) struct buf pointer = {0};
	AUTO(buf_free) struct buf text = {0};
	struct logic_ctx *ctx = mem_calloc(1, sizeof(*ctx));
	struct value v;
	struct err err;
	struct logic_program *p = logic_compile(j, NULL, true, &pointer, &err);
	char *out;

	assert_non_null(p);
	logic_ctx_init(ctx);
	if (logic_eval(p, ctx, value_from_json(d), &v)) {
		AUTO(json_putp) struct json_object *result = value_to_json(v);

		out = mem_strdup(json_object_to_json_string_ext(result, JSON_C_TO_STRING_PLAIN));
	} else {
		logic_error_text(ctx, &text);
		out = mem_printf("error: %s", text.s);
	}
	logic_free(p);
	logic_ctx_free(ctx);
	free(ctx);
	return out;
}

static void hostile_work_is_bounded(void **state)
{
	static const char nested[] =
		"{'reduce':[{'var':''},{'merge':[{'var':'accumulator'},{'var':'accumulator'}]},[1]]}";
	AUTO(buf_free) struct buf data = {0};

	(void)state;
	buf_puts(&data, "[0");
	for (int i = 0; i < 63; i++)
		buf_puts(&data, ",0");
	buf_puts(&data, "]");
	AUTO(free_charp) char *exploding = run_logic(nested, data.s);
	assert_string_equal(exploding, "error: Too Much Work");
	AUTO(free_charp)
	char *regex = run_logic("{'matches':['aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab','^(a+)+$']}",
				"null");
	assert_string_equal(regex, "error: Regular Expression Limit");
}

static void nesting_is_bounded(void **state)
{
	AUTO(buf_free) struct buf text = {0};
	AUTO(buf_free) struct buf pointer = {0};
	struct json_tokener *tok = json_tokener_new_ex(2000);
	struct err err;

	(void)state;
	for (int i = 0; i < 500; i++)
		buf_puts(&text, "{\"!\":");
	buf_puts(&text, "1");
	for (int i = 0; i < 500; i++)
		buf_puts(&text, "}");
	AUTO(json_putp) struct json_object *j = json_tokener_parse_ex(tok, text.s, (int)text.len + 1);
	assert_non_null(j);
	assert_null(logic_compile(j, NULL, false, &pointer, &err));
	assert_contains(err.msg, "deep");
	json_tokener_free(tok);
}

static void integers_are_exact(void **state)
{
	AUTO(free_charp)
	char *big = run_logic("{'==':[18446744073709551615,{'var':'x'}]}", "{'x':18446744073709551614}");
	AUTO(free_charp) char *sum = run_logic("{'+':[9223372036854775807,1]}", "null");
	AUTO(free_charp)
	char *less = run_logic("{'<':[9007199254740992,{'var':'x'}]}", "{'x':9007199254740993}");

	(void)state;
	assert_string_equal(big, "false");
	assert_string_equal(sum, "9223372036854775808");
	assert_string_equal(less, "true");
}

/* What is packed says the same, key by key. */
static void packed_documents_say_the_same(void **state)
{
	static const char text[] = "{\"b\":{\"Memory\":1,\"Mem\":2,\"Memor\":3,\"MemoryS\":4,\"\":5},\"a\":["
				   "1,[],{},{\"x\":\"y\"}],"
				   "\"u\":18446744073709551615,\"d\":1.5,\"t\":true,\"n\":null,\"s\":\"\"}";
	struct err err;
	AUTO(json_putp) struct json_object *doc = NULL, *again = NULL;
	struct value *packed, v, object;

	(void)state;
	assert_int_equal(json_parse(text, sizeof(text) - 1, &doc, &err), 0);
	packed = value_pack(doc);
	again = value_to_json(*packed);
	assert_true(json_object_equal(doc, again));
	assert_true(value_get(*packed, "b", 1, &object));
	json_object_object_foreach (json_get(doc, "b"), key, member) {
		assert_true(value_get(object, key, strlen(key), &v));
		assert_int_equal(v.i, json_object_get_int64(member));
	}
	assert_true(value_get(object, "Memory.x", 6, &v) && v.i == 1); /* a part of a longer path */
	assert_false(value_get(object, "Memories", 8, &v));
	assert_false(value_get(object, "A", 1, &v));
	assert_false(value_get(object, "z", 1, &v));
	assert_true(value_get(*packed, "n", 1, &v) && v.type == V_NULL);
	free(packed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packed_documents_say_the_same),
		cmocka_unit_test(design_rules_compile),
		cmocka_unit_test(problems_say_where_and_what),
		cmocka_unit_test(pointers_have_lines),
		cmocka_unit_test(every_problem_is_reported),
		cmocka_unit_test(paths_are_known),
		cmocka_unit_test(needs_follow_the_paths),
		cmocka_unit_test(hostile_work_is_bounded),
		cmocka_unit_test(nesting_is_bounded),
		cmocka_unit_test(integers_are_exact),
	};

	return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
