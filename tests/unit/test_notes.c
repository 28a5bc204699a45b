/* Notes: what is legal in a rule and surely not meant; and what is meant gets none. */
#include "base/text.h"
#include "unit.h"

#include "container/schema.h"
#include "rules/notes.h"
#include "view/fields.h"
#include "view/request.h"
#include "view/subject.h"
#include "view/verdict.h"

static void found(void *arg, const char *pointer, const char *text)
{
	buf_printf(arg, "%s: %s\n", pointer, text);
}

static bool is_rule(void *arg, const char *name)
{
	(void)arg;
	return !strcmp(name, "memory");
}

enum of { RULE, EXEMPTION, REQUEST, TRIGGER };

/* What is noted of an expression; empty: nothing. */
static struct buf notes_of(enum of of, const char *text)
{
	const struct logic_binding *const bindings[] = {subject_binding(false), subject_binding(true),
							request_binding(), verdict_binding()};
	AUTO(json_putp) struct json_object *j = json_of(text);
	AUTO(buf_free) struct buf pointer = {0};
	struct buf out = {0};
	const struct notes notes = {found, &out, is_rule, of == EXEMPTION};
	struct err err;
	struct logic_program *p = logic_compile(j, bindings[of], false, &pointer, &err);

	if (!p)
		fail_msg("%s: %s: %s", text, pointer.s ? pointer.s : "", err.msg);
	buf_puts(&out, "");
	notes_find(p, &notes);
	logic_free(p);
	return out;
}

