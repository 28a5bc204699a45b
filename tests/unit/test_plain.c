/* Rules in plain words, and the table of fields that they and notes go by. */
#include "base/text.h"
#include "unit.h"

#include "container/views.h"
#include "rules/plain.h"
#include "view/fields.h"
#include "view/figures.h"
#include "view/group.h"
#include "view/moment_internal.h"
#include "view/request.h"
#include "view/subject.h"
#include "view/verdict.h"

static const struct logic_binding *binding_of(enum rule_file kind)
{
	return kind == FILE_TRIGGERS	    ? verdict_binding()
	       : kind == FILE_REQUEST_RULES ? request_binding()
					    : subject_binding(kind == FILE_WHITELIST_RULES);
}

static void says(enum rule_file kind, const char *rule, const char *words)
{
	AUTO(free_charp) char *text = mem_printf("[{'name':'a',%s}]", rule);
	AUTO(json_putp) struct json_object *j = json_of(text);
	AUTO(findings_free) struct findings problems = {0};
	AUTO(buf_free) struct buf out = {0};
	struct rule_list list;

	if (ruleset_compile(kind, j, "f", binding_of(kind), &list, &problems))
		fail_msg("%s", problems.items[0].text);
	plain_rule(kind, &list.items[0], &out);
	assert_string_equal(out.s, words);
	ruleset_free(&list);
}

