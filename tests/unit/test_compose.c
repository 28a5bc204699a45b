/* Compose files: YAML as JSON, services as create requests, and what is not understood as errors. */
#include "base/text.h"
#include "unit.h"

#include "base/yaml.h"
#include "container/compose.h"

static const char *variable(void *arg, const char *name)
{
	(void)arg;
	return !strcmp(name, "SET")	? "set"
	       : !strcmp(name, "EMPTY") ? ""
	       : !strcmp(name, "HOME")	? "/home/u"
					: NULL;
}

static char *read_file(void *arg, const char *path, struct err *err)
{
	(void)arg;
	if (!strcmp(path, "/srv/shop/a.env"))
		return mem_strdup("# comment\nA=1\nB=\"two words\"\r\n\nC='$x'\n");
	if (!strcmp(path, "/srv/shop/bad.env"))
		return mem_strdup("A=$B\n");
	err_set(err, 2, "%s: no such file", path);
	return NULL;
}

static const struct compose_context context = {"/srv/shop", "shop", variable, read_file, NULL};

static int read_text(const char *text, struct compose_services *out, struct err *err)
{
	AUTO(json_putp) struct json_object *doc = NULL;

	*out = (struct compose_services){0};
	return yaml_parse(text, strlen(text), &doc, err) || compose_read(doc, &context, out, err) ? -1 : 0;
}

