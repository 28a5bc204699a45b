/* test: runs rule tests, files that name rules, inputs and the verdict that is expected of them. */
#include "cli_internal.h"
#include "print_internal.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "offline_internal.h"
#include "view/request.h"
#include "view/subject.h"

#include <libgen.h>
#include <stdlib.h>
#include <string.h>

struct suite {
	const char *file;
	char *folder; /* of the file: what it names is looked for there */
	struct policy policy;
	unsigned passed, failed;
};

/* ---- the rules of a suite ---- */

static int read_beside(const struct suite *s, const char *name, struct json_object **out, struct err *err)
{
	AUTO(free_charp) char *path = *name == '/' ? mem_strdup(name) : mem_printf("%s/%s", s->folder, name);

	return json_read_file(path, out, err);
}

/* "rules": an array of rules, or the name of a file with one. */
static int load_list(struct suite *s, struct json_object *doc, const char *key, enum rule_file f,
		     const struct logic_binding *binding, struct err *err)
{
	struct json_object *given = json_get(doc, key);
	const char *name = json_get_str(doc, key);
	AUTO(json_putp) struct json_object *rules = NULL;
	AUTO(findings_free) struct findings findings = {0};
	AUTO(buf_free) struct buf problems = {0};

	if (!given)
		return 0;
	if (*name && read_beside(s, name, &rules, err))
		return -1;
	if (!*name)
		rules = json_object_get(given);
	if (ruleset_compile(f, rules, *name ? name : key, binding, &s->policy.lists[f], &findings)) {
		findings_put(&findings, false, &problems);
		problems.s[--problems.len] = 0;
		return err_set(err, 0, "%s", problems.s);
	}
	return 0;
}

static int unknown_key(const char *key, struct err *err)
{
	AUTO(free_charp) char *cut = str_cut(key, 60);
	AUTO(buf_free) struct buf seen = {0};

	buf_escape(&seen, cut, strlen(cut));
	return err_set(err, 0, "unknown key \"%s\"", seen.s ? seen.s : "");
}

/* A mistyped key must not make a test prove less than it says. */
static int check_keys(struct json_object *j, const char *const *known, struct err *err)
{
	json_object_object_foreach (j, key, unused) {
		const char *const *k = known;

		(void)unused;
		while (*k && strcmp(*k, key) != 0)
			k++;
		if (!*k)
			return unknown_key(key, err);
	}
	return 0;
}

static int load_suite(struct suite *s, struct json_object *doc, struct err *err)
{
	static const char *const known[] = {"rules", "request_rules", "whitelist_rules",
					    "tests", "description",   NULL};

	if (!json_object_is_type(json_get(doc, "tests"), json_type_array))
		return err_set(err, 0, "a rule test file is an object with \"rules\" and \"tests\", a list");
	if (check_keys(doc, known, err))
		return -1;
	return load_list(s, doc, "rules", FILE_RULES, subject_binding(false), err) ||
			       load_list(s, doc, "request_rules", FILE_REQUEST_RULES, request_binding(),
					 err) ||
			       load_list(s, doc, "whitelist_rules", FILE_WHITELIST_RULES,
					 subject_binding(true), err)
		       ? -1
		       : 0;
}

/* ---- one test ---- */

static bool is_expected(struct json_object *expected, const char *rule)
{
	for (size_t i = 0; expected && i < json_object_array_length(expected); i++)
		if (!strcmp(json_str_at(expected, i), rule))
			return true;
	return false;
}

struct found {
	size_t violated, failed;
	struct buf text;
	bool unexpected;
};

static void compare(struct json_object *test, const struct verdict *v, struct found *f)
{
	for (size_t i = 0; i < v->count; i++) {
		bool failed = v->items[i].error != NULL;
		const char *name = v->items[i].rule->name;

		f->unexpected =
			f->unexpected || !is_expected(json_get(test, failed ? "fails" : "violates"), name);
		f->violated += !failed;
		f->failed += failed;
		buf_printf(&f->text, "%s\"%s\"%s", f->text.len ? ", " : "", name, failed ? " (failed)" : "");
	}
}

