/* Containers from documents, and verdicts on them: exemptions, `for`, onsets, failing rules, absent metrics.
 */
#include "base/text.h"
#include "unit.h"

#include "base/clock.h"
#include "enforce/judge.h"
#include "enforce/ledger.h"
#include "rules/ruleset.h"
#include "container/container.h"
#include "view/subject.h"

#include <unistd.h>

#define SECOND 1000000000ULL

static struct container *container_of(const char *host_config, const char *config)
{
	AUTO(free_charp)
	char *text = mem_printf("{'Id':'abc','Name':'/web','Created':'2026-01-01T00:00:00Z',"
				"'State':{'Pid':0,'StartedAt':'2026-01-01T00:00:00Z'},"
				"'HostConfig':%s,'Config':%s}",
				host_config, config);
	struct err err;
	struct container *c = container_from_inspect(json_of(text), NULL, &err);

	if (!c)
		fail_msg("%s", err.msg);
	return c;
}

static struct policy policy_of(const char *rules)
{
	AUTO(json_putp) struct json_object *j = json_of(rules);
	AUTO(findings_free) struct findings problems = {0};
	struct policy p = {0};

	if (ruleset_compile(FILE_RULES, j, "t", subject_binding(false), &p.lists[FILE_RULES], &problems))
		fail_msg("%s", problems.items[0].text);
	return p;
}

struct bench {
	struct policy policy;
	struct container *container;
	struct logic_ctx *ctx;
	struct rule_states states;
	struct judge_options options;
	struct usage usage;
	bool measured;
	uint64_t evaluations;
};

static struct bench bench_of(const char *rules)
{
	struct bench b = {.policy = policy_of(rules),
			  .container =
				  container_of("{'Memory':0}", "{'Image':'busybox','Labels':{'team':'red'}}"),
			  .ctx = mem_calloc(1, sizeof(struct logic_ctx)),
			  .options = {.mode = MODE_WARN, .now_ns = SECOND}};

	logic_ctx_init(b.ctx);
	return b;
}

static struct verdict judge(struct bench *b)
{
	struct subject s;
	struct verdict v;

	subject_init(&s, b->container, 0, "periodic");
	if (b->measured)
		s.usage = s.base = &b->usage;
	judge_container(&b->policy, &b->options, b->ctx, &s, &b->states, &v);
	b->evaluations += v.evaluations;
	subject_clear(&s);
	return v;
}

/* How many violations there are now. */
static size_t count(struct bench *b)
{
	struct verdict v = judge(b);
	size_t n = v.count;

	verdict_free(&v);
	return n;
}

static void bench_free(struct bench *b)
{
	ruleset_free(&b->policy.lists[FILE_RULES]);
	container_put(b->container);
	logic_ctx_free(b->ctx);
	free(b->ctx);
	free(b->states.items);
}

static void a_violation_is_found(void **state)
{
	struct bench b = bench_of("[{'name':'mem','rule':{'==':[{'var':'params.hostconfig.memory'},0]}},"
				  "{'name':'team','rule':{'!=':[{'var':'labels.team'},'red']}}]");
	struct verdict v = judge(&b);

	(void)state;
	assert_int_equal(v.count, 1);
	assert_string_equal(v.items[0].rule->name, "mem");
	assert_true(v.items[0].news);
	assert_false(v.items[0].enforce);
	verdict_free(&v);
	v = judge(&b);
	assert_false(v.items[0].news);
	verdict_free(&v);
	bench_free(&b);
}

