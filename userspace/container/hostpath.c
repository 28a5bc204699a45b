#include "container/hostpath.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
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

/* ---- the walk ---- */

#define MAX_LINKS 40 /* as the kernel has it: MAXSYMLINKS, include/linux/namei.h */

/*
 * One component after the other, for no single call tells what is absent from what is too long, forbidden or
 * linked in a circle; and links may lead to paths longer than any call takes.
 */
struct walk {
	int at;		 /* O_PATH: where `real` leads, but for what is absent */
	struct buf real; /* without links; "" is the root */
	size_t absent;	 /* components at its end that do not exist: text only */
	char *text;	 /* what is walked, from `rest` on */
	const char *rest;
	unsigned links;
};

static int open_root(void)
{
	return host_root >= 0 ? fcntl(host_root, F_DUPFD_CLOEXEC, 0)
			      : open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static int move_to(struct walk *w, int fd)
{
	close_fdp(&w->at);
	w->at = fd;
	return fd < 0 ? -1 : 0;
}

static int go_up(struct walk *w)
{
	char *slash = w->real.len ? strrchr(w->real.s, '/') : NULL;

	if (!slash)
		return 0;
	*slash = 0;
	w->real.len = (size_t)(slash - w->real.s);
	if (w->absent) {
		w->absent--;
		return 0;
	}
	return move_to(w, openat(w->at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC));
}

static int go_down(struct walk *w, const char *name, bool exists)
{
	buf_puts(&w->real, "/");
	buf_puts(&w->real, name);
	w->absent += !exists;
	return exists ? move_to(w, openat(w->at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC)) : 0;
}

/* What a link of /proc says, and who may read it, depends on which process looks: dockerd is another one. */
static bool is_in_procfs(const struct walk *w)
{
	struct statfs fs;

	return !fstatfs(w->at, &fs) && fs.f_type == PROC_SUPER_MAGIC;
}

static int follow_link(struct walk *w, const char *target)
{
	char *text = mem_printf("%s/%s", target, w->rest);

	free(w->text);
	w->text = text;
	w->rest = text;
	if (++w->links > MAX_LINKS) {
		errno = ELOOP;
		return -1;
	}
	if (*target != '/')
		return 0;
	w->real.len = 0;
	return move_to(w, open_root());
}

/* -1 with errno where it cannot be said where `name` leads. */
static int take_step(struct walk *w, const char *name)
{
	char target[PATH_MAX];
	ssize_t n;

	if (!*name || !strcmp(name, "."))
		return 0;
	if (!strcmp(name, ".."))
		return go_up(w);
	if (w->absent)
		return go_down(w, name, false);
	n = readlinkat(w->at, name, target, sizeof(target) - 1);
	if (n >= 0 && is_in_procfs(w)) {
		errno = EACCES;
		return -1;
	}
	if (n >= 0) {
		target[n] = 0;
		return follow_link(w, target);
	}
	if (errno == EINVAL) /* it is no link */
		return go_down(w, name, true);
	return errno == ENOENT || errno == ENOTDIR ? go_down(w, name, false) : -1;
}

static int walk(struct walk *w)
{
	while (*w->rest) {
		size_t len = strcspn(w->rest, "/");
		AUTO(free_charp) char *name = strndup(w->rest, len);

		w->rest += len + (w->rest[len] == '/');
		if (take_step(w, name))
			return -1;
	}
	return 0;
}

char *hostpath_resolve(const char *clean, struct err *err)
{
	struct walk w = {.at = -1};
	char *out = NULL;

	if (!hostpath_is_visible())
		return mem_strdup(clean);
	w.text = mem_strdup(clean);
	w.rest = w.text;
	if (move_to(&w, open_root()) || walk(&w))
		err_errno(err, "%.300s: where it leads on the host cannot be seen (at %.300s)", clean,
			  w.real.len ? w.real.s : "/");
	else
		out = mem_strdup(w.real.len ? w.real.s : "/");
	close_fdp(&w.at);
	free(w.text);
	buf_free(&w.real);
	return out;
}
