/* eval: one JsonLogic expression on data, or suites of cases. */
#include "cli_internal.h"
#include "print_internal.h"
#include "base/json.h"
#include "base/text.h"
#include "rules/logic.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct evaluation {
	struct logic_ctx *ctx;
	struct logic_program *program;
	struct value result;
	bool ok;
};

static int evaluate(struct evaluation *e, struct json_object *rule, struct json_object *data, bool lenient)
{
	AUTO(buf_free) struct buf pointer = {0};
	struct err err;

	e->program = logic_compile(rule, NULL, lenient, &pointer, &err);
	if (!e->program) {
		print_error("eval: %s: %s", pointer.len ? pointer.s : "/", err.msg);
		return -1;
	}
	e->ok = logic_eval(e->program, e->ctx, value_from_json(data), &e->result);
	if (!e->ok)
		e->result = e->ctx->error;
	return 0;
}

/* Equal as JSON, numbers by value with a rounding error allowed. */
static bool same(struct value a, struct value b)
{
	if (value_is_number(a) && value_is_number(b))
		return value_number(a) == value_number(b) ||
		       fabsl(value_number(a) - value_number(b)) < 1e-9L * fabsl(value_number(a));
	if (value_is_array(a) && value_is_array(b)) {
		if (value_len(a) != value_len(b))
			return false;
		for (size_t i = 0; i < value_len(a); i++)
			if (!same(value_at(a, i), value_at(b, i)))
				return false;
		return true;
	}
	return value_strict_equal(a, b);
}

static bool run_case(struct json_object *c, const char *file)
{
	struct evaluation e = {.ctx = mem_calloc(1, sizeof(*e.ctx))};
	struct json_object *expected = json_get(c, "error");
	AUTO(json_putp) struct json_object *got = NULL;
	bool passed = false;

	logic_ctx_init(e.ctx);
	if (!evaluate(&e, json_get(c, "rule"), json_get(c, "data"), true)) {
		passed = e.ok == !expected &&
			 same(e.result, value_from_json(expected ? expected : json_get(c, "result")));
		got = value_to_json(e.result);
	}
	if (!passed)
		print_line(stdout, "FAIL %s: %s: %s on %s: %s %s", file, json_get_str(c, "description"),
			   json_object_to_json_string_ext(json_get(c, "rule"), JSON_C_TO_STRING_PLAIN),
			   json_object_to_json_string_ext(json_get(c, "data"), JSON_C_TO_STRING_PLAIN),
			   e.ok ? "gave" : "threw",
			   json_object_to_json_string_ext(got, JSON_C_TO_STRING_PLAIN));
	logic_free(e.program);
	logic_ctx_free(e.ctx);
	free(e.ctx);
	return passed;
}

static int read_suite(const char *path, struct json_object **out, struct err *err)
{
	if (json_read_file(path, out, err))
		return -1;
	return json_object_is_type(*out, json_type_array)
		       ? 0
		       : err_set(err, EINVAL, "%s: a suite is an array of cases", path);
}

static int run_suites(int n, char **files)
{
	unsigned passed = 0, failed = 0;
	struct err err;

	for (int i = 0; i < n; i++) {
		AUTO(json_putp) struct json_object *suite = NULL;

		if (read_suite(files[i], &suite, &err)) {
			print_error("eval: %s", err.msg);
			return EXIT_TROUBLE;
		}
		for (size_t k = 0; k < json_object_array_length(suite); k++) {
			struct json_object *c = json_object_array_get_idx(suite, k);

			if (!json_object_is_type(c, json_type_object))
				continue; /* a heading */
			if (run_case(c, files[i]))
				passed++;
			else
				failed++;
		}
	}
	print_line(stdout, "%u passed, %u failed", passed, failed);
	return failed ? EXIT_NO : EXIT_FINE;
}

static int run_one(const char *logic, const char *data)
{
	struct evaluation e = {.ctx = NULL};
	AUTO(json_putp) struct json_object *rule = NULL, *on = NULL;
	int r = EXIT_TROUBLE;
	struct err err;

	if (json_read_file(logic, &rule, &err) || (data && json_read_file(data, &on, &err))) {
		print_error("eval: %s", err.msg);
		return EXIT_TROUBLE;
	}
	e.ctx = mem_calloc(1, sizeof(*e.ctx));
	logic_ctx_init(e.ctx);
	if (!evaluate(&e, rule, on, false)) {
		AUTO(json_putp) struct json_object *out = value_to_json(e.result);

		if (!e.ok)
			print_text(stderr, "docker-enforcer: eval: threw ");
		print_json(e.ok ? stdout : stderr, out, JSON_C_TO_STRING_PLAIN);
		r = e.ok ? EXIT_FINE : EXIT_NO;
	}
	logic_free(e.program);
	logic_ctx_free(e.ctx);
	free(e.ctx);
	return r;
}

static int print_operators(void)
{
	for (const char *const *name = logic_operator_names(); *name; name++)
		print_line(stdout, "%s", *name);
	return EXIT_FINE;
}

static int usage(int status)
{
	print_help(
		status ? stderr : stdout,
		"usage: docker-enforcer eval --logic FILE [--data FILE]\n"
		"       docker-enforcer eval --suite FILE...\n"
		"       docker-enforcer eval --operators\n\n"
		"Evaluates one JsonLogic expression and prints its result as JSON, or runs files of\n"
		"[{\"description\", \"rule\", \"data\", \"result\" or \"error\"}] cases. \"-\" is standard "
		"input.\n"
		"Exit status: 0 fine, 1 the expression threw or a case failed, 2 usage or I/O.\n");
	return status;
}

int cmd_eval(int argc, char **argv)
{
	static const struct option options[] = {
		{"logic", required_argument, NULL, 'l'}, {"data", required_argument, NULL, 'd'},
		{"suite", no_argument, NULL, 's'},	 {"operators", no_argument, NULL, 'o'},
		{"help", no_argument, NULL, 'h'},	 {0}};
	const char *logic = NULL, *data = NULL;
	bool suite = false;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'l')
			logic = optarg;
		else if (c == 'd')
			data = optarg;
		else if (c == 's')
			suite = true;
		else if (c == 'o')
			return print_operators();
		else
			return usage(c == 'h' ? EXIT_FINE : EXIT_TROUBLE);
	}
	if (suite && optind < argc)
		return run_suites(argc - optind, argv + optind);
	return logic && optind == argc ? run_one(logic, data) : usage(EXIT_TROUBLE);
}
