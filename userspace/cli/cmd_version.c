/* version: what this is, and what this host offers it. */
#include "cli_internal.h"
#include "print_internal.h"
#include "base/config.h"
#include "docker/docker.h"
#include "base/json.h"
#include "metrics/metrics.h"
#include "base/memory.h"
#include "base/version.h"

#include <string.h>
#include <stdbool.h>
#include <sys/utsname.h>

static void print_docker(void)
{
	struct config c;
	struct err err;

	if (config_load(&c, &err)) {
		print_line(stdout, "%s", err.msg);
		return;
	}
	const struct docker_options options = {.socket = c.docker_socket,
					       .tls_verify = *c.docker_tls_verify,
					       .cert_path = c.docker_cert_path,
					       .timeout_s = 3};
	struct docker *d = docker_open(&options, &err);
	AUTO(json_putp) struct json_object *v = d ? docker_version(d, &err) : NULL;

	if (v)
		print_line(stdout, "docker: %s (API %s) at %s", json_get_str(v, "Version"),
			   json_get_str(v, "ApiVersion"), c.docker_socket);
	else
		print_line(stdout, "%s", err.msg);
	docker_close(d);
	config_free(&c);
}

/* What loads is tried, not guessed. */
static void print_metrics(void)
{
	const struct metrics_options options = {.wanted = METRICS_AUTO};
	struct err err;
	struct metrics *m = metrics_open(&options, &err);

	if (m)
		print_line(stdout, "metrics: %s (%s)", metrics_source(m), metrics_reason(m));
	else
		print_line(stdout, "%s", err.msg);
	metrics_close(m);
}

int cmd_version(int argc, char **argv)
{
	bool help = argc == 2 && !strcmp(argv[1], "--help");
	struct metrics_facts facts;
	struct utsname host;

	if (argc > 1) {
		if (!help)
			print_error("version: \"%s\": it takes no arguments", argv[1]);
		print_help(help ? stdout : stderr,
			   "usage: docker-enforcer version\n\n"
			   "Version, build, and what this host really offers: BPF, cgroups, Docker.\n");
		return help ? EXIT_FINE : EXIT_TROUBLE;
	}
	uname(&host);
	metrics_probe(&facts);
	print_line(stdout, "docker-enforcer %s", version_text());
	print_line(stdout, "built with: gcc %s", __VERSION__);
	print_line(stdout, "kernel: %s %s", host.release, host.machine);
	print_line(stdout, "BPF: BTF %s, cgroup iterators %s, permitted %s", facts.btf ? "yes" : "no",
		   facts.cgroup_iter ? "yes" : "no", facts.bpf_permitted ? "yes" : "no");
	print_line(stdout, "cgroups: unified hierarchy %s, memory %s, pids %s", facts.unified ? "yes" : "no",
		   facts.memory ? "yes" : "no", facts.pids ? "yes" : "no");
	print_metrics();
	print_docker();
	return EXIT_FINE;
}
