/* The views that leave nothing to spelling: what dockerd makes of what was written. */
#include "unit.h"

#include "container/create.h"
#include "container/schema.h"
#include "rules/needs.h"
#include "view/subject.h"

static struct container *container_of(const char *body)
{
	AUTO(json_putp) struct json_object *j = json_of(body);
	AUTO(buf_free) struct buf pointer = {0};
	struct err err = {0};
	AUTO(json_putp) struct json_object *decoded = schema_decode(&schema_create_body, j, &pointer, &err);
	const struct create_request request = {.body = decoded, .name = ""};
	static const struct docker_facts facts = {.api = 151, .release = 280001};

	return container_from_create(&request, &facts, NULL, 0, NEED_ALL, &err);
}

/* What `view` is of a request, as JSON with ' for ". */
static void expect(const char *body, const struct value *(*view)(const struct container *c),
		   const char *wanted)
{
	struct container *c = container_of(body);
	AUTO(json_putp) struct json_object *want = json_of(wanted);
	AUTO(json_putp) struct json_object *got = c ? value_to_json(*view(c)) : NULL;
	const int plain = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE;

	if (!json_object_equal(got, want))
		fail_msg("%s: %s, not %s", body, json_object_to_json_string_ext(got, plain),
			 json_object_to_json_string_ext(want, plain));
	container_put(c);
}

/* One member of `security`. */
static void expect_security(const char *host, const char *member, const char *wanted)
{
	AUTO(free_charp) char *body = mem_printf("{'HostConfig': %s}", host);
	AUTO(json_putp) struct json_object *want = json_of(wanted);
	struct container *c = container_of(body);
	struct value v;

	assert_true(value_get(c->security, member, strlen(member), &v));
	AUTO(json_putp) struct json_object *got = value_to_json(v);
	if (!json_object_equal(got, want))
		fail_msg("%s: %s is %s, not %s", host, member, json_object_to_json_string(got), wanted);
	container_put(c);
}

static void the_last_option_counts(void **state)
{
	(void)state;
	expect_security("{}", "no_new_privileges", "false");
	expect_security("{'SecurityOpt': ['no-new-privileges']}", "no_new_privileges", "true");
	expect_security("{'SecurityOpt': ['no-new-privileges:t']}", "no_new_privileges", "true");
	expect_security("{'SecurityOpt': ['no-new-privileges', 'no-new-privileges=F']}", "no_new_privileges",
			"false");
	expect_security("{'SecurityOpt': ['no-new-privileges=0', 'no-new-privileges:1']}",
			"no_new_privileges", "true");
	/* with a "=" anywhere the ":" is no separator; dockerd refuses this one */
	expect_security("{'SecurityOpt': ['no-new-privileges:true=']}", "no_new_privileges", "false");
	expect_security("{'SecurityOpt': ['seccomp=unconfined', 'seccomp=']}", "seccomp", "'default'");
	expect_security("{'SecurityOpt': ['seccomp:builtin']}", "seccomp", "'default'");
	expect_security("{'SecurityOpt': ['seccomp={}']}", "seccomp", "'custom'");
	expect_security("{'SecurityOpt': ['apparmor=docker-default']}", "apparmor", "'default'");
	expect_security("{'SecurityOpt': ['apparmor:mine']}", "apparmor", "'custom'");
	expect_security("{'SecurityOpt': ['writable-cgroups']}", "writable_cgroups", "true");
	expect_security("{'SecurityOpt': ['writable-cgroups=true', 'writable-cgroups=false']}",
			"writable_cgroups", "false");
}

static void privileged_has_no_protection_but_what_it_asks_for(void **state)
{
	(void)state;
	expect_security("{'Privileged': true}", "seccomp", "'unconfined'");
	expect_security("{'Privileged': true, 'SecurityOpt': ['seccomp=x']}", "seccomp", "'custom'");
	expect_security("{'Privileged': true, 'SecurityOpt': ['apparmor=docker-default']}", "apparmor",
			"'unconfined'");
	expect_security("{'Privileged': true}", "writable_cgroups", "true");
	expect_security("{'Privileged': true, 'SecurityOpt': ['writable-cgroups=false']}", "writable_cgroups",
			"false");
	expect_security("{'Privileged': true}", "readonly_paths_missing",
			"['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger']");
	expect_security("{'Privileged': true}", "label_options", "['disable']");
}

