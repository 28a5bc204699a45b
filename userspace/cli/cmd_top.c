/* top: live usage of every container, read as the daemon reads it. */
#include "cli_internal.h"
#include "print_internal.h"
#include "base/clock.h"
#include "base/config.h"
#include "docker/docker.h"
#include "metrics/metrics.h"
#include "modes/inventory.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "view/figures.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static void show_json(const struct inventory_entry *entries, size_t n)
{
	AUTO(json_putp) struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < n; i++) {
		struct json_object *j = json_object_new_object();

		json_add_str(j, "id", entries[i].container->id);
		json_add_str(j, "name", entries[i].container->name);
		json_add_str(j, "image", entries[i].container->image);
		json_object_object_add(
			j, "metrics",
			entries[i].measured ? figures_to_json(&entries[i].now, &entries[i].base) : NULL);
		json_object_array_add(list, j);
	}
	print_json(stdout, list, JSON_C_TO_STRING_PRETTY);
}

static void show_cell(const struct inventory_entry *e, const char *path, int width, double scale,
		      const char *fmt)
{
	char text[32] = "-";
	struct value v;

	if (e->measured && figure_read(figure_find(path), &e->now, &e->base, &v))
		snprintf(text, sizeof(text), fmt, (double)value_number(v) / scale);
	print_text(stdout, " %*s", width, text);
}

static void show_table(const struct inventory_entry *entries, size_t n)
{
	print_line(stdout, "%-12s %-24s %8s %10s %7s %7s %9s", "ID", "NAME", "CPU %", "MEM MiB", "MEM %",
		   "PIDS", "MEM PSI");
	for (size_t i = 0; i < n; i++) {
		print_text(stdout, "%-12.12s %-24.24s", entries[i].container->id, entries[i].container->name);
		show_cell(&entries[i], "cpu_percent", 8, 1, "%.1f");
		show_cell(&entries[i], "memory_working_set", 10, 1048576, "%.1f");
		show_cell(&entries[i], "memory_percent", 7, 1, "%.1f");
		show_cell(&entries[i], "pids_stats.current", 7, 1, "%.0f");
		show_cell(&entries[i], "pressure.memory.some_avg10", 9, 1, "%.2f");
		print_end(stdout);
	}
}

/* What it takes to look on: neither rules nor anything that acts on them. */
struct top {
	struct docker *docker;
	struct metrics *metrics;
	struct inventory *inventory;
};

static int read_stats(void *arg, const char *id, struct usage *out, struct err *err)
{
	return docker_read_stats(arg, id, out, err);
}

static int open_top(struct top *t, const struct config *config, struct err *err)
{
	const struct docker_options docker = {.socket = config->docker_socket,
					      .tls_verify = *config->docker_tls_verify,
					      .cert_path = config->docker_cert_path,
					      .timeout_s = (unsigned)config->docker_req_timeout_s};
	struct metrics_options metrics = {.wanted = (enum metrics_kind)config->metrics_source,
					  .stats = read_stats};

	t->docker = docker_open(&docker, err);
	if (!t->docker)
		return -1;
	metrics.docker_remote = docker_is_remote(t->docker);
	metrics.stats_arg = t->docker;
	t->metrics = metrics_open(&metrics, err);
	if (!t->metrics)
		return -1;
	t->inventory = inventory_new(config, t->docker, t->metrics, NULL);
	return 0;
}

static void close_top(struct top *t)
{
	inventory_free(t->inventory);
	metrics_close(t->metrics);
	docker_close(t->docker);
}

static void ignore(void *arg, const char *id)
{
	(void)arg;
	(void)id;
}

/* What cannot be read is left out. */
static int refresh(struct top *t, struct err *err)
{
	struct unread unread;
	enum inventory_put put;
	struct err why;

	if (inventory_follow(t->inventory, ignore, NULL, &unread, err))
		return -1;
	for (size_t i = 0; i < unread.count; i++)
		if (inventory_update(t->inventory, unread.ids[i], &put, &why))
			log_warning("%s", why.msg);
	inventory_free_unread(&unread);
	return 0;
}

static int show(struct top *t, bool json, struct err *err)
{
	const struct timespec second = {1, 0};
	struct inventory_entry *entries;
	size_t n;

	if (refresh(t, err) || metrics_collect(t->metrics, err))
		return -1;
	nanosleep(&second, NULL); /* rates are over a second */
	if (metrics_collect(t->metrics, err))
		return -1;
	n = inventory_snapshot(t->inventory, &entries);
	if (json)
		show_json(entries, n);
	else
		show_table(entries, n);
	fflush(stdout);
	inventory_free_entries(entries, n);
	return 0;
}

static int run_top(const struct config *config, bool once, bool json)
{
	struct top t = {0};
	struct err err;
	int r = open_top(&t, config, &err);

	while (!r) {
		if (!once)
			print_clear(stdout);
		r = show(&t, json, &err);
		if (once)
			break;
	}
	if (r)
		print_error("top: %s", err.msg);
	close_top(&t);
	return r ? EXIT_TROUBLE : EXIT_FINE;
}

int cmd_top(int argc, char **argv)
{
	static const struct option options[] = {{"once", no_argument, NULL, 'o'},
						{"json", no_argument, NULL, 'j'},
						{"help", no_argument, NULL, 'h'},
						{0}};
	bool once = false, json = false;
	struct config config;
	struct err err;
	int c, r;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		once = once || c == 'o';
		json = json || c == 'j';
		if (c == 'h' || c == '?') {
			print_help(c == 'h' ? stdout : stderr,
				   "usage: docker-enforcer top [--once] [--json]\n\n"
				   "Shows CPU, memory, processes and pressure of every container, every "
				   "second.\n"
				   "DOCKER_SOCKET and METRICS_SOURCE are read as by `run`.\n");
			return c == 'h' ? EXIT_FINE : EXIT_TROUBLE;
		}
	}
	log_setup(LOG_WARNING_, false);
	if (config_load(&config, &err)) {
		print_error("%s", err.msg);
		return EXIT_TROUBLE;
	}
	r = run_top(&config, once, json);
	config_free(&config);
	return r;
}
