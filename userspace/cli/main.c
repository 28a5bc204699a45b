/* docker-enforcer COMMAND …: finds the subcommand and runs it. */
#include "cli_internal.h"
#include "print_internal.h"
#include "base/memory.h"
#include "base/text.h"

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
	{"history", "what happened, from what STATE_DIR keeps", cmd_history},
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

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static int unknown_command(const char *name)
{
	const char *names[ARRAY_LEN(commands) + 1] = {NULL}, *nearest;

	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		names[i] = commands[i].name;
	nearest = str_nearest(name, names);
	print_error("no command \"%s\"%s%s%s", name, nearest ? "; did you mean \"" : "",
		    nearest ? nearest : "", nearest ? "\"?" : "");
	print_end(stderr);
	return usage(stderr, EXIT_TROUBLE);
}

static bool is_help(const char *word)
{
	return !strcmp(word, "--help") || !strcmp(word, "-h") || !strcmp(word, "help");
}

/* `help COMMAND` and `COMMAND -h` are `COMMAND --help`. */
static int run_command(int argc, char **argv)
{
	const struct command *command = find_command(argv[0]);
	char help[] = "--help", *asked[] = {argv[0], help, NULL};

	if (!command)
		return unknown_command(argv[0]);
	return argc == 2 && !strcmp(argv[1], "-h") ? command->run(2, asked) : command->run(argc, argv);
}

int main(int argc, char **argv)
{
	char short_help[] = "-h";

	if (argc < 2)
		return usage(stderr, EXIT_TROUBLE);
	if (is_help(argv[1]) && argc == 2)
		return usage(stdout, EXIT_FINE);
	if (is_help(argv[1])) {
		char *asked[] = {argv[2], short_help, NULL};

		return run_command(2, asked);
	}
	if (!strcmp(argv[1], "--version"))
		return cmd_version(1, argv + 1);
	return run_command(argc - 1, argv + 1);
}