static void labels(void **state)
{
	(void)state;
	expect_security("{'SecurityOpt': ['disable']}", "label_disabled", "true");
	expect_security("{'SecurityOpt': ['label:disable']}", "label_disabled", "true");
	expect_security("{'SecurityOpt': ['label=type:a', 'label:type:spc_t']}", "label_type", "'spc_t'");
	expect_security("{'SecurityOpt': ['label=level:s0:c1', 'label=user:u']}", "label_options",
			"['level:s0:c1', 'user:u']");
	expect_security("{'PidMode': 'host'}", "label_disabled", "true");
	expect_security("{}", "label_options", "[]");
}

/* A list of one's own must hold every path, as dockerd spells it. */
static void paths(void **state)
{
	(void)state;
	expect_security("{}", "masked_paths_missing", "[]");
	expect_security("{'MaskedPaths': null}", "masked_paths_missing", "[]");
	expect_security("{'ReadonlyPaths': ['/x']}", "readonly_paths_missing",
			"['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger']");
	expect_security("{'ReadonlyPaths': ['/proc/sys', '/proc/bus', '/proc/fs', '/proc/irq', "
			"'/proc/x/../sysrq-trigger', '/proc/more']}",
			"readonly_paths_missing", "['/proc/sysrq-trigger']");
	expect_security(
		"{'MaskedPaths': ['/proc/asound', '/proc/acpi', '/proc/kcore', '/proc/keys', "
		"'/proc/latency_stats', '/proc/timer_list', '/proc/timer_stats', '/proc/sched_debug', "
		"'/proc/scsi', '/sys/firmware']}",
		"masked_paths_missing", "['/sys/devices/virtual/powercap']");
}

static const struct value *ports(const struct container *c)
{
	return &c->ports;
}

static void expect_port(const char *ip, const char *host_port, const char *wanted)
{
	AUTO(free_charp)
	char *body = mem_printf(
		"{'HostConfig': {'PortBindings': {'80/tcp': [{'HostIp': '%s', 'HostPort': '%s'}]}}}", ip,
		host_port);

	expect(body, ports, wanted);
}

#define PORT(ip, all, first, last)                                                                           \
	"[{'host_ip': '" ip "', 'all_addresses': " all ", 'host_port': " first ", 'host_port_end': " last    \
	", 'container_port': 80, 'protocol': 'tcp'}]"

static void addresses_and_ports(void **state)
{
	static const char *const everywhere[] = {"",	       "0.0.0.0",	 "localhost", "127.1",
						 "127.0.0.1 ", "::ffff:0.0.0.0", "0127.0.0.1"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(everywhere); i++)
		expect_port(everywhere[i], "1", PORT("0.0.0.0", "true", "1", "1"));
	expect_port("0:0::0", "1", PORT("::", "true", "1", "1"));
	expect_port("127.0.0.1", "1", PORT("127.0.0.1", "false", "1", "1"));
	expect_port("::ffff:7f00:1", "1", PORT("127.0.0.1", "false", "1", "1"));
	expect_port("FE80::0:1", "1", PORT("fe80::1", "false", "1", "1"));
	expect_port("::1", "", PORT("::1", "false", "0", "0"));
	expect_port("::1", "0080/udp", PORT("::1", "false", "80", "80"));
	expect_port("::1", "1000-1010-x", PORT("::1", "false", "1000", "1010"));
	expect_port("::1", "65536", PORT("::1", "false", "0", "0"));
	expect("{}", ports, "[]");
	expect("{'ExposedPorts': {'80': {}, '81/UDP': {}}, 'HostConfig': {'PublishAllPorts': true, "
	       "'PortBindings': {'81/UDP': [{'HostIp': '::1', 'HostPort': '5'}]}}}",
	       ports,
	       "[{'host_ip': '0.0.0.0', 'all_addresses': true, 'host_port': 0, 'host_port_end': 0, "
	       "'container_port': 80, 'protocol': 'tcp'}, {'host_ip': '::1', 'all_addresses': false, "
	       "'host_port': 5, 'host_port_end': 5, 'container_port': 81, 'protocol': 'udp'}]");
}

