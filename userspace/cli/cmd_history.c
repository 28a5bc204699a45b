/* history: what happened, as the page /history has it, from STATE_DIR; the daemon need not run. */
#include "cli_internal.h"
#include "print_internal.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "history/events.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum form { FORM_TABLE, FORM_JSON, FORM_CSV };

struct request {
	struct event_filter filter;
	enum form form;
};

/* Read the latest first, shown the latest last. */
struct found {
	struct json_object *list;
};

static void add(void *arg, const struct event *e)
{
	json_object_array_add(((struct found *)arg)->list, event_to_json(e));
}

static const char *const keys[] = {"time", "kind", "id", "name", "owner", "rule", "source", "what", "detail"};

/* RFC 4180; a cell that a spreadsheet would take for a formula is told as text. */
static void put_cell(struct buf *line, const char *text)
{
	buf_puts(line, "\"");
	if (*text && strchr("=+-@", *text))
		buf_puts(line, "'");
	for (; *text; text++) {
		if (*text == '"')
			buf_puts(line, "\"");
		buf_add(line, text, 1);
	}
	buf_puts(line, "\"");
}

static void show_csv(struct json_object *list)
{
	print_line(stdout, "time,kind,id,name,owner,rule,source,what,detail,count");
	for (size_t i = json_count(list); i-- > 0;) {
		struct json_object *e = json_object_array_get_idx(list, i);
		AUTO(buf_free) struct buf line = {0};

		for (size_t k = 0; k < ARRAY_LEN(keys); k++) {
			put_cell(&line, json_get_str(e, keys[k]));
			buf_puts(&line, ",");
		}
		buf_printf(&line, "%lld", (long long)json_get_int(e, "count"));
		print_line(stdout, "%s", line.s);
	}
}

static void show_json(struct json_object *list)
{
	AUTO(json_putp) struct json_object *turned = json_object_new_array();

	for (size_t i = json_count(list); i-- > 0;)
		json_object_array_add(turned, json_object_get(json_object_array_get_idx(list, i)));
	print_json(stdout, turned, JSON_C_TO_STRING_PRETTY);
}

static void show_table(struct json_object *list)
{
	print_line(stdout, "%-25s %-9s %-24s %-16s %-24s %s", "TIME", "KIND", "CONTAINER", "OWNER", "RULE",
		   "WHAT");
	for (size_t i = json_count(list); i-- > 0;) {
		struct json_object *e = json_object_array_get_idx(list, i);
		const char *detail = json_get_str(e, "detail");

		print_line(stdout, "%-25.19s %-9s %-24.24s %-16.16s %-24.24s %s%s%s", json_get_str(e, "time"),
			   json_get_str(e, "kind"), json_get_str(e, "name"), json_get_str(e, "owner"),
			   json_get_str(e, "rule"), json_get_str(e, "what"), *detail ? ": " : "", detail);
	}
}

static int show(const char *state_dir, const struct request *r, struct err *err)
{
	struct found found = {json_object_new_array()};
	struct state *state = state_open_to_read(state_dir);
	int failed = state ? events_each(state, &r->filter, add, &found, err)
			   : err_set(err, 0, "STATE_DIR is empty: nothing is kept");

	if (!failed && r->form == FORM_JSON)
		show_json(found.list);
	else if (!failed && r->form == FORM_CSV)
		show_csv(found.list);
	else if (!failed)
		show_table(found.list);
	json_object_put(found.list);
	state_close(state);
	return failed;
}

static int help(FILE *f, int status)
{
	print_help(f, "usage: docker-enforcer history [--since WHEN] [--owner NAME] [--rule NAME]\n"
		      "                               [--container NAME|ID] [--json|--csv]\n\n"
		      "Shows what happened: detections, refusals, actions, reloads, starts and ends of "
		      "containers.\n"
		      "WHEN is how long ago (7d, 36h, 90m) or a date (2027-01-31, 2027-01-31T18:00:00Z).\n"
		      "STATE_DIR is read as by `run`.\n");
	return status;
}

/* False: *status is how to end. */
static bool read_arguments(int argc, char **argv, struct request *r, int *status)
{
	static const struct option options[] = {
		{"since", required_argument, NULL, 's'}, {"owner", required_argument, NULL, 'o'},
		{"rule", required_argument, NULL, 'r'},	 {"container", required_argument, NULL, 'c'},
		{"json", no_argument, NULL, 'j'},	 {"csv", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'h'},	 {0}};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 's' && !events_parse_since(optarg, clock_wall_ns(), &r->filter.since_ns)) {
			print_error("--since \"%s\": must be like 7d, 36h or 2027-01-31", optarg);
			*status = EXIT_TROUBLE;
			return false;
		}
		if (c == 'h' || c == '?') {
			*status = help(c == 'h' ? stdout : stderr, c == 'h' ? EXIT_FINE : EXIT_TROUBLE);
			return false;
		}
		r->filter.owner = c == 'o' ? optarg : r->filter.owner;
		r->filter.rule = c == 'r' ? optarg : r->filter.rule;
		r->filter.container = c == 'c' ? optarg : r->filter.container;
		r->form = c == 'j' ? FORM_JSON : c == 'v' ? FORM_CSV : r->form;
	}
	if (optind == argc)
		return true;
	*status = help(stderr, EXIT_TROUBLE);
	return false;
}

int cmd_history(int argc, char **argv)
{
	struct request r = {.form = FORM_TABLE};
	struct config config;
	struct err err;
	int status;

	if (!read_arguments(argc, argv, &r, &status))
		return status;
	log_setup(LOG_WARNING_, false);
	if (config_load(&config, &err)) {
		print_error("%s", err.msg);
		return EXIT_TROUBLE;
	}
	status = show(config.state_dir, &r, &err) ? EXIT_TROUBLE : EXIT_FINE;
	if (status != EXIT_FINE)
		print_error("history: %s", err.msg);
	config_free(&config);
	return status;
}
