/* The cgroupfs source: the same figures from the files that the kernel shows, on kept descriptors. */
#include "cgroup_internal.h"
#include "base/clock.h"
#include "source_internal.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum file_kind { FILE_NUMBER, FILE_KEYED, FILE_PRESSURE };

/*
 * One figure and its file (Documentation/admin-guide/cgroup-v1, cgroup-v2.rst). For FILE_KEYED, `key` starts
 * the line; `scale` turns the file's unit into ours. `row` is FILE_PRESSURE's first row.
 */
static const struct figure {
	enum cgroup_role role;
	bool v2;
	enum file_kind kind;
	const char *file, *key;
	size_t offset;
	unsigned field;
	unsigned scale;
	int row;
} figures[] = {
	{CGROUP_UNIFIED, true, FILE_PRESSURE, "io.pressure", NULL, 0, 0, 1, PRESSURE_IO_SOME},
	{CGROUP_UNIFIED, true, FILE_PRESSURE, "memory.pressure", NULL, 0, 0, 1, PRESSURE_MEMORY_SOME},
	{CGROUP_UNIFIED, true, FILE_PRESSURE, "cpu.pressure", NULL, 0, 0, 1, PRESSURE_CPU_SOME},
#define F(role, v2, kind, file, key, member, field, scale)                                                   \
	{                                                                                                    \
		role, v2, kind, file, key, offsetof(struct usage, member), field, scale, 0                   \
	}
	F(CGROUP_CPUACCT, true, FILE_KEYED, "cpu.stat", "usage_usec ", cpu_ns, USAGE_CPU, 1000),
	F(CGROUP_CPUACCT, false, FILE_NUMBER, "cpuacct.usage", NULL, cpu_ns, USAGE_CPU, 1),
	F(CGROUP_CPU, true, FILE_KEYED, "cpu.stat", "nr_periods ", periods, USAGE_THROTTLING, 1),
	F(CGROUP_CPU, true, FILE_KEYED, "cpu.stat", "nr_throttled ", throttled_periods, USAGE_THROTTLING, 1),
	F(CGROUP_CPU, true, FILE_KEYED, "cpu.stat", "throttled_usec ", throttled_ns, USAGE_THROTTLING, 1000),
	F(CGROUP_CPU, false, FILE_KEYED, "cpu.stat", "nr_periods ", periods, USAGE_THROTTLING, 1),
	F(CGROUP_CPU, false, FILE_KEYED, "cpu.stat", "nr_throttled ", throttled_periods, USAGE_THROTTLING, 1),
	F(CGROUP_CPU, false, FILE_KEYED, "cpu.stat", "throttled_time ", throttled_ns, USAGE_THROTTLING, 1),
	F(CGROUP_MEMORY, true, FILE_NUMBER, "memory.current", NULL, memory, USAGE_MEMORY, 1),
	F(CGROUP_MEMORY, false, FILE_NUMBER, "memory.usage_in_bytes", NULL, memory, USAGE_MEMORY, 1),
	F(CGROUP_MEMORY, true, FILE_NUMBER, "memory.max", NULL, memory_limit, USAGE_MEMORY_LIMIT, 1),
	F(CGROUP_MEMORY, false, FILE_NUMBER, "memory.limit_in_bytes", NULL, memory_limit, USAGE_MEMORY_LIMIT,
	  1),
	F(CGROUP_MEMORY, true, FILE_KEYED, "memory.stat", "inactive_file ", inactive_file,
	  USAGE_INACTIVE_FILE, 1),
	F(CGROUP_MEMORY, false, FILE_KEYED, "memory.stat", "total_inactive_file ", inactive_file,
	  USAGE_INACTIVE_FILE, 1),
	F(CGROUP_MEMORY, true, FILE_KEYED, "memory.events", "oom_kill ", oom_kills, USAGE_OOM_KILLS, 1),
	F(CGROUP_MEMORY, false, FILE_KEYED, "memory.oom_control", "oom_kill ", oom_kills, USAGE_OOM_KILLS, 1),
	F(CGROUP_PIDS, true, FILE_NUMBER, "pids.current", NULL, pids, USAGE_PIDS, 1),
	F(CGROUP_PIDS, false, FILE_NUMBER, "pids.current", NULL, pids, USAGE_PIDS, 1),
	F(CGROUP_PIDS, true, FILE_NUMBER, "pids.max", NULL, pids_limit, USAGE_PIDS_LIMIT, 1),
	F(CGROUP_PIDS, false, FILE_NUMBER, "pids.max", NULL, pids_limit, USAGE_PIDS_LIMIT, 1),
#undef F
};

