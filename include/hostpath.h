/*
 * hostpath - where a path leads on the Docker host, its symbolic links followed as they are now. Of use to
 * subject/ only, but for the warning at start. Reads the file system; any thread.
 *
 * In a container of its own (where $container is set) the enforcer looks through the root of the host's first
 * process (/proc/1/root: needs the host's pid namespace and CAP_SYS_PTRACE).
 */
#ifndef DE_HOSTPATH_H
#define DE_HOSTPATH_H

#include <stdbool.h>

/*
 * `clean` is absolute, without "." and "..". What does not exist leads where its nearest existing parent
 * does, for Docker makes the missing folders there. The caller frees.
 */
char *hostpath_resolve(const char *clean);

/* False in a container that does not show the host: links are then not followed. */
bool hostpath_is_visible(void);

#endif
