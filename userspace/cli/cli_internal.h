/*
 * cli - the subcommands. Each takes what follows its name and returns the exit status:
 * 0 fine, 1 the answer is no (violation, failed check), 2 usage or I/O.
 */
#ifndef DE_CLI_CLI_INTERNAL_H
#define DE_CLI_CLI_INTERNAL_H

enum { EXIT_FINE = 0, EXIT_NO = 1, EXIT_TROUBLE = 2 };

int cmd_run(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_judge(int argc, char **argv);
int cmd_test(int argc, char **argv);
int cmd_eval(int argc, char **argv);
int cmd_top(int argc, char **argv);
int cmd_owners(int argc, char **argv);
int cmd_history(int argc, char **argv);
int cmd_reload(int argc, char **argv);
int cmd_relay(int argc, char **argv);
int cmd_version(int argc, char **argv);

#endif
