/*
 * What a program leaves behind: children that made sessions of their own are in no process group of its. The
 * daemon is made their parent when theirs ends (a subreaper), and they carry the run's mark in their
 * environment.
 */
#include "trigger_job_internal.h"
#include "base/memory.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_ENVIRONMENT (1U << 20)
#define ROUNDS		20 /* a process may make another while it is looked for */

void trigger_adopt_orphans(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

/* The file's text, NUL behind it; the caller frees. NULL: there is none. */
static char *read_proc(const char *pid, const char *name, size_t *len)
{
	AUTO(free_charp) char *path = mem_printf("/proc/%.20s/%s", pid, name);
	AUTO(close_fdp) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct buf text = {0};
	char piece[4096];
	ssize_t n;

	while (fd >= 0 && text.len < MAX_ENVIRONMENT && (n = read(fd, piece, sizeof(piece))) > 0)
		buf_add(&text, piece, (size_t)n);
	*len = text.len;
	return text.s;
}

static bool carries(const char *pid, const char *mark)
{
	size_t len;
	AUTO(free_charp) char *text = read_proc(pid, "environ", &len);

	const char *at = text;

	while (at && at < text + len && strcmp(at, mark) != 0)
		at += strlen(at) + 1;
	return at && at < text + len;
}

/* Its state and parent; false if it is gone. */
static bool read_stat(const char *pid, char *state, pid_t *parent)
{
	size_t len;
	AUTO(free_charp) char *text = read_proc(pid, "stat", &len);
	const char *end = text ? strrchr(text, ')') : NULL;

	return end && sscanf(end + 1, " %c %d", state, parent) == 2;
}

/* ---- programs that somebody waits for ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pid_t *programs;
static size_t program_count;

int trigger_spawn(pid_t *pid, int (*spawn)(void *arg, pid_t *pid), void *arg)
{
	int r;

	pthread_mutex_lock(&lock);
	r = spawn(arg, pid);
	if (!r) {
		programs = mem_realloc(programs, (program_count + 1) * sizeof(*programs));
		programs[program_count++] = *pid;
	}
	pthread_mutex_unlock(&lock);
	return r;
}

void trigger_wait(pid_t pid, int *status)
{
	while (waitpid(pid, status, 0) < 0 && errno == EINTR)
		;
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < program_count; i++)
		if (programs[i] == pid)
			programs[i--] = programs[--program_count];
	pthread_mutex_unlock(&lock);
}

/* An orphan that has ended is waited for by nobody else. */
static void bury(pid_t pid)
{
	bool orphan = true;

	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < program_count; i++)
		orphan = orphan && programs[i] != pid;
	if (orphan)
		waitpid(pid, NULL, WNOHANG);
	pthread_mutex_unlock(&lock);
}

/* Kills the process if the run left it; true if it did. */
static bool end_one(const char *name, const char *mark)
{
	pid_t pid = (pid_t)strtol(name, NULL, 10), parent;
	bool left = carries(name, mark);
	char state;

	if (left)
		kill(pid, SIGKILL);
	if (read_stat(name, &state, &parent) && parent == getpid())
		bury(pid);
	return left;
}

static bool end_all(const char *mark)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	bool found = false;

	while (proc && (entry = readdir(proc)))
		if (isdigit((unsigned char)*entry->d_name))
			found = end_one(entry->d_name, mark) || found;
	if (proc)
		closedir(proc);
	return found;
}

void trigger_end_leftovers(const char *mark)
{
	for (int i = 0; i < ROUNDS && end_all(mark); i++)
		;
}
