#include "base/config.h"
#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum option_type { TYPE_BOOL, TYPE_NUMBER, TYPE_TEXT, TYPE_CHOICE };

static const struct option {
	const char *name;
	enum option_type type;
	size_t offset;
	const char *fallback;
	long min, max;	     /* of a number */
	const char *choices; /* separated by |, in the order of the enum */
	const char *help;
} options[] = {
#define BOOL(name, member, fallback, help)                                                                   \
	{                                                                                                    \
		name, TYPE_BOOL, offsetof(struct config, member), fallback, 0, 0, "False|True", help         \
	}
#define NUMBER(name, member, fallback, min, max, help)                                                       \
	{                                                                                                    \
		name, TYPE_NUMBER, offsetof(struct config, member), fallback, min, max, NULL, help           \
	}
#define TEXT(name, member, fallback, help)                                                                   \
	{                                                                                                    \
		name, TYPE_TEXT, offsetof(struct config, member), fallback, 0, 0, NULL, help                 \
	}
#define CHOICE(name, member, fallback, choices, help)                                                        \
	{                                                                                                    \
		name, TYPE_CHOICE, offsetof(struct config, member), fallback, 0, 0, choices, help            \
	}

	BOOL("RUN_PERIODIC", run_periodic, "True", "check all containers every CHECK_INTERVAL_S"),
	BOOL("RUN_START_EVENTS", run_start_events, "False", "check a container when it starts"),
	BOOL("RUN_UPDATE_EVENTS", run_update_events, "False", "check a container when it is updated"),
	BOOL("RUN_RENAME_EVENTS", run_rename_events, "False", "check a container when it is renamed"),
	NUMBER("CHECK_INTERVAL_S", check_interval_s, "600", 1, 31536000, "seconds between periodic checks"),
	TEXT("DOCKER_SOCKET", docker_socket, "unix:///var/run/docker.sock",
	     "where dockerd answers: unix:///path or host:port"),
	TEXT("DOCKER_TLS_VERIFY", docker_tls_verify, "",
	     "not empty: TLS to DOCKER_SOCKET, as Docker's own client"),
	TEXT("DOCKER_CERT_PATH", docker_cert_path, "",
	     "folder with ca.pem, cert.pem, key.pem; empty: ~/.docker"),
	NUMBER("DOCKER_REQ_TIMEOUT_S", docker_req_timeout_s, "30", 1, 3600,
	       "seconds that dockerd has for an answer"),
	CHOICE("MODE", mode, "WARN", "WARN|KILL", "WARN logs and records violators, KILL stops them"),
	BOOL("CACHE_PARAMS", cache_params, "True",
	     "inspect a container again only after an event that changes it"),
	CHOICE("LOG_LEVEL", log_level, "INFO", "DEBUG|INFO|WARNING|ERROR|CRITICAL",
	       "least level that is logged"),
	BOOL("DISABLE_PARAMS", disable_params, "False", "do not inspect; rules on params are not evaluated"),
	BOOL("DISABLE_METRICS", disable_metrics, "False",
	     "do not measure; rules on metrics are not evaluated"),
	BOOL("IMMEDIATE_PERIODICAL_START", immediate_periodical_start, "False",
	     "first periodic check at once instead of after CHECK_INTERVAL_S"),
	BOOL("STOP_ON_FIRST_VIOLATION", stop_on_first_violation, "True",
	     "report only the first rule that a container violates"),
	TEXT("WHITE_LIST", white_list, "docker-enforcer,docker_enforcer",
	     "containers that are exempt: names or anchored regexps, comma-separated, each optionally |rule "
	     "name"),
	TEXT("IMAGE_WHITE_LIST", image_white_list, "", "the same for images"),
	CHOICE("RUN_WATCH", run_watch, "auto", "auto|True|False",
	       "metric rules every WATCH_INTERVAL_MS; auto: from BPF, every fifth from cgroup files, not "
	       "from Docker"),
	NUMBER("WATCH_INTERVAL_MS", watch_interval_ms, "1000", 10, 3600000,
	       "milliseconds between watch ticks"),
	NUMBER("IDLE_CPU_PERCENT", idle_cpu_percent, "1", 0, 100,
	       "of one CPU: a container that uses no more is idle, unless it receives bytes"),
	CHOICE("RUN_TRIPWIRES", run_tripwires, "auto", "auto|True|False",
	       "judge a container as soon as its memory crosses what a rule allows; auto: where watch runs "
	       "and "
	       "the kernel has thresholds (cgroup v1)"),
	CHOICE("METRICS_SOURCE", metrics_source, "auto", "auto|bpf|cgroupfs|docker",
	       "where usage comes from; auto takes the first that works"),
	BOOL("RUN_AUTHZ", run_authz, "False", "be Docker's authorization plugin, at AUTHZ_LISTEN"),
	TEXT("AUTHZ_LISTEN", authz_listen, "unix:///run/docker/plugins/docker-enforcer.sock",
	     "where the plugin listens: unix:///path or tcp://address:port; a socket from systemd comes "
	     "first"),
	BOOL("DEFAULT_ACTION_ALLOW", default_action_allow, "True",
	     "allow what dockerd's message does not let us understand"),
	BOOL("LOG_AUTHZ_REQUESTS", log_authz_requests, "False",
	     "log every request that the plugin is asked about"),
	BOOL("RUN_RELAY", run_relay, "False",
	     "tell dockerd who asks: stand before its socket, at RELAY_LISTEN (docs/persons.md)"),
	TEXT("RELAY_LISTEN", relay_listen, "unix:///run/docker-enforcer/docker.sock",
	     "where users find Docker: unix:///path; a socket from systemd comes first"),
	TEXT("RELAY_ENGINE", relay_engine, "127.0.0.1:2376",
	     "where dockerd listens with tlsverify, for the relay alone: host:port"),
	TEXT("LISTEN", listen, "127.0.0.1:8888",
	     "where the status pages are: address:port, or unix:///path for root alone; empty: nowhere"),
	TEXT("LISTEN_NAMES", listen_names, "docker-enforcer,docker_enforcer",
	     "names by which they are asked for, beside addresses, localhost and this machine's name; by "
	     "others "
	     "they do not answer"),
	BOOL("EXPORT_CONTAINERS", export_containers, "True",
	     "samples of each container in /metrics; False beside cAdvisor, or with very many"),
	TEXT("EXPORT_LABELS", export_labels, "com.docker.compose.project,com.docker.compose.service",
	     "labels of containers that /metrics has, comma-separated"),
	TEXT("RULES_DIR", rules_dir, DE_RULES_DIR, "folder with the rule files"),
	TEXT("AUDIT_LOG", audit_log, "",
	     "file for verdicts, actions and authorization decisions, one JSON object per line; empty: none"),
	TEXT("STATE_DIR", state_dir, "/var/lib/docker-enforcer",
	     "folder for what outlives the daemon: the rules that were in force, the action budget, whose "
	     "containers are; empty: "
	     "nothing "
	     "is kept"),
	NUMBER("HISTORY_MAX_MIB", history_max_mib, "2048", 1, 1048576,
	       "most that the history in STATE_DIR takes; the oldest is dropped first"),
	TEXT("OWNER_LABEL", owner_label, "",
	     "label that names the owner of containers, volumes and networks that were not made through the "
	     "plugin; empty: such are nobody's"),
	CHOICE("LOG_FORMAT", log_format, "text", "text|json", "log lines as text or as JSON"),
	NUMBER("MAX_ACTIONS_PER_MINUTE", max_actions_per_minute, "0", 0, 1000000,
	       "most stops per minute; violators above it are reported and left running; 0: no bound"),
};