static const struct value *user(const struct container *c)
{
	return &c->user;
}

static void users(void **state)
{
	static const char *const roots[] = {"", ":", ":0", "0", "+0", "-0", "00", "root", "0:0:x"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(roots); i++) {
		AUTO(free_charp) char *body = mem_printf("{'User': '%s'}", roots[i]);
		struct container *c = container_of(body);
		struct value v;

		assert_true(value_get(c->user, "is_root", 7, &v));
		if (v.type != V_BOOL || !v.b)
			fail_msg("\"%s\" is root", roots[i]);
		container_put(c);
	}
	expect("{'User': '1000:+5'}", user, "{'uid': 1000, 'gid': 5, 'is_root': false}");
	expect("{'User': 'app'}", user, "{'uid': null, 'gid': null, 'is_root': null}");
	expect("{'User': ' 0'}", user, "{'uid': null, 'gid': null, 'is_root': null}");
	expect("{'User': '0x0'}", user, "{'uid': null, 'gid': null, 'is_root': null}");
}

static const struct value *capabilities(const struct container *c)
{
	return &c->capabilities;
}

static void capability_names(void **state)
{
	(void)state;
	expect("{'HostConfig': {'CapAdd': ['cap_sys_admin', 'Cap_Kill', 'all', '']}}", capabilities,
	       "['SYS_ADMIN', 'KILL', 'ALL']");
	expect("{'HostConfig': {'CapAdd': ['\\u017fys_adm\\u0131n']}}", capabilities, "['SYS_ADMIN']");
	/* Go leaves the Kelvin sign as it is; so do other letters: dockerd knows no such capability */
	assert_null(container_of("{'HostConfig': {'CapAdd': ['\\u212aill']}}"));
	assert_null(container_of("{'HostConfig': {'CapAdd': ['k\\u0130ll']}}"));
}

static const struct value *healthcheck(const struct container *c)
{
	return &c->healthcheck;
}

static void health_checks(void **state)
{
	(void)state;
	expect("{}", healthcheck, "{'effective': false}");
	expect("{'Healthcheck': {'Test': ['CMD', 'true']}}", healthcheck, "{'effective': true}");
	expect("{'Healthcheck': {'Test': ['CMD-SHELL', 'true']}}", healthcheck, "{'effective': true}");
	expect("{'Healthcheck': {'Test': ['CMD']}}", healthcheck, "{'effective': false}");
	expect("{'Healthcheck': {'Test': ['NONE']}}", healthcheck, "{'effective': false}");
	expect("{'Healthcheck': {'Test': ['cmd', 'true']}}", healthcheck, "{'effective': false}");
	expect("{'Healthcheck': {'Test': ['curl', 'localhost']}}", healthcheck, "{'effective': false}");
}

static const struct value *devices(const struct container *c)
{
	return &c->devices;
}

static void every_way_to_a_device(void **state)
{
	(void)state;
	expect("{'HostConfig': {'Devices': [{'PathOnHost': '/dev/../dev//null', 'PathInContainer': '/n'}], "
	       "'DeviceRequests': [{'Count': -1, 'Capabilities': [['gpu']]}, {'Driver': 'cdi', 'DeviceIDs': "
	       "['vendor.com/class=name']}], 'DeviceCgroupRules': ['b 8:0 rwm']}}",
	       devices,
	       "[{'kind': 'path', 'path': '/dev/null', 'resolved': '/dev/null', 'target': '/n', "
	       "'permissions': '', 'driver': '', 'rule': '', 'count': 0, 'ids': [], 'capabilities': [], "
	       "'options': {}}, {'kind': 'request', 'path': '', 'resolved': '', 'target': '', "
	       "'permissions': '', 'driver': '', 'rule': '', 'count': -1, 'ids': [], 'capabilities': "
	       "[['gpu']], 'options': {}}, {'kind': 'request', 'path': '', 'resolved': '', 'target': '', "
	       "'permissions': '', 'driver': 'cdi', 'rule': '', 'count': 0, 'ids': "
	       "['vendor.com/class=name'], 'capabilities': [], 'options': {}}, {'kind': 'rule', 'path': '', "
	       "'resolved': '', 'target': '', 'permissions': '', 'driver': '', 'rule': 'b 8:0 rwm', "
	       "'count': 0, 'ids': [], 'capabilities': [], 'options': {}}]");
}

