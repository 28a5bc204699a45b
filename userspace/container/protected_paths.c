/*
 * Docker's own lists of paths that a container must not see, or not write. The masked ones come with releases
 * that mend something, not with API versions.
 *
 * Source: moby oci/defaults.go.
 */
#include "base/memory.h"
#include "versions_internal.h"

#include <stdio.h>
#include <unistd.h>

/* `since`: the releases that brought it, each for its own series, the last for all later. */
static const struct {
	const char *path;
	unsigned since[4];
} masked_paths[] = {
	{"/proc/asound", {0}},
	{"/proc/acpi", {0}},
	{"/proc/interrupts", {280002}},
	{"/proc/kcore", {0}},
	{"/proc/keys", {0}},
	{"/proc/latency_stats", {0}},
	{"/proc/timer_list", {0}},
	{"/proc/timer_stats", {0}},
	{"/proc/sched_debug", {0}},
	{"/proc/scsi", {0}},
	{"/sys/firmware", {0}},
	{"/sys/devices/virtual/powercap", {250000, 201027, 230008, 240007}},
};

#define THERMAL_SINCE 280002 /* the same file, defaultLinuxMaskedPaths */

/* The release, 280502 for 28.5.2; a guess by its API where it names none of Docker's. */
static unsigned release_of(const struct docker_facts *daemon)
{
	if (daemon->release >= 170000)
		return daemon->release;
	return daemon->api >= 148 ? 280002 : daemon->api >= 144 ? 250000 : 201024;
}

static bool is_masked(const unsigned since[4], unsigned release)
{
	for (size_t i = 1; i < 4; i++)
		if (release >= since[i] && release / 100 == since[i] / 100)
			return true;
	return release >= since[0];
}

/* Each processor's folder of figures on its temperature, where the host has them. */
static void add_thermal_paths(struct json_object *list)
{
	long n = sysconf(_SC_NPROCESSORS_CONF);

	for (long i = 0; i < n; i++) {
		char path[80];

		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%ld/thermal_throttle", i);
		if (!access(path, F_OK))
			json_object_array_add(list, json_object_new_string(path));
	}
}

struct json_object *versions_masked_paths(const struct docker_facts *daemon)
{
	struct json_object *list = json_object_new_array();
	unsigned release = release_of(daemon);

	for (size_t i = 0; i < ARRAY_LEN(masked_paths); i++)
		if (is_masked(masked_paths[i].since, release))
			json_object_array_add(list, json_object_new_string(masked_paths[i].path));
	if (release >= THERMAL_SINCE)
		add_thermal_paths(list);
	return list;
}

struct json_object *versions_readonly_paths(void)
{
	static const char *const paths[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
					    "/proc/sysrq-trigger"};
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		json_object_array_add(list, json_object_new_string(paths[i]));
	return list;
}
