/*
 * hostpath - where a path leads on the Docker host, its symbolic links followed as they are now. Of use to
 * subject/ only, but for the warning at start. Reads the file system; any thread.
 *
 * In a container of its own (where $container is set) the enforcer looks through the root of the host's first
 * process (/proc/1/root: needs the host's pid namespace and CAP_SYS_PTRACE).
 */
#ifndef DE_CONTAINER_HOSTPATH_H
#define DE_CONTAINER_HOSTPATH_H

#include "base/err.h"

#include <stdbool.h>

/*
 * `clean` is absolute, without "." and "..". What does not exist (ENOENT, ENOTDIR) leads where its nearest
 * existing parent does, for Docker makes the missing folders there; a dangling link counts as the text it
 * holds. NULL with *err (and err->code, an errno) if a component cannot be looked at for any other reason:
 * too long, forbidden, links in a circle, or a link of /proc, which leads elsewhere for each process. There
 * is no limit on the length of what links lead to. The caller frees.
 */
char *hostpath_resolve(const char *clean, struct err *err);

/* False in a container that does not show the host: links are then not followed. */
bool hostpath_is_visible(void);

#endif
