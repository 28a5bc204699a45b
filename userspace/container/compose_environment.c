/* environment, env_file; and the files that become secrets and configs. */
#include "compose_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- variables ---- */

static struct json_object *env_of(struct making *m)
{
	if (!m->env)
		m->env = json_object_new_object();
	return m->env;
}

/* A variable without a value has that of compose's own environment; one that is not there is left out. */
int compose_take_environment(struct making *m, struct json_object *v)
{
	static const char unset[] = "\x01";
	AUTO(json_putp) struct json_object *map = NULL;

	if (compose_map(v, unset, &map, m->err))
		return -1;
	json_object_object_foreach (map, name, value) {
		bool given = strcmp(json_str(value), unset) != 0;
		const char *text = given ? json_str(value) : m->c->variable(m->c->arg, name);

		if (text)
			json_object_object_add(env_of(m), name, json_object_new_string(text));
	}
	return 0;
}

/* NAME=value; in quotes or not. What would be replaced in it is not known here. */
static int take_env_line(struct making *m, char *line, struct json_object *file)
{
	char *equals = strchr(line, '='), *value, quote;
	size_t len;

	line += strspn(line, " \t");
	if (!*line || *line == '#')
		return 0;
	if (!equals || equals == line)
		return err_set(m->err, EINVAL, "\"%.60s\": must be NAME=value", line);
	*equals = 0;
	value = equals + 1;
	quote = *value;
	len = strlen(value);
	if (len >= 2 && (quote == '"' || quote == '\'') && value[len - 1] == quote) {
		value[len - 1] = 0;
		value++;
	}
	if (quote != '\'' && strpbrk(value, "$\\"))
		return err_set(m->err, EINVAL,
			       "%.60s: variables and escapes are not supported in env files; put the value "
			       "in single quotes",
			       line);
	json_object_object_add(file, line, json_object_new_string(value));
	return 0;
}

static int take_env_file(struct making *m, const char *name, bool required)
{
	AUTO(free_charp) char *path = compose_host_path(m, name);
	AUTO(free_charp) char *own = path ? NULL : mem_printf("%s/%s", m->c->folder, name);
	AUTO(free_charp) char *text = m->c->read(m->c->arg, path ? path : own, m->err);
	struct json_object *file = compose_object(env_of(m), "\x01");
	char *save = NULL;

	if (!text)
		return required ? -1 : 0;
	for (char *line = strtok_r(text, "\r\n", &save); line; line = strtok_r(NULL, "\r\n", &save))
		if (take_env_line(m, line, file))
			return err_wrap(m->err, "%s", path ? path : own);
	return 0;
}

/* A file's name, or a list of these, or of {path, required}; the later goes before the earlier. */
int compose_take_env_file(struct making *m, struct json_object *v)
{
	static const char *const known[] = {"path", "required", NULL};
	bool many = json_object_is_type(v, json_type_array);

	for (size_t i = 0; i < (many ? json_object_array_length(v) : 1); i++) {
		struct json_object *one = many ? json_object_array_get_idx(v, i) : v;
		AUTO(free_charp)
		char *name = compose_text(json_object_is_type(one, json_type_object) ? json_get(one, "path")
										     : one);
		bool required = true;

		if (json_object_is_type(one, json_type_object) &&
		    (compose_only_keys(one, known, m->err) ||
		     (json_get(one, "required") &&
		      compose_bool(json_get(one, "required"), &required, m->err))))
			return -1;
		if (!name)
			return err_set(m->err, EINVAL, "must be a path, or a list of paths");
		if (take_env_file(m, name, required))
			return -1;
	}
	return 0;
}

static void add_variable(struct making *m, const char *name, const char *value)
{
	AUTO(free_charp) char *line = mem_printf("%s=%s", name, value);

	json_object_array_add(compose_list(m->body, "Env"), json_object_new_string(line));
}

void compose_settle_environment(struct making *m)
{
	struct json_object *file = json_get(m->env, "\x01");

	if (!m->env)
		return;
	if (file) {
		json_object_object_foreach (file, name, value) {
			if (!json_get(m->env, name))
				add_variable(m, name, json_str(value));
		}
	}
	json_object_object_foreach (m->env, name, value) {
		if (json_object_is_type(value, json_type_string))
			add_variable(m, name, json_str(value));
	}
}

/* ---- secrets and configs ---- */

/* Each is a file of the host's, mounted where nothing can write it. */
static int take_file(struct making *m, struct json_object *one, const char *kind, const char *folder)
{
	static const char *const known[] = {"source", "target", "uid", "gid", "mode", NULL};
	bool written = json_object_is_type(one, json_type_object);
	const char *name = written ? json_get_str(one, "source") : json_str(one),
		   *target = written ? json_get_str(one, "target") : "";
	struct json_object *own = json_get(json_get(m->file, kind), name);
	const char *file = json_get_str(own, "file");
	AUTO(free_charp) char *path = NULL;
	AUTO(free_charp) char *place = NULL;
	struct json_object *mount;

	if (written && compose_only_keys(one, known, m->err))
		return -1;
	if (!own)
		return err_set(m->err, EINVAL,
			       "\"%.60s\": the file has none of that name at its top level (%s)", name, kind);
	if (!*file)
		return err_set(m->err, EINVAL, "\"%.60s\": only those of a \"file\" are supported here",
			       name);
	path = compose_host_path(m, file);
	if (!path)
		path = mem_printf("%s/%s", m->c->folder, file);
	place = *target == '/' ? mem_strdup(target) : mem_printf("%s%s", folder, *target ? target : name);
	mount = json_object_new_object();
	json_add_str(mount, "Type", "bind");
	json_add_str(mount, "Source", path);
	json_add_str(mount, "Target", place);
	json_object_object_add(mount, "ReadOnly", json_object_new_boolean(true));
	json_object_array_add(compose_list(m->host, "Mounts"), mount);
	return 0;
}

static int take_files(struct making *m, struct json_object *v, const char *kind, const char *folder)
{
	if (!json_object_is_type(v, json_type_array))
		return err_set(m->err, EINVAL, "must be a list");
	for (size_t i = 0; i < json_object_array_length(v); i++)
		if (take_file(m, json_object_array_get_idx(v, i), kind, folder))
			return err_wrap(m->err, "%zu", i);
	return 0;
}

int compose_take_secrets(struct making *m, struct json_object *v)
{
	return take_files(m, v, "secrets", "/run/secrets/");
}

int compose_take_configs(struct making *m, struct json_object *v)
{
	return take_files(m, v, "configs", "/");
}
