/*
 * identity - who is at the other end of a local socket, as the kernel has it, and the X.509 certificate that
 * says so to dockerd. Any thread.
 */
#ifndef DE_RELAY_IDENTITY_H
#define DE_RELAY_IDENTITY_H

#include "base/err.h"

#include <stdbool.h>
#include <sys/types.h>

struct identity {
	char *user; /* the certificate's common name: a login name, "uid:1234" where there is none for it, or
		       "container:NAME" */
	char *container; /* the id of the container that the process is in; NULL: none */
	uid_t uid;	 /* of the process, when it connected */
	gid_t gid;
	pid_t pid;
};

void identity_free(struct identity *id);

/*
 * Which container a process is in: its id and its name, without a slash, in new strings; both NULL: none. -1
 * with *err where that cannot be said now. Called from several threads.
 */
typedef int (*identity_container_fn)(void *arg, pid_t pid, char **id, char **name, struct err *err);

struct identity_asker {
	identity_container_fn container_of;
	void *arg;
};

/*
 * Who connected to the listening socket that `fd` was accepted from (SO_PEERCRED: the process that called
 * connect(), whoever has the socket by now). For root it is who logged in (loginuid, as sudo leaves it),
 * where that is known; in a container it is the container. -1 with *err where it cannot be said with
 * certainty: the process has ended already, or lives in another PID namespace. *out is for identity_free().
 */
int identity_of_peer(int fd, const struct identity_asker *ask, struct identity *out, struct err *err);

/*
 * What a certificate of the relay says, from its PEM text. False: it is none of ours. *out is for
 * identity_free().
 */
bool identity_from_pem(const char *pem, size_t len, struct identity *out);

#endif
