#include "metrics/host.h"
#include "base/clock.h"
#include "base/memory.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#define WINDOW_NS NS_PER_S

/* Ticks of all CPUs together since the host booted. */
struct ticks {
	uint64_t at_ns; /* monotonic; 0: not read yet */
	unsigned long long busy, all;
};

struct host {
	pthread_mutex_t lock;	   /* of what follows */
	struct ticks base, latest; /* a second apart at least */
};

struct host *host_new(void)
{
	struct host *h = mem_calloc(1, sizeof(*h));

	pthread_mutex_init(&h->lock, NULL);
	return h;
}

void host_free(struct host *h)
{
	if (!h)
		return;
	pthread_mutex_destroy(&h->lock);
	free(h);
}

static void add_number(struct json_object *j, const char *key, double value)
{
	json_object_object_add(j, key, json_object_new_double(value));
}

/* ---- memory ---- */

/* In bytes; 0 if there is no such line. */
static uint64_t find_kib(const char *text, const char *key)
{
	const char *at = strstr(text, key);
	unsigned long long kib = 0;

	if (!at || sscanf(at + strlen(key), " %llu", &kib) != 1)
		return 0;
	return (uint64_t)kib * 1024;
}

/* "" where it cannot be read. */
static void read_file(const char *path, char *out, size_t size)
{
	FILE *f = fopen(path, "re");
	size_t n = f ? fread(out, 1, size - 1, f) : 0;

	out[n] = 0;
	if (f)
		fclose(f);
}

static void add_memory(struct json_object *host)
{
	struct json_object *j;
	uint64_t total, available;
	char text[8192];

	read_file("/proc/meminfo", text, sizeof(text));
	total = find_kib(text, "MemTotal:");
	available = find_kib(text, "MemAvailable:");
	if (!total)
		return;
	j = json_object_new_object();
	json_object_object_add(j, "total", json_object_new_int64((int64_t)total));
	json_object_object_add(j, "available", json_object_new_int64((int64_t)available));
	add_number(j, "used_percent", 100.0 * (double)(total - available) / (double)total);
	json_object_object_add(host, "memory", j);
}

/* ---- CPU ---- */

/* The first line of /proc/stat: user nice system idle iowait irq softirq steal. */
static bool read_ticks(struct ticks *out)
{
	unsigned long long v[8] = {0};
	char text[256];

	read_file("/proc/stat", text, sizeof(text));
	if (sscanf(text, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &v[0], &v[1], &v[2], &v[3], &v[4],
		   &v[5], &v[6], &v[7]) < 4)
		return false;
	*out = (struct ticks){.at_ns = clock_monotonic_ns()};
	for (size_t i = 0; i < ARRAY_LEN(v); i++)
		out->all += v[i];
	out->busy = out->all - v[3] - v[4];
	return true;
}

static void add_cpu(struct host *h, struct json_object *host)
{
	struct ticks now, base;

	if (!read_ticks(&now))
		return;
	pthread_mutex_lock(&h->lock);
	if (!h->latest.at_ns || now.at_ns - h->latest.at_ns >= WINDOW_NS) {
		h->base = h->latest;
		h->latest = now;
	}
	base = h->base;
	pthread_mutex_unlock(&h->lock);
	if (base.at_ns && now.all > base.all)
		add_number(host, "cpu_percent",
			   100.0 * (double)(now.busy - base.busy) / (double)(now.all - base.all));
}

/* ---- the rest ---- */

static void add_load(struct json_object *host)
{
	char text[64];
	double load;

	read_file("/proc/loadavg", text, sizeof(text));
	if (sscanf(text, "%lf", &load) == 1)
		add_number(host, "load1", load);
}

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=0", and the same for full. */
static void add_line(struct json_object *j, const char *line)
{
	static const char *const windows[] = {"avg10", "avg60", "avg300"};
	char kind[8], key[32];
	double v[3];

	if (sscanf(line, "%7s avg10=%lf avg60=%lf avg300=%lf", kind, &v[0], &v[1], &v[2]) != 4)
		return;
	for (size_t i = 0; i < ARRAY_LEN(windows); i++) {
		snprintf(key, sizeof(key), "%s_%s", kind, windows[i]);
		add_number(j, key, v[i]);
	}
}

static void add_pressure(struct json_object *host)
{
	static const char *const of[] = {"cpu", "memory", "io"};
	struct json_object *all = json_object_new_object();

	for (size_t i = 0; i < ARRAY_LEN(of); i++) {
		struct json_object *j = json_object_new_object();
		char path[64], text[512];
		char *second;

		snprintf(path, sizeof(path), "/proc/pressure/%s", of[i]);
		read_file(path, text, sizeof(text));
		second = strchr(text, '\n');
		add_line(j, text);
		add_line(j, second ? second + 1 : "");
		if (json_object_object_length(j))
			json_object_object_add(all, of[i], j);
		else
			json_object_put(j);
	}
	if (json_object_object_length(all))
		json_object_object_add(host, "pressure", all);
	else
		json_object_put(all);
}

static void add_disk(struct json_object *host, const char *root_dir)
{
	struct json_object *j;
	struct statvfs st;

	if (!*root_dir || statvfs(root_dir, &st) || !st.f_blocks)
		return;
	j = json_object_new_object();
	add_number(j, "free_percent", 100.0 * (double)st.f_bavail / (double)st.f_blocks);
	json_object_object_add(host, "disk", j);
}

struct json_object *host_read(struct host *h, const char *root_dir)
{
	struct json_object *host = json_object_new_object();

	add_memory(host);
	add_cpu(h, host);
	add_load(host);
	add_pressure(host);
	add_disk(host, root_dir);
	return host;
}
