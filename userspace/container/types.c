/* Docker's types, as tables: what each field holds, in the words of api/types (see schema.h). */
#include "container/schema.h"

#define END                                                                                                  \
	{                                                                                                    \
		NULL, NULL                                                                                   \
	}

#define STRUCT(id, ...)                                                                                      \
	static const struct schema_field id##_fields[] = {__VA_ARGS__, END};                                 \
	static const struct schema id = {.kind = SCHEMA_STRUCT, .fields = id##_fields};                      \
	static const struct schema id##_ptr                                                                  \
		__attribute__((unused)) = {.kind = SCHEMA_STRUCT, .nullable = true, .fields = id##_fields};  \
	static const struct schema id##_list                                                                 \
		__attribute__((unused)) = {.kind = SCHEMA_LIST, .element = &id};                             \
	static const struct schema id##_map __attribute__((unused)) = {.kind = SCHEMA_MAP, .element = &id}

/* clang-format off */
static const struct schema text = {.kind = SCHEMA_STRING};
static const struct schema flag = {.kind = SCHEMA_BOOL};
static const struct schema flag_ptr = {.kind = SCHEMA_BOOL, .nullable = true};
static const struct schema i64 = {.kind = SCHEMA_INT};
static const struct schema i64_ptr = {.kind = SCHEMA_INT, .nullable = true};
static const struct schema u16 = {.kind = SCHEMA_UINT, .max = UINT16_MAX};
static const struct schema u32 = {.kind = SCHEMA_UINT, .max = UINT32_MAX};
static const struct schema u64 = {.kind = SCHEMA_UINT, .max = UINT64_MAX};
static const struct schema any = {.kind = SCHEMA_ANY, .nullable = true};
static const struct schema words = {.kind = SCHEMA_WORDS};
static const struct schema texts = {.kind = SCHEMA_LIST, .element = &text};
static const struct schema texts_list = {.kind = SCHEMA_LIST, .element = &texts};
static const struct schema u64s = {.kind = SCHEMA_LIST, .element = &u64};
static const struct schema anys = {.kind = SCHEMA_LIST, .element = &any};
static const struct schema text_map = {.kind = SCHEMA_MAP, .element = &text};
static const struct schema any_map = {.kind = SCHEMA_MAP, .element = &any};
/* map[string]struct{}: a set; what the values hold is ignored, but they must be objects */
static const struct schema_field no_fields[] = {END};
static const struct schema nothing = {.kind = SCHEMA_STRUCT, .fields = no_fields};
static const struct schema set = {.kind = SCHEMA_MAP, .element = &nothing};

STRUCT(device, {"PathOnHost", &text}, {"PathInContainer", &text}, {"CgroupPermissions", &text});
STRUCT(device_request, {"Driver", &text}, {"Count", &i64}, {"DeviceIDs", &texts}, {"Capabilities", &texts_list},
       {"Options", &text_map});
STRUCT(ulimit, {"Name", &text}, {"Hard", &i64}, {"Soft", &i64});
STRUCT(weight_device, {"Path", &text}, {"Weight", &u16});
STRUCT(throttle_device, {"Path", &text}, {"Rate", &u64});
STRUCT(port_binding, {"HostIp", &text}, {"HostPort", &text});
static const struct schema port_map = {.kind = SCHEMA_MAP, .element = &port_binding_list};
STRUCT(log_config, {"Type", &text}, {"Config", &text_map});
STRUCT(restart_policy, {"Name", &text}, {"MaximumRetryCount", &i64});
STRUCT(healthcheck, {"Test", &texts}, {"Interval", &i64}, {"Timeout", &i64}, {"StartPeriod", &i64},
       {"Retries", &i64}, {"StartInterval", &i64});
STRUCT(bind_options, {"Propagation", &text}, {"NonRecursive", &flag}, {"CreateMountpoint", &flag},
       {"ReadOnlyNonRecursive", &flag}, {"ReadOnlyForceRecursive", &flag});
STRUCT(volume_driver, {"Name", &text}, {"Options", &text_map});
STRUCT(volume_options, {"NoCopy", &flag}, {"Labels", &text_map}, {"DriverConfig", &volume_driver_ptr},
       {"Subpath", &text});
STRUCT(tmpfs_options, {"SizeBytes", &i64}, {"Mode", &u32}, {"Options", &texts_list});
STRUCT(image_options, {"Subpath", &text});
STRUCT(mount, {"Type", &text}, {"Source", &text}, {"Target", &text}, {"ReadOnly", &flag}, {"Consistency", &text},
       {"BindOptions", &bind_options_ptr}, {"VolumeOptions", &volume_options_ptr},
       {"TmpfsOptions", &tmpfs_options_ptr}, {"ClusterOptions", &any}, {"ImageOptions", &image_options_ptr});

/* container.Resources: what an update may change */
STRUCT(resources,
       {"CpuShares", &i64}, {"Memory", &i64}, {"NanoCpus", &i64}, {"CgroupParent", &text}, {"BlkioWeight", &u16},
       {"BlkioWeightDevice", &weight_device_list}, {"BlkioDeviceReadBps", &throttle_device_list},
       {"BlkioDeviceWriteBps", &throttle_device_list}, {"BlkioDeviceReadIOps", &throttle_device_list},
       {"BlkioDeviceWriteIOps", &throttle_device_list}, {"CpuPeriod", &i64}, {"CpuQuota", &i64},
       {"CpuRealtimePeriod", &i64}, {"CpuRealtimeRuntime", &i64}, {"CpusetCpus", &text}, {"CpusetMems", &text},
       {"Devices", &device_list}, {"DeviceCgroupRules", &texts}, {"DeviceRequests", &device_request_list},
       {"KernelMemory", &i64}, {"KernelMemoryTCP", &i64}, {"MemoryReservation", &i64}, {"MemorySwap", &i64},
       {"MemorySwappiness", &i64_ptr}, {"OomKillDisable", &flag_ptr}, {"PidsLimit", &i64_ptr},
       {"Ulimits", &ulimit_list}, {"CpuCount", &i64}, {"CpuPercent", &i64}, {"IOMaximumIOps", &u64},
       {"IOMaximumBandwidth", &u64});

static const struct schema_field host_config_fields[] = {
	{"Binds", &texts}, {"ContainerIDFile", &text}, {"LogConfig", &log_config}, {"NetworkMode", &text},
	{"PortBindings", &port_map}, {"RestartPolicy", &restart_policy}, {"AutoRemove", &flag},
	{"VolumeDriver", &text}, {"VolumesFrom", &texts}, {"ConsoleSize", &u64s}, {"Annotations", &text_map},
	{"CapAdd", &words}, {"CapDrop", &words}, {"CgroupnsMode", &text}, {"Dns", &texts}, {"DnsOptions", &texts},
	{"DnsSearch", &texts}, {"ExtraHosts", &texts}, {"GroupAdd", &texts}, {"IpcMode", &text}, {"Cgroup", &text},
	{"Links", &texts}, {"OomScoreAdj", &i64}, {"PidMode", &text}, {"Privileged", &flag},
	{"PublishAllPorts", &flag}, {"ReadonlyRootfs", &flag}, {"SecurityOpt", &texts}, {"StorageOpt", &text_map},
	{"Tmpfs", &text_map}, {"UTSMode", &text}, {"UsernsMode", &text}, {"ShmSize", &i64}, {"Sysctls", &text_map},
	{"Runtime", &text}, {"Isolation", &text}, {"Mounts", &mount_list}, {"MaskedPaths", &texts},
	{"ReadonlyPaths", &texts}, {"Init", &flag_ptr}, END};
static const struct schema *const host_config_embedded[] = {&resources, NULL};
const struct schema schema_host_config = {
	.kind = SCHEMA_STRUCT, .fields = host_config_fields, .embedded = host_config_embedded};
static const struct schema host_config_ptr = {
	.kind = SCHEMA_STRUCT, .nullable = true, .fields = host_config_fields, .embedded = host_config_embedded};

static const struct schema_field config_fields[] = {
	{"Hostname", &text}, {"Domainname", &text}, {"User", &text}, {"AttachStdin", &flag},
	{"AttachStdout", &flag}, {"AttachStderr", &flag}, {"ExposedPorts", &set}, {"Tty", &flag},
	{"OpenStdin", &flag}, {"StdinOnce", &flag}, {"Env", &texts}, {"Cmd", &words},
	{"Healthcheck", &healthcheck_ptr}, {"ArgsEscaped", &flag}, {"Image", &text}, {"Volumes", &set},
	{"WorkingDir", &text}, {"Entrypoint", &words}, {"NetworkDisabled", &flag}, {"MacAddress", &text},
	{"OnBuild", &texts}, {"Labels", &text_map}, {"StopSignal", &text}, {"StopTimeout", &i64_ptr},
	{"Shell", &words}, END};
const struct schema schema_config = {.kind = SCHEMA_STRUCT, .fields = config_fields};

STRUCT(health_log, {"Start", &text}, {"End", &text}, {"ExitCode", &i64}, {"Output", &text});
STRUCT(health, {"Status", &text}, {"FailingStreak", &i64}, {"Log", &health_log_list});
STRUCT(state, {"Status", &text}, {"Running", &flag}, {"Paused", &flag}, {"Restarting", &flag}, {"OOMKilled", &flag},
       {"Dead", &flag}, {"Pid", &i64}, {"ExitCode", &i64}, {"Error", &text}, {"StartedAt", &text},
       {"FinishedAt", &text}, {"Health", &health_ptr});

STRUCT(ipam, {"IPv4Address", &text}, {"IPv6Address", &text}, {"LinkLocalIPs", &texts});
STRUCT(endpoint, {"IPAMConfig", &ipam_ptr}, {"Links", &texts}, {"Aliases", &texts}, {"NetworkID", &text},
       {"EndpointID", &text}, {"Gateway", &text}, {"IPAddress", &text}, {"IPPrefixLen", &i64},
       {"IPv6Gateway", &text}, {"GlobalIPv6Address", &text}, {"GlobalIPv6PrefixLen", &i64}, {"MacAddress", &text},
       {"DriverOpts", &text_map}, {"DNSNames", &texts}, {"GwPriority", &i64});
STRUCT(networking_config, {"EndpointsConfig", &endpoint_map});
STRUCT(network_settings, {"Bridge", &text}, {"SandboxID", &text}, {"SandboxKey", &text}, {"HairpinMode", &flag},
       {"LinkLocalIPv6Address", &text}, {"LinkLocalIPv6PrefixLen", &i64}, {"Ports", &port_map},
       {"SecondaryIPAddresses", &anys}, {"SecondaryIPv6Addresses", &anys}, {"EndpointID", &text},
       {"Gateway", &text}, {"GlobalIPv6Address", &text}, {"GlobalIPv6PrefixLen", &i64}, {"IPAddress", &text},
       {"IPPrefixLen", &i64}, {"IPv6Gateway", &text}, {"MacAddress", &text}, {"Networks", &endpoint_map});
STRUCT(graph_driver, {"Name", &text}, {"Data", &text_map});
STRUCT(mount_point, {"Type", &text}, {"Name", &text}, {"Source", &text}, {"Destination", &text}, {"Driver", &text},
       {"Mode", &text}, {"RW", &flag}, {"Propagation", &text});

static const struct schema_field container_fields[] = {
	{"Id", &text}, {"Created", &text}, {"Path", &text}, {"Args", &texts}, {"State", &state}, {"Image", &text},
	{"ResolvConfPath", &text}, {"HostnamePath", &text}, {"HostsPath", &text}, {"LogPath", &text},
	{"Name", &text}, {"RestartCount", &i64}, {"Driver", &text}, {"Platform", &text}, {"MountLabel", &text},
	{"ProcessLabel", &text}, {"AppArmorProfile", &text}, {"ExecIDs", &texts},
	{"HostConfig", &schema_host_config}, {"GraphDriver", &graph_driver}, {"Storage", &any_map},
	{"SizeRw", &i64_ptr}, {"SizeRootFs", &i64_ptr}, {"Mounts", &mount_point_list}, {"Config", &schema_config},
	{"NetworkSettings", &network_settings}, {"ImageManifestDescriptor", &any_map}, END};
const struct schema schema_container = {.kind = SCHEMA_STRUCT, .fields = container_fields};

/* runconfig.ContainerConfigWrapper: HostConfig's fields count at the top level too, up to Engine 26. */
static const struct schema_field create_fields[] = {{"HostConfig", &host_config_ptr},
						    {"Cpuset", &text},
						    {"NetworkingConfig", &networking_config_ptr},
						    END};
static const struct schema *const create_embedded[] = {&schema_config, &schema_host_config, NULL};
const struct schema schema_create_body = {
	.kind = SCHEMA_STRUCT, .fields = create_fields, .embedded = create_embedded};

static const struct schema_field update_fields[] = {{"RestartPolicy", &restart_policy}, END};
const struct schema schema_update_body = {
	.kind = SCHEMA_STRUCT, .fields = update_fields, .embedded = host_config_embedded};

static const struct schema_field exec_fields[] = {
	{"User", &text}, {"Privileged", &flag}, {"Tty", &flag}, {"ConsoleSize", &u64s}, {"AttachStdin", &flag},
	{"AttachStderr", &flag}, {"AttachStdout", &flag}, {"Detach", &flag}, {"DetachKeys", &text}, {"Env", &texts},
	{"WorkingDir", &text}, {"Cmd", &words}, {"Container", &text} /* ignored, but sent by old clients */, END};
const struct schema schema_exec_body = {.kind = SCHEMA_STRUCT, .fields = exec_fields};

static const struct schema_field exec_start_fields[] = {{"Detach", &flag}, {"Tty", &flag}, {"ConsoleSize", &u64s}, END};
const struct schema schema_exec_start_body = {.kind = SCHEMA_STRUCT, .fields = exec_start_fields};

static const struct schema_field volume_fields[] = {{"Name", &text}, {"Driver", &text}, {"DriverOpts", &text_map},
						    {"Labels", &text_map}, {"ClusterVolumeSpec", &any}, END};
const struct schema schema_volume_body = {.kind = SCHEMA_STRUCT, .fields = volume_fields};

STRUCT(ipam_config, {"Subnet", &text}, {"IPRange", &text}, {"Gateway", &text}, {"AuxiliaryAddresses", &text_map});
STRUCT(network_ipam, {"Driver", &text}, {"Options", &text_map}, {"Config", &ipam_config_list});
STRUCT(config_from, {"Network", &text});
static const struct schema_field network_fields[] = {
	{"Name", &text}, {"CheckDuplicate", &flag_ptr}, {"Driver", &text}, {"Scope", &text}, {"EnableIPv4", &flag_ptr},
	{"EnableIPv6", &flag_ptr}, {"IPAM", &network_ipam_ptr}, {"Internal", &flag}, {"Attachable", &flag},
	{"Ingress", &flag}, {"ConfigOnly", &flag}, {"ConfigFrom", &config_from_ptr}, {"Options", &text_map},
	{"Labels", &text_map}, END};
const struct schema schema_network_body = {.kind = SCHEMA_STRUCT, .fields = network_fields};

static const struct schema_field connect_fields[] = {
	{"Container", &text}, {"EndpointConfig", &endpoint_ptr}, {"Force", &flag}, END};
const struct schema schema_connect_body = {.kind = SCHEMA_STRUCT, .fields = connect_fields};
/* clang-format on */
