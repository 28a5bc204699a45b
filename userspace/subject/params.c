/*
 * The shape of Docker's inspect document (api/types: ContainerJSON, HostConfig, Config, NetworkSettings;
 * Engine API 1.24 to 1.54), so that a rule's path can be checked before it runs. A name ending in {} is a map
 * (its keys are free), in [] a list; `type` is what is below it, NULL for plain values.
 */
#include "subject.h"

#include <string.h>
#include <strings.h>

struct shape {
	const char *name;
	const struct shape *type;
};

#define END                                                                                                  \
	{                                                                                                    \
		NULL, NULL                                                                                   \
	}

static const struct shape device_type[] = {
	{"PathOnHost", 0}, {"PathInContainer", 0}, {"CgroupPermissions", 0}, END};
static const struct shape device_request[] = {{"Driver", 0},	     {"Count", 0},     {"DeviceIDs[]", 0},
					      {"Capabilities[]", 0}, {"Options{}", 0}, END};
static const struct shape ulimit[] = {{"Name", 0}, {"Hard", 0}, {"Soft", 0}, END};
static const struct shape weight_device[] = {{"Path", 0}, {"Weight", 0}, END};
static const struct shape throttle_device[] = {{"Path", 0}, {"Rate", 0}, END};
static const struct shape port_binding[] = {{"HostIp", 0}, {"HostPort", 0}, END};
static const struct shape port_bindings[] = {{"[]", port_binding}, END};
static const struct shape log_config[] = {{"Type", 0}, {"Config{}", 0}, END};
static const struct shape restart_policy[] = {{"Name", 0}, {"MaximumRetryCount", 0}, END};
static const struct shape healthcheck[] = {{"Test[]", 0},
					   {"Interval", 0},
					   {"Timeout", 0},
					   {"StartPeriod", 0},
					   {"Retries", 0},
					   {"StartInterval", 0},
					   END};
static const struct shape bind_options[] = {
	{"Propagation", 0},	     {"NonRecursive", 0},	    {"CreateMountpoint", 0},
	{"ReadOnlyNonRecursive", 0}, {"ReadOnlyForceRecursive", 0}, END};
static const struct shape driver_config[] = {{"Name", 0}, {"Options{}", 0}, END};
static const struct shape volume_options[] = {
	{"NoCopy", 0}, {"Labels{}", 0}, {"DriverConfig", driver_config}, {"Subpath", 0}, END};
static const struct shape tmpfs_options[] = {{"SizeBytes", 0}, {"Mode", 0}, {"Options[]", 0}, END};
static const struct shape host_mount[] = {{"Type", 0},
					  {"Source", 0},
					  {"Target", 0},
					  {"ReadOnly", 0},
					  {"Consistency", 0},
					  {"BindOptions", bind_options},
					  {"VolumeOptions", volume_options},
					  {"TmpfsOptions", tmpfs_options},
					  {"ClusterOptions{}", 0},
					  {"ImageOptions{}", 0},
					  END};
static const struct shape mount_point[] = {{"Type", 0},	       {"Name", 0},	   {"Source", 0},
					   {"Destination", 0}, {"Driver", 0},	   {"Mode", 0},
					   {"RW", 0},	       {"Propagation", 0}, END};

