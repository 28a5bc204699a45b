/* A program on a verdict: no shell, the verdict on its standard input, its output in the log, killed when
 * late. */
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "trigger_job_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_LINES 100

struct run {
	const struct job *job;
	pid_t pid;
	int in, out; /* our ends of its standard input, and of its output and errors */
	int pidfd;
	size_t written;
	struct buf line;
	unsigned lines;
};

static void log_line(struct run *r)
{
	if (!r->line.len)
		return;
	if (r->lines++ < MAX_LINES)
		log_info("trigger \"%s\": %s", r->job->name, r->line.s);
	else if (r->lines == MAX_LINES + 1)
		log_info("trigger \"%s\": (more output, left out)", r->job->name);
	r->line.len = 0;
}

static void read_output(struct run *r)
{
	char piece[4096];
	ssize_t n;

	while ((n = read(r->out, piece, sizeof(piece))) > 0)
		for (ssize_t i = 0; i < n; i++) {
			if (piece[i] == '\n' || r->line.len > 1000)
				log_line(r);
			if (piece[i] != '\n')
				buf_add(&r->line, &piece[i], 1);
		}
	if (n == 0 || (n < 0 && errno != EAGAIN)) {
		close(r->out);
		r->out = -1;
	}
}

/* A program need not read it: EPIPE is its choice. */
static void write_input(struct run *r)
{
	size_t len = strlen(r->job->verdict);
	ssize_t n = write(r->in, r->job->verdict + r->written, len - r->written);

	if (n > 0)
		r->written += (size_t)n;
	if (r->written == len || (n < 0 && errno != EAGAIN)) {
		close(r->in);
		r->in = -1;
	}
}

struct spawning {
	const struct run *run;
	int in, out; /* the child's ends */
};

/*
 * Without any descriptor of this daemon's, whoever opened it how, in a process group of its own, with the
 * signals that this daemon blocks or ignores as they are by default.
 */
static int spawn(void *arg, pid_t *pid)
{
	const struct spawning *s = arg;
	char **argv = s->run->job->argv;
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none, defaults;
	int problem;

	sigemptyset(&none);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, s->in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&files, s->out, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&files, s->out, STDERR_FILENO);
	posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setflags(&attributes,
				 POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	problem = posix_spawn(pid, argv[0], &files, &attributes, argv, s->run->job->env);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	return problem;
}

static int start(struct run *r, struct err *err)
{
	int in[2] = {-1, -1}, out[2] = {-1, -1}, result = -1;

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		err_errno(err, "starting %.200s", r->job->argv[0]);
	else
		result = errno = trigger_spawn(&r->pid, spawn, &(struct spawning){r, in[0], out[1]});
	if (result > 0)
		err_errno(err, "starting %.200s", r->job->argv[0]);
	close_fdp(&in[0]);
	close_fdp(&out[1]);
	r->in = in[1];
	r->out = out[0];
	if (result)
		return -1;
	fcntl(r->in, F_SETFL, O_NONBLOCK);
	fcntl(r->out, F_SETFL, O_NONBLOCK);
	r->pidfd = (int)syscall(SYS_pidfd_open, r->pid, 0);
	return 0;
}

/* Until it ends (0), it is late (1) or everything stops (2). */
static int attend(struct run *r, int stop_fd)
{
	uint64_t deadline = clock_monotonic_ns() + r->job->timeout_ns;

	for (;;) {
		struct pollfd p[] = {{stop_fd, POLLIN, 0},
				     {r->pidfd, POLLIN, 0},
				     {r->out, POLLIN, 0},
				     {r->in, POLLOUT, 0}};
		uint64_t now = clock_monotonic_ns();
		struct timespec left;

		if (now >= deadline)
			return 1;
		left = clock_timespec(deadline - now);
		if (ppoll(p, ARRAY_LEN(p), &left, NULL) < 0 && errno != EINTR)
			return 1;
		if (p[2].revents)
			read_output(r);
		if (p[3].revents)
			write_input(r);
		if (p[1].revents)
			return 0;
		if (p[0].revents)
			return 2;
	}
}

static int finish(struct run *r, int how, struct err *err)
{
	int status = 0;

	if (how)
		kill(-r->pid, SIGKILL);
	trigger_wait(r->pid, &status);
	/* also where it ended in time: nothing of it is to run on without a limit */
	trigger_end_leftovers(r->job->mark);
	if (r->out >= 0)
		read_output(r);
	log_line(r);
	if (how == 1)
		return err_set(err, ETIMEDOUT, "%.200s did not end within %llu s and was killed",
			       r->job->argv[0], (unsigned long long)(r->job->timeout_ns / NS_PER_S));
	if (how == 2)
		return err_set(err, ECANCELED, "%.200s was killed, the enforcer is shutting down",
			       r->job->argv[0]);
	if (WIFSIGNALED(status))
		return err_set(err, 0, "%.200s was ended by signal %d", r->job->argv[0], WTERMSIG(status));
	if (WEXITSTATUS(status))
		return err_set(err, 0, "%.200s ended with status %d", r->job->argv[0], WEXITSTATUS(status));
	return 0;
}

int trigger_exec(const struct job *j, int stop_fd, struct err *err)
{
	struct run r = {.job = j, .in = -1, .out = -1, .pidfd = -1};
	int result = start(&r, err);

	if (!result)
		result = finish(&r, attend(&r, stop_fd), err);
	close_fdp(&r.in);
	close_fdp(&r.out);
	close_fdp(&r.pidfd);
	buf_free(&r.line);
	return result;
}
