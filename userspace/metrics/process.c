#include "process_internal.h"
#include "base/memory.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FORKNOEXEC 0x40

bool process_read(pid_t pid, struct process *out)
{
	unsigned long long ticks;
	char path[64], text[1024];
	unsigned flags;
	const char *at;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	AUTO(close_fdp) int fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = 0;
	at = strrchr(text, ')'); /* the name before it may hold anything */
	if (!at ||
	    sscanf(at, ") %*c %d %*d %*d %*d %*d %u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %u %*d %llu",
		   &out->parent, &flags, &out->threads, &ticks) != 4)
		return false;
	out->start_ticks = ticks;
	out->no_program = flags & FORKNOEXEC;
	return true;
}
