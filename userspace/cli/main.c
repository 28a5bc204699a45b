/* docker-enforcer COMMAND …: finds the subcommand and runs it. */
#include "cli_internal.h"
#include "print_internal.h"
#include "base/memory.h"

#include <stdio.h>
#include <string.h>

static const struct command {
	const char *name, *help;
	int (*run)(int argc, char **argv);
} commands[] = {
	{"run", "the daemon; `run --help` lists its options", cmd_run},
	{"check", "validate the rule files of a folder", cmd_check},
	{"judge", "the verdict on saved JSON, and why", cmd_judge},
	{"test", "run rule tests", cmd_test},
	{"eval", "evaluate a JsonLogic expression, or run suites of cases", cmd_eval},
	{"top", "live usage of every container, from the kernel", cmd_top},
	{"owners", "who has how much of what", cmd_owners},
	{"reload", "have the daemon read its rules anew, and say whether that worked", cmd_reload},
	{"relay", "make the certificates by which dockerd knows who asks", cmd_relay},
	{"version", "version, build, and what this host offers", cmd_version},
};

static int usage(FILE *f, int status)
{
	print_help(f, "usage: docker-enforcer COMMAND [ARGUMENT]...\n\n"
		      "Audits and enforces rules on the containers of a Docker host.\n\n");
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		print_line(f, "  %-8s %s", commands[i].name, commands[i].help);
	print_help(f, "\n`docker-enforcer COMMAND --help` says more.\n");
	return status;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return usage(stderr, EXIT_TROUBLE);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help"))
		return usage(stdout, EXIT_FINE);
	if (!strcmp(argv[1], "--version"))
		return cmd_version(argc - 1, argv + 1);
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (!strcmp(commands[i].name, argv[1]))
			return commands[i].run(argc - 1, argv + 1);
	print_error("no command \"%s\"", argv[1]);
	print_end(stderr);
	return usage(stderr, EXIT_TROUBLE);
}
