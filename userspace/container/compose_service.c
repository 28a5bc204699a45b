/* From a compose file's service to a create request: a row for each key. */
#include "compose_internal.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- how keys are taken ---- */

struct row {
	const char *key;
	enum { NOWHERE, CONFIG, HOST } in;
	const char *name; /* Docker's */
	int (*value)(struct json_object *v, struct json_object **out, struct err *err);
	int (*take)(struct making *m, struct json_object *v); /* in place of these */
};

static int as_text(struct json_object *v, struct json_object **out, struct err *err)
{
	AUTO(free_charp) char *text = compose_text(v);

	if (!text)
		return err_set(err, EINVAL, "must be a text");
	*out = json_object_new_string(text);
	return 0;
}

static int as_bool(struct json_object *v, struct json_object **out, struct err *err)
{
	bool b;

	if (compose_bool(v, &b, err))
		return -1;
	*out = json_object_new_boolean(b);
	return 0;
}

static int as_nano_cpus(struct json_object *v, struct json_object **out, struct err *err)
{
	double cpus;

	if (compose_number(v, &cpus, err))
		return -1;
	*out = json_object_new_int64((int64_t)(cpus * 1e9));
	return 0;
}

/* A number of microseconds, or a duration. */
static int as_microseconds(struct json_object *v, struct json_object **out, struct err *err)
{
	double s;

	if (json_object_is_type(v, json_type_int))
		return compose_integer(v, out, err);
	if (compose_seconds(v, &s, err))
		return -1;
	*out = json_object_new_int64((int64_t)(s * 1e6));
	return 0;
}

static int as_seconds(struct json_object *v, struct json_object **out, struct err *err)
{
	double s;

	if (compose_seconds(v, &s, err))
		return -1;
	*out = json_object_new_int64((int64_t)s);
	return 0;
}

static int as_map(struct json_object *v, struct json_object **out, struct err *err)
{
	return compose_map(v, NULL, out, err);
}

static int as_labels(struct json_object *v, struct json_object **out, struct err *err)
{
	return compose_map(v, "", out, err);
}

/* One word of a command as a shell has it; NULL with *err at an open quote. */
static const char *take_word(const char *s, struct buf *word, struct err *err)
{
	char quote = 0;

	for (; *s && (quote || !isspace((unsigned char)*s)); s++) {
		if (!quote && (*s == '"' || *s == '\'')) {
			quote = *s;
		} else if (quote && *s == quote) {
			quote = 0;
		} else {
			if (*s == '\\' && quote != '\'' && s[1] && (!quote || strchr("\"\\", s[1])))
				s++;
			buf_add(word, s, 1);
		}
	}
	if (!quote)
		return s;
	err_set(err, EINVAL, "a quote that does not end");
	return NULL;
}

static int as_command(struct json_object *v, struct json_object **out, struct err *err)
{
	AUTO(json_putp) struct json_object *list = json_object_new_array();
	const char *s;

	if (!json_object_is_type(v, json_type_string))
		return compose_texts(v, out, err);
	for (s = json_object_get_string(v); *s;) {
		AUTO(buf_free) struct buf word = {0};

		while (isspace((unsigned char)*s))
			s++;
		if (!*s)
			break;
		buf_puts(&word, "");
		s = take_word(s, &word, err);
		if (!s)
			return -1;
		json_object_array_add(list, json_object_new_string_len(word.s, (int)word.len));
	}
	*out = json_object_get(list);
	return 0;
}

static int as_hosts(struct json_object *v, struct json_object **out, struct err *err)
{
	AUTO(json_putp) struct json_object *map = NULL;

	if (!json_object_is_type(v, json_type_object))
		return compose_texts(v, out, err);
	if (compose_map(v, NULL, &map, err))
		return -1;
	*out = json_object_new_array();
	json_object_object_foreach (map, name, address) {
		AUTO(free_charp) char *line = mem_printf("%s:%s", name, json_str(address));

		json_object_array_add(*out, json_object_new_string(line));
	}
	return 0;
}

/* service:NAME is that service's container. */
static int take_namespace(struct making *m, struct json_object *v, const char *name)
{
	AUTO(free_charp) char *text = compose_text(v);
	AUTO(free_charp) char *mode = NULL;

	if (!text)
		return err_set(m->err, EINVAL, "must be a text");
	if (str_starts_with(text, "service:"))
		mode = mem_printf("container:%s-%s-1", m->project, text + strlen("service:"));
	json_add_str(m->host, name, mode ? mode : text);
	return 0;
}

static int take_pid(struct making *m, struct json_object *v)
{
	return take_namespace(m, v, "PidMode");
}

static int take_ipc(struct making *m, struct json_object *v)
{
	return take_namespace(m, v, "IpcMode");
}