static const struct value *namespaces(const struct container *c)
{
	return &c->namespaces;
}

/* `members` of all six are as asked for; what is joined cannot be looked through without Docker. */
static void expect_namespaces(const char *host, const char *pid, const char *ipc, const char *net,
			      const char *user)
{
	AUTO(free_charp) char *body = mem_printf("{'HostConfig': %s}", host);
	AUTO(free_charp)
	char *wanted = mem_printf("{'pid': '%s', 'ipc': '%s', 'net': '%s', 'uts': 'private', 'user': '%s', "
				  "'cgroup': 'host', 'effective': {'pid': '%s', 'ipc': '%s', 'net': '%s', "
				  "'uts': 'private', 'user': 'host', 'cgroup': 'host'}}",
				  pid, ipc, net, user, pid, ipc, net);

	expect(body, namespaces, wanted);
}

/* Words are compared to the letter: seen of dockerd, "host:x" has a namespace of its own. */
static void namespaces_by_the_letter(void **state)
{
	(void)state;
	expect_namespaces("{}", "private", "private", "private", "private");
	expect_namespaces(
		"{'PidMode': 'host', 'IpcMode': 'host', 'NetworkMode': 'host', 'UsernsMode': 'host'}", "host",
		"host", "host", "host");
	expect_namespaces("{'PidMode': 'host:x', 'IpcMode': 'Host', 'UTSMode': 'host:x', 'UsernsMode': 'x'}",
			  "private", "private", "private", "private");
	expect_namespaces("{'PidMode': 'container:a', 'IpcMode': 'container:', 'NetworkMode': "
			  "'container:a:b'}",
			  "container", "container", "container", "private");
	expect_namespaces("{'IpcMode': 'shareable', 'NetworkMode': 'none'}", "private", "private", "private",
			  "private");
}

static const struct value *networks(const struct container *c)
{
	return &c->networks;
}

static void networks_by_name(void **state)
{
	(void)state;
	expect("{}", networks, "[{'name': 'bridge', 'id': ''}]");
	expect("{'HostConfig': {'NetworkMode': 'default'}}", networks, "[{'name': 'bridge', 'id': ''}]");
	expect("{'HostConfig': {'NetworkMode': 'container:x'}}", networks, "[]");
	expect("{'NetworkDisabled': true}", networks, "[]");
	expect("{'NetworkingConfig': {'EndpointsConfig': {'two': {}, 'one': null}}}", networks,
	       "[{'name': 'one', 'id': ''}, {'name': 'two', 'id': ''}]");
}

static void expect_mount(const char *host, const char *member, const char *wanted)
{
	AUTO(free_charp) char *body = mem_printf("{'HostConfig': %s}", host);
	AUTO(json_putp) struct json_object *want = json_of(wanted);
	struct container *c = container_of(body);
	struct value v;

	assert_true(value_get(value_at(c->mounts, 0), member, strlen(member), &v));
	AUTO(json_putp) struct json_object *got = value_to_json(v);
	if (!json_object_equal(got, want))
		fail_msg("%s: %s is %s, not %s", host, member, json_object_to_json_string(got), wanted);
	container_put(c);
}

