/* check: are the rule files right? */
#include "base/config.h"
#include "check_report_internal.h"
#include "cli_internal.h"
#include "print_internal.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static int usage(int status)
{
	print_help(status ? stderr : stdout,
		   "usage: docker-enforcer check [OPTION]... [DIR]\n\n"
		   "Validates the rule files in DIR (default: RULES_DIR) and prints each problem as\n"
		   "\"file:line: /pointer: problem\", then \"N rules, M problems\"; what is no problem but "
		   "surely "
		   "not meant,\n"
		   "or good to know, as a note, to standard error.\n\n"
		   "  --plain   each rule in plain words too\n"
		   "  --json    one JSON object: rules, problems, notes\n"
		   "  --github  as annotations of a GitHub workflow\n"
		   "  --junit   as JUnit's XML, a test case for each rule\n\n"
		   "Exit status: 0 no problem, 1 problems, 2 usage or I/O.\n");
	return status;
}

enum { OPT_PLAIN = 1, OPT_JSON, OPT_GITHUB, OPT_JUNIT };

static const struct option options[] = {
	{"plain", no_argument, NULL, OPT_PLAIN},   {"json", no_argument, NULL, OPT_JSON},
	{"github", no_argument, NULL, OPT_GITHUB}, {"junit", no_argument, NULL, OPT_JUNIT},
	{"help", no_argument, NULL, 'h'},	   {0}};

static bool read_option(struct check_options *o, int option)
{
	switch (option) {
	case OPT_PLAIN:
		return o->plain = true;
	case OPT_JSON:
		o->print = check_print_json;
		return true;
	case OPT_GITHUB:
		o->print = check_print_github;
		return true;
	case OPT_JUNIT:
		o->print = check_print_junit;
		return true;
	default:
		return false;
	}
}

static int check(const struct check_options *o)
{
	struct policy_report report;
	struct stat st;
	int status;

	if (stat(o->dir, &st) || !S_ISDIR(st.st_mode)) {
		print_error("check: %s: no such folder", o->dir);
		return EXIT_TROUBLE;
	}
	policy_check(o->dir, &report);
	o->print(&report, o);
	status = report.findings.problems ? EXIT_NO : EXIT_FINE;
	policy_report_free(&report);
	return status;
}

int cmd_check(int argc, char **argv)
{
	struct check_options o = {.print = check_print_text, .dir = getenv("RULES_DIR")};
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 'h')
			return usage(EXIT_FINE);
		if (!read_option(&o, c))
			return usage(EXIT_TROUBLE);
	}
	if (argc - optind > 1) {
		print_error("check: one folder at a time; after %s comes %s", argv[optind], argv[optind + 1]);
		return usage(EXIT_TROUBLE);
	}
	if (optind < argc)
		o.dir = argv[optind];
	if (!o.dir || !*o.dir)
		o.dir = config_default("RULES_DIR");
	return check(&o);
}