static void for_holds_without_a_gap(void **state)
{
	struct bench b = bench_of(
		"[{'name':'ram','rule':{'>':[{'var':'metrics.memory_stats.usage'},100]},'for':'30s'}]");

	(void)state;
	b.measured = true;
	b.usage = (struct usage){.fields = USAGE_MEMORY, .memory = 200};
	assert_int_equal(count(&b), 0);
	b.options.now_ns += 29 * SECOND;
	assert_int_equal(count(&b), 0);
	b.options.now_ns += 1 * SECOND;
	assert_int_equal(count(&b), 1);
	b.usage.memory = 50; /* a gap */
	assert_int_equal(count(&b), 0);
	b.usage.memory = 200;
	b.options.now_ns += 100 * SECOND;
	assert_int_equal(count(&b), 0);
	b.options.now_ns += 30 * SECOND;
	assert_int_equal(count(&b), 1);
	b.measured = false; /* not seen is a gap too */
	assert_int_equal(count(&b), 0);
	b.measured = true;
	assert_int_equal(count(&b), 0);
	bench_free(&b);
}

static void absent_metrics_decide_nothing(void **state)
{
	struct bench b =
		bench_of("[{'name':'few','rule':{'<':[{'var':'metrics.pids_stats.current'},5]}},"
			 "{'name':'not','rule':{'!':[{'var':'metrics.memory_stats.usage'}]}},"
			 "{'name':'or','rule':{'or':[{'<':[{'var':'metrics.cpu_percent'},5]},true]}}]");

	(void)state;
	assert_int_equal(count(&b), 0);
	b.measured = true; /* a record, but none of its figures */
	assert_int_equal(count(&b), 0);
	b.usage = (struct usage){.fields = USAGE_PIDS, .pids = 3};
	assert_int_equal(count(&b), 1);
	bench_free(&b);
}

static void a_failing_rule_is_never_enforced(void **state)
{
	struct bench b = bench_of("[{'name':'bad','rule':{'+':[{'var':'name'},1]},'mode':'kill'},"
				  "{'name':'thrown','rule':{'throw':'my reason'}}]");
	struct verdict v;

	(void)state;
	b.options.mode = MODE_KILL;
	v = judge(&b);
	assert_int_equal(v.count, 2);
	assert_string_equal(v.items[0].error, "NaN");
	assert_string_equal(v.items[1].error, "my reason");
	assert_false(v.items[0].enforce || v.items[1].enforce);
	verdict_free(&v);
	bench_free(&b);
}

static void the_first_violation_ends_the_search(void **state)
{
	struct bench b =
		bench_of("[{'name':'a','rule':true},{'name':'b','rule':true},"
			 "{'name':'c','rule':true,'mode':'kill'},{'name':'d','rule':true,'mode':'kill'}]");
	struct verdict v;

	(void)state;
	assert_int_equal(count(&b), 4);
	b.options.stop_on_first = true;
	v = judge(&b);
	assert_int_equal(v.count, 2); /* what only warns does not hide what is enforced */
	assert_string_equal(v.items[0].rule->name, "a");
	assert_string_equal(v.items[1].rule->name, "c");
	verdict_free(&v);
	b.options.mode = MODE_KILL;
	assert_int_equal(count(&b), 1);
	bench_free(&b);
}

/* A member's text, of a value that is a container's view. */
static const char *text_of(struct value v, const char *key)
{
	struct value member = value_null();

	value_get(v, key, strlen(key), &member);
	if (member.type != V_STRING)
		fail_msg("%s: no text", key);
	return member.s;
}

