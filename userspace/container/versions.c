/* What dockerd's versions make of a request; the names of files are moby's. */
#include "base/memory.h"
#include "base/text.h"
#include "versions_internal.h"

#include <stdlib.h>
#include <string.h>

#define UNKNOWN_API 141

static unsigned api_of(const struct docker_facts *daemon)
{
	return daemon->api ? daemon->api : UNKNOWN_API;
}

static bool is_within(unsigned version, unsigned from, unsigned below)
{
	return version >= from && (!below || version < below);
}

unsigned versions_of_request(const struct create_request *request, const struct docker_facts *daemon)
{
	return request->api ? request->api : api_of(daemon);
}

/* ---- what a daemon does ---- */

static const struct {
	unsigned since, until; /* its newest API version: from, and before (0: to this day) */
} traits[] = {
	[TRAIT_TOP_LEVEL] = {0, 146},	       /* runconfig/config_unix.go getHostConfig */
	[TRAIT_NAMED_RESTART] = {144, 0},      /* daemon/create.go containerCreate */
	[TRAIT_PRIVILEGED_SECCOMP] = {146, 0}, /* daemon/seccomp_linux.go */
	[TRAIT_NAMED_BRIDGE] = {145, 0},       /* container_routes.go postContainersCreate */
};

bool versions_has(const struct docker_facts *daemon, enum version_trait trait)
{
	return is_within(api_of(daemon), traits[trait].since, traits[trait].until);
}

/* ---- what it does for clients of other versions ---- */

/* Up to Engine 24 nothing is done to a HostConfig that the request has not. */
static bool has_host(const struct creation *m)
{
	return m->given_host || api_of(m->facts) >= 144;
}

static void set_flag(struct json_object *j, const char *key, bool value)
{
	json_object_object_add(j, key, json_object_new_boolean(value));
}

static void keep_when_stopped(struct creation *m)
{
	set_flag(m->host, "AutoRemove", false);
}

static void bound_shares(struct creation *m)
{
	int64_t shares = json_get_int(m->host, "CpuShares");

	if (shares > 0)
		json_add_int(m->host, "CpuShares", shares < 2 ? 2 : shares > 262144 ? 262144 : shares);
}

static void share_memory(struct creation *m)
{
	if (has_host(m))
		create_default_text(m->host, "IpcMode", "shareable");
}

static void share_cgroups(struct creation *m)
{
	if (has_host(m) && !m->facts->cgroup_v2)
		create_default_text(m->host, "CgroupnsMode", "host");
}

static void drop_kernel_memory(struct creation *m)
{
	json_add_int(m->host, "KernelMemory", 0);
}

static void drop_kernel_memory_tcp(struct creation *m)
{
	json_add_int(m->host, "KernelMemoryTCP", 0);
}

static void drop_console_size(struct creation *m)
{
	json_object_object_del(m->host, "ConsoleSize");
}

static void drop_annotations(struct creation *m)
{
	json_object_object_del(m->host, "Annotations");
}

static void drop_start_interval(struct creation *m)
{
	struct json_object *check = json_get(m->config, "Healthcheck");

	if (check)
		json_add_int(check, "StartInterval", 0);
}

static void name_empty_ports(struct creation *m)
{
	struct json_object *ports = json_get(m->host, "PortBindings");

	if (!json_object_is_type(ports, json_type_object))
		return;
	json_object_object_foreach (ports, port, bindings) {
		struct json_object *any;

		if (json_count(bindings))
			continue;
		any = json_object_new_array();
		json_object_array_add(any, json_object_new_object());
		json_object_object_add(ports, port, any);
	}
}

/* ---- the same of mounts ---- */

/* Where there are no options none are shown, though it is done all the same. */
static void protect_top_only(struct json_object *mount)
{
	struct json_object *options = json_get(mount, "BindOptions");

	if (options && !strcmp(json_get_str(mount, "Type"), "bind") &&
	    json_object_get_boolean(json_get(mount, "ReadOnly")))
		set_flag(options, "ReadOnlyNonRecursive", true);
}

