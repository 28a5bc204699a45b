/* judge: the verdict on saved JSON, without a daemon, and why. */
#include "cli_internal.h"
#include "print_internal.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "offline_internal.h"
#include "rules/needs.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct judging {
	struct config config;
	struct policy *policy;
	struct offline_input input;
	const char *rules, *docker;
	struct json_object *metrics;
	bool explain, view, json;
	struct json_object *output; /* --json */
	const char *file;
};

/* ---- what the rules saw ---- */

static void print_explanation(struct json_object *j)
{
	struct json_object *saw = json_get(j, "saw");

	print_line(stdout, "  rule \"%s\" %s", json_get_str(j, "rule"), json_get_str(j, "result"));
	for (size_t i = 0; i < json_object_array_length(saw); i++) {
		print_text(stdout, "      ");
		print_escaped(stdout, json_str_at(saw, i));
		print_end(stdout);
	}
}

static void seen(void *arg, bool request, struct value root, struct logic_ctx *ctx)
{
	struct judging *j = arg;
	const struct rule_list *list = &j->policy->lists[request ? FILE_REQUEST_RULES : FILE_RULES];

	if (j->view) {
		AUTO(json_putp) struct json_object *view = value_to_json(root);

		print_json(stdout, view, JSON_C_TO_STRING_PRETTY);
	}
	for (size_t i = 0; j->explain && i < list->count; i++) {
		struct json_object *e;

		if (!list->items[i].enabled)
			continue;
		e = explain_rule(&list->items[i], root, ctx);
		if (j->json) {
			json_object_array_add(json_get(j->output, "explanation"), e);
		} else {
			print_explanation(e);
			json_object_put(e);
		}
	}
}

/* ---- the verdict ---- */

static void report_violation(struct judging *j, const struct violation *v)
{
	const char *why = v->error ? v->error : v->message;
	struct json_object *o;

	if (!j->json) {
		print_text(stdout, "%s: ", j->file);
		print_colour(stdout, COLOUR_RED);
		print_text(stdout, "%s: %s", v->error ? "failed" : "violates", v->rule->name);
		print_colour(stdout, COLOUR_NONE);
		print_line(stdout, "%s%s", why ? ": " : "", why ? why : "");
		return;
	}
	o = json_object_new_object();
	json_add_str(o, "rule", v->rule->name);
	json_add_str(o, "mode", v->enforce ? "kill" : "warn");
	if (v->message)
		json_add_str(o, "message", v->message);
	if (v->error)
		json_add_str(o, "error", v->error);
	json_object_array_add(json_get(j->output, "violations"), o);
}

static void report_unevaluated(const struct judging *j)
{
	const struct rule_list *list = &j->policy->lists[FILE_RULES];

	for (size_t i = 0; !j->metrics && i < list->count; i++)
		if (list->items[i].enabled && list->items[i].needs & NEED_METRICS)
			print_error("judge: %s: rule \"%s\" reads metrics; give --metrics FILE", j->file,
				    list->items[i].name);
}

static bool report(struct judging *j, const struct authz_result *r)
{
	size_t n = r->on_request.count + r->on_container.count + r->unreadable;

	for (size_t i = 0; i < r->on_request.count; i++)
		report_violation(j, &r->on_request.items[i]);
	for (size_t i = 0; i < r->on_container.count; i++)
		report_violation(j, &r->on_container.items[i]);
	if (j->json) {
		json_object_object_add(j->output, "violated", json_object_new_boolean(n > 0));
		if (r->unreadable)
			json_add_str(j->output, "unreadable", r->reason.s);
		if (j->input.kind == AS_REQUEST)
			json_object_object_add(j->output, "allowed", json_object_new_boolean(!r->refused));
		print_json(stdout, j->output, JSON_C_TO_STRING_PRETTY);
	} else if (r->unreadable) {
		print_line(stdout, "%s: %s", j->file, r->reason.s);
	} else if (!n) {
		print_text(stdout, "%s: ", j->file);
		print_colour(stdout, COLOUR_GREEN);
		print_text(stdout, "violates nothing");
		print_colour(stdout, COLOUR_NONE);
		print_end(stdout);
	}
	return n > 0;
}

static int judge_document(struct judging *j, struct json_object *doc)
{
	struct authz_result r;
	struct err err;
	bool violated;

	j->input.doc = doc;
	j->input.metrics = j->metrics;
	if (j->json) {
		j->output = json_object_new_object();
		json_add_str(j->output, "file", j->file);
		json_object_object_add(j->output, "violations", json_object_new_array());
		if (j->explain)
			json_object_object_add(j->output, "explanation", json_object_new_array());
	}
	if (offline_judge(j->policy, &j->input, seen, j, &r, &err)) {
		print_error("judge: %s: %s", j->file, err.msg);
		json_object_put(j->output);
		authz_result_free(&r);
		return EXIT_TROUBLE;
	}
	report_unevaluated(j);
	violated = report(j, &r);
	json_object_put(j->output);
	authz_result_free(&r);
	return violated ? EXIT_NO : EXIT_FINE;
}

