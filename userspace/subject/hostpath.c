#include "hostpath.h"
#include "str.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool contained;
static int host_root = -1; /* where contained; stays open */

/* $container: deploy/Dockerfile sets it, as container managers do (systemd.io/CONTAINER_INTERFACE). */
static void look(void)
{
	const char *manager = getenv("container");
	struct stat host, own;

	contained = manager && *manager;
	if (!contained)
		return;
	host_root = open("/proc/1/root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (host_root >= 0 && !fstat(host_root, &host) && !stat("/", &own) &&
	    (host.st_dev != own.st_dev || host.st_ino != own.st_ino))
		return;
	close_fdp(&host_root);
	host_root = -1;
}

bool hostpath_is_visible(void)
{
	pthread_once(&once, look);
	return !contained || host_root >= 0;
}

/* realpath(3) within the host's root; what /proc says of a descriptor there is its path there. */
static char *real_in_host(const char *path)
{
	struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
	char link[64], real[PATH_MAX];
	int fd = (int)syscall(SYS_openat2, host_root, path, &how, sizeof(how));
	ssize_t n;

	if (fd < 0)
		return NULL;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, real, sizeof(real) - 1);
	close(fd);
	if (n <= 0)
		return NULL;
	real[n] = 0;
	return mem_strdup(real);
}

static char *real_path(const char *path)
{
	return host_root >= 0 ? real_in_host(path) : contained ? NULL : realpath(path, NULL);
}

char *hostpath_resolve(const char *clean)
{
	AUTO(free_charp) char *head = mem_strdup(clean);
	char *end = head + strlen(head), *real;

	pthread_once(&once, look);
	while (!(real = real_path(*head ? head : "/")) && *head) {
		while (end > head && *--end != '/')
			;
		*end = 0;
	}
	if (!real)
		return mem_strdup(clean);
	AUTO(free_charp) char *joined = mem_printf("%s/%s", real, clean + (end - head));
	char *out = mem_calloc(strlen(joined) + 2, 1);
	str_clean_path(joined, out);
	free(real);
	return out;
}
