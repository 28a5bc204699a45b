/* What fields mean, beyond their types. */
#include "view/fields.h"
#include "base/memory.h"
#include "forms_internal.h"
#include "request/target.h"
#include "view/subject.h"

#include <string.h>

#define VALUES(...) ((const char *const[]){__VA_ARGS__, NULL})

static const char *const namespace_values[] = {"private", "host", "container", NULL};
static const char *const mount_values[] = {"bind", "volume", "tmpfs", "image", "npipe", "cluster", NULL};
static const char *const action_values[] = {"", "stop", "kill", "pause", "update", NULL};
static const char *const source_values[] = {SOURCE_PERIODIC, SOURCE_EVENT, SOURCE_WATCH, SOURCE_AUTHZ, NULL};

#define BYTES(name, says)                                                                                    \
	{                                                                                                    \
		.path = (name), .unit = UNIT_BYTES, .words = (says), .type = FIELD_NUMBER                    \
	}
#define LIMIT(name, says)                                                                                    \
	{                                                                                                    \
		.path = (name), .unit = UNIT_BYTES, .words = (says), .unset = true                           \
	}
#define NUMBER(name, says)                                                                                   \
	{                                                                                                    \
		.path = (name), .words = (says), .type = FIELD_NUMBER                                        \
	}
#define SECONDS(name, says)                                                                                  \
	{                                                                                                    \
		.path = (name), .unit = UNIT_SECONDS, .words = (says), .type = FIELD_NUMBER                  \
	}
#define PERCENT(name, says, max)                                                                             \
	{                                                                                                    \
		.path = (name), .unit = UNIT_PERCENT, .words = (says), .type = FIELD_NUMBER, .most = (max)   \
	}
#define TEXT(name, says, shape)                                                                              \
	{                                                                                                    \
		.path = (name), .words = (says), .type = FIELD_TEXT, .form = (shape)                         \
	}
#define CHOICE(name, says, set)                                                                              \
	{                                                                                                    \
		.path = (name), .words = (says), .type = FIELD_TEXT, .values = (set)                         \
	}
#define MODE(name, says)                                                                                     \
	{                                                                                                    \
		.path = (name), .words = (says), .form = &form_mode                                          \
	}
#define WORDS(name, says)                                                                                    \
	{                                                                                                    \
		.path = (name), .words = (says)                                                              \
	}
#define PRESSURE(of, at, says)                                                                               \
	PERCENT(at "." of ".some_avg10", says " of the last 10 s", 100),                                     \
		PERCENT(at "." of ".some_avg60", says " of the last minute", 100),                           \
		PERCENT(at "." of ".some_avg300", says " of the last 5 minutes", 100),                       \
		PERCENT(at "." of ".full_avg10", says " of all processes of the last 10 s", 100),            \
		PERCENT(at "." of ".full_avg60", says " of all processes of the last minute", 100),          \
		PERCENT(at "." of ".full_avg300", says " of all processes of the last 5 minutes", 100)