static int take_network_mode(struct making *m, struct json_object *v)
{
	return take_namespace(m, v, "NetworkMode");
}

static int take_nothing(struct making *m, struct json_object *v)
{
	(void)m;
	(void)v;
	return 0;
}

static int take_blkio(struct making *m, struct json_object *v)
{
	static const char *const known[] = {"weight", NULL};
	struct json_object *n;

	if (compose_only_keys(v, known, m->err) || compose_integer(json_get(v, "weight"), &n, m->err))
		return -1;
	json_object_object_add(m->host, "BlkioWeight", n);
	return 0;
}

/* clang-format off */
static const struct row rows[] = {
	{"image", CONFIG, "Image", as_text, NULL},
	{"command", CONFIG, "Cmd", as_command, NULL}, {"entrypoint", CONFIG, "Entrypoint", as_command, NULL},
	{"user", CONFIG, "User", as_text, NULL}, {"working_dir", CONFIG, "WorkingDir", as_text, NULL},
	{"hostname", CONFIG, "Hostname", as_text, NULL}, {"domainname", CONFIG, "Domainname", as_text, NULL},
	{"tty", CONFIG, "Tty", as_bool, NULL}, {"stdin_open", CONFIG, "OpenStdin", as_bool, NULL},
	{"stop_signal", CONFIG, "StopSignal", as_text, NULL}, {"stop_grace_period", CONFIG, "StopTimeout", as_seconds, NULL},
	{"mac_address", CONFIG, "MacAddress", as_text, NULL}, {"labels", CONFIG, "Labels", as_labels, NULL},
	{"environment", NOWHERE, NULL, NULL, compose_take_environment}, {"expose", NOWHERE, NULL, NULL, compose_take_expose},
	{"healthcheck", NOWHERE, NULL, NULL, compose_take_healthcheck},
	{"env_file", NOWHERE, NULL, NULL, compose_take_env_file}, {"secrets", NOWHERE, NULL, NULL, compose_take_secrets},
	{"configs", NOWHERE, NULL, NULL, compose_take_configs},
	{"privileged", HOST, "Privileged", as_bool, NULL}, {"read_only", HOST, "ReadonlyRootfs", as_bool, NULL},
	{"cap_add", HOST, "CapAdd", compose_texts, NULL}, {"cap_drop", HOST, "CapDrop", compose_texts, NULL},
	{"security_opt", HOST, "SecurityOpt", compose_texts, NULL}, {"group_add", HOST, "GroupAdd", compose_texts, NULL},
	{"dns", HOST, "Dns", compose_texts, NULL}, {"dns_opt", HOST, "DnsOptions", compose_texts, NULL},
	{"dns_search", HOST, "DnsSearch", compose_texts, NULL}, {"extra_hosts", HOST, "ExtraHosts", as_hosts, NULL},
	{"cgroup_parent", HOST, "CgroupParent", as_text, NULL}, {"cgroup", HOST, "CgroupnsMode", as_text, NULL},
	{"mem_limit", HOST, "Memory", compose_bytes, NULL}, {"mem_reservation", HOST, "MemoryReservation", compose_bytes, NULL},
	{"memswap_limit", HOST, "MemorySwap", compose_bytes, NULL}, {"mem_swappiness", HOST, "MemorySwappiness", compose_integer, NULL},
	{"cpus", HOST, "NanoCpus", as_nano_cpus, NULL}, {"cpu_shares", HOST, "CpuShares", compose_integer, NULL},
	{"cpu_quota", HOST, "CpuQuota", as_microseconds, NULL}, {"cpu_period", HOST, "CpuPeriod", as_microseconds, NULL},
	{"cpu_rt_runtime", HOST, "CpuRealtimeRuntime", as_microseconds, NULL},
	{"cpu_rt_period", HOST, "CpuRealtimePeriod", as_microseconds, NULL}, {"cpuset", HOST, "CpusetCpus", as_text, NULL},
	{"cpu_count", HOST, "CpuCount", compose_integer, NULL}, {"cpu_percent", HOST, "CpuPercent", compose_integer, NULL},
	{"pids_limit", HOST, "PidsLimit", compose_integer, NULL}, {"shm_size", HOST, "ShmSize", compose_bytes, NULL},
	{"oom_kill_disable", HOST, "OomKillDisable", as_bool, NULL}, {"oom_score_adj", HOST, "OomScoreAdj", compose_integer, NULL},
	{"uts", HOST, "UTSMode", as_text, NULL}, {"userns_mode", HOST, "UsernsMode", as_text, NULL},
	{"runtime", HOST, "Runtime", as_text, NULL}, {"isolation", HOST, "Isolation", as_text, NULL},
	{"volume_driver", HOST, "VolumeDriver", as_text, NULL}, {"init", HOST, "Init", as_bool, NULL},
	{"device_cgroup_rules", HOST, "DeviceCgroupRules", compose_texts, NULL}, {"storage_opt", HOST, "StorageOpt", as_map, NULL},
	{"sysctls", HOST, "Sysctls", as_map, NULL}, {"annotations", HOST, "Annotations", as_map, NULL},
	{"pid", NOWHERE, NULL, NULL, take_pid}, {"ipc", NOWHERE, NULL, NULL, take_ipc},
	{"network_mode", NOWHERE, NULL, NULL, take_network_mode}, {"networks", NOWHERE, NULL, NULL, compose_take_networks},
	{"links", NOWHERE, NULL, NULL, compose_take_links}, {"ports", NOWHERE, NULL, NULL, compose_take_ports},
	{"volumes", NOWHERE, NULL, NULL, compose_take_volumes}, {"tmpfs", NOWHERE, NULL, NULL, compose_take_tmpfs},
	{"volumes_from", NOWHERE, NULL, NULL, compose_take_volumes_from}, {"devices", NOWHERE, NULL, NULL, compose_take_devices},
	{"ulimits", NOWHERE, NULL, NULL, compose_take_ulimits}, {"logging", NOWHERE, NULL, NULL, compose_take_logging},
	{"restart", NOWHERE, NULL, NULL, compose_take_restart}, {"gpus", NOWHERE, NULL, NULL, compose_take_gpus},
	{"blkio_config", NOWHERE, NULL, NULL, take_blkio}, {"deploy", NOWHERE, NULL, NULL, compose_take_deploy},
	/* what has no part in the create request's body, or is read by compose_read() */
	{"build", NOWHERE, NULL, NULL, take_nothing}, {"container_name", NOWHERE, NULL, NULL, take_nothing},
	{"depends_on", NOWHERE, NULL, NULL, take_nothing}, {"profiles", NOWHERE, NULL, NULL, take_nothing},
	{"scale", NOWHERE, NULL, NULL, take_nothing}, {"pull_policy", NOWHERE, NULL, NULL, take_nothing},
	{"platform", NOWHERE, NULL, NULL, take_nothing}, {"attach", NOWHERE, NULL, NULL, take_nothing},
	{"develop", NOWHERE, NULL, NULL, take_nothing}, {"extends", NOWHERE, NULL, NULL, take_nothing},
};
/* clang-format on */

