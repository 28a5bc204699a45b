#include "compose_file_internal.h"
#include "base/json.h"
#include "base/text.h"
#include "base/yaml.h"

#include <ctype.h>
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX (4U << 20)

static bool is_yaml(const char *file)
{
	const char *dot = strrchr(file, '.');

	return dot && (!strcmp(dot, ".yml") || !strcmp(dot, ".yaml"));
}

int compose_file_read(const char *file, bool yaml, struct json_object **out, struct err *err)
{
	AUTO(free_charp) char *text = NULL;
	size_t len;

	if (!yaml && !is_yaml(file))
		return json_read_file(file, out, err);
	*out = NULL;
	text = json_read_text(file, FILE_MAX, &len, err);
	if (!text)
		return -1;
	if (yaml_parse(text, len, out, err))
		return err_wrap(err, "%s", file);
	return *out ? 0 : err_set(err, EINVAL, "%s: is empty", file);
}

/* ---- variables ---- */

/* NAME=value, in quotes or not; comments and empty lines are none. Quotes alone are taken off: no expansion.
 */
static void read_env_line(char *line, struct json_object *variables)
{
	char *equals = strchr(line, '='), *value, quote;
	size_t len;

	line += strspn(line, " \t");
	if (str_starts_with(line, "export "))
		line += strlen("export ");
	if (*line == '#' || !equals || equals <= line)
		return;
	*equals = 0;
	value = equals + 1;
	quote = *value;
	len = strlen(value);
	if (len >= 2 && (quote == '"' || quote == '\'') && value[len - 1] == quote) {
		value[len - 1] = 0;
		value++;
	}
	json_object_object_add(variables, line, json_object_new_string(value));
}

/* .env; where there is none there are no variables in it. */
static struct json_object *read_env_file(const char *folder)
{
	AUTO(free_charp) char *path = mem_printf("%s/.env", folder);
	struct json_object *variables = json_object_new_object();
	struct err unused;
	size_t len;
	AUTO(free_charp) char *text = json_read_text(path, FILE_MAX, &len, &unused);
	char *save = NULL;

	for (char *line = text ? strtok_r(text, "\r\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\r\n", &save))
		read_env_line(line, variables);
	return variables;
}

/* The environment goes before the file. */
static const char *variable(void *arg, const char *name)
{
	const char *own = getenv(name);
	struct json_object *of_file = json_get(arg, name);

	return own ? own : of_file ? json_object_get_string(of_file) : NULL;
}

static char *read_file(void *arg, const char *path, struct err *err)
{
	size_t len;

	(void)arg;
	return json_read_text(path, FILE_MAX, &len, err);
}

/* ---- services ---- */

/* The folder's name as compose makes a project's name of it: small letters, digits, - and _. */
static char *project_of(const char *folder)
{
	AUTO(free_charp) char *copy = mem_strdup(folder);
	const char *name = getenv("COMPOSE_PROJECT_NAME");
	struct buf out = {0};

	buf_puts(&out, "");
	for (const char *p = name && *name ? name : basename(copy); *p; p++) {
		char c = (char)tolower((unsigned char)*p);

		if (isalnum((unsigned char)c) || (out.len && (c == '-' || c == '_')))
			buf_add(&out, &c, 1);
	}
	if (!out.len)
		buf_puts(&out, "default");
	return out.s;
}

int compose_file_services(const char *file, struct json_object *doc, struct compose_services *out,
			  struct err *err)
{
	AUTO(free_charp) char *copy = mem_strdup(strcmp(file, "-") ? file : "./-");
	AUTO(free_charp) char *folder = realpath(dirname(copy), NULL);
	AUTO(free_charp) char *project = NULL;
	AUTO(json_putp) struct json_object *variables = NULL;
	struct compose_context c;

	*out = (struct compose_services){0};
	if (!folder)
		return err_errno(err, "its folder");
	project = project_of(folder);
	variables = read_env_file(folder);
	c = (struct compose_context){folder, project, variable, read_file, variables};
	return compose_read(doc, &c, out, err);
}