static void views_are_derived(void **state)
{
	struct container *c =
		container_of("{'Binds':['/opt/mnt1/../../etc:/e:ro','data:/d'],"
			     "'Mounts':[{'Type':'bind','Source':'/opt/x/','Target':'/x','ReadOnly':true},"
			     "{'Type':'volume','Source':'v','Target':'/v','VolumeOptions':{'DriverConfig':"
			     "{'Options':{'type':'none','o':'bind','device':'/root'}}}}],"
			     "'CapAdd':['cap_sys_admin','NET_ADMIN']}",
			     "{'Image':'a','Env':['A=1=2','B'],'Volumes':{'/anon':{}}}");
	static const char *const expected[][5] = {
		{"volume", "", "", "/anon", "rw"},	  {"volume", "data", "data", "/d", "rw"},
		{"bind", "/etc", "/etc", "/e", "ro"},	  {"bind", "/root", "/root", "/v", "rw"},
		{"bind", "/opt/x", "/opt/x", "/x", "ro"},
	};

	(void)state;
	for (int packed = 0; packed < 2; packed++) {
		if (packed)
			container_pack(c, true);
		assert_int_equal(value_len(c->mounts), ARRAY_LEN(expected));
		for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
			struct value m = value_at(c->mounts, i), read_only;

			assert_string_equal(text_of(m, "type"), expected[i][0]);
			assert_string_equal(text_of(m, "source"), expected[i][1]);
			assert_string_equal(text_of(m, "resolved"), expected[i][2]);
			assert_string_equal(text_of(m, "target"), expected[i][3]);
			assert_true(value_get(m, "read_only", 9, &read_only));
			assert_int_equal(value_truthy(read_only), expected[i][4][1] == 'o');
		}
		assert_string_equal(text_of(c->env, "A"), "1=2");
		assert_string_equal(text_of(c->env, "B"), "");
		assert_string_equal(value_at(c->capabilities, 0).s, "SYS_ADMIN");
		assert_string_equal(value_at(c->capabilities, 1).s, "NET_ADMIN");
	}
	assert_null(c->documents);
	container_put(c);
}

/* DISABLE_PARAMS: what a rule could read of params is not known, not empty. */
static void labels_stay_without_params(void **state)
{
	struct container *c = container_of("{'Memory':1}", "{'Image':'a','Labels':{'team':'red'}}");

	(void)state;
	container_pack(c, false);
	assert_string_equal(text_of(c->labels, "team"), "red");
	assert_int_equal(c->params.type, V_NULL);
	assert_int_equal(c->env.type, V_NULL);
	assert_int_equal(c->mounts.type, V_NULL);
	assert_false(container_links_moved(c));
	container_put(c);
}

