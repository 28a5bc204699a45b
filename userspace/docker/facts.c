/* What a daemon is like, as far as it decides what becomes of a request. */
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "client_internal.h"

#include <stdio.h>
#include <string.h>

#define ASK_AGAIN_NS (5 * NS_PER_S)

/* "name=seccomp,profile=default": by its first part. */
static bool has_option(struct json_object *options, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < json_count(options); i++) {
		const char *option = json_str_at(options, i);

		if (!strncmp(option, name, len) && (!option[len] || option[len] == ','))
			return true;
	}
	return false;
}

int docker_read_facts(struct docker *d, struct docker_facts *out, struct err *err)
{
	AUTO(json_putp) struct json_object *version = docker_version(d, err);
	AUTO(json_putp) struct json_object *info = NULL;

	if (!version)
		return -1;
	info = client_get(d, "info", "", "/info", json_type_object, err);
	if (!info)
		return -1;
	*out = (struct docker_facts){.api = docker_parse_version(json_get_str(version, "ApiVersion")),
				     .release = docker_parse_release(json_get_str(version, "Version")),
				     .cgroup_v2 = !strcmp(json_get_str(info, "CgroupVersion"), "2")};
	out->remaps_users = has_option(json_get(info, "SecurityOptions"), "name=userns");
	out->no_new_privileges = has_option(json_get(info, "SecurityOptions"), "name=no-new-privileges");
	snprintf(out->runtime, sizeof(out->runtime), "%s", json_get_str(info, "DefaultRuntime"));
	snprintf(out->log_driver, sizeof(out->log_driver), "%s", json_get_str(info, "LoggingDriver"));
	snprintf(out->root_dir, sizeof(out->root_dir), "%s", json_get_str(info, "DockerRootDir"));
	snprintf(out->storage_driver, sizeof(out->storage_driver), "%s", json_get_str(info, "Driver"));
	return 0;
}

/* Whether dockerd is to be asked: it is another one since, or gave no answer for a while. */
static bool is_stale(const struct docker *d, unsigned daemon, uint64_t now)
{
	if (d->facts_of != daemon || !d->facts_asked_ns)
		return true;
	return !d->facts.api && now - d->facts_asked_ns > ASK_AGAIN_NS;
}

struct docker_facts docker_known_facts(struct docker *d)
{
	unsigned daemon = atomic_load(&d->daemons);
	struct docker_facts facts = {0};
	struct err err;
	bool ask;

	pthread_mutex_lock(&d->lock);
	ask = is_stale(d, daemon, clock_monotonic_ns());
	if (ask) {
		d->facts_of = daemon;
		d->facts_asked_ns = clock_monotonic_ns();
	} else {
		facts = d->facts;
	}
	pthread_mutex_unlock(&d->lock);
	if (!ask)
		return facts;
	if (docker_read_facts(d, &facts, &err)) {
		log_debug("%s", err.msg);
		facts = (struct docker_facts){0};
	}
	pthread_mutex_lock(&d->lock);
	if (d->facts_of == daemon)
		d->facts = facts;
	pthread_mutex_unlock(&d->lock);
	return facts;
}
