#include "base/listen.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 1024

/* A number from 0 on (0: any that is free), or a service's name, which getaddrinfo() knows. */
static bool is_port(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return text[digits] ? !digits : digits < 6 && strtol(text, NULL, 10) <= 65535;
}

static int fail_to_resolve(const char *option, const char *address, const char *host, int r, struct err *err)
{
	if (r == EAI_NONAME && *host)
		return err_set(err, EINVAL, "%s=\"%s\": no host is called \"%s\"", option, address, host);
	return err_set(err, EINVAL, "%s=\"%s\": %s", option, address, gai_strerror(r));
}

static int open_tcp(const char *option, const char *address, struct err *err)
{
	AUTO(free_charp) char *host = mem_strdup(address);
	char *colon = strrchr(host, ':'), *name = host;
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found = NULL;
	int fd, on = 1, r;

	if (!colon || !colon[1])
		return err_set(err, EINVAL,
			       "%s=\"%s\": must be address:port, for example 127.0.0.1:8888, or unix:///path",
			       option, address);
	*colon++ = 0;
	if (*name == '[' && name[strlen(name) - 1] == ']') {
		name[strlen(name) - 1] = 0;
		name++;
	}
	r = is_port(colon) ? getaddrinfo(*name ? name : NULL, colon, &hints, &found) : EAI_SERVICE;
	if (r == EAI_SERVICE)
		return err_set(err, EINVAL, "%s=\"%s\": \"%s\" is no port, which is a number up to 65535",
			       option, address, colon);
	if (r)
		return fail_to_resolve(option, address, name, r, err);
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd < 0 || bind(fd, found->ai_addr, found->ai_addrlen) || listen(fd, BACKLOG)) {
		err_errno(err, "%s=\"%s\"", option, address);
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	freeaddrinfo(found);
	return fd;
}

/* mkdir -p */
static void make_folders(const char *path)
{
	AUTO(free_charp) char *copy = mem_strdup(path);

	for (char *p = copy + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = 0;
		mkdir(copy, 0755);
		*p = '/';
	}
}

/* A socket file that a daemon left which is no more; one that answers is somebody's. */
static int remove_stale(const struct sockaddr_un *address, struct err *err)
{
	AUTO(close_fdp) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st;

	if (lstat(address->sun_path, &st))
		return 0;
	if (!S_ISSOCK(st.st_mode))
		return err_set(err, EEXIST, "the file is no socket; remove it, or choose another path");
	if (!connect(fd, (const struct sockaddr *)address, sizeof(*address)))
		return err_set(err, EADDRINUSE, "another process listens there; stop it first");
	return unlink(address->sun_path) ? err_errno(err, "replacing the old socket") : 0;
}

static int open_unix(const char *option, const char *path, struct err *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	mode_t mask;
	int fd, r;

	if (*path != '/' || strlen(path) >= sizeof(address.sun_path))
		return err_set(
			err, EINVAL,
			"%s=\"unix://%.200s\": must be unix:/// and an absolute path of up to 107 bytes",
			option, path);
	memcpy(address.sun_path, path, strlen(path) + 1);
	make_folders(path);
	if (remove_stale(&address, err))
		return err_wrap(err, "%s=\"unix://%s\"", option, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	mask = umask(0177);
	r = bind(fd, (struct sockaddr *)&address, sizeof(address));
	umask(mask);
	if (!r && !listen(fd, BACKLOG))
		return fd;
	err_errno(err, "%s=\"unix://%s\"", option, path);
	close(fd);
	return -1;
}

static const char unix_scheme[] = "unix://";

char *listen_path(const char *address)
{
	return str_starts_with(address, unix_scheme) ? mem_strdup(address + strlen(unix_scheme)) : NULL;
}

int listen_open(const char *option, const char *address, struct err *err)
{
	if (str_starts_with(address, unix_scheme))
		return open_unix(option, address + strlen(unix_scheme), err);
	return open_tcp(option, str_starts_with(address, "tcp://") ? address + strlen("tcp://") : address,
			err);
}
