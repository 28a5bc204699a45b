/* judge: the verdict on saved JSON, without a daemon, and why. */
#include "cli_internal.h"
#include "compose_file_internal.h"
#include "print_internal.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "judge_report_internal.h"
#include "offline_internal.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct judging {
	struct config config;
	struct policy *policy;
	struct offline_input input;
	enum offline_kind as; /* AS_UNKNOWN: what each document looks like */
	const char *rules, *docker;
	struct json_object *metrics;
	struct judge_report report;
};

/* ---- documents ---- */

static int judge_document(struct judging *j, struct json_object *doc, const char *service)
{
	struct authz_result r;
	struct err err;
	int status = EXIT_TROUBLE;

	j->input.doc = doc;
	j->input.metrics = j->metrics;
	judge_report_begin(&j->report, service);
	if (offline_judge(j->policy, &j->input, judge_report_seen, &j->report, &r, &err))
		print_error("judge: %s: %s", j->report.file, err.msg);
	else
		status = judge_report_verdict(&j->report, &j->input, &r) ? EXIT_NO : EXIT_FINE;
	judge_report_end(&j->report);
	authz_result_free(&r);
	return status;
}

/* Each service as the create request that compose makes of it. */
static int judge_compose(struct judging *j, struct json_object *file)
{
	struct compose_services services;
	struct err err;
	int worst = EXIT_FINE;

	if (compose_file_services(j->report.file, file, &services, &err)) {
		print_error("judge: %s: %s", j->report.file, err.msg);
		worst = EXIT_TROUBLE;
	}
	for (size_t i = 0; worst != EXIT_TROUBLE && i < services.count; i++) {
		int r;

		j->input.kind = AS_CREATE;
		j->input.name = services.items[i].container;
		r = judge_document(j, services.items[i].body, services.items[i].name);
		worst = r > worst ? r : worst;
	}
	j->input.name = NULL;
	compose_free(&services);
	return worst;
}

static int judge_one(struct judging *j, struct json_object *doc)
{
	j->input.kind = j->as == AS_UNKNOWN ? offline_kind_guess(doc) : j->as;
	if (j->input.kind == AS_COMPOSE)
		return judge_compose(j, doc);
	return judge_document(j, doc, NULL);
}

/* `docker inspect` prints a list of documents: all of them are judged. */
static int judge_file(struct judging *j, const char *file)
{
	struct err err;
	AUTO(json_putp) struct json_object *doc = NULL;
	int worst = EXIT_FINE;

	j->report.file = file;
	if (compose_file_read(file, j->as == AS_COMPOSE, &doc, &err)) {
		print_error("judge: %s", err.msg);
		return EXIT_TROUBLE;
	}
	if (!json_object_is_type(doc, json_type_array))
		return judge_one(j, doc);
	for (size_t i = 0; i < json_object_array_length(doc); i++) {
		int r = judge_one(j, json_object_array_get_idx(doc, i));

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
		"  --as KIND        what FILE is: inspect (what `docker inspect` prints), create (the body "
		"of a "
		"create\n"
		"                   request), request (a message to the authorization plugin) or compose "
		"(each\n"
		"                   service as the create request that compose makes of it); by default what "
		"it\n"
		"                   looks like\n"
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

	switch (option) {
	case OPT_RULES:
		j->rules = optarg;
		return true;
	case OPT_AS:
		j->as = offline_kind_parse(optarg);
		return j->as != AS_UNKNOWN;
	case OPT_EXPLAIN:
		return j->report.explain = true;
	case OPT_VIEW:
		return j->report.view = true;
	case OPT_JSON:
		return j->report.json = true;
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
	j->report.policy = j->policy;
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
	struct judging j = {.as = AS_UNKNOWN, .input = {.strict = true}};
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