/* The issue's own examples, and their kin. */
static void what_is_not_meant(void **state)
{
	static const struct {
		enum of of;
		const char *rule, *note;
	} cases[] = {
		/* labels by dots */
		{RULE, "{'==':[{'var':'labels.com.example.team'},'red']}",
		 "/==/0/var: labels.com.example.team: dots part names"},
		{RULE, "{'var':'env.a.b'}", "/var: env.a.b: dots"},
		{REQUEST, "{'var':'target.labels.com.example'}", "dots part names"},
		/* numbers and texts */
		{RULE, "{'>':[{'var':'metrics.memory_stats.usage'},'1GiB']}",
		 "/>: metrics.memory_stats.usage > \"1GiB\": a number and a text"},
		{RULE, "{'>':[{'var':'metrics.memory_stats.usage'},'1GiB']}", "write {\"bytes\": \"1GiB\"}"},
		{RULE, "{'>':[{'var':'age_s'},'2h']}", "write {\"duration\": \"2h\"}"},
		{RULE, "{'<':[1,{'var':'metrics.cpu_percent'},'a lot']}", "cannot be compared"},
		{RULE, "{'>':[{'var':'group.memory'},'4g']}", "write {\"bytes\": \"4g\"}"},
		{RULE, "{'==':[{'var':'params.Config.User'},0]}",
		 "it is a text, and the rule fails where that is no number; it is a name, or \"\" for the "
		 "image's; read user.is_root"},
		{RULE, "{'>':[{'var':'name'},3]}", "name > 3: it is a text"},
		{RULE, "{'==':[{'var':'params.HostConfig.Privileged'},'true']}", "it is true or false"},
		{RULE, "{'==':[{'var':'security.privileged'},'yes']}", "it is true or false"},
		/* constants */
		{RULE, "true", ": reads nothing, so it always holds"},
		{RULE, "{'==':[1,2]}", ": reads nothing, so it never holds"},
		{RULE, "'params.HostConfig.Privileged'", ": the rule is a text, which always holds"},
		{RULE, "[{'var':'security.privileged'}]", ": the rule is a list"},
		{RULE, "{'==':['params.HostConfig.Memory',0]}",
		 "/==: compares only what is written here, and fails"},
		{EXEMPTION, "true", "exempts every container"},
		/* forms */
		{RULE, "{'==':[{'var':'name'},'web']}",
		 "/==: name == \"web\": never so, it begins with a slash"},
		{RULE, "{'in':[{'var':'name'},['/web','db']]}", "name == \"db\": never so"},
		{RULE, "{'starts_with':[{'var':'name'},'web-']}", "name begins with \"web-\": never so"},
		{RULE, "{'matches':[{'var':'name'},'^web']}", "name begins with \"web\": never so"},
		{RULE, "{'in':['CAP_SYS_ADMIN',{'var':'capabilities'}]}",
		 "/in: \"CAP_SYS_ADMIN\" in capabilities: never so, it is upper-case, without CAP_"},
		{RULE, "{'in':['sys_admin',{'var':'capabilities'}]}", "upper-case, without CAP_"},
		{RULE, "{'in':[['SYS_ADMIN','ALL'],{'var':'capabilities'}]}",
		 "a list in capabilities: none of its elements is one"},
		{RULE, "{'some':[{'var':'capabilities'},{'==':[{'var':''},'CAP_CHOWN']}]}", "without CAP_"},
		{RULE, "{'==':[{'var':'capabilities'},['SYS_ADMIN']]}",
		 "it is a list, which cannot be compared"},
		{RULE, "{'in':[{'var':'capabilities'},['SYS_ADMIN']]}",
		 "capabilities in a list: it is a list"},
		{RULE, "{'in':['80',{'keys':[{'var':'params.HostConfig.PortBindings'}]}]}",
		 "it is a port and a protocol"},
		{RULE, "{'in':['busybox',{'var':'image_names'}]}", "it is in full, as in"},
		{RULE, "{'some':[{'var':'image_names'},{'starts_with':[{'var':''},'ours/']}]}",
		 "it is in full"},
		{RULE, "{'==':[{'var':'image_id'},'4f2a']}", "\"sha256:\""},
		{RULE, "{'==':[{'var':'id'},'4f2a']}", "64 hexadecimal digits"},
		{RULE, "{'some':[{'var':'mounts'},{'==':[{'var':'target'},'etc']}]}", "begins with a slash"},
		{REQUEST, "{'starts_with':[{'var':'ParsedUri.endpoint'},'/v1.41/containers']}",
		 "has no version"},
		{REQUEST, "{'matches':[{'var':'ParsedUri.path'},'^containers/']}", "begins with a slash"},
		/* values */
		{RULE, "{'==':[{'var':'params.HostConfig.NetworkMode'},'bridge']}",
		 "misses some: Docker says \"default\" for the same"},
		{RULE, "{'some':[{'var':'mounts'},{'==':[{'var':'type'},'binds']}]}",
		 "did you mean \"bind\"?"},
		{RULE, "{'==':[{'var':'security.seccomp'},'none']}",
		 "its values are \"default\", \"unconfined\", \"custom\""},
		{RULE, "{'==':[{'var':'namespaces.pid'},'Host']}", "did you mean \"host\"?"},
		{RULE, "{'in':[{'var':'params.HostConfig.RestartPolicy.Name'},['always','onfailure']]}",
		 "did you mean \"on-failure\"?"},
		{RULE, "{'==':[{'var':'params.State.Status'},'stopped']}", "its values are"},
		{REQUEST, "{'==':[{'var':'RequestMethod'},'post']}", "did you mean \"POST\"?"},
		{REQUEST, "{'==':[{'var':'endpoint'},'containers_create']}",
		 "did you mean \"container_create\"?"},
		{REQUEST, "{'in':[{'var':'endpoint'},['exec']]}", "never so"},
		{REQUEST, "{'starts_with':[{'var':'endpoint'},'containers_']}", "never so"},
		{TRIGGER, "{'==':[{'var':'mode'},'KILL']}", "did you mean \"kill\"?"},
		{EXEMPTION, "{'==':[{'var':'violated_rule'},'memroy']}", "there is no rule of that name"},
		{TRIGGER, "{'in':[{'var':'violated_rule'},['memory','cpu']]}",
		 "violated_rule == \"cpu\": there is no rule"},
		/* lists */
		{RULE, "{'in':['/etc',{'var':'mounts'}]}", "mounts has objects in it, and no text"},
		{RULE, "{'matches':[{'var':'capabilities'},'SYS']}",
		 "it is a list, \"matches\" takes a text; go through"},
		{RULE, "{'matches':[{'var':'params.HostConfig.Memory'},'1']}",
		 "it is a number, \"matches\" takes a text"},
		{RULE, "{'starts_with':[{'var':'params.HostConfig.Binds'},'/etc']}", "it is a list"},
		{RULE, "{'==':[{'var':'params.HostConfig.Binds'},'/etc:/etc']}",
		 "it is a list, which cannot be compared"},
		{RULE, "{'==':[{'var':'params.HostConfig.RestartPolicy'},'always']}",
		 "it is an object, which cannot be compared; name a field"},
		{RULE, "{'some':[{'var':'params.HostConfig.Binds'},{'starts_with':[{'var':''},'/etc']}]}",
		 "/some: some of params.HostConfig.Binds: it is null where nobody gave it"},
		{RULE, "{'all':[{'var':'params.HostConfig.CapAdd'},{'==':[{'var':''},'CHOWN']}]}",
		 "it is null where nobody gave it"},
		{RULE, "{'some':[{'var':'labels'},{'==':[{'var':''},'x']}]}", "its names are {\"keys\""},
		{RULE, "{'some':[{'var':'image'},{'==':[{'var':''},'x']}]}",
		 "it is a text, \"some\" takes a list"},
		{RULE, "{'in':['team',{'var':'labels'}]}", "its names are {\"keys\": [labels]}"},
		{RULE, "{'in':[{'var':'labels.team'},'red,blue']}", "any part of that text will do"},
		{RULE, "{'some':[{'var':'capabilities'},{'==':[{'var':'owner'},'x']}]}",
		 "what is outside is {\"val\": [[2], \"owner\"]}"},
		{RULE, "{'>':[{'length':[{'var':'metrics.pids_stats.current'}]},3]}",
		 "length of metrics.pids_stats.current: it is a number"},
		{RULE, "{'>':[{'+':[{'var':'mounts'},1]},3]}", "it is a list, and no number"},
		/* patterns */
		{RULE, "{'matches':[{'var':'image'},'/^app/i']}", "slashes around a pattern"},
		{RULE, "{'!':[{'matches':[{'var':'image'},'registry.local/']}]}",
		 "/!/0/matches: not image matches"},
		{RULE, "{'none':[{'var':'image_names'},{'matches':[{'var':''},'docker.io/ours/']}]}",
		 "anchor it"},
		{RULE, "{'==':[{'lower':[{'var':'image'}]},'MyApp']}", "gives no upper-case letters"},
		{RULE, "{'in':[{'upper':[{'var':'labels.team'}]},['RED','blue']]}",
		 "gives no lower-case letters"},
		/* units */
		{RULE, "{'>':[{'var':'params.HostConfig.NanoCpus'},2]}", "billionths of a CPU"},
		{RULE, "{'>':[{'var':'params.HostConfig.Memory'},512]}", "it is in bytes"},
		{RULE, "{'<':[{'var':'host.memory.available'},2]}", "it is in bytes"},
		{RULE, "{'>':[{'var':'metrics.memory_percent'},0.9]}", "it is in percent"},
		{RULE, "{'>':[{'var':'metrics.memory_percent'},120]}", "it is from 0 to 100"},
		{RULE, "{'==':[{'var':'time.weekday'},0]}", "it is from 1 to 7"},
		{RULE, "{'<':[{'var':'params.Config.Healthcheck.Interval'},30]}", "nanoseconds"},
		{REQUEST, "{'>':[{'var':'RequestBody.HostConfig.NanoCpus'},4]}", "billionths of a CPU"},
		{RULE, "{'<':[{'var':'age_s'},0]}", "never so, it is from 0 on"},
		{RULE, "{'>=':[{'var':'metrics.pids_stats.current'},0]}", "always so, it is from 0 on"},
		{RULE, "{'>':[{'var':'metrics.memory_percent'},100]}", "never so"},
		{RULE, "{'<=':[{'var':'time.hour'},23]}", "always so"},
		/* patterns where none is read, constants among conditions, keys in paths */
		{RULE, "{'==':[{'var':'image'},'registry.local/*']}", "the text is taken as it stands"},
		{RULE, "{'starts_with':[{'var':'image'},'^registry']}", "the text is taken as it stands"},
		{RULE, "{'in':[{'var':'labels.team'},['red.*']]}", "the text is taken as it stands"},
		{RULE, "{'or':[{'var':'security.privileged'},'namespaces.pid']}",
		 "or with a text: it reads nothing, and is always true"},
		{RULE, "{'and':[{'var':'security.privileged'},false]}",
		 "and with a constant: it reads nothing, and is always false"},
		{RULE, "{'==':[{'var':'params.HostConfig.PortBindings.80.0.HostPort'},'80']}",
		 "params.HostConfig.PortBindings: there never is \"80\""},
		{RULE, "{'some':[{'var':'networks'},{'==':[{'var':'name'},'/web']}]}",
		 "it has no slash in it"},
		{RULE, "{'in':['SYS_ADMIN',{'?\?':[{'var':'params.HostConfig.CapAdd'},[]]}]}",
		 "with or without CAP_; read capabilities"},
		{RULE, "{'in':['seccomp=unconfined',{'?\?':[{'var':'params.HostConfig.SecurityOpt'},[]]}]}",
		 "read security"},
		{RULE, "{'in':['host',{'var':'params.HostConfig.PidMode'}]}",
		 "of which any part will do; compare it by"},
		/* what is not known, and what is not a path */
		{RULE, "{'!':[{'in':[{'var':'owner'},['ann','bob']]}]}", "holds for \"[unknown]\" too"},
		{REQUEST, "{'!':[{'in':[{'var':'owner'},['ann']]}]}", "holds for \"[unknown]\" too"},
		{RULE, "{'some':[{'var':'mounts'},{'!':[{'path_within':[{'var':'source'},'/srv']}]}]}",
		 "holds for a volume's name too"},
		{RULE, "{'path_within':[{'var':'params.Path'},'srv']}", "a folder begins with a slash"},
		{RULE,
		 "{'or':[{'==':[{'var':'params.HostConfig.Memory'},0]},{'>':[{'var':'metrics.memory_percent'}"
		 ",90]}]}",
		 "/or: or with metrics"},
		{RULE,
		 "{'or':[{'>':[{'var':'host.pressure.memory.full_avg10'},20]},{'<':[{'var':'host.memory."
		 "available'},{'bytes':'1g'}]}]}",
		 "or with host"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(buf_free) struct buf out = notes_of(cases[i].of, cases[i].rule);

		if (!strstr(out.s, cases[i].note))
			fail_msg("%s: \"%s\" lacks \"%s\"", cases[i].rule, out.s, cases[i].note);
	}
}

static void what_is_meant(void **state)
{
	static const struct {
		enum of of;
		const char *rule;
	} cases[] = {
		{RULE, "{'==':[{'val':['labels','com.example.team']},'red']}"},
		{RULE, "{'>':[{'var':'labels.level'},3]}"},
		{RULE, "{'==':[{'var':'labels.team'},null]}"},
		{RULE, "{'>':[{'var':'metrics.memory_stats.usage'},{'bytes':'1GiB'}]}"},
		{RULE, "{'>':[{'var':'metrics.cpu_percent'},250]}"},
		{RULE, "{'==':[{'var':'params.HostConfig.NanoCpus'},0]}"},
		{RULE, "{'>':[{'var':'metrics.memory_stats.oom_kills'},0]}"},
		{RULE, "{'>=':[{'var':'metrics.memory_percent'},100]}"},
		{RULE, "{'<':[{'var':'time.hour'},6]}"},
		{RULE, "{'or':[{'>=':[{'var':'time.weekday'},6]},{'var':'security.privileged'}]}"},
		{RULE, "{'if':[{'var':'security.privileged'},true,false]}"},
		{RULE, "{'in':['busybox',{'var':'image'}]}"},
		{RULE, "{'<':[{'var':'params.HostConfig.MemorySwap'},0]}"},
		{RULE, "{'matches':[{'var':'name'},'^/web']}"},
		{RULE, "{'matches':[{'var':'name'},'^(/web|/db)']}"},
		{RULE, "{'matches':[{'var':'name'},'web']}"},
		{RULE, "{'matches':[{'var':'name'},'^/?web']}"},
		{RULE, "{'matches':[{'var':'image'},'/app/']}"},
		{RULE, "{'!':[{'matches':[{'var':'image'},'^registry\\\\.local/']}]}"},
		{RULE, "{'starts_with':[{'var':'name'},'/']}"},
		{RULE, "{'in':['ALL',{'var':'capabilities'}]}"},
		{RULE, "{'in':['80/tcp',{'keys':[{'var':'params.HostConfig.PortBindings'}]}]}"},
		{RULE, "{'in':[{'var':'labels.team'},['red','blue']]}"},
		{RULE, "{'in':['/etc',{'var':'params.Path'}]}"},
		{RULE, "{'some':[{'?\?':[{'var':'params.HostConfig.Binds'},[]]},{'starts_with':[{'var':''},'/"
		       "etc:']}]}"},
		{RULE, "{'some':[{'keys':[{'var':'params.HostConfig.Sysctls'}]},{'starts_with':[{'var':''},'"
		       "net.']}]}"},
		{RULE, "{'some':[{'var':'image_names'},{'starts_with':[{'var':''},'docker.io/']}]}"},
		{RULE, "{'some':[{'var':'capabilities'},{'==':[{'val':[[2],'owner']},'x']}]}"},
		{RULE, "{'in':[{'var':'owner'},['ann']]}"},
		{RULE, "{'!':[{'in':[{'var':'owner'},['ann','[unknown]']]}]}"},
		{RULE, "{'some':[{'var':'mounts'},{'and':[{'==':[{'var':'type'},'bind']},{'!':[{'path_within'"
		       ":[{'var':'source'},'/srv']}]}]}]}"},
		{RULE, "{'or':[{'>':[{'var':'metrics.memory_percent'},90]},{'>':[{'var':'metrics.cpu_percent'"
		       "},90]}]}"},
		{RULE, "{'and':[{'==':[{'var':'params.HostConfig.Memory'},0]},{'>':[{'var':'metrics.cpu_"
		       "percent'},90]}]}"},
		{RULE, "{'==':[{'lower':[{'var':'image'}]},'my-app:1']}"},
		{RULE, "{'!':[{'var':'params.HostConfig.LogConfig.Config.max-size'}]}"},
		{RULE, "{'==':[{'var':'params.HostConfig.PidMode'},'container:db']}"},
		{RULE, "{'==':[{'var':'params.HostConfig.Privileged'},true]}"},
		{RULE, "{'var':'params.HostConfig.Binds'}"},
		{RULE, "{'==':[{'length':[{'var':'mounts'}]},0]}"},
		{EXEMPTION, "{'==':[{'var':'violated_rule'},'memory']}"},
		{REQUEST, "{'in':[{'var':'endpoint'},['container_create','']]}"},
		{REQUEST, "{'ends_with':[{'var':'endpoint'},'_remove']}"},
		{REQUEST, "{'starts_with':[{'var':'endpoint'},'container_']}"},
		{REQUEST, "{'==':[{'var':'ParsedUri.query.force'},1]}"},
		{REQUEST, "{'var':'flags.force'}"},
		{REQUEST, "{'some':[{'var':'targets'},{'==':[{'var':'kind'},'container']}]}"},
		{TRIGGER, "{'==':[{'var':'mode'},'kill']}"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(buf_free) struct buf out = notes_of(cases[i].of, cases[i].rule);

		if (out.len)
			fail_msg("%s: %s", cases[i].rule, out.s);
	}
}

/* A path of the table in a rule: its lists are gone through. `inner` is what to do with the field. */
static char *rule_on(const char *path, const char *inner)
{
	const char *star = strstr(path, ".*");

	if (!star)
		return mem_printf(inner, path);
	AUTO(free_charp) char *list = mem_printf("%.*s", (int)(star - path), path);
	AUTO(free_charp) char *rest = rule_on(star[2] ? star + 3 : "", inner);

	return mem_printf("{'some':[{'?\?':[{'var':'%s'},[]]},%s]}", list, rest);
}

/* Whether it is so for a row: a value of a wrong type or form is noted. Maps' own names are anybody's. */
static void wrong(enum of of, const char *path, const char *inner)
{
	AUTO(free_charp) char *rule = rule_on(path, inner);
	AUTO(buf_free) struct buf out = notes_of(of, rule);

	if (!out.len)
		fail_msg("%s: nothing is noted", rule);
}

static bool is_map_of_texts(const char *path)
{
	static const char *const maps[] = {"labels.*",
					   "env.*",
					   "request.ParsedUri.parameters.*",
					   "request.RequestHeaders.*",
					   "request.flags.*",
					   "request.parameters.*",
					   "request.target.labels.*",
					   "verdict.labels.*"};

	for (size_t i = 0; i < ARRAY_LEN(maps); i++)
		if (!strcmp(maps[i], path))
			return true;
	return false;
}

static struct field field_of(enum of of, const char *path)
{
	const struct logic_binding *b = of == REQUEST	? request_binding()
					: of == TRIGGER ? verdict_binding()
							: subject_binding(true);
	struct value keys[16];
	struct logic_path p = {keys, 0, -1};
	char *copy = mem_strdup(path);
	struct field f;

	for (char *save, *key = strtok_r(copy, ".", &save); key; key = strtok_r(NULL, ".", &save))
		keys[p.len++] = value_str(key);
	b->describe(b, NULL, &p, &f);
	free(copy);
	return f;
}

/* For every row of the table a value of a wrong type, and one of a wrong form, unit or set. */
static void every_field_is_held_to_its_row(void **state)
{
	size_t n = 0;

	(void)state;
	for (const struct field_meaning *row = field_meanings(); row->path; row++) {
		enum of of = str_starts_with(row->path, "request.")   ? REQUEST
			     : str_starts_with(row->path, "verdict.") ? TRIGGER
								      : EXEMPTION;
		const char *path = row->path + (of == REQUEST || of == TRIGGER ? strlen("request.") : 0);
		struct field f = field_of(of, path);

		if (is_map_of_texts(row->path))
			continue;
		n++;
		if (f.type == FIELD_TEXT)
			wrong(of, path,
			      strstr(path, "*") ? "{'matches':[{'var':'%s'},'/^x/i']}"
						: "{'>':[{'var':'%s'},5]}");
		if (f.type == FIELD_NUMBER)
			wrong(of, path, "{'>':[{'var':'%s'},'much']}");
		if (f.type == FIELD_FLAG)
			wrong(of, path, "{'==':[{'var':'%s'},'true']}");
		if (f.type == FIELD_LIST || f.type == FIELD_MAP || f.type == FIELD_OBJECT)
			wrong(of, path, "{'==':[{'var':'%s'},'x']}");
		if (row->values)
			wrong(of, path, "{'==':[{'var':'%s'},'no such value']}");
		if (row->form)
			wrong(of, path, "{'==':[{'var':'%s'},'no /form']}");
		if (row->keys)
			wrong(of, path, "{'in':['no /form',{'keys':[{'var':'%s'}]}]}");
		if (row->unit == UNIT_BYTES || row->unit == UNIT_NANO_CPUS || row->unit == UNIT_NANOSECONDS)
			wrong(of, path, "{'>':[{'var':'%s'},2]}");
		if (row->unit == UNIT_PERCENT)
			wrong(of, path, "{'>':[{'var':'%s'},0.5]}");
		if (row->most != 0)
			wrong(of, path, "{'>':[{'var':'%s'},1000000]}");
		if (row->unknown)
			wrong(of, path, "{'!':[{'in':[{'var':'%s'},['ann']]}]}");
	}
	assert_true(n > 150);
}

/* Every field of Docker's own types by its type alone, the table has a row or not. */
static void every_field_of_docker_is_held_to_its_type(void **state)
{
	static const struct {
		const struct schema *type;
		const char *at;
	} structs[] = {{&schema_host_config, "params.HostConfig"},
		       {&schema_config, "params.Config"},
		       {&schema_container, "params"}};
	static const char *const wrongs[] = {[SCHEMA_STRING] = "{'==':[{'var':'%s'},5]}",
					     [SCHEMA_BOOL] = "{'==':[{'var':'%s'},'no']}",
					     [SCHEMA_INT] = "{'>':[{'var':'%s'},'many']}",
					     [SCHEMA_UINT] = "{'>':[{'var':'%s'},'many']}",
					     [SCHEMA_STRUCT] = "{'==':[{'var':'%s'},'x']}",
					     [SCHEMA_LIST] = "{'matches':[{'var':'%s'},'x']}",
					     [SCHEMA_MAP] = "{'in':['x',{'var':'%s'}]}",
					     [SCHEMA_WORDS] = "{'some':[{'var':'%s'},true]}"};
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(structs); i++) {
		const char *names[128];
		size_t count = schema_names(structs[i].type, names, ARRAY_LEN(names));

		for (size_t k = 0; k < count; k++, n++) {
			AUTO(free_charp) char *path = mem_printf("%s.%s", structs[i].at, names[k]);
			enum schema_kind kind = schema_find(structs[i].type, names[k])->type->kind;

			if (kind != SCHEMA_ANY)
				wrong(RULE, path, wrongs[kind]);
		}
	}
	assert_true(n > 110);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_meant),
		cmocka_unit_test(what_is_meant),
		cmocka_unit_test(every_field_is_held_to_its_row),
		cmocka_unit_test(every_field_of_docker_is_held_to_its_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
