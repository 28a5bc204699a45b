#include "policy_files_internal.h"
#include "base/json.h"
#include "base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENDING ".json"

struct reading {
	const char *dir;
	struct json_object *last; /* names that must be there; NULL: the first load */
	struct policy_files *files;
	struct findings *findings;
	size_t count;
};

static void add_problem(struct reading *r, const char *path, const char *what)
{
	findings_add(r->findings, false, path, "/", what);
	r->count++;
}

void policy_files_add(struct policy_files *files, enum rule_file kind, const char *dir, const char *name,
		      struct json_object *rules, char *text)
{
	char *path = mem_printf("%s/%s", dir, name);

	files->items = mem_realloc(files->items, (files->count + 1) * sizeof(*files->items));
	files->items[files->count++] = (struct policy_file){kind,  path, path + strlen(path) - strlen(name),
							    rules, text, strlen(text)};
}

void policy_files_free(struct policy_files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		free(files->items[i].path);
		json_object_put(files->items[i].rules);
		free(files->items[i].text);
	}
	free(files->items);
	*files = (struct policy_files){0};
}

/* ---- one file ---- */

static void refuse(struct reading *r, const char *path, struct json_object *j)
{
	add_problem(r, path, "a rule file is an array of rules: [{\"name\": …, \"rule\": …}]");
	json_object_put(j);
}

static int read_json(const char *path, char **text, struct json_object **out, struct err *err)
{
	size_t len;

	*text = json_read_text(path, 64U << 20, &len, err);
	return *text ? json_parse(*text, len, out, err) : -1;
}

/* An empty file or `null` is no list of rules: a write that was cut short must not empty the policy. */
static void read_file(struct reading *r, enum rule_file kind, const char *name)
{
	AUTO(free_charp) char *path = mem_printf("%s/%s", r->dir, name);
	AUTO(free_charp) char *text = NULL;
	struct json_object *j;
	struct stat st;
	struct err err;

	if (stat(path, &st))
		add_problem(r, path, errno == ENOENT ? "a link to what is not there" : strerror(errno));
	else if (!S_ISREG(st.st_mode))
		add_problem(r, path, "is no regular file");
	else if (read_json(path, &text, &j, &err))
		add_problem(r, path, str_starts_with(err.msg, path) ? err.msg + strlen(path) + 2 : err.msg);
	else if (json_object_is_type(j, json_type_array))
		policy_files_add(r->files, kind, r->dir, name, j, mem_strdup(text));
	else
		refuse(r, path, j);
}

/* As lstat(2) sees it: a link to nowhere is there. */
static bool is_there(const char *path)
{
	struct stat st;

	return !lstat(path, &st) || errno != ENOENT;
}

/* ---- folders ---- */

static bool is_rule_file(const char *name)
{
	size_t len = strlen(name);

	return *name != '.' && len > strlen(ENDING) && !strcmp(name + len - strlen(ENDING), ENDING);
}

static int take_rule_file(const struct dirent *entry)
{
	return is_rule_file(entry->d_name);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name); /* the same in every locale */
}

static void read_folder(struct reading *r, enum rule_file kind)
{
	const char *folder = rule_folder_name(kind);
	AUTO(free_charp) char *path = mem_printf("%s/%s", r->dir, folder);
	struct dirent **entries = NULL;
	int n;

	if (!is_there(path))
		return;
	n = scandir(path, &entries, take_rule_file, by_name);
	if (n < 0)
		add_problem(r, path, strerror(errno));
	for (int i = 0; i < n; i++) {
		AUTO(free_charp) char *name = mem_printf("%s/%s", folder, entries[i]->d_name);

		read_file(r, kind, name);
		free(entries[i]);
	}
	free(entries);
}

static bool is_folder(struct reading *r)
{
	struct stat st;

	if (!stat(r->dir, &st) && S_ISDIR(st.st_mode))
		return true;
	add_problem(r, r->dir, "no such folder; RULES_DIR names the one that has rules.json");
	return false;
}

/* ---- the whole ---- */

static bool has(const struct policy_files *files, const char *name)
{
	for (size_t i = 0; i < files->count; i++)
		if (!strcmp(files->items[i].name, name))
			return true;
	return false;
}