static int take_key(struct making *m, const struct row *row, struct json_object *v)
{
	struct json_object *out = NULL;

	if (row->take)
		return row->take(m, v);
	if (row->value(v, &out, m->err))
		return -1;
	json_object_object_add(row->in == HOST ? m->host : m->body, row->name, out);
	return 0;
}

static const struct row *find_row(const char *key, const char **nearest)
{
	const char *names[ARRAY_LEN(rows) + 1] = {NULL};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (!strcmp(rows[i].key, key))
			return &rows[i];
		names[i] = rows[i].key;
	}
	*nearest = str_nearest(key, names);
	return NULL;
}

static int take_keys(struct making *m)
{
	json_object_object_foreach (m->service, key, v) {
		const char *nearest = NULL;
		const struct row *row = find_row(key, &nearest);

		if (str_starts_with(key, "x-") || (row && !v))
			continue;
		if (!row)
			return err_set(m->err, EINVAL, "%.60s: not known, or not supported here%s%s%s", key,
				       nearest ? "; did you mean " : "", nearest ? nearest : "",
				       nearest ? "?" : "");
		if (take_key(m, row, v))
			return err_wrap(m->err, "%s", key);
	}
	return 0;
}

/* What compose adds of its own. */
static void add_labels(struct making *m)
{
	struct json_object *labels = compose_object(m->body, "Labels");

	json_add_str(labels, "com.docker.compose.project", m->project);
	json_add_str(labels, "com.docker.compose.service", m->name);
	json_add_str(labels, "com.docker.compose.oneoff", "False");
	json_add_str(labels, "com.docker.compose.container-number", "1");
}

int compose_make_body(struct making *m)
{
	m->body = json_object_new_object();
	m->host = compose_object(m->body, "HostConfig");
	if (take_keys(m) || compose_settle_network(m))
		return -1;
	compose_settle_environment(m);
	add_labels(m);
	if (!json_get(m->body, "Image") && json_get(m->service, "build")) {
		AUTO(free_charp) char *image = mem_printf("%s-%s", m->project, m->name);

		json_add_str(m->body, "Image", image);
	}
	return *json_get_str(m->body, "Image") ? 0 : err_set(m->err, EINVAL, "has neither image nor build");
}