static void drop_subpath(struct json_object *mount)
{
	struct json_object *options = json_get(mount, "VolumeOptions");

	if (options)
		json_add_str(options, "Subpath", "");
}

/* ---- the same of networks ---- */

static bool is_named_network(const char *mode)
{
	return strcmp(mode, "host") != 0 && strcmp(mode, "none") != 0 && !str_starts_with(mode, "container:");
}

static const char *network_of(const struct creation *m)
{
	const char *mode = json_get_str(m->host, "NetworkMode");

	return *mode && strcmp(mode, "default") != 0 ? mode : "bridge";
}

/* The settings of the container's own network; dockerd makes them where there are none at all. */
static struct json_object *own_endpoint(struct creation *m)
{
	struct json_object *endpoint = json_get(m->endpoints, network_of(m));

	if (!endpoint && m->api < 144) {
		json_object_object_foreach (m->endpoints, name, first) {
			(void)name;
			return first;
		}
	}
	if (!endpoint && !json_object_object_length(m->endpoints)) {
		endpoint = json_object_new_object();
		json_object_object_add(m->endpoints, network_of(m), endpoint);
	}
	return endpoint;
}

/* What is said of "default" is said of the bridge. */
static void name_bridge(struct creation *m)
{
	struct json_object *given = json_get(m->endpoints, "default");
	const char *mode = json_get_str(m->host, "NetworkMode");

	if (!given || (*mode && strcmp(mode, "default") != 0))
		return;
	json_object_object_add(m->endpoints, "bridge", json_object_get(given));
	json_object_object_del(m->endpoints, "default");
}

/* container_routes.go handleMACAddressBC: the container's address becomes that of its network. */
static void move_address(struct creation *m)
{
	const char *address = json_get_str(m->config, "MacAddress");
	struct json_object *endpoint;

	if (!*address || !is_named_network(network_of(m)))
		return;
	endpoint = own_endpoint(m);
	if (endpoint && m->api < 144)
		json_add_str(endpoint, "MacAddress", address);
	else if (endpoint)
		create_default_text(endpoint, "MacAddress", address);
}

/* daemon/inspect.go shows the network's as the container's. */
static void show_address(struct creation *m)
{
	json_add_str(m->config, "MacAddress",
		     json_get_str(json_get(m->endpoints, network_of(m)), "MacAddress"));
}

static void drop_addresses(struct creation *m)
{
	if (*json_get_str(m->config, "MacAddress"))
		return;
	json_object_object_foreach (m->endpoints, name, endpoint) {
		(void)name;
		if (endpoint)
			json_add_str(endpoint, "MacAddress", "");
	}
}

static void drop_priorities(struct creation *m)
{
	json_object_object_foreach (m->endpoints, name, endpoint) {
		(void)name;
		if (endpoint)
			json_add_int(endpoint, "GwPriority", 0);
	}
}

/* "net.ipv4.conf.eth0.forwarding": where in it "eth0" begins; NULL for another. */
static const char *find_interface(const char *sysctl)
{
	const char *p = sysctl;

	for (int dots = 0; p && dots < 3; dots++)
		p = strchr(p, '.') ? strchr(p, '.') + 1 : NULL;
	return p && str_starts_with(sysctl, "net.") && str_starts_with(p, "eth0.") ? p : NULL;
}

static void add_endpoint_sysctl(struct json_object *endpoint, const char *sysctl, const char *at,
				const char *value)
{
	static const char label[] = "com.docker.network.endpoint.sysctls";
	struct json_object *options = json_get(endpoint, "DriverOpts");

	if (!options) {
		options = json_object_new_object();
		json_object_object_add(endpoint, "DriverOpts", options);
	}
	const char *more = json_get_str(options, label);
	AUTO(free_charp)
	char *all = mem_printf("%.*sIFNAME%s=%s%s%s", (int)(at - sysctl), sysctl, at + strlen("eth0"), value,
			       *more ? "," : "", more);
	json_add_str(options, label, all);
}

