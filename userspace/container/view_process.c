/*
 * What a container's process is started with: its environment, labels, capabilities, user, health check.
 *
 * Source: moby oci/caps NormalizeLegacyCapabilities, daemon/oci_linux.go getUser with
 * moby/sys/user GetExecUser (runc's libcontainer/user before), daemon/health.go getProbe.
 */
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "views_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct json_object *view_env(const struct view_source *s, struct err *err)
{
	struct json_object *env = json_object_new_object();
	struct json_object *list = json_get(json_get(s->params, "Config"), "Env");

	(void)err;
	for (size_t i = 0; i < json_count(list); i++) {
		const char *entry = json_str_at(list, i);
		const char *equals = strchr(entry, '=');

		if (!*entry)
			continue;
		AUTO(free_charp)
		char *name = equals ? strndup(entry, (size_t)(equals - entry)) : mem_strdup(entry);
		json_object_object_add(env, name, json_object_new_string(equals ? equals + 1 : ""));
	}
	return env;
}

struct json_object *view_labels(const struct view_source *s, struct err *err)
{
	struct json_object *labels = json_get(json_get(s->params, "Config"), "Labels");

	(void)err;
	return json_object_is_type(labels, json_type_object) ? json_object_get(labels)
							     : json_object_new_object();
}

struct json_object *view_unknown_fields(const struct view_source *s, struct err *err)
{
	(void)err;
	return s->unknown ? json_object_get(s->unknown) : json_object_new_array();
}

/* ---- capabilities ---- */

/* strings.ToUpper, as far as it ends in ASCII: beyond it two letters do, U+0131 (dotless i) and U+017F (long
 * s). NULL for a name that does not. */
static char *upper_ascii(const char *s)
{
	char *out = mem_calloc(strlen(s) + 1, 1), *at = out;

	for (; *s; s++) {
		if (!strncmp(s, "\xc4\xb1", 2) || !strncmp(s, "\xc5\xbf", 2)) {
			*at++ = *s == '\xc4' ? 'I' : 'S';
			s++;
		} else if ((unsigned char)*s >= 0x80) {
			free(out);
			return NULL;
		} else {
			*at++ = (char)(*s >= 'a' && *s <= 'z' ? *s - 'a' + 'A' : *s);
		}
	}
	return out;
}

static const char *without_prefix(const char *name)
{
	return name + (str_starts_with(name, "CAP_") ? strlen("CAP_") : 0);
}

/* "cap_sys_admin", "SYS_ADMIN": one spelling for both. */
struct json_object *view_capabilities(const struct view_source *s, struct err *err)
{
	struct json_object *caps = json_object_new_array();
	struct json_object *list = json_get(json_get(s->params, "HostConfig"), "CapAdd");

	for (size_t i = 0; i < json_count(list); i++) {
		const char *entry = json_str_at(list, i);
		AUTO(free_charp) char *name = upper_ascii(entry);

		if (!name && s->lookup->strict) {
			err_set(err, 0, "CapAdd: \"%.40s\" is no capability; write it like NET_ADMIN", entry);
			json_object_put(caps);
			return NULL;
		}
		if (*entry)
			json_object_array_add(caps,
					      json_object_new_string(without_prefix(name ? name : entry)));
	}
	return caps;
}

/* ---- the user ---- */

/* strconv.Atoi, of one that fits an id; false for what dockerd then takes for a name. */
static bool parse_id(const char *text, long long *out)
{
	const char *digits = text + (*text == '+' || *text == '-');
	char *end;

	errno = 0;
	*out = strtoll(text, &end, 10);
	return *digits >= '0' && *digits <= '9' && !*end && !errno;
}

/*
 * "user:group", of which dockerd looks up names in the image's files; what only these say is null. None is
 * root, and so is "root" where the image does not say otherwise.
 */
struct json_object *view_user(const struct view_source *s, struct err *err)
{
	AUTO(free_charp) char *spec = mem_strdup(json_get_str(json_get(s->params, "Config"), "User"));
	char *rest = spec, *user = strsep(&rest, ":"), *group = rest ? strsep(&rest, ":") : NULL;
	struct json_object *out = json_object_new_object(), *is_root = NULL;
	long long uid = 0, gid = 0;
	bool named_root = !*user || !strcmp(user, "root");
	bool known = named_root || parse_id(user, &uid);

	(void)err;
	if (known)
		is_root = json_object_new_boolean(named_root || !uid);
	json_object_object_add(out, "uid", known ? json_object_new_int64(named_root ? 0 : uid) : NULL);
	json_object_object_add(out, "gid",
			       group && parse_id(group, &gid) ? json_object_new_int64(gid) : NULL);
	json_object_object_add(out, "is_root", is_root);
	return out;
}

/* ---- the health check ---- */

/* One of a kind that dockerd does not know is none; neither is one without a command. */
struct json_object *view_healthcheck(const struct view_source *s, struct err *err)
{
	struct json_object *test = json_get(json_get(json_get(s->params, "Config"), "Healthcheck"), "Test");
	const char *kind = json_count(test) ? json_str_at(test, 0) : "";
	bool known = !strcmp(kind, "CMD") || !strcmp(kind, "CMD-SHELL");
	struct json_object *out = json_object_new_object();

	(void)err;
	json_object_object_add(out, "effective", json_object_new_boolean(known && json_count(test) > 1));
	return out;
}