/* What becomes of one more line of a service, as JSON. */
static void yaml_is_json(void **state)
{
	static const char *const cases[][2] = {
		{"a: 1", "{\"a\":1}"},
		{"a: 1.50", "{\"a\":1.50}"},
		{"a: \"1\"", "{\"a\":\"1\"}"},
		{"a: [x, ~, true, null]", "{\"a\":[\"x\",null,true,null]}"},
		{"a: 8080:80", "{\"a\":\"8080:80\"}"},
		{"a: &x {b: 1}\nc: *x", "{\"a\":{\"b\":1},\"c\":{\"b\":1}}"},
		{"a: &x {b: 1, d: 2}\nc: {<<: *x, d: 3}",
		 "{\"a\":{\"b\":1,\"d\":2},\"c\":{\"d\":3,\"b\":1}}"},
		{"a: &x {b: 1}\ne: &y {b: 2, f: 3}\nc: {<<: [*x, *y]}",
		 "{\"a\":{\"b\":1},\"e\":{\"b\":2,\"f\":3},\"c\":{\"b\":1,\"f\":3}}"},
		{"a: |\n  two\n  lines\n", "{\"a\":\"two\\nlines\\n\"}"},
		{"a: 1.2.3", "{\"a\":\"1.2.3\"}"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(json_putp) struct json_object *j = NULL;
		struct err err = {0};

		if (yaml_parse(cases[i][0], strlen(cases[i][0]), &j, &err))
			fail_msg("%s: %s", cases[i][0], err.msg);
		assert_string_equal(json_object_to_json_string_ext(j, JSON_C_TO_STRING_PLAIN |
									      JSON_C_TO_STRING_NOSLASHESCAPE),
				    cases[i][1]);
	}
}

static void yaml_that_is_read_differently_is_refused(void **state)
{
	static const char *const cases[][2] = {
		{"a: yes", "line 1, column 4: versions of YAML read this differently"},
		{"a: on", "differently"},
		{"a: 0644", "differently"},
		{"a: 22:22", "differently"},
		{"a: 0x1f", "differently"},
		{"a: 1_000", "differently"},
		{"a: 1\na: 2", "line 2, column 1: the same key twice"},
		{"a: !!python/object x", "a tag"},
		{"a: !reset null", "a tag"},
		{"[a: b", "line"},
		{"? [a]\n: b", "a key that is no text"},
		{"a: &x [*x]", "deep"},
		{"--- 1\n--- 2", "more than one document"},
		{"a: {<<: 1}", "<< takes a mapping"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(json_putp) struct json_object *j = NULL;
		struct err err = {0};

		assert_int_equal(yaml_parse(cases[i][0], strlen(cases[i][0]), &j, &err), -1);
		assert_null(j);
		assert_contains(err.msg, cases[i][1]);
	}
}

/* Nine times nine times … of one anchor. */
static void laughs_are_bounded(void **state)
{
	AUTO(buf_free) struct buf text = {0};
	AUTO(json_putp) struct json_object *j = NULL;
	struct err err;

	(void)state;
	buf_puts(&text, "a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
	for (int i = 1; i < 9; i++) {
		buf_printf(&text, "a%d: &a%d [", i, i);
		for (int k = 0; k < 9; k++)
			buf_printf(&text, "%s*a%d", k ? ", " : "", i - 1);
		buf_puts(&text, "]\n");
	}
	assert_int_equal(yaml_parse(text.s, text.len, &j, &err), -1);
	assert_contains(err.msg, "more than 100000 values");
}

/* Lines of a service, and a part of the request that is made of it. */
static void services_become_requests(void **state)
{
	static const char *const cases[][2] = {
		{"ports: ['8080:80']",
		 "\"PortBindings\":{\"80/tcp\":[{\"HostIp\":\"\",\"HostPort\":\"8080\"}]}"},
		{"ports: [{target: 53, published: 5353, protocol: udp, host_ip: 127.0.0.1}]",
		 "\"53/udp\":[{\"HostIp\":\"127.0.0.1\",\"HostPort\":\"5353\"}]"},
		{"ports: ['[::1]:70:70']", "{\"HostIp\":\"::1\",\"HostPort\":\"70\"}"},
		{"volumes: ['./a/../b:/b']", "\"Binds\":[\"/srv/shop/b:/b:rw\"]"},
		{"volumes: ['~/x:/x:ro']", "\"Binds\":[\"/home/u/x:/x:ro\"]"},
		{"volumes: ['data:/d']", "\"Binds\":[\"shop_data:/d:rw\"]"},
		{"volumes: ['disguised:/d']",
		 "\"Mounts\":[{\"Type\":\"volume\",\"Source\":\"shop_disguised\",\"Target\":\"/"
		 "d\",\"ReadOnly\":false,\"VolumeOptions\":{"
		 "\"DriverConfig\":{\"Name\":\"local\",\"Options\":{\"o\":\"bind\",\"device\":\"/\"}}}}]"},
		{"volumes: [{type: bind, source: ./c, target: /c, bind: {propagation: rshared}}]",
		 "\"Source\":\"/srv/shop/c\",\"Target\":\"/"
		 "c\",\"BindOptions\":{\"Propagation\":\"rshared\"}"},
		{"privileged: ${PRIVILEGED:-true}", "\"Privileged\":true"},
		{"privileged: ${SET:+true}", "\"Privileged\":true"},
		{"user: '${EMPTY:-1}${EMPTY-2}${NONE-${SET}}$$'", "\"User\":\"1set$\""},
		{"cpus: '0.5'", "\"NanoCpus\":500000000"},
		{"deploy: {resources: {limits: {cpus: '0.5', memory: 64M, pids: 9}}}",
		 "\"NanoCpus\":500000000,\"Memory\":67108864,\"PidsLimit\":9"},
		{"deploy: {resources: {reservations: {devices: [{capabilities: [gpu], count: all}]}}}",
		 "\"DeviceRequests\":[{\"Count\":-1,\"Capabilities\":[[\"gpu\"]]}]"},
		{"gpus: all", "\"DeviceRequests\":[{\"Count\":-1,\"Capabilities\":[[\"gpu\"]]}]"},
		{"mem_limit: 1gb", "\"Memory\":1073741824"},
		{"network_mode: 'service:db'", "\"NetworkMode\":\"container:shop-db-1\""},
		{"pid: 'container:x'", "\"PidMode\":\"container:x\""},
		{"environment: [A=1, SET, NONE]", "\"Env\":[\"A=1\",\"SET=set\"]"},
		{"environment: {A: 1.0, SET: }", "\"Env\":[\"A=1.0\",\"SET=set\"]"},
		{"labels: [a=b, c]", "\"Labels\":{\"a\":\"b\",\"c\":\"\""},
		{"command: a 'b c' \"d\\\\\" e", "\"Cmd\":[\"a\",\"b c\",\"d\\\\\",\"e\"]"},
		{"ulimits: {nofile: {soft: 1, hard: 2}}",
		 "\"Ulimits\":[{\"Name\":\"nofile\",\"Soft\":1,\"Hard\":2}]"},
		{"devices: ['/dev/sda:/dev/x:r']",
		 "{\"PathOnHost\":\"/dev/sda\",\"PathInContainer\":\"/dev/x\",\"CgroupPermissions\":\"r\"}"},
		{"extra_hosts: {a: 1.2.3.4}", "\"ExtraHosts\":[\"a:1.2.3.4\"]"},
		{"restart: on-failure:3",
		 "\"RestartPolicy\":{\"Name\":\"on-failure\",\"MaximumRetryCount\":3}"},
		{"env_file: a.env", "\"Env\":[\"A=1\",\"B=two words\",\"C=$x\"]"},
		{"env_file: [./a.env, {path: none.env, required: false}]\n    environment: [B=3]",
		 "\"Env\":[\"A=1\",\"C=$x\",\"B=3\"]"},
		{"secrets: [key]",
		 "\"Source\":\"/srv/shop/key.pem\",\"Target\":\"/run/secrets/key\",\"ReadOnly\":true"},
		{"configs: [{source: conf, target: /etc/conf}]",
		 "\"Source\":\"/etc/shadow\",\"Target\":\"/etc/conf\",\"ReadOnly\":true"},
		{"x-anything: [1]", "\"NetworkMode\":\"shop_default\""},
		{"networks: [outer]", "\"NetworkMode\":\"theirs\""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(free_charp)
		char *text =
			mem_printf("services:\n  web:\n    image: i\n    %s\n  db: {image: d}\nvolumes: "
				   "{data: , disguised: {driver_opts: {o: bind, "
				   "device: /}}}\nnetworks: {outer: {external: true, name: theirs}}\n"
				   "secrets: {key: {file: key.pem}}\nconfigs: {conf: {file: /etc/shadow}}\n",
				   cases[i][0]);
		struct compose_services s;
		struct err err = {0};

		if (read_text(text, &s, &err))
			fail_msg("%s: %s", cases[i][0], err.msg);
		assert_int_equal(s.count, 2);
		assert_string_equal(s.items[0].name, "web");
		assert_string_equal(s.items[0].container, "shop-web-1");
		assert_contains(json_object_to_json_string_ext(s.items[0].body,
							       JSON_C_TO_STRING_PLAIN |
								       JSON_C_TO_STRING_NOSLASHESCAPE),
				cases[i][1]);
		compose_free(&s);
	}
}

/* Nothing that is not understood is taken for nothing. */
static void what_is_not_understood_is_an_error(void **state)
{
	static const char *const cases[][2] = {
		{"privilegd: true",
		 "services.web: privilegd: not known, or not supported here; did you mean privileged?"},
		{"env_file: none.env", "services.web: env_file: /srv/shop/none.env: no such file"},
		{"env_file: bad.env", "/srv/shop/bad.env: A: variables and escapes are not supported"},
		{"secrets: [a]", "services.web: secrets: 0: \"a\": the file has none of that name"},
		{"use_api_socket: true", "use_api_socket: not known"},
		{"credential_spec: {file: x}", "credential_spec"},
		{"ports: [{target: 1, publish: 2}]", "services.web: ports: 0: publish: not known"},
		{"ports: ['99999:1']", "no port"},
		{"ports: ['1-3:1-2']", "different length"},
		{"volumes: ['other:/x']",
		 "services.web: volumes: 0: \"other\": the file has none of that name"},
		{"volumes: [{type: npipe, source: a, target: /b}]", "type: must be bind, volume or tmpfs"},
		{"volumes: ['./a:b']", "must be an absolute path"},
		{"networks: [other]", "networks: \"other\": the file has none"},
		{"network_mode: host\n    networks: [default]", "exclude each other"},
		{"mem_limit: lots", "services.web: mem_limit: \"lots\": must be a size"},
		{"cpus: half", "must be a number"},
		{"privileged: maybe", "must be true or false"},
		{"user: ${NONE}", "services: web: user: ${NONE}: is not set"},
		{"user: ${NONE:?say who}", "${NONE}: say who"},
		{"user: $", "a dollar is written $$"},
		{"user: ${SET", "no variable"},
		{"deploy: {resources: {limits: {memroy: 1m}}}",
		 "deploy: resources: limits: memroy: not known, or not supported here; did you mean memory?"},
		{"extends: {service: db, file: other.yml}", "of another file is not supported here"},
		{"extends: web", "in a circle"},
		{"devices: ['vendor.com/gpu=all']", "must be a path"},
		{"command: a 'b", "a quote that does not end"},
		{"restart: sometimes", "restart: \"sometimes\""},
		{"blkio_config: {device_read_bps: []}", "device_read_bps: not known"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(free_charp)
		char *text = mem_printf("services:\n  web:\n    image: i\n    %s\n", cases[i][0]);
		struct compose_services s;
		struct err err = {0};

		if (!read_text(text, &s, &err))
			fail_msg("%s: is taken", cases[i][0]);
		assert_contains(err.msg, cases[i][1]);
		compose_free(&s);
	}
}

static void files_that_are_none(void **state)
{
	static const char *const cases[][2] = {
		{"services: {}", "there are none"},
		{"web: {image: a}", "web: not known"},
		{"services: {web: {}}", "neither image nor build"},
		{"include: [a]\nservices: {web: {image: a}}", "include: not known, or not supported"},
		{"[a]", "must be a mapping"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct compose_services s;
		struct err err = {0};

		assert_int_equal(read_text(cases[i][0], &s, &err), -1);
		assert_contains(err.msg, cases[i][1]);
		compose_free(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(yaml_is_json),
		cmocka_unit_test(yaml_that_is_read_differently_is_refused),
		cmocka_unit_test(laughs_are_bounded),
		cmocka_unit_test(services_become_requests),
		cmocka_unit_test(what_is_not_understood_is_an_error),
		cmocka_unit_test(files_that_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