static void *member_of(struct config *c, const struct option *o)
{
	return (char *)c + o->offset;
}

static const void *const_member_of(const struct config *c, const struct option *o)
{
	return (const char *)c + o->offset;
}

static int find_choice(const char *choices, const char *value)
{
	int index = 0;

	for (const char *p = choices; *p; index++) {
		size_t len = strcspn(p, "|");

		if (strlen(value) == len && !strncasecmp(p, value, len))
			return index;
		p += len + (p[len] == '|');
	}
	return -1;
}

/* Python's logging, and so the original, has two names for these. */
static const char *meant_word(const struct option *o, const char *value)
{
	static const struct {
		const char *option, *word, *means;
	} others[] = {{"LOG_LEVEL", "WARN", "WARNING"}, {"LOG_LEVEL", "FATAL", "CRITICAL"}};

	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (!strcmp(o->name, others[i].option) && !strcasecmp(value, others[i].word))
			return others[i].means;
	return value;
}

static int parse_option(struct config *c, const struct option *o, const char *value, struct err *err)
{
	char *end;
	long n;
	int choice;

	value = meant_word(o, value);
	switch (o->type) {
	case TYPE_TEXT:
		*(char **)member_of(c, o) = mem_strdup(value);
		return 0;
	case TYPE_NUMBER:
		errno = 0;
		n = strtol(value, &end, 10);
		if (errno || end == value || *end || n < o->min || n > o->max)
			return err_set(err, EINVAL, "%s=\"%s\": must be a whole number from %ld to %ld",
				       o->name, value, o->min, o->max);
		*(long *)member_of(c, o) = n;
		return 0;
	default:
		choice = find_choice(o->choices, value);
		if (choice < 0)
			return err_set(err, EINVAL, "%s=\"%s\": must be one of %s", o->name, value,
				       o->choices);
		if (o->type == TYPE_BOOL)
			*(bool *)member_of(c, o) = choice;
		else
			*(int *)member_of(c, o) = choice;
		return 0;
	}
}