static void volumes_in_disguise_show_what_they_are(void **state)
{
	static const char *const cases[][3] = {
		/* options, sources joined, type */
		{"{'type':'none','o':'bind,ro','device':'/etc'}", "/etc", "bind"},
		{"{'type':'none','o':'rbind','device':'etc/../root'}", "/root", "bind"},
		{"{'device':'/dev/sda1','type':'ext4'}", "/dev/sda1", "bind"},
		{"{'type':'overlay','device':'overlay','o':'lowerdir=/a:b,upperdir=/u,workdir=/w'}",
		 "/a /b /u", "bind"},
		{"{'type':'overlay','o':'lowerdir+=/a'}", "/", "bind"},
		{"{'type':'proc','device':'proc'}", "/", "bind"},
		{"{'type':'tmpfs','device':'tmpfs','o':'size=1m'}", "v", "volume"},
		{"{'type':'nfs','device':':/x','o':'addr=1.2.3.4'}", "v", "volume"},
		{"{}", "v", "volume"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(free_charp)
		char *host =
			mem_printf("{'Mounts':[{'Type':'volume','Source':'v','Target':'/v','VolumeOptions':"
				   "{'DriverConfig':{'Options':%s}}}]}",
				   cases[i][0]);
		struct container *c = container_of(host, "{'Image':'a'}");
		AUTO(buf_free) struct buf sources = {0};

		for (size_t k = 0; k < value_len(c->mounts); k++) {
			struct value m = value_at(c->mounts, k);

			buf_printf(&sources, "%s%s", k ? " " : "", text_of(m, "source"));
			assert_string_equal(text_of(m, "type"), cases[i][2]);
		}
		assert_string_equal(sources.s, cases[i][1]);
		container_put(c);
	}
}

static void links_are_followed(void **state)
{
	AUTO(free_charp) char *dir = mem_strdup("/tmp/de-unit-XXXXXX");
	struct container *c;

	(void)state;
	assert_non_null(mkdtemp(dir));
	AUTO(free_charp) char *link = mem_printf("%s/link", dir);
	assert_int_equal(symlink("/usr", link), 0);
	AUTO(free_charp) char *host = mem_printf("{'Binds':['%s/lib/not-there/yet:/x']}", link);
	c = container_of(host, "{}");
	assert_string_equal(text_of(value_at(c->mounts, 0), "resolved"), "/usr/lib/not-there/yet");
	container_put(c);
	unlink(link);
	rmdir(dir);
}

static void nonsense_is_no_container(void **state)
{
	static const char *const bad[] = {"{}", "[]", "{'Id':'a'}", "{'Id':1,'HostConfig':{},'Config':{}}",
					  "{'Id':'a','HostConfig':[],'Config':{}}"};
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_null(container_from_inspect(json_of(bad[i]), NULL, &err));
}

/* A costly rule fails after its share of the time; those behind it are judged all the same. */
static void a_costly_rule_hides_none(void **state)
{
	struct bench b =
		bench_of("[{'name':'costly','rule':{'some':[{'var':'params.Config.Env'},{'in':['none',"
			 "{'val':[[2],'params','Config','Env']}]}]},'mode':'kill'},"
			 "{'name':'behind','rule':true,'mode':'kill'}]");
	AUTO(buf_free) struct buf env = {0};
	struct verdict v;

	(void)state;
	for (int i = 0; i < 20000; i++)
		buf_printf(&env, "%s'V%d=x'", i ? "," : "", i);
	AUTO(free_charp) char *config = mem_printf("{'Image':'a','Env':[%s]}", env.s);
	container_put(b.container);
	b.container = container_of("{'Memory':0}", config);
	v = judge(&b);
	assert_int_equal(v.count, 2);
	assert_contains(v.items[0].error, "Too Late");
	assert_false(v.items[0].enforce);
	assert_string_equal(v.items[1].rule->name, "behind");
	assert_true(v.items[1].enforce);
	verdict_free(&v);
	bench_free(&b);
}

static void the_ledger_counts(void **state)
{
	struct bench b = bench_of("[{'name':'a','rule':true},{'name':'b','rule':true}]");
	struct verdict v = judge(&b);
	struct ledger *l = ledger_new();
	const struct ledger_filter all = {.all_rules = true, .image_and_labels = true},
				   late = {.since_ns = 6};
	struct json_object *list, *entry;

	(void)state;
	struct occasion o = {.container = b.container,
			     .owner = OWNER_UNKNOWN,
			     .source = SOURCE_PERIODIC,
			     .request = "",
			     .action = "",
			     .wall_ns = 5};

	ledger_record(l, &o, &v, true);
	o.source = SOURCE_WATCH;
	ledger_record(l, &o, &v, false);
	list = ledger_to_json(l, &all);
	assert_int_equal(json_object_array_length(list), 1);
	entry = json_object_array_get_idx(list, 0);
	assert_string_equal(json_get_str(entry, "name"), "/web");
	assert_string_equal(json_get_str(entry, "image"), "busybox");
	assert_string_equal(json_get_str(entry, "source"), "periodic");
	assert_int_equal(json_get_int(entry, "count"), 1);
	assert_int_equal(json_object_array_length(json_get(entry, "violated_rule")), 2);
	assert_string_equal(json_get_str(json_get(entry, "labels"), "team"), "red");
	json_object_put(list);
	list = ledger_to_json(l, &late);
	assert_int_equal(json_object_array_length(list), 0);
	json_object_put(list);
	verdict_free(&v);
	ledger_free(l);
	bench_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_violation_is_found),
		cmocka_unit_test(for_holds_without_a_gap),
		cmocka_unit_test(absent_metrics_decide_nothing),
		cmocka_unit_test(a_failing_rule_is_never_enforced),
		cmocka_unit_test(the_first_violation_ends_the_search),
		cmocka_unit_test(views_are_derived),
		cmocka_unit_test(labels_stay_without_params),
		cmocka_unit_test(a_costly_rule_hides_none),
		cmocka_unit_test(volumes_in_disguise_show_what_they_are),
		cmocka_unit_test(links_are_followed),
		cmocka_unit_test(nonsense_is_no_container),
		cmocka_unit_test(the_ledger_counts),
	};

	return cmocka_run_group_tests_name("judge", tests, NULL, NULL);
}
