#include "forms_internal.h"

#include <ctype.h>
#include <string.h>

/* Of a text that need not be whole: what it has of `prefix` is right. */
static bool begins(const char *s, size_t len, bool whole, const char *prefix)
{
	size_t n = strlen(prefix);

	if (len < n && !whole)
		return !strncmp(s, prefix, len);
	return len >= n && !strncmp(s, prefix, n);
}

static bool all_of(const char *s, size_t len, const char *set)
{
	for (size_t i = 0; i < len; i++)
		if (!strchr(set, s[i]))
			return false;
	return true;
}

static bool is_name(const char *s, size_t len, bool whole)
{
	return begins(s, len, whole, "/");
}

static bool is_id(const char *s, size_t len, bool whole)
{
	return (whole ? len == 64 : len <= 64) && all_of(s, len, "0123456789abcdef");
}

static bool is_path(const char *s, size_t len, bool whole)
{
	return !len || begins(s, len, whole, "/");
}

/* Without a version: "/v1.41/…" never is. */
static bool is_endpoint(const char *s, size_t len, bool whole)
{
	bool version = len > 2 && s[0] == '/' && s[1] == 'v' && isdigit((unsigned char)s[2]);

	return begins(s, len, whole, "/") && !version;
}

static bool is_capability(const char *s, size_t len, bool whole)
{
	bool prefixed = len >= 4 && !strncmp(s, "CAP_", 4);

	(void)whole;
	return !prefixed && all_of(s, len, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");
}

static bool is_port(const char *s, size_t len, bool whole)
{
	static const char *const protocols[] = {"/tcp", "/udp", "/sctp"};
	size_t digits = 0;

	while (digits < len && isdigit((unsigned char)s[digits]))
		digits++;
	if (!whole)
		return digits == len || (digits && s[digits] == '/');
	for (size_t i = 0; digits && i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (len - digits == strlen(protocols[i]) && !strncmp(s + digits, protocols[i], len - digits))
			return true;
	return false;
}

static bool is_image_name(const char *s, size_t len, bool whole)
{
	const char *slash = memchr(s, '/', len);
	size_t host = slash ? (size_t)(slash - s) : len;
	/* a registry has a dot, a port, or is localhost; of a beginning it may still come */
	bool registry = memchr(s, '.', host) || memchr(s, ':', host) || begins(s, host, true, "localhost");

	if (!whole)
		return !slash || registry;
	return slash && registry && (memchr(slash, ':', len - host) || memchr(slash, '@', len - host));
}

static bool is_image_id(const char *s, size_t len, bool whole)
{
	if (len <= 7)
		return !whole && begins(s, len, false, "sha256:");
	return begins(s, len, whole, "sha256:") && is_id(s + 7, len - 7, whole);
}

static bool is_digest(const char *s, size_t len, bool whole)
{
	return is_image_name(s, len, false) && (!whole || memmem(s, len, "@sha256:", 8));
}

static bool is_assignment(const char *s, size_t len, bool whole)
{
	return !whole || memchr(s, '=', len);
}

static bool is_bind(const char *s, size_t len, bool whole)
{
	return !whole || memchr(s, ':', len);
}

static bool is_mode(const char *s, size_t len, bool whole)
{
	static const char *const modes[] = {"", "host", "private", "none", "shareable"};

	for (size_t i = 0; whole && i < sizeof(modes) / sizeof(modes[0]); i++)
		if (len == strlen(modes[i]) && !strncmp(s, modes[i], len))
			return true;
	return !whole || begins(s, len, whole, "container:");
}

static bool is_plain(const char *s, size_t len, bool whole)
{
	(void)whole;
	return !memchr(s, '/', len);
}

const struct field_form
	form_name = {"begins with a slash, as in \"/web\"", is_name},
	form_id = {"is 64 hexadecimal digits, in lower case", is_id},
	form_path = {"begins with a slash", is_path},
	form_endpoint = {"begins with a slash and has no version, as in \"/containers/create\"", is_endpoint},
	form_capability = {"is upper-case, without CAP_, as in \"SYS_ADMIN\"", is_capability},
	form_port = {"is a port and a protocol, as in \"80/tcp\"", is_port},
	form_image_name = {"is in full, as in \"docker.io/library/busybox:latest\"", is_image_name},
	form_image_id = {"is \"sha256:\" and 64 hexadecimal digits", is_image_id},
	form_digest = {"is in full, as in \"docker.io/library/busybox@sha256:…\"", is_digest},
	form_assignment = {"is a name and a value, as in \"DEBUG=1\"", is_assignment},
	form_bind = {"is a source and a target, as in \"/srv:/data:ro\"", is_bind},
	form_mode = {"is \"\", \"host\", \"private\" or \"container:…\"", is_mode},
	form_plain = {"has no slash in it", is_plain};