static size_t expected_count(struct json_object *test, const char *key)
{
	return json_get(test, key) ? json_object_array_length(json_get(test, key)) : 0;
}

static void put_names(struct json_object *names, const char *how, struct buf *out)
{
	for (size_t i = 0; i < json_count(names); i++)
		buf_printf(out, "%s\"%s\"%s", out->len ? ", " : "", json_str_at(names, i), how);
}

/* What the test says, in the words of what was found. */
static void put_expected(struct json_object *test, struct buf *out)
{
	AUTO(buf_free) struct buf rules = {0};
	struct json_object *refused = json_get(test, "refused");

	put_names(json_get(test, "violates"), "", &rules);
	put_names(json_get(test, "fails"), " (failed)", &rules);
	if (json_get(test, "unreadable"))
		buf_printf(out, "%s%sa request that cannot be read", rules.len ? rules.s : "",
			   rules.len ? ", " : "");
	else
		buf_puts(out, rules.len ? rules.s : "nothing");
	if (refused)
		buf_puts(out, json_object_get_boolean(refused) ? ", refused" : ", not refused");
}

static bool is_as_expected(struct json_object *test, const struct authz_result *r, struct buf *why)
{
	struct found f = {0};
	bool refused = json_object_get_boolean(json_get(test, "refused"));
	bool ok;

	compare(test, &r->on_request, &f);
	compare(test, &r->on_container, &f);
	ok = !f.unexpected && f.violated == expected_count(test, "violates") &&
	     f.failed == expected_count(test, "fails") &&
	     r->unreadable == (json_get(test, "unreadable") != NULL) &&
	     (!json_get(test, "refused") || refused == r->refused);
	if (!ok)
		buf_printf(why, "found %s%s%s%s", f.text.len ? f.text.s : "nothing",
			   r->refused ? ", refused" : "", r->unreadable ? ": " : "",
			   r->unreadable ? r->reason.s : "");
	if (!ok) {
		buf_puts(why, "; expected ");
		put_expected(test, why);
	}
	buf_free(&f.text);
	return ok;
}

static int check_test(struct json_object *test, struct err *err)
{
	static const char *const known[] = {
		"name",	 "description", "as",	 "input",   "container_name", "metrics", "position", "held",
		"mode",	 "violates",	"fails", "refused", "unreadable",     "target",	 "host",     "now",
		"group", "owner",	NULL};
	static const char *const lists[] = {"violates", "fails"};

	if (!json_object_is_type(test, json_type_object))
		return err_set(err, 0, "a test is an object");
	if (check_keys(test, known, err))
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		if (json_get(test, lists[i]) &&
		    !json_object_is_type(json_get(test, lists[i]), json_type_array))
			return err_set(err, 0, "\"%s\" must be a list of rule names", lists[i]);
	if (!json_get(test, "violates") && !json_get(test, "unreadable"))
		return err_set(err, 0, "\"violates\" is missing: the names of the rules, or []");
	return 0;
}

static int read_input(const struct suite *s, struct json_object *test, struct offline_input *in,
		      struct json_object **owned, struct err *err)
{
	const char *as = json_get_str(test, "as"), *held = json_get_str(test, "held");
	struct json_object *input = json_get(test, "input");
	enum offline_kind kind = *as ? offline_kind_parse(as) : AS_INSPECT;

	if (kind > AS_REQUEST)
		return err_set(err, 0, "\"as\" must be inspect, create or request");
	if (*held && !str_parse_duration(held, strlen(held), &in->held_ns))
		return err_set(err, 0, "\"held\" must be a duration like \"30s\"");
	if (!input)
		return err_set(err, 0, "\"input\" is missing: a document, or a file's name");
	if (!json_object_is_type(input, json_type_string))
		*owned = json_object_get(input);
	else if (read_beside(s, json_object_get_string(input), owned, err))
		return -1;
	in->kind = kind;
	in->doc = *owned;
	in->name = json_get_str(test, "container_name");
	in->metrics = json_get(test, "metrics");
	in->target = json_get(test, "target");
	in->host = json_get(test, "host");
	in->group = json_get(test, "group");
	in->owner = json_get_str(test, "owner");
	in->now_ns = clock_parse_rfc3339(json_get_str(test, "now"));
	if (json_get(test, "now") && !in->now_ns)
		return err_set(err, 0, "\"now\" must be a time like \"2026-01-01T10:00:00Z\"");
	in->position = json_get_int(test, "position");
	in->mode = strcmp(json_get_str(test, "mode"), "warn") ? MODE_KILL : MODE_WARN;
	return 0;
}

