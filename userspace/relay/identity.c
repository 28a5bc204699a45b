#include "relay/identity.h"
#include "base/memory.h"

#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77 /* from kernel 6.5 */
#endif

#define NO_LOGIN ((uid_t)-1)

void identity_free(struct identity *id)
{
	free(id->user);
	free(id->container);
	*id = (struct identity){0};
}

/* The login name; "uid:1234" where there is none. A colon is in no login name, so none passes for another. */
static char *name_of(uid_t uid)
{
	char text[16384];
	struct passwd entry, *found = NULL;

	if (!getpwuid_r(uid, &entry, text, sizeof(text), &found) && found && *found->pw_name &&
	    !strchr(found->pw_name, ':'))
		return mem_strdup(found->pw_name);
	return mem_printf("uid:%u", (unsigned)uid);
}

/* Who logged in, and became root since (audit's loginuid, set once by PAM). */
static uid_t login_of(pid_t pid)
{
	char path[64];
	unsigned uid;

	snprintf(path, sizeof(path), "/proc/%d/loginuid", (int)pid);
	AUTO(close_filep) FILE *f = fopen(path, "re");
	return f && fscanf(f, "%u", &uid) == 1 ? (uid_t)uid : NO_LOGIN;
}

/*
 * A hold on the process, so that its number is no other's meanwhile. The kernel keeps it with the socket from
 * 6.5 on; before, the process is looked for by its number.
 */
static int hold(int fd, pid_t pid)
{
	int pidfd = -1;
	socklen_t len = sizeof(pidfd);

	if (!getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &len))
		return pidfd;
	return errno == ENOPROTOOPT ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
}

static bool still_lives(int pidfd)
{
	struct pollfd p = {.fd = pidfd, .events = POLLIN};

	return !poll(&p, 1, 0);
}

static int name_peer(const struct identity_asker *ask, struct identity *out, struct err *err)
{
	AUTO(free_charp) char *container = NULL;
	uid_t login = out->uid ? NO_LOGIN : login_of(out->pid);

	if (ask->container_of(ask->arg, out->pid, &out->container, &container, err))
		return -1;
	if (out->container)
		out->user = mem_printf("container:%s", container);
	else
		out->user = name_of(login == NO_LOGIN ? out->uid : login);
	return 0;
}

int identity_of_peer(int fd, const struct identity_asker *ask, struct identity *out, struct err *err)
{
	struct ucred who = {0};
	socklen_t len = sizeof(who);

	*out = (struct identity){0};
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len))
		return err_errno(err, "asking the kernel who connects");
	if (who.pid <= 0)
		return err_set(
			err, ESRCH,
			"a process of uid %u in a PID namespace that is not seen from here; run the enforcer "
			"with --pid host",
			(unsigned)who.uid);
	*out = (struct identity){.uid = who.uid, .gid = who.gid, .pid = who.pid};
	AUTO(close_fdp) int pidfd = hold(fd, who.pid);
	if (pidfd >= 0 && name_peer(ask, out, err)) {
		identity_free(out);
		return err_wrap(err, "process %d of uid %u", (int)who.pid, (unsigned)who.uid);
	}
	if (pidfd >= 0 && still_lives(pidfd))
		return 0;
	identity_free(out);
	return err_set(err, ESRCH,
		       "process %d of uid %u ended as soon as it had connected; nobody can say who it was",
		       (int)who.pid, (unsigned)who.uid);
}
