/*
 * trigger_job - one program or webhook to run on one verdict; for enforce/trigger*.c only.
 */
#ifndef DE_ENFORCE_TRIGGER_JOB_INTERNAL_H
#define DE_ENFORCE_TRIGGER_JOB_INTERNAL_H

#include "base/err.h"
#include "enforce/triggers.h"

#include <pthread.h>
#include <sys/types.h>

struct job {
	struct job *next;
	size_t bytes; /* what it takes in a queue, about */
	char *name;   /* the trigger's */
	char *verdict;
	uint64_t timeout_ns;
	char **argv, **env; /* of a program, NULL-terminated; NULL: a webhook */
	const char *mark;   /* the variable in `env` that no other run has */
	char *url;
	char **headers; /* NULL-terminated */
};

/*
 * Each runs a job to its end, its time limit, or until `stop_fd` is readable. -1 with *err where it failed.
 * What a program writes goes to the log. A webhook is tried again, with back-off, where trying again can
 * help.
 */
int trigger_exec(const struct job *j, int stop_fd, struct err *err);
int trigger_webhook(const struct job *j, int stop_fd, struct err *err);

/* From now on the daemon is the parent of what programs leave behind. */
void trigger_adopt_orphans(void);

/* Makes a child by `spawn`, which trigger_wait() is for; 0 or what `spawn` returned. */
int trigger_spawn(pid_t *pid, int (*spawn)(void *arg, pid_t *pid), void *arg);
void trigger_wait(pid_t pid, int *status);

/* Kills every process that has `mark` in its environment, whatever its session and parent. */
void trigger_end_leftovers(const char *mark);

#endif
