/*
 * process - what /proc/PID/stat says (man 5 proc_pid_stat). Used by metrics/ only. Thread-safe.
 */
#ifndef DE_METRICS_PROCESS_INTERNAL_H
#define DE_METRICS_PROCESS_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct process {
	pid_t parent;
	unsigned threads;
	uint64_t start_ticks; /* since the host booted, in clock ticks */
	/* Forked, and no program begun since: PF_FORKNOEXEC, include/linux/sched.h. Nobody can get it back.
	 */
	bool no_program;
};

/* False if there is none of that number, or it cannot be seen. */
bool process_read(pid_t pid, struct process *out);

#endif
