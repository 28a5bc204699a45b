/*
 * The grammar, of distribution/reference:
 *
 *   reference := name [":" tag] ["@" digest]
 *   name      := [domain "/"] path-component ("/" path-component)*
 *   domain    := (domain-component ("." domain-component)* | "[" IPv6 "]") [":" port]
 */
#include "container/image.h"
#include "base/memory.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_DOMAIN "docker.io"
#define LEGACY_DOMAIN  "index.docker.io"
#define OFFICIAL       "library/"
#define DEFAULT_TAG    "latest"

#define LOWER	 "abcdefghijklmnopqrstuvwxyz"
#define UPPER	 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS	 "0123456789"
#define HEX	 DIGITS "abcdef"
#define MAX_PATH 255
#define MAX_TAG	 128

static bool is_made_of(const char *s, const char *characters)
{
	return *s && !s[strspn(s, characters)];
}

/* ---- digests ---- */

static bool is_digest(const char *s)
{
	static const struct {
		const char *algorithm;
		size_t digits;
	} known[] = {{"sha256:", 64}, {"sha384:", 96}, {"sha512:", 128}};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (str_starts_with(s, known[i].algorithm))
			return strlen(s + 7) == known[i].digits && is_made_of(s + 7, HEX);
	return false;
}

/* ---- names ---- */

static bool is_tag(const char *s)
{
	return strlen(s) <= MAX_TAG && *s != '.' && *s != '-' && is_made_of(s, LOWER UPPER DIGITS "_.-");
}

/* Letters and digits, with one of ".", "_", "__" or any number of "-" between them. */
static bool is_path_component(const char *s, size_t len)
{
	size_t i = 0, n;

	while ((n = strspn(s + i, LOWER DIGITS)) && i + n < len) {
		i += n;
		n = strspn(s + i, "-");
		if (!n)
			n = *(s + i) == '.' ? 1 : strspn(s + i, "_");
		if (!n || (s[i] == '_' && n > 2))
			return false;
		i += n;
	}
	return n && i + n == len;
}

static bool is_path(const char *s)
{
	if (strlen(s) > MAX_PATH)
		return false;
	for (;; s++) {
		size_t len = strcspn(s, "/");

		if (!is_path_component(s, len))
			return false;
		s += len;
		if (!*s)
			return true;
	}
}

/* Letters, digits and "-" within, parted by single dots. */
static bool is_host(const char *s)
{
	if (!is_made_of(s, LOWER UPPER DIGITS "-."))
		return false;
	for (;; s++) {
		size_t len = strcspn(s, ".");

		if (!len || *s == '-' || s[len - 1] == '-')
			return false;
		s += len;
		if (!*s)
			return true;
	}
}

static bool is_domain(const char *s)
{
	AUTO(free_charp) char *host = mem_strdup(s);
	char *end = *host == '[' ? strchr(host, ']') : NULL, *colon = strchr(end ? end : host, ':');

	if (colon) {
		*colon++ = 0;
		if (!is_made_of(colon, DIGITS))
			return false;
	}
	if (!end)
		return is_host(host);
	if (end[1])
		return false;
	*end = 0;
	return is_made_of(host + 1, HEX "ABCDEF:");
}

/* Whether what is before the first slash names a registry, and not a part of the path on Docker's own. */
static bool names_registry(const char *s, size_t len)
{
	if (len == strlen("localhost") && !strncmp(s, "localhost", len))
		return true;
	for (size_t i = 0; i < len; i++)
		if (strchr(".:" UPPER, s[i]))
			return true;
	return false;
}

/* "docker.io" + "library/busybox" from "busybox"; tag and digest are still behind the path. */
static void split_domain(const char *name, char **domain, char **rest)
{
	size_t len = strcspn(name, "/");
	bool official;

	if (!name[len] || !names_registry(name, len)) {
		*domain = mem_strdup(DEFAULT_DOMAIN);
	} else {
		*domain = mem_printf("%.*s", (int)len, name);
		name += len + 1;
	}
	if (!strcmp(*domain, LEGACY_DOMAIN)) {
		free(*domain);
		*domain = mem_strdup(DEFAULT_DOMAIN);
	}
	official = !strcmp(*domain, DEFAULT_DOMAIN) && !strchr(name, '/');
	*rest = mem_printf("%s%s", official ? OFFICIAL : "", name);
}

static char *normalize_name(const char *name)
{
	AUTO(free_charp) char *domain = NULL;
	AUTO(free_charp) char *path = NULL;
	char *digest, *tag;

	split_domain(name, &domain, &path);
	digest = strchr(path, '@');
	if (digest)
		*digest++ = 0;
	tag = strchr(path, ':'); /* a port is the domain's */
	if (tag)
		*tag++ = 0;
	if (!is_domain(domain) || !is_path(path) || (tag && !is_tag(tag)) || (digest && !is_digest(digest)))
		return NULL;
	if (digest)
		return mem_printf("%s/%s@%s", domain, path, digest);
	return mem_printf("%s/%s:%s", domain, path, tag ? tag : DEFAULT_TAG);
}

/* ---- for everybody ---- */

char *image_normalize(const char *reference)
{
	if (strlen(reference) == 64 && is_made_of(reference, HEX))
		return mem_printf("sha256:%s", reference);
	if (is_digest(reference))
		return mem_strdup(reference);
	return normalize_name(reference);
}

/* Not every suffix is another spelling: docker.io/docker.io/x is not docker.io/x. */
static bool leads_to(const char *reference, const char *normalized)
{
	AUTO(free_charp) char *name = image_normalize(reference);

	return name && !strcmp(name, normalized);
}

const char *image_familiar(const char *normalized)
{
	static const char *const prefixes[] = {DEFAULT_DOMAIN "/" OFFICIAL, DEFAULT_DOMAIN "/"};

	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		const char *rest = normalized + strlen(prefixes[i]);

		if (str_starts_with(normalized, prefixes[i]) && leads_to(rest, normalized))
			return rest;
	}
	return normalized;
}

/* ---- of a container ---- */

/* A text of its document; NULL where there is none. */
static const char *text_at(struct value v, const char *key)
{
	struct value found;

	return value_get(v, key, strlen(key), &found) && found.type == V_STRING && *found.s ? found.s : NULL;
}

const char *image_id(const struct container *c)
{
	return text_at(c->params, "Image");
}

/* dockerd looks for an id that begins so where no image has that name; then it is no name. */
static bool is_part_of_id(const char *text, const char *id)
{
	return is_made_of(text, HEX) && str_starts_with(id, "sha256:") && str_starts_with(id + 7, text);
}

/* Of "aaa/ok:1@sha256:…" dockerd looks at the digest alone; the tag may say anything. */
static char *without_tag(const char *text)
{
	AUTO(free_charp) char *name = image_normalize(text);

	return mem_strdup(name ? image_familiar(name) : "");
}

char *image_asked(const struct container *c)
{
	const char *text = NULL, *id = image_id(c);
	struct value config;

	if (value_get(c->params, "Config", strlen("Config"), &config))
		text = text_at(config, "Image");
	if (!text)
		text = c->image;
	if (id && is_part_of_id(text, id))
		return mem_strdup(id);
	/* no id yet, but it was looked up as one: then its name is another */
	if (!id && is_made_of(text, HEX) && strlen(text) < 64 && strcmp(c->image, text) != 0)
		return mem_strdup("");
	return strchr(text, '@') ? without_tag(text) : mem_strdup(text);
}