static void container_rules(void **state)
{
	static const char *const cases[][2] = {
		{"'rule':{'>':[{'var':'metrics.memory_stats.usage'},{'bytes':'1GiB'}]},'for':'30s'",
		 "violated when memory use is over 1 GiB for 30 s"},
		{"'rule':{'==':[{'var':'params.HostConfig.Memory'},0]}",
		 "violated when memory limit is not set"},
		{"'rule':{'!':[{'==':[{'var':'params.HostConfig.Memory'},0]}]}",
		 "violated when memory limit is set"},
		{"'rule':{'>=':[{'var':'position'},3]}",
		 "violated when its position in order of start is at least 3"},
		{"'rule':{'>':[{'var':'metrics.cpu_percent'},150.5]},'for':'90s'",
		 "violated when CPU use is over 150.5 % for 1.5 min"},
		{"'rule':{'>':[{'var':'params.HostConfig.NanoCpus'},2500000000]}",
		 "violated when CPU limit is over 2.5 CPUs"},
		{"'rule':{'>':[{'var':'age_s'},{'duration':'12h'}]}",
		 "violated when time since its start is over 12 h"},
		{"'rule':{'var':'security.privileged'}", "violated when it is privileged"},
		{"'rule':{'!':[{'var':'security.no_new_privileges'}]}",
		 "violated when it is not barred from new privileges"},
		{"'rule':{'!':[{'val':['labels','com.example.team']}]}",
		 "violated when label com.example.team is not set"},
		{"'rule':{'!':[{'in':[{'var':'labels.team'},['red','blue','green']]}]}",
		 "violated when label team is none of \"red\", \"blue\" or \"green\""},
		{"'rule':{'in':['ALL',{'var':'capabilities'}]}",
		 "violated when its added capabilities have \"ALL\""},
		{"'rule':{'some':[{'var':'mounts'},{'and':[{'==':[{'var':'type'},'bind']},"
		 "{'!':{'path_within':[{'var':'resolved'},'/opt/mnt1','/opt/mnt2']}}]}]}",
		 "violated when of one of its mounts: (type is \"bind\" and source is not within "
		 "\"/opt/mnt1\" or \"/opt/mnt2\")"},
		{"'rule':{'or':[{'and':[{'var':'security.privileged'},{'var':'user.is_root'}]},"
		 "{'==':[{'var':'namespaces.net'},'host']}]}",
		 "violated when (it is privileged and it is root) or its network namespace is \"host\""},
		{"'rule':{'!':[{'and':[{'var':'security.privileged'},{'var':'user.is_root'}]}]}",
		 "violated when it is not privileged or it is not root"},
		{"'rule':{'some':[{'?\?':[{'var':'params.HostConfig.Binds'},[]]},{'starts_with':[{'var':''},'"
		 "/etc']}]}",
		 "violated when of one of its bind mounts: (the bind mount begins with \"/etc\")"},
		{"'rule':{'>':[{'+':[{'var':'metrics.network_rx_bytes'},{'var':'metrics.network_tx_bytes'}]},"
		 "{'bytes':'1g'}]}",
		 "violated when bytes received + bytes sent is over 1073741824"},
		{"'rule':{'>':[{'var':'group.count'},5]},'per':{'var':'owner'},'pick':{'-':[{'var':'age_s'}]}"
		 ",'grace':'15m'",
		 "violated when the number of containers together is over 5, of the containers that share "
		 "its owner; meant is the one with the least time since its start, acted upon after 15 min"},
		{"'rule':{'>':[{'length':[{'var':'mounts'}]},0]}",
		 "violated when the number of its mounts is over 0"},
		{"'rule':{'if':[{'var':'user.is_root'},{'var':'security.privileged'},false]}",
		 "violated when if it is root then (it is privileged), else (never)"},
		{"'rule':true", "violated when always"},
		{"'rule':{'and':[{'var':'user.is_root'},{'!':[{'and':[{'var':'security.privileged'},{'==':[{'"
		 "var':'name'},'/x']}]}]}]}",
		 "violated when it is root and (it is not privileged or its name is not \"/x\")"},
		{"'rule':{'<=':[{'var':'params.HostConfig.PidsLimit'},0]}",
		 "violated when limit of processes is not set"},
		{"'rule':{'==':[{'var':'params.HostConfig.Privileged'},true]}",
		 "violated when it is privileged"},
		{"'rule':{'!=':[{'var':'params.HostConfig.ReadonlyRootfs'},true]}",
		 "violated when it is not read-only"},
		{"'rule':{'!':[{'in':[{'var':'labels.team'},['red']]}]}",
		 "violated when label team is not \"red\""},
		{"'rule':{'in':[{'var':'position'},[1,2,3,4,5,6,7,8,9,10]]}",
		 "violated when its position in order of start is one of 1, 2, 3, 4, 5, 6, 7, 8, … (10 in "
		 "all)"},
		{"'rule':{'>':[{'var':'group.pids'},9]},'per':{'if':[{'==':[{'var':'owner'},'x']},null,{'var'"
		 ":'owner'}]},"
		 "'pick':{'var':'metrics.pids_stats.current'},'take':2",
		 "violated when the sum of their processes is over 9, of the containers that share its owner "
		 "(unless its "
		 "owner is \"x\"); meant is of these the 2 with the greatest number of processes"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		says(FILE_RULES, cases[i][0], cases[i][1]);
}

static void other_files(void **state)
{
	(void)state;
	says(FILE_REQUEST_RULES,
	     "'rule':{'and':[{'==':[{'var':'endpoint'},'container_remove']},{'var':'flags.force'},"
	     "{'!=':[{'var':'User'},'ops']}]}",
	     "violated when the request is \"container_remove\" and flag force is true and the user is not "
	     "\"ops\"");
	says(FILE_REQUEST_RULES, "'rule':{'>':[{'var':'RequestBody.HostConfig.Memory'},{'bytes':'2GiB'}]}",
	     "violated when memory limit is over 2 GiB");
	says(FILE_WHITELIST_RULES, "'rule':{'==':[{'var':'violated_rule'},'x']}",
	     "exempt when the violated rule is \"x\"");
	says(FILE_TRIGGERS, "'log':'x'", "runs on each detection");
	says(FILE_TRIGGERS, "'log':'x','rule':{'==':[{'var':'mode'},'kill']}", "runs when mode is \"kill\"");
}

/* Whether the binding takes the path of a row; "*" is a key of a map, or stands for a list's elements. */
static bool is_there(const char *path)
{
	bool request = str_starts_with(path, "request."), verdict = str_starts_with(path, "verdict.");
	const char *own = path + (request || verdict ? strlen("request.") : 0);
	AUTO(free_charp) char *dotted = mem_strdup(own);
	AUTO(json_putp) struct json_object *rule = json_object_new_object();
	AUTO(buf_free) struct buf pointer = {0};
	struct logic_program *p;
	struct err err;

	if (str_starts_with(dotted,
			    "ParsedUri.parameters")) { /* what the binding makes of ParsedUri.query.x */
		free(dotted);
		dotted = mem_strdup("ParsedUri.query.x");
	}
	for (char *star; (star = strchr(dotted, '*'));)
		*star = '0';
	json_add_str(rule, "var", dotted);
	p = logic_compile(rule,
			  binding_of(request   ? FILE_REQUEST_RULES
				     : verdict ? FILE_TRIGGERS
					       : FILE_WHITELIST_RULES),
			  false, &pointer, &err);
	logic_free(p);
	return p != NULL;
}

static void rows_are_of_fields_that_are(void **state)
{
	(void)state;
	for (const struct field_meaning *row = field_meanings(); row->path; row++) {
		if (!is_there(row->path))
			fail_msg("%s: no such field", row->path);
		assert_ptr_equal(field_meaning(row->path), row); /* none is there twice */
	}
}

static void must_have_row(const char *before, const char *path)
{
	AUTO(free_charp) char *whole = mem_printf("%s%s", before, path);

	if (!field_meaning(whole)->words)
		fail_msg("%s: rules can read it, so it needs a row in userspace/view/fields.c", whole);
}

/* `check` and plain words know every field that a rule can read. */
static void fields_have_rows(void **state)
{
	const char *const *const lists[] = {moment_time_names(), moment_host_names(), group_names()};

	(void)state;
	for (const char *const *path = figure_paths(); *path; path++)
		must_have_row("metrics.", *path);
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		for (const char *const *path = lists[i]; *path; path++)
			must_have_row("", *path);
	for (const char *const *name = subject_names(); *name; name++) {
		bool object = !strcmp(*name, "params") || !strcmp(*name, "metrics") ||
			      !strcmp(*name, "time") || !strcmp(*name, "host") || !strcmp(*name, "group") ||
			      views_schema(*name);

		if (!object)
			must_have_row("", *name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(container_rules),
		cmocka_unit_test(other_files),
		cmocka_unit_test(rows_are_of_fields_that_are),
		cmocka_unit_test(fields_have_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