/* Names like ours that others give to their programs. */
static bool is_foreign(const char *name)
{
	static const char *const names[] = {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "DOCKER_HOST",
					    NULL};
	const char *const *known = names;

	while (*known && strcmp(*known, name) != 0)
		known++;
	return *known != NULL;
}

/* An option's name in another case; or nearly one, where it has a word and more in common. */
static const char *find_meant(const char *name)
{
	const char *names[ARRAY_LEN(options) + 1] = {NULL}, *nearest;

	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		names[i] = options[i].name;
		if (!strcmp(options[i].name, name))
			return NULL;
		if (!strcasecmp(options[i].name, name))
			return options[i].name;
	}
	nearest = strchr(name, '_') && strlen(name) > 7 ? str_nearest(name, names) : NULL;
	return nearest && str_distance(name, nearest) <= 2 && !is_foreign(name) ? nearest : NULL;
}

void config_find_unknown(void (*found)(void *arg, const char *name, const char *nearest), void *arg)
{
	for (char **entry = environ; *entry; entry++) {
		AUTO(free_charp) char *name = mem_printf("%.*s", (int)strcspn(*entry, "="), *entry);
		const char *meant = find_meant(name);

		if (meant)
			found(arg, name, meant);
	}
}

int config_load(struct config *out, struct err *err)
{
	*out = (struct config){0};
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		const char *value = getenv(options[i].name);

		if (parse_option(out, &options[i], value ? value : options[i].fallback, err)) {
			config_free(out);
			return -1;
		}
	}
	return 0;
}

void config_free(struct config *c)
{
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (options[i].type == TYPE_TEXT)
			free(*(char **)member_of(c, &options[i]));
	*c = (struct config){0};
}

static struct json_object *choice_to_json(const struct option *o, int choice)
{
	const char *p = o->choices;

	while (choice--)
		p += strcspn(p, "|") + 1;
	return json_object_new_string_len(p, (int)strcspn(p, "|"));
}

struct json_object *config_to_json(const struct config *c)
{
	struct json_object *j = json_object_new_object();

	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		const struct option *o = &options[i];
		const void *member = const_member_of(c, o);
		struct json_object *v;

		if (o->type == TYPE_BOOL)
			v = json_object_new_boolean(*(const bool *)member);
		else if (o->type == TYPE_NUMBER)
			v = json_object_new_int64(*(const long *)member);
		else if (o->type == TYPE_TEXT)
			v = json_object_new_string(*(char *const *)member);
		else
			v = choice_to_json(o, *(const int *)member);
		json_object_object_add(j, o->name, v);
	}
	return j;
}

static const struct option *find_option(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (!strcmp(options[i].name, name))
			return &options[i];
	return NULL;
}

const char *config_help(const char *name)
{
	const struct option *o = find_option(name);

	return o ? o->help : NULL;
}

const char *config_default(const char *name)
{
	const struct option *o = find_option(name);

	return o ? o->fallback : NULL;
}

static void print_allowed(FILE *f, const struct option *o)
{
	if (o->type == TYPE_NUMBER)
		fprintf(f, "%ld to %ld", o->min, o->max);
	else
		fputs(o->choices ? o->choices : "text", f);
}

void config_print_help(FILE *f)
{
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		fprintf(f, "  %s=%s\n        %s (", options[i].name, options[i].fallback, options[i].help);
		print_allowed(f, &options[i]);
		fputs(")\n", f);
	}
}

void config_print_markdown(FILE *f)
{
	fputs("| Variable | Default | Allowed | Meaning |\n|---|---|---|---|\n", f);
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		const struct option *o = &options[i];

		fprintf(f, "| `%s` | %s%s%s | ", o->name, *o->fallback ? "`" : "(empty)", o->fallback,
			*o->fallback ? "`" : "");
		if (o->choices) /* a | ends a cell */
			for (const char *p = o->choices; *p; p++)
				fputs(*p == '|' ? ", " : (char[]){*p, 0}, f);
		else
			print_allowed(f, o);
		fputs(" | ", f);
		for (const char *p = o->help; *p; p++)
			fputs(*p == '|' ? "\\|" : (char[]){*p, 0}, f);
		fputs(" |\n", f);
	}
}
