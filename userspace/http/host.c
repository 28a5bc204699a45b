#include "host_internal.h"
#include "base/memory.h"

#include <arpa/inet.h>
#include <limits.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static bool is_address(int family, const char *text)
{
	unsigned char address[sizeof(struct in6_addr)];

	return inet_pton(family, text, address) == 1;
}

static bool is_this_machine(const char *name)
{
	char own[HOST_NAME_MAX + 1];

	return !gethostname(own, sizeof(own)) && !strcasecmp(name, own);
}

static bool is_listed(const char *name, const char *names)
{
	AUTO(free_charp) char *copy = mem_strdup(names);
	char *rest = copy, *one;

	while ((one = strsep(&rest, ", ")))
		if (*one && !strcasecmp(name, one))
			return true;
	return false;
}

/* Takes a port off; false where what is behind the name is none. */
static bool take_port(char *behind)
{
	if (!*behind)
		return true;
	if (*behind != ':' || behind[1 + strspn(behind + 1, "0123456789")])
		return false;
	*behind = 0;
	return true;
}

/* "[::1]:8888" */
static bool is_bracketed(char *host)
{
	char *end = strchr(host, ']');

	if (!end || !take_port(end + 1))
		return false;
	*end = 0;
	return is_address(AF_INET6, host + 1);
}

bool host_is_ours(const char *host, const char *names)
{
	AUTO(free_charp) char *name = mem_strdup(host);
	size_t len;

	if (*name == '[')
		return is_bracketed(name);
	if (!take_port(name + strcspn(name, ":")))
		return false;
	len = strlen(name);
	if (len && name[len - 1] == '.') /* of the root of all names */
		name[len - 1] = 0;
	return *name && (is_address(AF_INET, name) || !strcasecmp(name, "localhost") ||
			 is_this_machine(name) || is_listed(name, names));
}
