/*
 * config - the options, read from environment variables once at start. One table makes parsing, `run --help`,
 * /config and docs/configuration.md. Immutable afterwards, so any thread may read it.
 */
#ifndef DE_BASE_CONFIG_H
#define DE_BASE_CONFIG_H

#include "base/err.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>

enum config_mode { MODE_WARN, MODE_KILL };
enum config_auto { AUTO_AUTO, AUTO_TRUE, AUTO_FALSE };

struct config {
	bool run_periodic, run_start_events, run_update_events, run_rename_events;
	long check_interval_s;
	char *docker_socket;
	char *docker_tls_verify, *docker_cert_path;
	long docker_req_timeout_s;
	int mode; /* enum config_mode */
	bool cache_params;
	int log_level; /* enum log_level */
	bool disable_params, disable_metrics, immediate_periodical_start, stop_on_first_violation;
	char *white_list, *image_white_list;
	int run_watch; /* enum config_auto */
	long watch_interval_ms;
	long idle_cpu_percent;
	long history_max_mib;
	bool export_containers;
	int run_tripwires;  /* enum config_auto */
	int metrics_source; /* enum metrics_kind */
	bool run_authz, default_action_allow, log_authz_requests;
	char *authz_listen;
	bool run_relay;
	char *relay_listen, *relay_engine;
	char *audit_log, *state_dir, *owner_label;
	char *listen, *listen_names, *export_labels, *rules_dir;
	int log_format; /* 0 text, 1 JSON */
	long max_actions_per_minute;
};

/* Calls `found` for each variable of the environment that is nearly named as an option: it has no effect. */
void config_find_unknown(void (*found)(void *arg, const char *name, const char *nearest), void *arg);

/*
 * Reads the environment over the defaults. -1 with *err naming variable, value and what is allowed. The
 * strings belong to *out; config_free() frees them.
 */
int config_load(struct config *out, struct err *err);
void config_free(struct config *c);

/* Every option with its value: /config. New reference. */
struct json_object *config_to_json(const struct config *c);

/* What an option is for, and its default. NULL: there is no such option. Static. */
const char *config_help(const char *name);
const char *config_default(const char *name);

void config_print_help(FILE *f);     /* for `run --help` */
void config_print_markdown(FILE *f); /* for docs/configuration.md */

#endif
