/*
 * reload - what became of a reload, told to `docker-enforcer reload` that asked for it by a signal: in a
 * datagram to a socket in the abstract namespace, named after the asking process.
 */
#ifndef DE_CLI_RELOAD_INTERNAL_H
#define DE_CLI_RELOAD_INTERNAL_H

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#define RELOAD_WORKED "" /* else why not */

/* The address of the one that asks. */
socklen_t reload_address(pid_t pid, struct sockaddr_un *out);

/* To the process that sent the signal; nothing if it does not ask. Waits for nobody. */
void reload_tell(pid_t pid, const char *result);

#endif
