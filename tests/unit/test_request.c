/* Requests as dockerd reads them: targets, endpoints, messages, bodies; and what is refused as ambiguous. */
#include "base/text.h"
#include "unit.h"

#include "request/message.h"
#include "request/certain.h"
#include "request/target.h"
#include "view/request.h"

static void targets_are_read_as_go_does(void **state)
{
	static const struct {
		const char *uri, *path, *endpoint;
		unsigned api;
	} cases[] = {
		{"/v1.41/containers/create?name=a", "/v1.41/containers/create", "/containers/create", 141},
		{"/containers/create", "/containers/create", "/containers/create", 0},
		{"/v1.41/containers/%63reate", "/v1.41/containers/create", "/containers/create", 141},
		{"/v1%2E41/containers%2fcreate", "/v1.41/containers/create", "/containers/create", 141},
		{"/%761.24/containers/x/start", "/v1.24/containers/x/start", "/containers/x/start", 124},
		{"//v1.41//containers/./x/../create/", "/v1.41/containers/create", "/containers/create", 141},
		{"http://docker/v1.12/info", "/v1.12/info", "/info", 112},
		{"HTTP://a:1/containers/create", "/containers/create", "/containers/create", 0},
		{"http://docker?x=1", "/", "/", 0},
		{"/v01.041/info", "/v01.041/info", "/info", 141},
		{"/v1.41.0/info", "/v1.41.0/info", "/info", 141},
		{"/v001.099/info", "/v001.099/info", "/info", 199},
		{"/vx/info", "/vx/info", "/vx/info", 0},
		{"/v1.41", "/v1.41", "/v1.41", 0},
		{"/a+b#c", "/a+b#c", "/a+b#c", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct request_target t;
		struct err err;

		if (request_target_parse(cases[i].uri, &t, &err))
			fail_msg("%s: %s", cases[i].uri, err.msg);
		assert_string_equal(t.path, cases[i].path);
		assert_string_equal(t.endpoint, cases[i].endpoint);
		assert_int_equal(t.api, cases[i].api);
		request_target_free(&t);
	}
}

static void targets_that_go_refuses(void **state)
{
	static const char *const bad[] = {"", "containers/create", "*", "/%zz", "/%4", "/%", "/%00",
					  "/x?a;b=1", "/x?%z", "a:b", "://x/y",
					  /* what dockerd's router takes for a version, and is none */
					  "/v0001.23/containers/c/start", "/v1.0023/info", "/v1./info",
					  "/v.1/info", "/v1/info", "/v..1/info", "/v1.41./info",
					  "/v1..41/info", "/v1.100/info", "/v1.41.0000/info",
					  "/v%30001.23/info", "/v0.0/info", "/v18446744073709551617.23/info"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct request_target t;
		struct err err;

		if (!request_target_parse(bad[i], &t, &err))
			fail_msg("%s: accepted", bad[i]);
		request_target_free(&t);
	}
}

static void the_first_of_repeated_parameters_counts(void **state)
{
	struct request_target t;
	struct err err;

	(void)state;
	assert_int_equal(request_target_parse("/x?n%61me=a+b%20c&name=d&e&f=&=g&&h=1=2", &t, &err), 0);
	assert_string_equal(json_get_str(t.parameters, "name"), "a b c");
	assert_string_equal(json_get_str(t.parameters, "h"), "1=2");
	assert_true(json_object_object_get_ex(t.parameters, "e", NULL));
	assert_string_equal(t.query, "n%61me=a+b%20c&name=d&e&f=&=g&&h=1=2");
	request_target_free(&t);
}

static void endpoints_are_found(void **state)
{
	static const struct {
		const char *method, *endpoint, *named;
		enum request_kind kind;
	} cases[] = {
		{"POST", "/containers/create", NULL, REQUEST_CREATE},
		{"GET", "/containers/create", NULL, REQUEST_OTHER},
		{"post", "/containers/create", NULL, REQUEST_OTHER},
		{"POST", "/containers/web/update", "web", REQUEST_UPDATE},
		{"POST", "/containers/a/b/rename", "a/b", REQUEST_RENAME},
		{"POST", "/containers/create/start", "create", REQUEST_START},
		{"POST", "/containers/web/exec", "web", REQUEST_EXEC},
		{"POST", "/containers/web/restart", "web", REQUEST_RESTART},
		{"POST", "/containers/web/unpause", "web", REQUEST_UNPAUSE},
		{"POST", "/networks/inner/connect", "inner", REQUEST_CONNECT},
		{"POST", "/networks/inner/disconnect", "inner", REQUEST_DISCONNECT},
		{"POST", "/containers/web/stop", "web", REQUEST_OTHER},
		{"DELETE", "/containers/web/checkpoints/one", "web", REQUEST_OTHER},
		{"GET", "/services/web/logs", "web", REQUEST_OTHER},
		{"POST", "/x/containers/create", NULL, REQUEST_OTHER},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct request_endpoint e;

		request_endpoint_find(cases[i].method, cases[i].endpoint, &e);
		assert_int_equal(e.kind, cases[i].kind);
		if (cases[i].named)
			assert_string_equal(e.named, cases[i].named);
		else
			assert_null(e.named);
		request_endpoint_free(&e);
	}
}

static void endpoints_have_names(void **state)
{
	static const char *const cases[][3] = {
		{"POST", "/containers/create", "container_create"},
		{"POST", "/containers/web/copy", "container_copy"},
		{"POST", "/containers/web/exec", "exec_create"},
		{"POST", "/exec/4f/start", "exec_start"},
		{"POST", "/build", "build"},
		{"POST", "/images/load", "image_load"},
		{"POST", "/images/a/b/c/push", "image_push"},
		{"GET", "/images/get", "image_save"},
		{"GET", "/images/a/get", "image_save"},
		{"HEAD", "/containers/a/archive", "container_archive_stat"},
		{"PUT", "/containers/a/archive", "container_archive_put"},
		{"GET", "/networks/a", "network_inspect"},
		{"POST", "/networks/a/connect", "network_connect"},
		{"DELETE", "/volumes/a", "volume_remove"},
		{"GET", "/debug/pprof/heap", "debug"},
		{"POST", "/grpc", "grpc"},
		{"HEAD", "/containers/json", ""},
		{"PATCH", "/containers/web", ""},
		{"POST", "/newer/thing", ""},
		{"GET", "/containers/json/", ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct request_endpoint e;

		request_endpoint_find(cases[i][0], cases[i][1], &e);
		if (strcmp(e.name, cases[i][2]) != 0)
			fail_msg("%s %s is \"%s\"", cases[i][0], cases[i][1], e.name);
		request_endpoint_free(&e);
	}
}

/* What dockerd would read of a create body, or "error: …". */
static char *decoded(const char *body)
{
	AUTO(free_charp) char *text = mem_strdup(body);
	struct request_endpoint e;
	struct json_object *j = NULL;
	struct err err;
	char *out;

	for (char *p = text; *p; p++)
		*p = *p == '\'' ? '"' : *p;
	request_endpoint_find("POST", "/containers/create", &e);
	if (request_body_decode(&e, text, strlen(text), &j, NULL, &err))
		out = mem_printf("error: %s", err.msg);
	else
		out = mem_strdup(json_object_to_json_string_ext(j, JSON_C_TO_STRING_PLAIN));
	json_object_put(j);
	request_endpoint_free(&e);
	return out;
}

static void expect_unknown(const char *method, const char *endpoint, const char *body, const char *wanted)
{
	AUTO(json_putp) struct json_object *j = NULL;
	AUTO(json_putp) struct json_object *unknown = NULL;
	AUTO(json_putp) struct json_object *in = json_of(body);
	AUTO(json_putp) struct json_object *want = json_of(wanted);
	const char *text = json_object_to_json_string(in);
	struct request_endpoint e;
	struct err err;

	request_endpoint_find(method, endpoint, &e);
	assert_int_equal(request_body_decode(&e, text, strlen(text), &j, &unknown, &err), 0);
	if (!json_object_equal(unknown, want))
		fail_msg("%s: %s", body, json_object_to_json_string(unknown));
	request_endpoint_free(&e);
}

static void what_is_not_known_is_named(void **state)
{
	(void)state;
	expect_unknown("POST", "/containers/create", "{'image': 'a', 'Labels': {'x': '1'}}", "[]");
	expect_unknown(
		"POST", "/containers/create",
		"{'Gpus': 'all', 'HostConfig': {'Mounts': [{'Type': 'bind'}, {'a~b/c': 1}], 'New': {}}, "
		"'NetworkingConfig': {'EndpointsConfig': {'x/y': {'Fast': true}}}}",
		"['/Gpus', '/HostConfig/Mounts/1/a~0b~1c', '/HostConfig/New', "
		"'/NetworkingConfig/EndpointsConfig/x~1y/Fast']");
	expect_unknown("POST", "/networks/create", "{'Name': 'n', 'driver': 'macvlan', 'Vlan': 5}",
		       "['/Vlan']");
	expect_unknown("POST", "/containers/create", "{'PortSpecs': null, 'Cpu': 0}", "['/Cpu']");
	expect_unknown("POST", "/services/create", "{'Name': 'n'}", "['/Name']");
}

static void flags_as_dockerd_takes_them(void **state)
{
	static const char *const truths[] = {"1", "true", "yes", "x", "00", "nope", "\u0660", "no no"};
	static const char *const lies[] = {"", "0", "no", "NO", "False", " none ", "\u00a0false\u3000", "\t"};
	AUTO(json_putp) struct json_object *parameters = json_object_new_object();
	char name[8];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(truths); i++) {
		snprintf(name, sizeof(name), "t%zu", i);
		json_add_str(parameters, name, truths[i]);
		snprintf(name, sizeof(name), "f%zu", i);
		json_add_str(parameters, name, lies[i]);
	}
	const struct request_parts parts = {.method = "POST",
					    .uri = "/",
					    .path = "/",
					    .endpoint = "/",
					    .route = "ping",
					    .query = "",
					    .parameters = parameters,
					    .user = "",
					    .authn_method = ""};
	AUTO(json_putp) struct json_object *view = request_view(&parts);
	struct json_object *flags = json_get(view, "flags");

	for (size_t i = 0; i < ARRAY_LEN(truths); i++) {
		snprintf(name, sizeof(name), "t%zu", i);
		assert_true(json_object_get_boolean(json_get(flags, name)));
	}
	assert_int_equal(json_object_object_length(flags), ARRAY_LEN(truths));
}

static void bodies_are_decoded_as_go_does(void **state)
{
	static const char *const cases[][2] = {
		{"{'image':'a','HOSTCONFIG':{'memory':5}}", "{'Image':'a','HostConfig':{'Memory':5}}"},
		{"{'Ho\u017ftConfig':{'\u212aernelMemory':1}}", "{'HostConfig':{'KernelMemory':1}}"},
		{"{'\\u0048ostConfig':{}}", "{'HostConfig':{}}"},
		{"{'Cmd':'a','Entrypoint':['b']}", "{'Cmd':['a'],'Entrypoint':['b']}"},
		{"{'nonsense':{'HostConfig':[1]},'Tty':true}", "{'Tty':true}"},
		{"{'HostConfig':null,'Env':null,'Tty':null}", "{'HostConfig':null,'Env':null,'Tty':null}"},
		{"{'Labels':{'A':'1','a':'2','n':null}}", "{'Labels':{'A':'1','a':'2','n':''}}"},
		{"{'ExposedPorts':{'80/tcp':{'x':1}}}", "{'ExposedPorts':{'80/tcp':{}}}"},
		{"{'Privileged':true,'cpuset':'0'}", "{'Privileged':true,'Cpuset':'0'}"},
		{"{'HostConfig':{'PidsLimit':-9223372036854775808}}",
		 "{'HostConfig':{'PidsLimit':-9223372036854775808}}"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(free_charp) char *got = decoded(cases[i][0]);

		for (char *p = got; *p; p++)
			*p = *p == '"' ? '\'' : *p;
		for (char *p = got, *q = got; (*q = *p); p++) /* json-c escapes slashes */
			q += !(*p == '\\' && p[1] == '/');
		assert_string_equal(got, cases[i][1]);
	}
}

static void ambiguous_bodies_are_refused(void **state)
{
	static const char *const cases[][2] = {
		{"", "no request body can be seen"},
		{"null", "it is null"},
		{"[]", "must be an object"},
		{"{} {}", "text after the end"},
		{"{'Image':'a'", "expected , or }"},
		{"{'Image':'a','Image':'b'}", "the same key twice"},
		{"{'Image':'a','\\u0049mage':'b'}", "the same key twice"},
		{"{'Image':'a','image':'b'}", "two keys mean Image"},
		{"{'HostConfig':{},'hostconfig':{}}", "two keys mean HostConfig"},
		{"{'HostConfig':{'Memory':1,'memor\\u0079':1}}", "two keys mean Memory"},
		{"{'HostConfig':{'Memory':1,'MEMORY':1}}", "/HostConfig: two keys mean Memory"},
		{"{'HostConfig':{'Mounts':[{'Type':'bind','type':'bind'}]}}",
		 "/HostConfig/Mounts/0: two keys mean Type"},
		{"{'Image':1}", "/Image: must be a string"},
		{"{'Tty':1}", "/Tty: must be true or false"},
		{"{'HostConfig':{'Memory':1.5}}", "must be an integer"},
		{"{'HostConfig':{'Memory':1e3}}", "must be an integer"},
		{"{'HostConfig':{'Memory':'1'}}", "must be an integer"},
		{"{'HostConfig':{'Memory':9223372036854775808}}", "beyond 64 bits"},
		{"{'HostConfig':{'Memory':99999999999999999999}}", "integer beyond 64 bits"},
		{"{'HostConfig':{'BlkioWeight':-1}}", "out of range"},
		{"{'HostConfig':{'BlkioWeight':65536}}", "out of range"},
		{"{'HostConfig':{'Binds':['/:/h',null]}}", "/HostConfig/Binds/1: null in a list"},
		{"{'HostConfig':{'Mounts':[null]}}", "null in a list"},
		{"{'HostConfig':{'Binds':'/:/h'}}", "must be a list"},
		{"{'HostConfig':[]}", "must be an object"},
		{"{'ExposedPorts':{'80/tcp':1}}", "must be an object"},
		{"{'Image':'a\\u0000b'}", "must not hold \\u0000"},
		{"{'Ima\\u0000ge':'a'}", "must not hold \\u0000"},
		{"{'Image':'\xff'}", "not UTF-8"},
		{"{'Image':'\\ud800'}", "surrogate"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO(free_charp) char *got = decoded(cases[i][0]);

		assert_true(str_starts_with(got, "error: "));
		assert_contains(got, cases[i][1]);
	}
}

static void messages_are_read(void **state)
{
	static const char text[] =
		"{\"RequestMethod\":\"POST\",\"RequestUri\":\"/x\",\"User\":\"u\","
		"\"RequestHeaders\":{\"Content-Type\":\"a\"},\"RequestBody\":\"eyJhIjoxfQ==\"}";
	struct request_message m;
	struct err err;

	(void)state;
	assert_int_equal(request_message_parse(text, sizeof(text) - 1, &m, &err), 0);
	assert_string_equal(m.method, "POST");
	assert_string_equal(m.user, "u");
	assert_string_equal(request_message_header(&m, "content-type"), "a");
	assert_string_equal(request_message_header(&m, "absent"), "");
	assert_int_equal(m.body_len, 7);
	assert_memory_equal(m.body, "{\"a\":1}", 7);
	request_message_free(&m);
}

static void messages_that_are_none(void **state)
{
	static const char *const bad[] = {"",
					  "[]",
					  "{}",
					  "null",
					  "{'RequestMethod':'GET'}",
					  "{'RequestMethod':1,'RequestUri':'/x'}",
					  "{'RequestMethod':'GET','RequestUri':'/x','RequestHeaders':[]}",
					  "{'RequestMethod':'GET','RequestUri':'/x','RequestBody':'a'}",
					  "{'RequestMethod':'GET','RequestUri':'/x','RequestBody':'====' }",
					  "{'RequestMethod':'GET','RequestUri':'/x','RequestBody':'a-_b'}",
					  "{'RequestMethod':'GET','RequestUri':'/x','RequestBody':{}}"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO(free_charp) char *text = mem_strdup(bad[i]);
		struct request_message m;
		struct err err;

		for (char *p = text; *p; p++)
			*p = *p == '\'' ? '"' : *p;
		if (!request_message_parse(text, strlen(text), &m, &err))
			fail_msg("%s: accepted", bad[i]);
		assert_contains(err.msg, "the plugin message");
		assert_true(strlen(err.msg) > strlen("the plugin message: "));
		request_message_free(&m);
	}
}

/* "" where all is seen, or why not. */
static const char *uncertain(const char *method, const char *uri, const char *headers)
{
	static struct err err;
	AUTO(free_charp)
	char *text = mem_printf("{'RequestMethod': '%s', 'RequestUri': '%s', 'RequestHeaders': {%s}}", method,
				uri, headers);
	struct request_message m = {.method = method, .uri = uri};
	struct request_endpoint e;
	struct request_target t;

	err.msg[0] = 0;
	m.doc = json_of(text);
	m.headers = json_get(m.doc, "RequestHeaders");
	assert_int_equal(request_target_parse(uri, &t, &err), 0);
	request_endpoint_find(method, t.endpoint, &e);
	request_check_certain(&m, &t, &e, &err);
	request_endpoint_free(&e);
	request_target_free(&t);
	request_message_free(&m);
	return err.msg;
}

static void what_may_hide_a_body_is_uncertain(void **state)
{
	static const char *const bodiless[] = {"/containers/a/start",
					       "/v1.20/containers/a/start",
					       "/containers/a/kill",
					       "/containers/a/rename?name=b",
					       "/containers/a/unpause",
					       "/containers/prune",
					       "/volumes/prune",
					       "/plugins/x/enable",
					       "/buildx",
					       "/containers/archive"};
	static const char *const archives[] = {"/build",
					       "/v1.41/images/load",
					       "/images/create?fromSrc=-",
					       "/containers/a/attach",
					       "/exec/a/start",
					       "/session"};
	static const char *const forms[] = {"application/x-www-form-urlencoded",
					    "Application/X-WWW-Form-URLEncoded; a=b",
					    " multipart/form-data; boundary=x"};
	static const char *const odd[] = {"\\u00a0application/x-www-form-urlencoded",
					  "appl\\u0130cation/json", "\\u000bapplication/json",
					  "multipart\\u2028/form-data"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bodiless); i++) {
		assert_string_equal(uncertain("POST", bodiless[i], ""), "");
		assert_string_equal(
			uncertain("POST", bodiless[i], "'Content-Type': 'text/plain', 'content-length': '0'"),
			"");
		assert_contains(uncertain("POST", bodiless[i], "'Content-Type': 'text/plain'"),
				"cannot be seen");
		assert_contains(uncertain("PUT", bodiless[i], "'content-type': 'a', 'Content-Length': '00'"),
				"cannot be seen");
		assert_string_equal(uncertain("DELETE", bodiless[i], "'Content-Type': 'text/plain'"), "");
	}
	for (size_t i = 0; i < ARRAY_LEN(archives); i++) {
		assert_string_equal(uncertain("POST", archives[i], "'Content-Type': 'application/x-tar'"),
				    "");
		for (size_t k = 0; k < ARRAY_LEN(forms); k++) {
			AUTO(free_charp) char *header = mem_printf("'Content-Type': '%s'", forms[k]);

			assert_contains(uncertain("POST", archives[i], header), "a form");
		}
		for (size_t k = 0; k < ARRAY_LEN(odd); k++) {
			AUTO(free_charp) char *header = mem_printf("'Content-Type': '%s'", odd[k]);

			assert_contains(uncertain("POST", archives[i], header), "not plain ASCII");
		}
	}
	assert_string_equal(
		uncertain("PUT", "/containers/a/archive?path=/", "'Content-Type': 'application/x-tar'"), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(targets_are_read_as_go_does),
		cmocka_unit_test(targets_that_go_refuses),
		cmocka_unit_test(the_first_of_repeated_parameters_counts),
		cmocka_unit_test(endpoints_are_found),
		cmocka_unit_test(endpoints_have_names),
		cmocka_unit_test(what_is_not_known_is_named),
		cmocka_unit_test(flags_as_dockerd_takes_them),
		cmocka_unit_test(bodies_are_decoded_as_go_does),
		cmocka_unit_test(ambiguous_bodies_are_refused),
		cmocka_unit_test(messages_are_read),
		cmocka_unit_test(messages_that_are_none),
		cmocka_unit_test(what_may_hide_a_body_is_uncertain),
	};

	return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