/* `docker inspect` prints a list of documents: all of them are judged. */
static int judge_file(struct judging *j, const char *file)
{
	struct err err;
	AUTO(json_putp) struct json_object *doc = NULL;
	int worst = EXIT_FINE;

	j->file = file;
	if (json_read_file(file, &doc, &err)) {
		print_error("judge: %s", err.msg);
		return EXIT_TROUBLE;
	}
	if (!json_object_is_type(doc, json_type_array))
		return judge_document(j, doc);
	for (size_t i = 0; i < json_object_array_length(doc); i++) {
		int r = judge_document(j, json_object_array_get_idx(doc, i));

		worst = r > worst ? r : worst;
	}
	return worst;
}

/* ---- the command ---- */

static int usage(int status)
{
	print_help(
		status ? stderr : stdout,
		"usage: docker-enforcer judge [OPTION]... FILE...\n\n"
		"Judges saved JSON by the rules of a folder, without a daemon. \"-\" is standard input.\n\n"
		"  --rules DIR      the rule files (default: RULES_DIR)\n"
		"  --as KIND        what FILE is: inspect (default; what `docker inspect` prints), create "
		"(the "
		"body\n"
		"                   of a create request) or request (a message to the authorization plugin)\n"
		"  --explain        for each rule the values that its parts saw\n"
		"  --view           print what the rules can see, as JSON\n"
		"  --json           one JSON object for each document\n"
		"  --name NAME      of the container that --as create would make\n"
		"  --position N     of the container (default 0)\n"
		"  --metrics FILE   its usage, in the shape of `metrics`\n"
		"  --docker SOCKET  look up images, volumes and other containers there (unix:///path or "
		"host:port)\n\n"
		"MODE, WHITE_LIST and IMAGE_WHITE_LIST count as for `run`.\n"
		"Exit status: 0 violates nothing, 1 violates a rule, 2 usage or I/O.\n");
	return status;
}

enum {
	OPT_RULES = 1,
	OPT_AS,
	OPT_EXPLAIN,
	OPT_VIEW,
	OPT_JSON,
	OPT_NAME,
	OPT_POSITION,
	OPT_METRICS,
	OPT_DOCKER,
	OPT_HELP
};

static const struct option options[] = {{"rules", required_argument, NULL, OPT_RULES},
					{"as", required_argument, NULL, OPT_AS},
					{"explain", no_argument, NULL, OPT_EXPLAIN},
					{"view", no_argument, NULL, OPT_VIEW},
					{"json", no_argument, NULL, OPT_JSON},
					{"name", required_argument, NULL, OPT_NAME},
					{"position", required_argument, NULL, OPT_POSITION},
					{"metrics", required_argument, NULL, OPT_METRICS},
					{"docker", required_argument, NULL, OPT_DOCKER},
					{"help", no_argument, NULL, OPT_HELP},
					{0}};

static int read_metrics(const char *path, struct json_object **out, struct err *err)
{
	if (json_read_file(path, out, err))
		return -1;
	return *out ? 0 : err_set(err, EINVAL, "%s: no metrics, it is null", path);
}

static bool read_option(struct judging *j, int option)
{
	struct err err;
	char *end = NULL;
	int kind;

	switch (option) {
	case OPT_RULES:
		j->rules = optarg;
		return true;
	case OPT_AS:
		kind = offline_kind_parse(optarg);
		j->input.kind = (enum offline_kind)kind;
		return kind >= 0;
	case OPT_EXPLAIN:
		return j->explain = true;
	case OPT_VIEW:
		return j->view = true;
	case OPT_JSON:
		return j->json = true;
	case OPT_NAME:
		j->input.name = optarg;
		return true;
	case OPT_POSITION:
		j->input.position = strtol(optarg, &end, 10);
		return *optarg && !*end;
	case OPT_METRICS:
		json_object_put(j->metrics);
		if (read_metrics(optarg, &j->metrics, &err))
			print_error("judge: %s", err.msg);
		return j->metrics != NULL;
	case OPT_DOCKER:
		j->docker = optarg;
		return true;
	default:
		return false;
	}
}

static int judge_files(struct judging *j, int n, char **files)
{
	const struct docker_options docker = {.socket = j->docker,
					      .tls_verify = *j->config.docker_tls_verify,
					      .cert_path = j->config.docker_cert_path,
					      .timeout_s = (unsigned)j->config.docker_req_timeout_s};
	int worst = EXIT_FINE;
	struct err err;

	j->input.mode = j->config.mode;
	j->policy = policy_load(&j->config, j->rules ? j->rules : j->config.rules_dir, NULL, &err);
	if (!j->policy || (j->docker && !(j->input.docker = docker_open(&docker, &err)))) {
		print_problems("judge", err.msg);
		return EXIT_TROUBLE;
	}
	for (int i = 0; i < n; i++) {
		int r = judge_file(j, files[i]);

		worst = r > worst ? r : worst;
	}
	return worst;
}

int cmd_judge(int argc, char **argv)
{
	struct judging j = {.input = {.kind = AS_INSPECT}};
	struct err err;
	int c, r = EXIT_TROUBLE;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == OPT_HELP)
			return usage(EXIT_FINE);
		if (!read_option(&j, c))
			return usage(EXIT_TROUBLE);
	}
	if (optind == argc)
		return usage(EXIT_TROUBLE);
	if (config_load(&j.config, &err)) {
		print_error("%s", err.msg);
		return EXIT_TROUBLE;
	}
	log_setup(LOG_WARNING_, false);
	r = judge_files(&j, argc - optind, argv + optind);
	policy_put(j.policy);
	docker_close(j.input.docker);
	json_object_put(j.metrics);
	config_free(&j.config);
	return r;
}
