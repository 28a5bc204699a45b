/* check: are the rule files right? */
#include "cli_internal.h"
#include "print_internal.h"
#include "base/config.h"
#include "enforce/policy.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int cmd_check(int argc, char **argv)
{
	const char *dir = argc > 1 ? argv[1] : getenv("RULES_DIR");
	AUTO(buf_free) struct buf problems = {0};
	AUTO(buf_free) struct buf notes = {0};
	struct stat st;
	size_t n;

	if (!dir)
		dir = config_default("RULES_DIR");
	if (argc > 2 || *dir == '-') {
		print_help(argc == 2 && !strcmp(dir, "--help") ? stdout : stderr,
			   "usage: docker-enforcer check [DIR]\n\n"
			   "Validates the rule files in DIR (default: RULES_DIR) and prints each problem as\n"
			   "\"file: /pointer: problem\"; what is no problem but good to know, as a note, to "
			   "standard error.\n"
			   "Exit status: 0 no problem, 1 problems, 2 usage or I/O.\n");
		return argc == 2 && !strcmp(dir, "--help") ? EXIT_FINE : EXIT_TROUBLE;
	}
	if (stat(dir, &st) || !S_ISDIR(st.st_mode)) {
		print_error("check: %s: no such folder", dir);
		return EXIT_TROUBLE;
	}
	n = policy_check(dir, &problems, &notes);
	print_escaped(stderr, notes.s ? notes.s : "");
	print_escaped(stdout, n ? problems.s : "");
	return n ? EXIT_NO : EXIT_FINE;
}
