#include "actual_internal.h"
#include "base/text.h"
#include "metrics/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A line of mountinfo: the folder `root` of a file system's device, at `point`. */
struct mount {
	char *device; /* "8:1" */
	char *root, *point;
	bool found; /* it is one that was asked for */
};

struct mount_table {
	struct mount *items;
	size_t count;
};

struct actual {
	struct mount_table own, host;
};

/* ---- reading ---- */

/* "\040" is a space (seq_path). In place. */
static char *unescape(char *s)
{
	char *out = s;

	for (const char *p = s; *p;) {
		if (*p == '\\' && strspn(p + 1, "01234567") >= 3) {
			*out++ = (char)((p[1] - '0') * 64 + (p[2] - '0') * 8 + (p[3] - '0'));
			p += 4;
		} else {
			*out++ = *p++;
		}
	}
	*out = 0;
	return s;
}

/* The root of a folder that was removed since ends so (fs/d_path.c). */
static char *without_mark(char *root)
{
	static const char mark[] = "//deleted";
	size_t len = strlen(root), n = sizeof(mark) - 1;

	if (len > n && !strcmp(root + len - n, mark))
		root[len - n] = 0;
	return root;
}

/* "36 35 98:0 /mnt1 /mnt2 rw,noatime …"; false for what is none. */
static bool parse_line(char *line, struct mount *out)
{
	const char *fields[5] = {NULL};
	char *rest = line;

	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (!(fields[i] = strsep(&rest, " ")))
			return false;
	*out = (struct mount){mem_strdup(fields[2]), without_mark(unescape(mem_strdup(fields[3]))),
			      unescape(mem_strdup(fields[4])), false};
	return true;
}

static void parse_table(const char *text, struct mount_table *out)
{
	AUTO(free_charp) char *copy = mem_strdup(text);
	char *rest = copy, *line;
	size_t lines = 1;

	for (const char *p = text; *p; p++)
		lines += *p == '\n';
	out->items = mem_calloc(lines, sizeof(*out->items));
	while ((line = strsep(&rest, "\n")))
		if (parse_line(line, &out->items[out->count]))
			out->count++;
}

static void free_table(struct mount_table *t)
{
	for (size_t i = 0; i < t->count; i++) {
		free(t->items[i].device);
		free(t->items[i].root);
		free(t->items[i].point);
	}
	free(t->items);
}

struct actual *actual_parse(const char *own, const char *host)
{
	struct actual *a = mem_calloc(1, sizeof(*a));

	parse_table(own, &a->own);
	parse_table(host, &a->host);
	return a;
}

void actual_free(struct actual *a)
{
	if (!a)
		return;
	free_table(&a->own);
	free_table(&a->host);
	free(a);
}

/* False where it cannot be read. */
static bool read_mountinfo(const char *path, struct buf *out)
{
	AUTO(close_filep) FILE *f = fopen(path, "re");
	char part[4096];
	size_t n;

	while (f && (n = fread(part, 1, sizeof(part), f)) > 0)
		buf_add(out, part, n);
	return out->len != 0;
}

struct actual *actual_read(pid_t pid, const char *id)
{
	AUTO(buf_free) struct buf own = {0};
	AUTO(buf_free) struct buf host = {0};
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mountinfo", (int)pid);
	if (pid <= 0 || !read_mountinfo(path, &own) || !metrics_is_process_of(pid, id))
		return NULL;
	/* the daemon's own view may be narrower: a service's, a container's */
	if (!read_mountinfo("/proc/1/mountinfo", &host) && !read_mountinfo("/proc/self/mountinfo", &host))
		return NULL;
	return actual_parse(own.s, host.s);
}

/* ---- from the device to the path ---- */

/* Which folder of which device a path of the host is, links aside: by the last mount at or above it. */
static const struct mount *find_holder(const struct mount_table *host, const char *path, const char **below)
{
	const struct mount *found = NULL;

	for (size_t i = 0; i < host->count; i++) {
		const struct mount *m = &host->items[i];

		if (str_path_below(path, m->point) && (!found || str_path_below(m->point, found->point)))
			found = m;
	}
	if (found)
		*below = str_path_below(path, found->point);
	return found;
}

static char *join(const char *folder, const char *below)
{
	const char *path = !strcmp(folder, "/") && *below ? "" : folder;

	return mem_printf("%s%s", path, below);
}

static bool is_same_folder(const struct mount_table *host, const char *path, const struct mount *m)
{
	const char *below = NULL;
	const struct mount *holder = find_holder(host, path, &below);
	AUTO(free_charp) char *root = holder ? join(holder->root, below) : NULL;

	return root && !strcmp(holder->device, m->device) && !strcmp(root, m->root);
}

/* By the mount of the device that shows most of it. NULL: the host has none that shows it. */
static char *find_path(const struct mount_table *host, const struct mount *m)
{
	const struct mount *found = NULL;

	for (size_t i = 0; i < host->count; i++) {
		const struct mount *h = &host->items[i];

		if (!strcmp(h->device, m->device) && str_path_below(m->root, h->root) &&
		    (!found || strlen(h->root) < strlen(found->root)))
			found = h;
	}
	return found ? join(found->point, str_path_below(m->root, found->root)) : NULL;
}

static char *source_of(const struct actual *a, const struct mount *m, const char *expected)
{
	return expected && is_same_folder(&a->host, expected, m) ? mem_strdup(expected)
								 : find_path(&a->host, m);
}

char *actual_find_at(struct actual *a, const char *target, const char *expected)
{
	/* the first: what the container has mounted over it itself comes later */
	for (size_t i = 0; i < a->own.count; i++) {
		struct mount *m = &a->own.items[i];

		if (strcmp(m->point, target) != 0)
			continue;
		m->found = true;
		return source_of(a, m, expected);
	}
	return NULL;
}

/* What every container has, and nobody asks for. */
static bool is_usual(const struct mount *m)
{
	static const char *const folders[] = {"/proc", "/sys", "/dev"};
	static const char *const files[] = {"/", "/etc/resolv.conf", "/etc/hostname", "/etc/hosts"};

	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		if (str_path_below(m->point, folders[i]))
			return true;
	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		if (!strcmp(m->point, files[i]))
			return true;
	return false;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* How likely it is: the same folder, else the same name, else anything of the host's. */
static int likeness(const struct actual *a, const struct mount *m, const char *target, const char *expected)
{
	AUTO(free_charp) char *path = NULL;

	if (m->found || is_usual(m) || !(path = source_of(a, m, expected)))
		return 0;
	if (expected && !strcmp(path, expected))
		return 3;
	return !strcmp(last_part(m->point), last_part(target)) ? 2 : 1;
}

char *actual_find_left(struct actual *a, const char *target, const char *expected)
{
	struct mount *best = NULL;
	int most = 0;

	for (size_t i = 0; i < a->own.count; i++) {
		if (!strcmp(a->own.items[i].point, target)) /* nothing of the host's, but it is that */
			return NULL;
		int n = likeness(a, &a->own.items[i], target, expected);

		if (n > most) {
			most = n;
			best = &a->own.items[i];
		}
	}
	if (!best)
		return NULL;
	best->found = true;
	return source_of(a, best, expected);
}