#define MAX_FILES ARRAY_LEN(figures)

struct open_file {
	const char *name;
	enum cgroup_role role;
	int fd;
};

struct watched {
	bool used, found;
	char id[METRICS_ID_SIZE];
	pid_t pid;
	size_t files;
	struct open_file file[MAX_FILES];
	uint64_t cgroup_id;
	struct usage latest;
};

struct cgroupfs_source {
	struct source base;
	struct cgroup_mounts mounts;
	struct watched *watched[USAGE_MAX_SLOTS];
	int slots;
	size_t open,
		most; /* files; the rest of the descriptors is for Docker, dockerd's questions, and pages */
};

static struct cgroupfs_source *self(struct source *s)
{
	return (struct cgroupfs_source *)s; /* base comes first */
}

static struct open_file *find_file(struct watched *w, const struct figure *fig)
{
	for (size_t i = 0; i < w->files; i++)
		if (w->file[i].role == fig->role && !strcmp(w->file[i].name, fig->file))
			return &w->file[i];
	return NULL;
}

static void fs_unwatch(struct source *s, int slot)
{
	struct watched *w = self(s)->watched[slot];

	for (size_t i = 0; w && i < w->files; i++)
		close(w->file[i].fd);
	self(s)->open -= w ? w->files : 0;
	free(w);
	self(s)->watched[slot] = NULL;
}

/* EMFILE too where the source has its share. */
static int open_within(const struct cgroupfs_source *c, const char *path)
{
	if (c->open < c->most)
		return open(path, O_RDONLY | O_CLOEXEC);
	errno = EMFILE;
	return -1;
}

static int no_descriptors(const char *id, struct err *err)
{
	return err_set(
		err, EMFILE,
		"metrics: container %.12s is not measured: no more file descriptors, each container takes "
		"about ten; raise the limit (LimitNOFILE) or use METRICS_SOURCE=bpf",
		id);
}

static int fs_watch(struct source *s, int slot, const struct metrics_target *target, char *outer,
		    struct err *err)
{
	struct cgroupfs_source *c = self(s);
	struct cgroup_place place[CGROUP_ROLES];
	struct watched *w;

	if (cgroup_locate(&c->mounts, target, place, outer, err))
		return -1;
	w = mem_calloc(1, sizeof(*w));
	w->pid = target->pid;
	snprintf(w->id, sizeof(w->id), "%s", target->id);
	w->cgroup_id = place[place[CGROUP_UNIFIED].present ? CGROUP_UNIFIED : CGROUP_CPUACCT].id;
	for (size_t i = 0; i < ARRAY_LEN(figures); i++) {
		const struct figure *fig = &figures[i];
		char path[1200];
		int fd;

		if (!place[fig->role].present || c->mounts.role[fig->role].v2 != fig->v2 || find_file(w, fig))
			continue;
		snprintf(path, sizeof(path), "%s/%s", place[fig->role].path, fig->file);
		fd = open_within(c, path);
		if (fd < 0 && (errno == EMFILE || errno == ENFILE)) {
			c->watched[slot] = w;
			fs_unwatch(s, slot);
			return no_descriptors(target->id, err);
		}
		c->open += fd >= 0;
		if (fd >= 0)
			w->file[w->files++] = (struct open_file){fig->file, fig->role, fd};
	}
	c->watched[slot] = w;
	if (slot >= c->slots)
		c->slots = slot + 1;
	return 0;
}

static bool parse_number(const char *text, __u64 *out)
{
	char *end;

	if (!strncmp(text, "max", 3)) {
		*out = USAGE_UNLIMITED;
		return true;
	}
	*out = strtoull(text, &end, 10);
	return end != text;
}