static const struct shape host_config[] = {{"Binds[]", 0},
					   {"ContainerIDFile", 0},
					   {"LogConfig", log_config},
					   {"NetworkMode", 0},
					   {"PortBindings{}", port_bindings},
					   {"RestartPolicy", restart_policy},
					   {"AutoRemove", 0},
					   {"VolumeDriver", 0},
					   {"VolumesFrom[]", 0},
					   {"CapAdd[]", 0},
					   {"CapDrop[]", 0},
					   {"CgroupnsMode", 0},
					   {"Dns[]", 0},
					   {"DnsOptions[]", 0},
					   {"DnsSearch[]", 0},
					   {"ExtraHosts[]", 0},
					   {"GroupAdd[]", 0},
					   {"IpcMode", 0},
					   {"Cgroup", 0},
					   {"Links[]", 0},
					   {"OomScoreAdj", 0},
					   {"PidMode", 0},
					   {"Privileged", 0},
					   {"PublishAllPorts", 0},
					   {"ReadonlyRootfs", 0},
					   {"SecurityOpt[]", 0},
					   {"StorageOpt{}", 0},
					   {"Tmpfs{}", 0},
					   {"UTSMode", 0},
					   {"UsernsMode", 0},
					   {"ShmSize", 0},
					   {"Sysctls{}", 0},
					   {"Runtime", 0},
					   {"ConsoleSize[]", 0},
					   {"Isolation", 0},
					   {"CpuShares", 0},
					   {"Memory", 0},
					   {"NanoCpus", 0},
					   {"CgroupParent", 0},
					   {"BlkioWeight", 0},
					   {"BlkioWeightDevice[]", weight_device},
					   {"BlkioDeviceReadBps[]", throttle_device},
					   {"BlkioDeviceWriteBps[]", throttle_device},
					   {"BlkioDeviceReadIOps[]", throttle_device},
					   {"BlkioDeviceWriteIOps[]", throttle_device},
					   {"CpuPeriod", 0},
					   {"CpuQuota", 0},
					   {"CpuRealtimePeriod", 0},
					   {"CpuRealtimeRuntime", 0},
					   {"CpusetCpus", 0},
					   {"CpusetMems", 0},
					   {"Devices[]", device_type},
					   {"DeviceCgroupRules[]", 0},
					   {"DeviceRequests[]", device_request},
					   {"KernelMemory", 0},
					   {"KernelMemoryTCP", 0},
					   {"MemoryReservation", 0},
					   {"MemorySwap", 0},
					   {"MemorySwappiness", 0},
					   {"OomKillDisable", 0},
					   {"PidsLimit", 0},
					   {"Ulimits[]", ulimit},
					   {"CpuCount", 0},
					   {"CpuPercent", 0},
					   {"IOMaximumIOps", 0},
					   {"IOMaximumBandwidth", 0},
					   {"Mounts[]", host_mount},
					   {"MaskedPaths[]", 0},
					   {"ReadonlyPaths[]", 0},
					   {"Init", 0},
					   {"Annotations{}", 0},
					   END};

static const struct shape config[] = {{"Hostname", 0},
				      {"Domainname", 0},
				      {"User", 0},
				      {"AttachStdin", 0},
				      {"AttachStdout", 0},
				      {"AttachStderr", 0},
				      {"ExposedPorts{}", 0},
				      {"Tty", 0},
				      {"OpenStdin", 0},
				      {"StdinOnce", 0},
				      {"Env[]", 0},
				      {"Cmd[]", 0},
				      {"Healthcheck", healthcheck},
				      {"ArgsEscaped", 0},
				      {"Image", 0},
				      {"Volumes{}", 0},
				      {"WorkingDir", 0},
				      {"Entrypoint[]", 0},
				      {"NetworkDisabled", 0},
				      {"MacAddress", 0},
				      {"OnBuild[]", 0},
				      {"Labels{}", 0},
				      {"StopSignal", 0},
				      {"StopTimeout", 0},
				      {"Shell[]", 0},
				      END};

static const struct shape health_log[] = {{"Start", 0}, {"End", 0}, {"ExitCode", 0}, {"Output", 0}, END};
static const struct shape health[] = {{"Status", 0}, {"FailingStreak", 0}, {"Log[]", health_log}, END};
static const struct shape state[] = {{"Status", 0},
				     {"Running", 0},
				     {"Paused", 0},
				     {"Restarting", 0},
				     {"OOMKilled", 0},
				     {"Dead", 0},
				     {"Pid", 0},
				     {"ExitCode", 0},
				     {"Error", 0},
				     {"StartedAt", 0},
				     {"FinishedAt", 0},
				     {"Health", health},
				     END};

static const struct shape ipam[] = {{"IPv4Address", 0}, {"IPv6Address", 0}, {"LinkLocalIPs[]", 0}, END};
static const struct shape endpoint[] = {
	{"IPAMConfig", ipam}, {"Links[]", 0},		{"Aliases[]", 0},	    {"NetworkID", 0},
	{"EndpointID", 0},    {"Gateway", 0},		{"IPAddress", 0},	    {"IPPrefixLen", 0},
	{"IPv6Gateway", 0},   {"GlobalIPv6Address", 0}, {"GlobalIPv6PrefixLen", 0}, {"MacAddress", 0},
	{"DriverOpts{}", 0},  {"DNSNames[]", 0},	{"GwPriority", 0},	    END};
