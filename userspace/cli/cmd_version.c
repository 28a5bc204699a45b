/* version: what this is, and what this host offers it. */
#include "cli_internal.h"
#include "base/config.h"
#include "docker/docker.h"
#include "base/json.h"
#include "metrics/metrics.h"
#include "base/memory.h"
#include "base/version.h"

#include <stdio.h>
#include <sys/utsname.h>

static void print_docker(void)
{
	struct config c;
	struct err err;

	if (config_load(&c, &err)) {
		printf("%s\n", err.msg);
		return;
	}
	const struct docker_options options = {.socket = c.docker_socket,
					       .tls_verify = *c.docker_tls_verify,
					       .cert_path = c.docker_cert_path,
					       .timeout_s = 3};
	struct docker *d = docker_open(&options, &err);
	AUTO(json_putp) struct json_object *v = d ? docker_version(d, &err) : NULL;

	if (v)
		printf("docker: %s (API %s) at %s\n", json_get_str(v, "Version"),
		       json_get_str(v, "ApiVersion"), c.docker_socket);
	else
		printf("%s\n", err.msg);
	docker_close(d);
	config_free(&c);
}

int cmd_version(int argc, char **argv)
{
	static const char *const names[] = {"auto", "bpf", "cgroupfs", "docker"};
	struct metrics_decision decision;
	struct metrics_facts facts;
	struct utsname host;
	struct err err;

	(void)argc;
	(void)argv;
	uname(&host);
	metrics_probe(&facts);
	printf("docker-enforcer %s\nbuilt with: gcc %s\nkernel: %s %s\n", version_text(), __VERSION__,
	       host.release, host.machine);
	printf("BPF: BTF %s, cgroup iterators %s, permitted %s\n", facts.btf ? "yes" : "no",
	       facts.cgroup_iter ? "yes" : "no", facts.bpf_permitted ? "yes" : "no");
	printf("cgroups: unified hierarchy %s, memory %s, pids %s\n", facts.unified ? "yes" : "no",
	       facts.memory ? "yes" : "no", facts.pids ? "yes" : "no");
	if (!metrics_decide(&facts, METRICS_AUTO, &decision, &err))
		printf("metrics: %s (%s)\n", names[decision.kind], decision.reason);
	print_docker();
	return EXIT_FINE;
}