/* clang-format off */
static const struct field_meaning rows[] = {
	/* what container rules see */
	TEXT("name", "its name", &form_name),
	TEXT("id", "its id", &form_id),
	NUMBER("position", "its position in order of start"),
	SECONDS("age_s", "time since its start"),
	SECONDS("created_age_s", "time since it was made"),
	SECONDS("idle_s", "time since it did anything"),
	{.path = "time.hour", .words = "the hour", .type = FIELD_NUMBER, .most = 23},
	{.path = "time.weekday", .words = "the day of the week", .type = FIELD_NUMBER, .least = 1, .most = 7},
	SECONDS("time.unix", "the time"),
	{.path = "owner", .words = "its owner", .type = FIELD_TEXT, .unknown = OWNER_UNKNOWN},
	CHOICE("check_source", "what checks", source_values),
	TEXT("violated_rule", "the violated rule", NULL),
	TEXT("image", "its image", NULL),
	TEXT("image_id", "its image's id", &form_image_id),
	{.path = "image_names", .words = "its image's names", .type = FIELD_LIST},
	TEXT("image_names.*", "the name", &form_image_name),
	{.path = "image_digests", .words = "its image's digests", .type = FIELD_LIST},
	TEXT("image_digests.*", "the digest", &form_digest),
	{.path = "unknown_fields", .words = "unknown fields", .type = FIELD_LIST},
	TEXT("unknown_fields.*", "the field", &form_path),
	{.path = "labels", .words = "its labels", .type = FIELD_MAP},
	{.path = "labels.*", .type = FIELD_TEXT, .unset = true},
	{.path = "env", .words = "its environment", .type = FIELD_MAP},
	{.path = "env.*", .type = FIELD_TEXT, .unset = true},
	{.path = "capabilities", .words = "its added capabilities", .type = FIELD_LIST},
	TEXT("capabilities.*", "the capability", &form_capability),
	WORDS("mounts", "its mounts"),
	CHOICE("mounts.*.type", "type", mount_values),
	CHOICE("mounts.*.kind", "kind", mount_values),
	{.path = "mounts.*.source", .words = "source", .beside = "type"},
	{.path = "mounts.*.resolved", .words = "source", .beside = "type"},
	TEXT("mounts.*.target", "target", &form_path),
	WORDS("mounts.*.read_only", "read-only"),
	WORDS("mounts.*.engine", "showing the engine's own data"),
	WORDS("devices", "its devices"),
	CHOICE("devices.*.kind", "kind", VALUES("path", "request", "rule")),
	WORDS("networks", "its networks"),
	TEXT("networks.*.name", "name", &form_plain),
	TEXT("networks.*.id", "id", &form_id),
	WORDS("ports", "its published ports"),
	CHOICE("ports.*.protocol", "protocol", VALUES("tcp", "udp", "sctp")),
	WORDS("ports.*.all_addresses", "open on all addresses"),
	{.path = "ports.*.host_port", .words = "host port", .most = 65535},
	{.path = "ports.*.host_port_end", .words = "last host port", .most = 65535},
	{.path = "ports.*.container_port", .words = "container port", .most = 65535},
	WORDS("security.privileged", "privileged"),
	WORDS("security.no_new_privileges", "barred from new privileges"),
	CHOICE("security.seccomp", "its seccomp profile", VALUES("default", "unconfined", "custom")),
	CHOICE("security.apparmor", "its AppArmor profile", VALUES("default", "unconfined", "custom")),
	WORDS("security.label_disabled", "without SELinux labels"),
	WORDS("security.writable_cgroups", "with writable cgroups"),
	CHOICE("namespaces.pid", "its process namespace", namespace_values),
	CHOICE("namespaces.ipc", "its IPC namespace", namespace_values),
	CHOICE("namespaces.net", "its network namespace", namespace_values),
	CHOICE("namespaces.uts", "its UTS namespace", namespace_values),
	CHOICE("namespaces.user", "its user namespace", namespace_values),
	CHOICE("namespaces.cgroup", "its cgroup namespace", namespace_values),
	CHOICE("namespaces.effective.pid", "its process namespace", namespace_values),
	CHOICE("namespaces.effective.ipc", "its IPC namespace", namespace_values),
	CHOICE("namespaces.effective.net", "its network namespace", namespace_values),
	CHOICE("namespaces.effective.uts", "its UTS namespace", namespace_values),
	CHOICE("namespaces.effective.user", "its user namespace", namespace_values),
	CHOICE("namespaces.effective.cgroup", "its cgroup namespace", namespace_values),
	WORDS("user.is_root", "root"),
	WORDS("user.uid", "its user id"),
	WORDS("user.gid", "its group id"),
	WORDS("healthcheck.effective", "checked for health"),

	/* usage, of a container, a group, the host */
	BYTES("metrics.memory_stats.usage", "memory use"),
	BYTES("metrics.memory_stats.limit", "memory limit"),
	BYTES("metrics.memory_stats.stats.inactive_file", "inactive file cache"),
	BYTES("metrics.memory_stats.stats.total_inactive_file", "inactive file cache"),
	BYTES("metrics.memory_working_set", "memory use without inactive file cache"),
	PERCENT("metrics.memory_percent", "memory use", 100),
	NUMBER("metrics.memory_stats.oom_kills", "the number of processes killed for want of memory"),
	PERCENT("metrics.cpu_percent", "CPU use", 0),
	{.path = "metrics.cpu_stats.cpu_usage.total_usage", .words = "CPU time", .unit = UNIT_NANOSECONDS, .type = FIELD_NUMBER},
	NUMBER("metrics.cpu_stats.online_cpus", "the host's number of CPUs"),
	{.path = "metrics.cpu_stats.throttling_data.throttled_time", .words = "throttled time", .unit = UNIT_NANOSECONDS, .type = FIELD_NUMBER},
	NUMBER("metrics.cpu_stats.throttling_data.periods", "CPU periods"),
	NUMBER("metrics.cpu_stats.throttling_data.throttled_periods", "throttled CPU periods"),
	NUMBER("metrics.pids_stats.current", "the number of processes"),
	NUMBER("metrics.pids_stats.limit", "the limit of processes"),
	BYTES("metrics.network_rx_bytes", "bytes received"),
	BYTES("metrics.network_tx_bytes", "bytes sent"),
	NUMBER("metrics.network_rx_packets", "packets received"),
	NUMBER("metrics.network_tx_packets", "packets sent"),
	PRESSURE("cpu", "metrics.pressure", "its stalls for CPU"),
	PRESSURE("memory", "metrics.pressure", "its stalls for memory"),
	PRESSURE("io", "metrics.pressure", "its stalls for I/O"),
	NUMBER("group.count", "the number of containers together"),
	TEXT("group.key", "what they share", NULL),
	BYTES("group.memory", "the sum of their memory use"),
	PERCENT("group.cpu_percent", "the sum of their CPU use", 0),
	NUMBER("group.pids", "the sum of their processes"),
	BYTES("group.limits.memory", "the sum of their memory limits"),
	NUMBER("group.limits.cpus", "the sum of their CPU limits"),
	NUMBER("group.limits.pids", "the sum of their limits of processes"),
	NUMBER("group.unlimited", "the number without a memory limit"),
	BYTES("host.memory.total", "the host's memory"),
	BYTES("host.memory.available", "the host's available memory"),
	PERCENT("host.memory.used_percent", "the host's memory use", 100),
	PERCENT("host.cpu_percent", "the host's CPU use", 100),
	NUMBER("host.load1", "the host's load"),
	NUMBER("host.containers", "the number of containers"),
	PERCENT("host.disk.free_percent", "the host's free disk space", 100),
	PRESSURE("cpu", "host.pressure", "the host's stalls for CPU"),
	PRESSURE("memory", "host.pressure", "the host's stalls for memory"),
	PRESSURE("io", "host.pressure", "the host's stalls for I/O"),

	/* Docker's own document */
	TEXT("params.Name", "its name", &form_name),
	TEXT("params.Id", "its id", &form_id),
	LIMIT("params.HostConfig.Memory", "memory limit"),
	LIMIT("params.HostConfig.MemorySwap", "limit of memory and swap"),
	LIMIT("params.HostConfig.MemoryReservation", "memory reservation"),
	LIMIT("params.HostConfig.KernelMemory", "kernel memory limit"),
	WORDS("params.HostConfig.ShmSize", "the size of /dev/shm"),
	{.path = "params.HostConfig.NanoCpus", .words = "CPU limit", .unit = UNIT_NANO_CPUS, .unset = true},
	{.path = "params.HostConfig.CpuQuota", .words = "CPU quota", .unit = UNIT_MICROSECONDS, .unset = true},
	{.path = "params.HostConfig.CpuPeriod", .words = "CPU period", .unit = UNIT_MICROSECONDS, .unset = true},
	{.path = "params.HostConfig.CpuShares", .words = "CPU shares", .unset = true},
	{.path = "params.HostConfig.PidsLimit", .words = "limit of processes", .unset = true},
	{.path = "params.HostConfig.MemorySwappiness", .words = "swappiness", .most = 100},
	{.path = "params.HostConfig.OomScoreAdj", .words = "OOM score adjustment", .least = -1000, .most = 1000},
	WORDS("params.HostConfig.Privileged", "privileged"),
	WORDS("params.HostConfig.ReadonlyRootfs", "read-only"),
	WORDS("params.HostConfig.AutoRemove", "removed when it ends"),
	WORDS("params.HostConfig.PublishAllPorts", "publishing all ports"),
	WORDS("params.HostConfig.CapAdd", "its added capabilities as they were written"),
	{.path = "params.HostConfig.CapAdd.*", .words = "the capability", .missed = "*",
	 .advice = "it may be written in any case, with or without CAP_; read capabilities"},
	WORDS("params.HostConfig.SecurityOpt", "its security options"),
	{.path = "params.HostConfig.SecurityOpt.*", .words = "the option", .missed = "*",
	 .advice = "it may be written with = or :, and a later one undoes it; read security"},
	WORDS("params.HostConfig.Binds", "its bind mounts"),
	{.path = "params.HostConfig.Binds.*", .words = "the bind mount", .form = &form_bind},
	{.path = "params.HostConfig.NetworkMode", .words = "network mode", .missed = "bridge",
	 .advice = "Docker says \"default\" for the same; read networks, or namespaces.net"},
	{.path = "params.HostConfig.PortBindings", .words = "its port bindings", .keys = &form_port},
	{.path = "params.Config.ExposedPorts", .words = "its exposed ports", .keys = &form_port},
	{.path = "params.NetworkSettings.Ports", .words = "its ports", .keys = &form_port},
	CHOICE("params.HostConfig.RestartPolicy.Name", "restart policy", VALUES("", "no", "always", "unless-stopped", "on-failure")),
	MODE("params.HostConfig.PidMode", "its process namespace"),
	MODE("params.HostConfig.IpcMode", "its IPC namespace"),
	MODE("params.HostConfig.UTSMode", "its UTS namespace"),
	MODE("params.HostConfig.UsernsMode", "its user namespace"),
	MODE("params.HostConfig.CgroupnsMode", "its cgroup namespace"),
	{.path = "params.HostConfig.Devices.*.PathOnHost", .words = "path", .form = &form_path},
	CHOICE("params.HostConfig.Mounts.*.Type", "type", mount_values),
	{.path = "params.HostConfig.Mounts.*.Source", .words = "source", .beside = "Type"},
	{.path = "params.HostConfig.Mounts.*.Target", .words = "target", .form = &form_path},
	CHOICE("params.Mounts.*.Type", "type", mount_values),
	{.path = "params.Mounts.*.Destination", .words = "target", .form = &form_path},
	TEXT("params.Image", "its image's id", &form_image_id),
	WORDS("params.Config.Image", "its image"),
	{.path = "params.Config.Env.*", .words = "the variable", .form = &form_assignment},
	{.path = "params.Config.User", .words = "its user", .advice = "a name, or \"\" for the image's; read user.is_root or user.uid", .unset = true},
	{.path = "params.Config.Healthcheck.Interval", .words = "health check interval", .unit = UNIT_NANOSECONDS, .unset = true},
	{.path = "params.Config.Healthcheck.Timeout", .words = "health check time limit", .unit = UNIT_NANOSECONDS, .unset = true},
	{.path = "params.Config.StopTimeout", .words = "stop time limit", .unit = UNIT_SECONDS, .unset = true},
	CHOICE("params.State.Status", "its status", VALUES("created", "running", "paused", "restarting", "removing", "exited", "dead")),
	WORDS("params.State.Running", "running"),

	/* what request rules see */
	CHOICE("request.RequestMethod", "the method", VALUES("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")),
	TEXT("request.RequestUri", "the request's target", NULL),
	TEXT("request.ParsedUri.path", "the path", &form_path),
	TEXT("request.ParsedUri.endpoint", "the path", &form_endpoint),
	TEXT("request.ParsedUri.query", "the query", NULL),
	{.path = "request.ParsedUri.parameters.*", .type = FIELD_TEXT, .unset = true},
	{.path = "request.RequestHeaders", .words = "its headers", .type = FIELD_MAP},
	{.path = "request.RequestHeaders.*", .type = FIELD_TEXT, .unset = true},
	TEXT("request.User", "the user", NULL),
	TEXT("request.UserAuthNMethod", "how the user is known", NULL),
	{.path = "request.endpoint", .words = "the request", .type = FIELD_TEXT, .list = request_endpoint_names},
	{.path = "request.flags", .words = "its flags", .type = FIELD_MAP},
	{.path = "request.flags.*", .type = FIELD_FLAG},
	{.path = "request.parameters", .words = "its parameters", .type = FIELD_MAP},
	{.path = "request.parameters.*", .type = FIELD_TEXT, .unset = true},
	{.path = "request.owner", .words = "who asks", .type = FIELD_TEXT, .unknown = OWNER_UNKNOWN},
	{.path = "request.groups", .words = "the groups of who asks", .type = FIELD_LIST},
	TEXT("request.groups.*", "the group", NULL),
	{.path = "request.unknown_fields", .words = "unknown fields", .type = FIELD_LIST},
	TEXT("request.unknown_fields.*", "the field", &form_path),
	{.path = "request.target", .words = "what it names", .type = FIELD_OBJECT},
	{.path = "request.targets", .words = "all that it names", .type = FIELD_LIST},
	{.path = "request.targets.*", .words = "the target", .type = FIELD_OBJECT}, /* below it as below request.target */
	TEXT("request.target.kind", "the target's kind", NULL),
	TEXT("request.target.name", "the target's name", NULL),
	TEXT("request.target.id", "the target's id", &form_id),
	{.path = "request.target.owner", .words = "the target's owner", .type = FIELD_TEXT, .unknown = OWNER_UNKNOWN},
	TEXT("request.target.made_by", "who made the target", NULL),
	{.path = "request.target.own", .words = "the asker's own", .type = FIELD_FLAG},
	{.path = "request.target.missing", .words = "missing", .type = FIELD_FLAG},
	{.path = "request.target.exempt", .words = "exempt", .type = FIELD_FLAG},
	{.path = "request.target.labels", .words = "the target's labels", .type = FIELD_MAP},
	{.path = "request.target.labels.*", .type = FIELD_TEXT, .unset = true},
	TEXT("request.target.image", "the target's image", NULL),

	/* what triggers see */
	CHOICE("verdict.mode", "mode", VALUES("warn", "kill")),
	CHOICE("verdict.action", "action", action_values),
	CHOICE("verdict.source", "source", source_values),
	{.path = "verdict.enforced", .words = "acted upon", .type = FIELD_FLAG},
	TEXT("verdict.violated_rule", "the violated rule", NULL),
	{.path = "verdict.violated_rules", .words = "the violated rules", .type = FIELD_LIST},
	TEXT("verdict.violated_rules.*", "the violated rule", NULL),
	TEXT("verdict.name", "the container's name", NULL),
	TEXT("verdict.image", "its image", NULL),
	{.path = "verdict.labels", .words = "its labels", .type = FIELD_MAP},
	{.path = "verdict.labels.*", .type = FIELD_TEXT, .unset = true},
	{.path = "verdict.owner", .words = "its owner", .type = FIELD_TEXT, .unknown = OWNER_UNKNOWN},
	NUMBER("verdict.count", "how often"),
	TEXT("verdict.severity", "severity", NULL),
	TEXT("verdict.error", "the error", NULL),
	{0},
};
/* clang-format on */

const struct field_meaning *field_meanings(void)
{
	return rows;
}

const struct field_meaning *field_meaning(const char *path)
{
	static const struct field_meaning nothing;

	for (const struct field_meaning *row = rows; row->path; row++)
		if (!strcmp(row->path, path))
			return row;
	return &nothing;
}