static const struct shape network_settings[] = {{"Bridge", 0},
						{"SandboxID", 0},
						{"SandboxKey", 0},
						{"HairpinMode", 0},
						{"LinkLocalIPv6Address", 0},
						{"LinkLocalIPv6PrefixLen", 0},
						{"Ports{}", port_bindings},
						{"SecondaryIPAddresses[]", 0},
						{"SecondaryIPv6Addresses[]", 0},
						{"EndpointID", 0},
						{"Gateway", 0},
						{"GlobalIPv6Address", 0},
						{"GlobalIPv6PrefixLen", 0},
						{"IPAddress", 0},
						{"IPPrefixLen", 0},
						{"IPv6Gateway", 0},
						{"MacAddress", 0},
						{"Networks{}", endpoint},
						END};
static const struct shape networking_config[] = {{"EndpointsConfig{}", endpoint}, END};
static const struct shape graph_driver[] = {{"Name", 0}, {"Data{}", 0}, END};

static const struct shape container[] = {{"Id", 0},
					 {"Created", 0},
					 {"Path", 0},
					 {"Args[]", 0},
					 {"State", state},
					 {"Image", 0},
					 {"ResolvConfPath", 0},
					 {"HostnamePath", 0},
					 {"HostsPath", 0},
					 {"LogPath", 0},
					 {"Name", 0},
					 {"RestartCount", 0},
					 {"Driver", 0},
					 {"Platform", 0},
					 {"MountLabel", 0},
					 {"ProcessLabel", 0},
					 {"AppArmorProfile", 0},
					 {"ExecIDs[]", 0},
					 {"HostConfig", host_config},
					 {"GraphDriver", graph_driver},
					 {"Storage{}", 0},
					 {"SizeRw", 0},
					 {"SizeRootFs", 0},
					 {"Mounts[]", mount_point},
					 {"Config", config},
					 {"NetworkSettings", network_settings},
					 {"NetworkingConfig", networking_config},
					 {"ImageManifestDescriptor{}", 0},
					 END};

static size_t name_len(const struct shape *s)
{
	return strcspn(s->name, "[{");
}

static const struct shape *find_member(const struct shape *type, const char *key, size_t len)
{
	for (; type->name; type++)
		if (name_len(type) == len && !strncasecmp(type->name, key, len))
			return type;
	return NULL;
}

static const char *suggest(struct arena *arena, const struct shape *type, const char *key)
{
	const char *names[80] = {NULL};
	size_t n = 0;

	for (; type->name && n < 79; type++)
		names[n++] = arena_strndup(arena, type->name, name_len(type));
	return str_nearest(key, names);
}

/* How many further keys the member's own containers ([] and {}) take: each is free to name. */
static size_t free_keys(const struct shape *member)
{
	return member->name[name_len(member)] ? 1 : 0;
}

bool params_check_path(struct arena *arena, struct value *keys, size_t n, size_t *bad, const char **nearest)
{
	const struct shape *type = container, *member;

	*nearest = NULL;
	for (size_t i = 0; i < n; i++) {
		*bad = i;
		if (!type) /* below a plain value there is nothing */
			return false;
		if (type->name[0] == '[') { /* a map of lists: this key is the index */
			type = type->type;
			continue;
		}
		if (keys[i].type != V_STRING)
			return false;
		member = find_member(type, keys[i].s, keys[i].len);
		if (!member) {
			*nearest = suggest(arena, type, arena_strndup(arena, keys[i].s, keys[i].len));
			return false;
		}
		keys[i] = value_str(arena_strndup(arena, member->name, name_len(member)));
		i += free_keys(member);
		/* maps and lists of plain values may hold documents of their own (Annotations, Storage) */
		if (!member->type && free_keys(member))
			return true;
		type = member->type;
	}
	return true;
}
