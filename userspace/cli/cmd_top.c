/* top: live usage of every container, read as the daemon reads it. */
#include "cli_internal.h"
#include "live_internal.h"
#include "print_internal.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "view/figures.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char *owner_of(const struct inventory_entry *e)
{
	return e->container->owner ? e->container->owner : OWNER_UNKNOWN;
}

static void show_json(const struct inventory_entry *entries, size_t n)
{
	AUTO(json_putp) struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < n; i++) {
		struct json_object *j = json_object_new_object();

		json_add_str(j, "id", entries[i].container->id);
		json_add_str(j, "name", entries[i].container->name);
		json_add_str(j, "image", entries[i].container->image);
		json_add_str(j, "owner", owner_of(&entries[i]));
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
	print_line(stdout, "%-12s %-24s %-12s %8s %10s %7s %7s %9s", "ID", "NAME", "OWNER", "CPU %",
		   "MEM MiB", "MEM %", "PIDS", "MEM PSI");
	for (size_t i = 0; i < n; i++) {
		print_text(stdout, "%-12.12s %-24.24s %-12.12s", entries[i].container->id,
			   entries[i].container->name, owner_of(&entries[i]));
		show_cell(&entries[i], "cpu_percent", 8, 1, "%.1f");
		show_cell(&entries[i], "memory_working_set", 10, 1048576, "%.1f");
		show_cell(&entries[i], "memory_percent", 7, 1, "%.1f");
		show_cell(&entries[i], "pids_stats.current", 7, 1, "%.0f");
		show_cell(&entries[i], "pressure.memory.some_avg10", 9, 1, "%.2f");
		print_end(stdout);
	}
}

static int show(struct live *l, bool json, struct err *err)
{
	struct inventory_entry *entries;
	size_t n;

	if (live_refresh(l, err))
		return -1;
	n = inventory_snapshot(l->inventory, &entries);
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
	struct live l = {0};
	struct err err;
	int r = live_open(&l, config, &err);

	while (!r) {
		if (!once)
			print_clear(stdout);
		r = show(&l, json, &err);
		if (once)
			break;
	}
	if (r)
		print_error("top: %s", err.msg);
	live_close(&l);
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