/*
 * A file that is gone (unmounted, in the middle of a deployment) does not mean that there are no rules any
 * more: that has to be written, as [].
 */
static void check_last(struct reading *r)
{
	for (size_t i = 0; i < json_count(r->last); i++) {
		const char *name = json_str_at(r->last, i);
		AUTO(free_charp) char *path = mem_printf("%s/%s", r->dir, name);

		if (!has(r->files, name) && !is_there(path))
			add_problem(r, path,
				    "was there at the last load and is gone; put it back, or write [] to it");
	}
}

static void check_rules_there(struct reading *r)
{
	AUTO(free_charp) char *path = mem_printf("%s/%s", r->dir, rule_file_name(FILE_RULES));

	for (size_t i = 0; i < r->files->count; i++)
		if (r->files->items[i].kind == FILE_RULES)
			return;
	if (!r->count)
		add_problem(r, path, "no such file, nor one in rules.d; without rules it must hold []");
}

size_t policy_files_read(const char *dir, struct json_object *last, struct policy_files *out,
			 struct findings *findings)
{
	struct reading r = {.dir = dir, .last = last, .files = out, .findings = findings};

	*out = (struct policy_files){0};
	if (!is_folder(&r))
		return r.count;
	for (int f = 0; f < RULE_FILES; f++) {
		enum rule_file kind = (enum rule_file)f;
		AUTO(free_charp) char *path = mem_printf("%s/%s", dir, rule_file_name(kind));

		if (is_there(path))
			read_file(&r, kind, rule_file_name(kind));
		read_folder(&r, kind);
	}
	check_last(&r);
	check_rules_there(&r);
	return r.count;
}

/* ---- rights ---- */

/* Anybody who can write it, or put another in its place, decides what is stopped. */
static int check_writable(const char *path, struct err *err)
{
	struct stat st;

	if (stat(path, &st))
		return errno == ENOENT ? 0 : err_errno(err, "%s", path);
	if (st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)))
		return err_set(
			err, EPERM,
			"%s: others than root can write it, which MODE=KILL does not accept; chown root and "
			"chmod go-w it",
			path);
	return 0;
}

/* What a link leads to, and the folder that this lies in. */
static int check_file(const char *path, struct err *err)
{
	AUTO(free_charp) char *real = realpath(path, NULL);
	char *slash = real ? strrchr(real, '/') : NULL;

	if (check_writable(path, err))
		return -1;
	if (!slash || slash == real)
		return 0;
	*slash = 0;
	return check_writable(real, err);
}

int policy_files_check_rights(const char *dir, const struct policy_files *files, struct err *err)
{
	if (check_writable(dir, err))
		return -1;
	for (int f = 0; f < RULE_FILES; f++) {
		AUTO(free_charp)
		char *path = mem_printf("%s/%s", dir, rule_folder_name((enum rule_file)f));

		if (check_writable(path, err))
			return -1;
	}
	for (size_t i = 0; i < files->count; i++)
		if (check_file(files->items[i].path, err))
			return -1;
	return 0;
}

/* ---- what is not read ---- */

static bool is_known(const char *name)
{
	for (int f = 0; f < RULE_FILES; f++)
		if (!strcmp(name, rule_file_name((enum rule_file)f)))
			return true;
	return !strcmp(name, "tests.json"); /* of `test`, beside what it tests */
}

static void find_others(const char *path, bool (*is_read)(const char *name),
			void (*found)(void *arg, const char *path), void *arg)
{
	struct dirent **entries = NULL;
	int n = scandir(path, &entries, NULL, by_name);

	for (int i = 0; i < n; i++) {
		AUTO(free_charp) char *whole = mem_printf("%s/%s", path, entries[i]->d_name);
		struct stat st;

		if (!is_read(entries[i]->d_name) && !stat(whole, &st) && S_ISREG(st.st_mode))
			found(arg, whole);
		free(entries[i]);
	}
	free(entries);
}

void policy_files_find_others(const char *dir, void (*found)(void *arg, const char *path), void *arg)
{
	find_others(dir, is_known, found, arg);
	for (int f = 0; f < RULE_FILES; f++) {
		AUTO(free_charp)
		char *path = mem_printf("%s/%s", dir, rule_folder_name((enum rule_file)f));

		find_others(path, is_rule_file, found, arg);
	}
}
