/* owners: who has how much of what, as the page /owners has it. */
#include "cli_internal.h"
#include "live_internal.h"
#include "print_internal.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "modes/owner_totals.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static void show_json(const struct owner_total *totals, size_t n)
{
	AUTO(json_putp) struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < n; i++)
		json_object_array_add(list, owner_total_to_json(&totals[i]));
	print_json(stdout, list, JSON_C_TO_STRING_PRETTY);
}

static void show_table(const struct owner_total *totals, size_t n)
{
	print_line(stdout, "%-24s %7s %8s %10s %12s %9s %6s %10s %7s %8s", "OWNER", "RUNNING", "CPU %",
		   "MEM MiB", "PROMISED MiB", "UNLIMITED", "PIDS", "CONTAINERS", "VOLUMES", "NETWORKS");
	for (size_t i = 0; i < n; i++) {
		const struct owner_total *t = &totals[i];

		print_line(stdout, "%-24.24s %7zu %8.1f %10.1f %12.1f %9zu %6llu %10zu %7zu %8zu", t->owner,
			   t->running, t->cpu_percent, (double)t->memory / 1048576,
			   (double)t->memory_limits / 1048576, t->unlimited, (unsigned long long)t->pids,
			   t->containers, t->volumes, t->networks);
	}
}

static int show(const struct config *config, bool json, struct err *err)
{
	struct owner_total *totals;
	struct live l = {0};
	int r = live_open(&l, config, err);

	if (!r)
		r = live_refresh(&l, err);
	if (!r) {
		size_t n = owner_totals(l.inventory, l.owners, &totals);

		if (json)
			show_json(totals, n);
		else
			show_table(totals, n);
		free(totals);
	}
	live_close(&l);
	return r;
}

int cmd_owners(int argc, char **argv)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
	struct config config;
	bool json = false;
	struct err err;
	int c, r;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		json = json || c == 'j';
		if (c == 'h' || c == '?') {
			print_help(c == 'h' ? stdout : stderr,
				   "usage: docker-enforcer owners [--json]\n\n"
				   "Shows whose containers use how much, and what else is theirs.\n"
				   "STATE_DIR, OWNER_LABEL, DOCKER_SOCKET and METRICS_SOURCE are read as by "
				   "`run`.\n");
			return c == 'h' ? EXIT_FINE : EXIT_TROUBLE;
		}
	}
	log_setup(LOG_WARNING_, false);
	if (config_load(&config, &err)) {
		print_error("%s", err.msg);
		return EXIT_TROUBLE;
	}
	r = show(&config, json, &err);
	if (r)
		print_error("owners: %s", err.msg);
	config_free(&config);
	return r ? EXIT_TROUBLE : EXIT_FINE;
}
