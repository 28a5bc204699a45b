/* reload: has the daemon read its rules anew, and says whether that worked. */
#include "cli_internal.h"
#include "print_internal.h"
#include "reload_internal.h"
#include "base/memory.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define WAIT_S 60

static const char help[] =
	"usage: docker-enforcer reload [PID]\n\n"
	"Has the daemon (PID, or $MAINPID as in systemd's units) read its rule files anew, all of them or "
	"none,\n"
	"and waits for the outcome: exit 1, with the reason, if the rules in force stay.\n";

socklen_t reload_address(pid_t pid, struct sockaddr_un *out)
{
	int n;

	*out = (struct sockaddr_un){.sun_family = AF_UNIX};
	n = snprintf(out->sun_path + 1, sizeof(out->sun_path) - 1, "docker-enforcer-reload-%d", (int)pid);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
}

void reload_tell(pid_t pid, const char *result)
{
	AUTO(close_fdp) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un to;
	socklen_t len = reload_address(pid, &to);

	if (fd >= 0 && pid > 0) /* whoever used kill(1) does not listen */
		(void)!sendto(fd, result, strlen(result), MSG_NOSIGNAL, (struct sockaddr *)&to, len);
}

static int open_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), on = 1;
	const struct timeval wait = {.tv_sec = WAIT_S};
	struct sockaddr_un own;
	socklen_t len = reload_address(getpid(), &own);

	if (fd >= 0 && !bind(fd, (struct sockaddr *)&own, len) &&
	    !setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) &&
	    !setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)))
		return fd;
	print_error("reload: making a socket: %s", strerror(errno));
	close_fdp(&fd);
	return -1;
}

/* A datagram; its length, -1 with errno. In *sender whose it is: anybody could send to that name. */
static ssize_t receive(int fd, char *text, size_t size, pid_t *sender)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec part = {text, size};
	struct msghdr m = {.msg_iov = &part,
			   .msg_iovlen = 1,
			   .msg_control = &control,
			   .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(fd, &m, 0);
	struct cmsghdr *c = n < 0 ? NULL : CMSG_FIRSTHDR(&m);
	struct ucred who = {0};

	if (c && c->cmsg_type == SCM_CREDENTIALS)
		memcpy(&who, CMSG_DATA(c), sizeof(who));
	*sender = who.pid;
	return n;
}

static int wait_for_result(int fd, pid_t pid)
{
	char text[2048];
	pid_t sender;
	ssize_t n;

	do
		n = receive(fd, text, sizeof(text) - 1, &sender);
	while ((n >= 0 && sender != pid) || (n < 0 && errno == EINTR));
	if (n < 0) {
		print_error("reload: no answer from process %d: %s", (int)pid, strerror(errno));
		return EXIT_TROUBLE;
	}
	text[n] = 0;
	if (!strcmp(text, RELOAD_WORKED))
		return EXIT_FINE;
	print_problems("reload failed, the rules in force stay", text);
	return EXIT_NO;
}

int cmd_reload(int argc, char **argv)
{
	const char *text = argc > 1 ? argv[1] : getenv("MAINPID");
	int status = EXIT_TROUBLE, fd;
	char *end = NULL;
	long pid = text ? strtol(text, &end, 10) : 0;

	if (text && !strcmp(text, "--help")) {
		print_escaped(stdout, help);
		return EXIT_FINE;
	}
	if (argc > 2 || !end || *end || pid <= 1) {
		if (text)
			print_error("reload: \"%s\": must be the daemon's process id alone",
				    argc > 2 ? argv[2] : text);
		print_escaped(stderr, help);
		return EXIT_TROUBLE;
	}
	fd = open_socket();
	if (fd < 0)
		return EXIT_TROUBLE;
	if (kill((pid_t)pid, SIGHUP))
		print_error("reload: process %ld: %s", pid, strerror(errno));
	else
		status = wait_for_result(fd, (pid_t)pid);
	close(fd);
	return status;
}
