#include "moment_internal.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "view/subject.h"

#include <string.h>
#include <time.h>

/* ---- names ---- */

static const char *const time_names[] = {"time.hour", "time.weekday", "time.unix", NULL};

#define AVERAGES(of)                                                                                         \
	"host.pressure." of ".some_avg10", "host.pressure." of ".some_avg60",                                \
		"host.pressure." of ".some_avg300", "host.pressure." of ".full_avg10",                       \
		"host.pressure." of ".full_avg60", "host.pressure." of ".full_avg300"

/* Those of host_read() (metrics/host.h), and how many containers run. */
static const char *const host_names[] = {"host.memory.total",
					 "host.memory.available",
					 "host.memory.used_percent",
					 "host.cpu_percent",
					 "host.load1",
					 AVERAGES("cpu"),
					 AVERAGES("memory"),
					 AVERAGES("io"),
					 "host.disk.free_percent",
					 "host.containers",
					 NULL};

static bool has(const char *const *names, const char *path, const char **nearest)
{
	size_t len = strlen(path);

	for (const char *const *name = names; *name; name++)
		if (!strncmp(*name, path, len) && (!(*name)[len] || (*name)[len] == '.'))
			return true;
	*nearest = str_nearest(path, names);
	return false;
}

const char *const *moment_time_names(void)
{
	return time_names;
}

const char *const *moment_host_names(void)
{
	return host_names;
}

bool moment_has_time(const char *path, const char **nearest)
{
	return has(time_names, path, nearest);
}

bool moment_has_host(const char *path, const char **nearest)
{
	return has(host_names, path, nearest);
}

/* ---- time ---- */

static const struct subject *of_time(const struct value_view *view)
{
	return (const struct subject *)(const void *)((const char *)view - offsetof(struct subject, time));
}

static struct json_object *time_to_json(const struct value_view *view)
{
	time_t now = (time_t)(of_time(view)->wall_ns / NS_PER_S);
	struct json_object *j = json_object_new_object();
	struct tm tm;

	localtime_r(&now, &tm);
	json_add_int(j, "hour", tm.tm_hour);
	json_add_int(j, "weekday", tm.tm_wday ? tm.tm_wday : 7); /* 1 is Monday, as in ISO 8601 */
	json_add_int(j, "unix", (int64_t)now);
	return j;
}

static bool get_time(const struct value_view *view, const char *key, size_t len, struct value *out)
{
	AUTO(json_putp) struct json_object *j = time_to_json(view);
	AUTO(free_charp) char *name = mem_printf("%.*s", (int)len, key);
	struct json_object *v = json_get(j, name);

	if (v)
		*out = value_int(json_object_get_int64(v));
	return v != NULL;
}

struct value_view moment_time_view(void)
{
	return (struct value_view){get_time, NULL, time_to_json};
}

/* ---- host ---- */

static struct subject *of_host(const struct value_view *view)
{
	return (struct subject *)(void *)((size_t)view - offsetof(struct subject, host));
}

/* What the host does not give is absent, as a figure of the container is: never zero. */
static bool get_host(const struct value_view *view, const char *key, size_t len, struct value *out)
{
	struct subject *s = of_host(view);

	if (value_get(value_from_json(s->host_doc), key, len, out))
		return true;
	s->absent = true;
	return false;
}

static struct json_object *host_to_json(const struct value_view *view)
{
	return json_object_get(of_host(view)->host_doc);
}

struct value_view moment_host_view(void)
{
	return (struct value_view){get_host, NULL, host_to_json};
}

/* ---- setting it ---- */

static int64_t age_of(uint64_t then_ns, uint64_t now_ns)
{
	return then_ns && now_ns > then_ns ? (int64_t)((now_ns - then_ns) / NS_PER_S) : 0;
}

void subject_set_moment(struct subject *s, uint64_t wall_ns, struct json_object *host)
{
	s->wall_ns = wall_ns;
	s->host_doc = host;
	s->age_s = age_of(s->container->started_ns, wall_ns);
	s->created_age_s = age_of(s->container->created_ns, wall_ns);
}