static void run_test(struct suite *s, struct json_object *test, size_t index)
{
	struct offline_input in = {0};
	AUTO(json_putp) struct json_object *input = NULL;
	AUTO(buf_free) struct buf why = {0};
	struct authz_result r = {0};
	struct err err;
	bool ok = false;

	if (check_test(test, &err) || read_input(s, test, &in, &input, &err) ||
	    offline_judge(&s->policy, &in, NULL, NULL, &r, &err))
		buf_puts(&why, err.msg);
	else
		ok = is_as_expected(test, &r, &why);
	authz_result_free(&r);
	s->passed += ok;
	s->failed += !ok;
	if (!ok)
		print_line(stdout, "FAIL %s: /tests/%zu: %s: %s", s->file, index, json_get_str(test, "name"),
			   why.s);
}

/* ---- files ---- */

/* -1 if the file is no suite. */
static int run_suite(const char *file, unsigned *passed, unsigned *failed)
{
	AUTO(free_charp) char *copy = mem_strdup(file);
	struct suite s = {.file = file, .folder = dirname(copy)};
	struct err err;
	AUTO(json_putp) struct json_object *doc = NULL;
	struct json_object *tests;
	int r = json_read_file(file, &doc, &err);

	if (!r && (r = load_suite(&s, doc, &err)))
		err_wrap(&err, "%s", file);
	tests = json_get(doc, "tests");
	if (r)
		print_problems("test", err.msg);
	for (size_t i = 0; !r && i < json_object_array_length(tests); i++)
		run_test(&s, json_object_array_get_idx(tests, i), i);
	for (int f = 0; f < RULE_FILES; f++)
		ruleset_free(&s.policy.lists[f]);
	*passed += s.passed;
	*failed += s.failed;
	return r;
}

static int usage(int status)
{
	print_help(
		status ? stderr : stdout,
		"usage: docker-enforcer test FILE...\n\n"
		"Runs rule tests: JSON files of\n"
		"  {\"rules\": [rules] or \"file\", \"request_rules\": …, \"whitelist_rules\": …,\n"
		"   \"tests\": [{\"name\": \"…\", \"as\": \"inspect\" (default), \"create\" or \"request\",\n"
		"              \"input\": a document or \"file\", \"violates\": [rule names, all of "
		"them]}]}\n"
		"Further keys of a test: fails (rules that fail), refused, unreadable (the request cannot be "
		"read\n"
		"with certainty), target (what a request names: {\"name\": …, \"exempt\": …}), mode "
		"(\"kill\", "
		"the\n"
		"default, or \"warn\"), container_name, position, metrics, held (how long it has been so, "
		"for "
		"rules with\n"
		"\"for\"). Files are looked for beside the test file.\n"
		"Exit status: 0 all passed, 1 some failed, 2 usage or I/O.\n");
	return status;
}

int cmd_test(int argc, char **argv)
{
	unsigned passed = 0, failed = 0;
	bool trouble = false;

	if (argc == 2 && !strcmp(argv[1], "--help"))
		return usage(EXIT_FINE);
	if (argc > 1 && argv[1][0] == '-' && argv[1][1])
		print_error("test: no option \"%s\"", argv[1]);
	if (argc < 2 || (argv[1][0] == '-' && argv[1][1]))
		return usage(EXIT_TROUBLE);
	log_setup(LOG_ERROR_, false);
	for (int i = 1; i < argc; i++)
		trouble = run_suite(argv[i], &passed, &failed) || trouble;
	print_line(stdout, "%u passed, %u failed", passed, failed);
	if (trouble)
		return EXIT_TROUBLE;
	return failed ? EXIT_NO : EXIT_FINE;
}