/* container_routes.go handleSysctlBC: an interface's setting becomes its network's. */
static void move_sysctls(struct creation *m)
{
	struct json_object *sysctls = json_get(m->host, "Sysctls"), *endpoint;

	if (!json_object_is_type(sysctls, json_type_object) || !is_named_network(network_of(m)))
		return;
	json_object_object_foreach (sysctls, name, value) {
		const char *at = find_interface(name);

		endpoint = at ? own_endpoint(m) : NULL;
		if (!endpoint)
			continue;
		add_endpoint_sysctl(endpoint, name, at, json_str(value));
		json_object_object_del(sysctls, name);
	}
}

/*
 * api/server/router/container/container_routes.go postContainersCreate, in its order (from Engine 29 below
 * daemon/server). A client cannot ask for a newer API version than the daemon's.
 */
static const struct {
	unsigned since, until; /* the daemon's newest API version: from, and before (0: any) */
	unsigned from, below;  /* the request's, likewise */
	void (*change)(struct creation *m);
	void (*mount)(struct json_object *mount); /* each of Mounts */
	const char *unset;			  /* of each one's BindOptions */
} changes[] = {
	{0, 0, 0, 0, .change = name_bridge},
	{0, 145, 0, 119, .change = bound_shares}, /* daemon/daemon_unix.go adaptContainerSettings */
	{0, 0, 0, 125, .change = keep_when_stopped},
	{0, 0, 0, 140, .unset = "NonRecursive"},
	{0, 0, 0, 140, .change = drop_kernel_memory_tcp},
	{0, 0, 0, 140, .change = share_memory},
	{0, 0, 0, 141, .change = share_cgroups},
	{0, 0, 0, 142, .unset = "CreateMountpoint"},	 /* it means to drop more, but does so to a copy */
	{0, 144, 0, 0, .unset = "ReadOnlyNonRecursive"}, /* there are no such fields */
	{0, 144, 0, 0, .unset = "ReadOnlyForceRecursive"},
	{142, 0, 0, 142, .change = drop_console_size},
	{142, 0, 142, 0, .change = drop_kernel_memory},
	{152, 0, 0, 0, .change = drop_kernel_memory_tcp}, /* there is no such field */
	{0, 0, 0, 143, .change = drop_annotations},	  /* before Engine 24 there is no such field */
	{0, 0, 0, 144, .change = drop_start_interval},	  /* before Engine 25 there is no such field */
	{0, 145, 0, 0, .mount = drop_subpath},		  /* before Engine 26 there is no such field */
	{144, 0, 0, 144, .mount = protect_top_only},	  /* daemon/volumes.go registerMountPoints */
	{0, 0, 0, 148, .change = drop_priorities},	  /* before Engine 28 there is no such field */
	{144, 0, 0, 144, .change = drop_addresses},
	{144, 0, 0, 152, .change = move_address},
	{144, 0, 144, 0, .change = show_address},
	{146, 0, 0, 148, .change = move_sysctls},
	{152, 0, 0, 0, .change = name_empty_ports}, /* handlePortBindingsBC */
};

static void adapt_mount(struct json_object *mount, void (*change)(struct json_object *), const char *unset)
{
	if (change)
		change(mount);
	else if (json_get(mount, "BindOptions"))
		set_flag(json_get(mount, "BindOptions"), unset, false);
}

void versions_adapt(struct creation *m)
{
	struct json_object *mounts = json_get(m->host, "Mounts");

	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		if (!is_within(api_of(m->facts), changes[i].since, changes[i].until) ||
		    !is_within(m->api, changes[i].from, changes[i].below))
			continue;
		if (changes[i].change)
			changes[i].change(m);
		for (size_t k = 0; !changes[i].change && k < json_count(mounts); k++)
			adapt_mount(json_object_array_get_idx(mounts, k), changes[i].mount, changes[i].unset);
	}
}
