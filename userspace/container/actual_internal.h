/*
 * actual - what the kernel has mounted in a running container, whatever the names that it was asked for by
 * lead to now. For container/ only. Reads /proc; any thread.
 *
 * Source: Documentation/filesystems/proc.rst, 3.5 (mountinfo); fs/proc_namespace.c, which lets anybody read
 * it.
 */
#ifndef DE_CONTAINER_ACTUAL_INTERNAL_H
#define DE_CONTAINER_ACTUAL_INTERNAL_H

#include <sys/types.h>

struct actual;

/* Of the container `id`, whose first process is `pid`. NULL where that cannot be seen: it has ended, or runs
 * on another host. */
struct actual *actual_read(pid_t pid, const char *id);
void actual_free(struct actual *a); /* nothing for NULL */

/*
 * The host's path of what is mounted at `target`: `expected` (may be NULL) where that names the very same
 * folder, else the folder's own path. NULL where nothing of the host's is mounted there. The caller frees.
 */
char *actual_find_at(struct actual *a, const char *target, const char *expected);

/*
 * For a target that leads elsewhere by a link of the image's, after all others were found: what is left over
 * and likeliest to be it. NULL where nothing of the host's is.
 */
char *actual_find_left(struct actual *a, const char *target, const char *expected);

/* Of mountinfo's text: the container's and the host's; borrowed. */
struct actual *actual_parse(const char *own, const char *host);

#endif