static const char *find_line(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *p = text; p; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (!strncmp(p, key, len))
			return p + len;
	}
	return NULL;
}

/* Only the lines that are there: older kernels have no "full" for cpu. */
static void parse_pressure(const char *text, int row, struct usage *u)
{
	static const char *const lines[] = {"some ", "full "};
	double v[3];

	for (int i = 0; i < 2; i++) {
		const char *p = find_line(text, lines[i]);

		if (!p || sscanf(p, "avg10=%lf avg60=%lf avg300=%lf", &v[0], &v[1], &v[2]) != 3)
			continue;
		for (int w = 0; w < 3; w++)
			u->pressure[row + i][w] = (__u64)(v[w] * 2048);
		u->fields |= (unsigned)USAGE_PRESSURE_FIRST << (row + i);
	}
}

static void apply_figure(const struct figure *fig, const char *text, struct usage *u)
{
	__u64 v, *member = (__u64 *)(void *)((char *)u + fig->offset);

	if (fig->kind == FILE_PRESSURE) {
		parse_pressure(text, fig->row, u);
		return;
	}
	if (fig->kind == FILE_KEYED)
		text = find_line(text, fig->key);
	if (!text || !parse_number(text, &v))
		return;
	/* v1 shows "no limit" as LONG_MAX rounded down to pages */
	if (fig->field == USAGE_MEMORY_LIMIT && v >= (__u64)INT64_MAX / 65536 * 65536)
		v = USAGE_UNLIMITED;
	*member = v == USAGE_UNLIMITED ? v : v * fig->scale;
	u->fields |= fig->field;
}

static void collect_one(struct cgroupfs_source *c, struct watched *w)
{
	struct usage u = {.cgroup_id = w->cgroup_id, .sampled_ns = clock_monotonic_ns()};
	char text[16384];

	for (size_t i = 0; i < w->files; i++) {
		ssize_t n = pread(w->file[i].fd, text, sizeof(text) - 1, 0);

		if (n <= 0)
			continue; /* ENODEV: the cgroup is gone */
		text[n] = 0;
		for (size_t k = 0; k < ARRAY_LEN(figures); k++)
			if (figures[k].role == w->file[i].role && !strcmp(figures[k].file, w->file[i].name) &&
			    figures[k].v2 == c->mounts.role[figures[k].role].v2)
				apply_figure(&figures[k], text, &u);
	}
	w->found = u.fields != 0;
	if (w->found) {
		struct net_usage net;

		if (metrics_read_net_dev(w->pid, w->id, &net)) {
			u.rx_bytes = net.rx_bytes;
			u.rx_packets = net.rx_packets;
			u.tx_bytes = net.tx_bytes;
			u.tx_packets = net.tx_packets;
			u.fields |= USAGE_NETWORK;
		}
	}
	w->latest = u;
}

static int fs_collect(struct source *s, struct err *err)
{
	(void)err;
	for (int i = 0; i < self(s)->slots; i++)
		if (self(s)->watched[i])
			collect_one(self(s), self(s)->watched[i]);
	return 0;
}

static bool fs_read(struct source *s, int slot, struct usage *out)
{
	const struct watched *w = self(s)->watched[slot];

	if (!w || !w->found)
		return false;
	*out = w->latest;
	return true;
}

static void fs_close(struct source *s)
{
	for (int i = 0; i < self(s)->slots; i++)
		fs_unwatch(s, i);
	free(s);
}

/* What is left for all else; of few descriptors half. */
#define RESERVE 400

static size_t find_most(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur == RLIM_INFINITY)
		return SIZE_MAX;
	return limit.rlim_cur > 2 * RESERVE ? limit.rlim_cur - RESERVE : limit.rlim_cur / 2;
}

struct source *source_cgroupfs_open(struct err *err)
{
	struct cgroupfs_source *c = mem_calloc(1, sizeof(*c));

	c->base = (struct source){"cgroupfs", fs_watch, fs_unwatch, fs_collect, fs_read, NULL, fs_close};
	c->most = find_most();
	if (cgroup_find_mounts(&c->mounts, err)) {
		free(c);
		return NULL;
	}
	return &c->base;
}