static void mounts_as_they_are(void **state)
{
	static const char *const of_engine[] = {"/",
						"/var",
						"/var/lib/docker/volumes/x",
						"/run",
						"/run/docker.sock",

						"/run/containerd/containerd.sock"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(of_engine); i++) {
		AUTO(free_charp) char *host = mem_printf("{'Binds': ['%s:/x']}", of_engine[i]);

		expect_mount(host, "engine", "true");
	}
	expect_mount("{'Binds': ['/srv/app:/x']}", "engine", "false");
	expect_mount("{'Binds': ['/var/lib/docker2:/x']}", "engine", "false");
	expect_mount("{'Binds': ['vol:/x']}", "engine", "false");
	expect_mount("{'Binds': ['/srv:/x:z,rshared']}", "propagation", "'rshared'");
	expect_mount("{'Mounts': [{'Type': 'bind', 'Source': '/srv', 'Target': '/x', 'BindOptions': "
		     "{'Propagation': "
		     "'slave'}}]}",
		     "propagation", "'slave'");
	expect_mount("{'Binds': ['/srv:/x:ro']}", "propagation", "''");
	expect_mount(
		"{'Mounts': [{'Type': 'volume', 'Source': 'v', 'Target': '/x', 'VolumeOptions': {'subpath': "
		"'s'}}]}",
		"subpath", "'s'");
	expect_mount("{'Mounts': [{'Type': 'volume', 'Source': 'v', 'Target': '/x', 'VolumeOptions': "
		     "{'DriverConfig': {'Options': {'o': 'bind', 'device': '/srv'}}}}]}",
		     "kind", "'volume'");
}

/* A misspelt field would be null, and the rule never hold. */
static void fields_of_elements_are_checked(void **state)
{
	static const char *const wrong[] = {
		"{'some': [{'var': 'ports'}, {'var': 'hostip'}]}",
		"{'all': [{'filter': [{'var': 'devices'}, {'var': 'path'}]}, {'var': 'rules'}]}",
		"{'some': [{'?"
		"?': [{'var': 'params.HostConfig.Mounts'}, []]}, {'var': 'Sauce'}]}",
		"{'some': [{'var': 'params.HostConfig.Mounts'}, {'val': ['BindOptions', 'Propagate']}]}",
		"{'var': 'security.no_new_privilege'}",
	};
	static const char *const right[] = {
		"{'some': [{'var': 'ports'}, {'var': 'HOST_IP'}]}",
		"{'some': [{'var': 'params.HostConfig.Mounts'}, {'var': 'bindoptions.Propagation'}]}",
		"{'some': [{'var': 'mounts'}, {'some': [['a'], {'var': 'x'}]}]}",
		"{'some': [{'var': 'mounts'}, {'in': [{'var': 'target'}, {'val': [[2], 'name']}]}]}",
		"{'reduce': [{'var': 'mounts'}, {'var': 'current.target'}, 0]}",
		"{'some': [{'var': 'capabilities'}, {'==': [{'var': ''}, 'ALL']}]}",
		"{'some': [{'values': [{'var': 'params.HostConfig.PortBindings'}]}, {'var': 'x'}]}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong) + ARRAY_LEN(right); i++) {
		bool good = i >= ARRAY_LEN(wrong);
		const char *text = good ? right[i - ARRAY_LEN(wrong)] : wrong[i];
		AUTO(json_putp) struct json_object *rule = json_of(text);
		AUTO(buf_free) struct buf pointer = {0};
		struct err err = {0};
		struct logic_program *p = logic_compile(rule, subject_binding(false), false, &pointer, &err);

		if (good != (p != NULL))
			fail_msg("%s: %s", text, p ? "is taken" : err.msg);
		if (!p)
			assert_contains(err.msg, "no such field");
		logic_free(p);
	}
}

static void what_no_rule_needs_is_not_made(void **state)
{
	AUTO(json_putp) struct json_object *body = json_object_new_object();
	const struct create_request request = {.body = body, .name = ""};
	static const struct docker_facts facts = {.api = 151};
	struct err err;
	struct container *c = container_from_create(&request, &facts, NULL, 0, NEED_PORTS, &err);

	(void)state;
	assert_int_equal(c->security.type, V_NULL);
	assert_int_equal(c->ports.type, V_JARRAY);
	container_put(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_option_counts),
		cmocka_unit_test(privileged_has_no_protection_but_what_it_asks_for),
		cmocka_unit_test(labels),
		cmocka_unit_test(paths),
		cmocka_unit_test(addresses_and_ports),
		cmocka_unit_test(users),
		cmocka_unit_test(capability_names),
		cmocka_unit_test(health_checks),
		cmocka_unit_test(every_way_to_a_device),
		cmocka_unit_test(namespaces_by_the_letter),
		cmocka_unit_test(networks_by_name),
		cmocka_unit_test(mounts_as_they_are),
		cmocka_unit_test(fields_of_elements_are_checked),
		cmocka_unit_test(what_no_rule_needs_is_not_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
