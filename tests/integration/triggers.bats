# Triggers: programs, webhooks and log lines on a detection.
bats_require_minimum_version 1.5.0
load helper

triggers() {
	echo "$1" >"$RULES/triggers.json"
}

# A program that notes what it was given.
program() {
	cat >"$WORK/program" <<-END
		#!/bin/sh
		cat >"$WORK/stdin"
		env >"$WORK/env"
		printf '%s\n' "\$@" >"$WORK/arguments"
		echo "to standard output"
		echo "to standard error" >&2
		touch "$WORK/done"
	END
	chmod +x "$WORK/program"
}

@test "exec: the verdict on standard input and in DE_*, arguments as they are, output in the log" {
	program
	rules "[{\"name\": \"no limit\", \"rule\": {\"==\": [{\"var\": \"params.HostConfig.Memory\"}, 0]}, \"message\": \"{name} has none\", \"severity\": \"low\"}]"
	triggers "[{\"name\": \"t\", \"exec\": [\"$WORK/program\", \"a b\", \"\$(touch $WORK/shell)\"]}]"
	container bad -l team=red
	start_enforcer IMMEDIATE_PERIODICAL_START=True
	await test -e "$WORK/done"
	jq -e '.name == "/bad" and .violated_rule == "no limit" and .violated_rules == ["no limit"] and .labels.team == "red" and
		.mode == "warn" and .enforced == false and .source == "periodic" and .message == "/bad has none" and .image == "busybox"' "$WORK/stdin"
	grep -qx "DE_NAME=/bad" "$WORK/env"
	grep -qx "DE_RULE=no limit" "$WORK/env"
	grep -qx "DE_MESSAGE=/bad has none" "$WORK/env"
	[ "$(cat "$WORK/arguments")" = "a b
\$(touch $WORK/shell)" ]
	[ ! -e "$WORK/shell" ]
	await logged 'trigger "t": to standard output'
	logged 'trigger "t": to standard error'
	await sample_is docker_enforcer_triggers_run_total 1
	[ "$(sample docker_enforcer_triggers_failed_total)" = 0 ]
}

@test "filters, disabled triggers, log lines; once for a violation in watch, again for each check" {
	rules '[{"name": "warns", "rule": {"==": [{"var": "name"}, "/one"]}}, {"name": "kills", "rule": {"==": [{"var": "name"}, "/two"]}, "mode": "kill"}]'
	triggers '[{"name": "line", "log": "LINE {name} {violated_rule} {labels.x}"},
		{"name": "kills only", "rule": {"==": [{"var": "mode"}, "kill"]}, "log": "KILLS {name} by {action}"},
		{"name": "off", "log": "OFF", "enabled": false},
		{"name": "fails", "rule": {"throw": "x"}, "log": "FAILS"}]'
	container one -l x=y
	container two
	start_enforcer IMMEDIATE_PERIODICAL_START=True
	await not_running two
	await logged "KILLS /two by stop"
	logged "LINE /one warns y"
	not logged "KILLS /one"
	not logged "OFF"
	not logged "FAILS /"
	logged 'trigger "fails": its filter failed'
}

@test "a slow program is killed with its children when its time is up, and delays no check" {
	rules '[{"name": "all", "rule": true}]'
	cat >"$WORK/slow" <<-END
		#!/bin/sh
		sleep 3210 &
		echo \$! >"$WORK/child"
		sleep 3210
	END
	chmod +x "$WORK/slow"
	triggers "[{\"name\": \"slow\", \"exec\": [\"$WORK/slow\"], \"timeout\": \"2s\"}]"
	container box
	start_enforcer CHECK_INTERVAL_S=1 IMMEDIATE_PERIODICAL_START=True
	await has_file "$WORK/child"
	child=$(cat "$WORK/child")
	await logged 'did not end within 2 s and was killed'
	await not kill -0 "$child"
	await sample_above docker_enforcer_triggers_failed_total 0
}

@test "a program that takes its time delays no check" {
	rules '[{"name": "all", "rule": true}]'
	printf '#!/bin/sh\ntouch %s\nexec sleep 3210\n' "$WORK/begun" >"$WORK/slow"
	chmod +x "$WORK/slow"
	triggers "[{\"name\": \"slow\", \"exec\": [\"$WORK/slow\"], \"timeout\": \"10m\"}]"
	container box
	start_enforcer CHECK_INTERVAL_S=1 IMMEDIATE_PERIODICAL_START=True
	await test -e "$WORK/begun"
	checks_pass 2
	[ "$(sample docker_enforcer_triggers_failed_total)" = 0 ]
}

@test "shutdown kills what still runs, and does not wait for it" {
	rules '[{"name": "all", "rule": true}]'
	printf '#!/bin/sh\necho $$ >%s\nexec sleep 3210\n' "$WORK/pid" >"$WORK/slow"
	chmod +x "$WORK/slow"
	triggers "[{\"name\": \"slow\", \"exec\": [\"$WORK/slow\"], \"timeout\": \"10m\"}, {\"name\": \"hook\", \"webhook\": {\"url\": \"http://127.0.0.1:$((PORT + 1))/\"}}]"
	container box
	start_enforcer IMMEDIATE_PERIODICAL_START=True
	await has_file "$WORK/pid"
	# had it waited for the program's ten minutes, or the webhook's further tries, this would show
	stop_enforcer
	[ "$SECONDS" -lt 300 ]
	not kill -0 "$(cat "$WORK/pid")"
	logged "was killed, the enforcer is shutting down"
}

@test "a program that fails, or is not there, is said and counted" {
	rules '[{"name": "all", "rule": true}]'
	triggers '[{"name": "fails", "exec": ["/bin/sh", "-c", "exit 7"]}, {"name": "absent", "exec": ["/nonexistent/program"]},
		{"name": "deaf", "exec": ["/bin/true"]}, {"name": "signal", "exec": ["/bin/sh", "-c", "kill -9 $$"]}]'
	container box
	start_enforcer IMMEDIATE_PERIODICAL_START=True
	await logged 'trigger "fails": /bin/sh ended with status 7'
	await logged 'trigger "absent": starting /nonexistent/program: No such file or directory'
	await logged 'trigger "signal": /bin/sh was ended by signal 9'
	await sample_is docker_enforcer_triggers_failed_total 3
	not logged 'trigger "deaf":'
}

# hook MODE: a server that notes each request; "flaky" fails twice, "refuses" always with 400
hook() {
	cat >"$WORK/hook" <<-'END'
		import http.server, json, sys
		mode, port, notes = sys.argv[1], int(sys.argv[2]), sys.argv[3]
		seen = 0
		class Handler(http.server.BaseHTTPRequestHandler):
		    def do_POST(self):
		        global seen
		        seen += 1
		        body = self.rfile.read(int(self.headers["Content-Length"]))
		        with open(notes, "a") as f:
		            f.write(json.dumps({"path": self.path, "type": self.headers["Content-Type"], "key": self.headers["X-Key"],
		                                "verdict": json.loads(body)}) + "\n")
		        self.send_response(400 if mode == "refuses" else 503 if mode == "flaky" and seen < 3 else 204)
		        self.end_headers()
		    def log_message(self, *arguments):
		        pass
		server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
		if mode == "tls":
		    import ssl
		    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
		    context.load_cert_chain(sys.argv[4])
		    server.socket = context.wrap_socket(server.socket, server_side=True)
		server.serve_forever()
	END
	touch "$WORK/notes"
	python3 "$WORK/hook" "$1" $((PORT + 1)) "$WORK/notes" "${2:-}" >"$WORK/hook.log" 2>&1 3>&- &
	FAKE=$!
	await bash -c ": </dev/tcp/127.0.0.1/$((PORT + 1))"
}

notes() {
	[ "$(wc -l <"$WORK/notes")" = "$1" ]
}

@test "webhook: the verdict as JSON with its headers, tried again until it is taken" {
	hook flaky
	rules '[{"name": "all", "rule": true}]'
	triggers "[{\"name\": \"hook\", \"webhook\": {\"url\": \"http://127.0.0.1:$((PORT + 1))/detections?x=1\", \"headers\": {\"X-Key\": \"secret\"}}}]"
	container box
	start_enforcer IMMEDIATE_PERIODICAL_START=True
	await notes 3
	jq -se 'all(.path == "/detections?x=1" and .type == "application/json" and .key == "secret" and .verdict.name == "/box")' "$WORK/notes"
	await sample_is docker_enforcer_triggers_run_total 1
	[ "$(sample docker_enforcer_triggers_failed_total)" = 0 ]
}

@test "webhook: what is refused is not tried again; a certificate that nobody vouches for is not trusted" {
	hook refuses
	rules '[{"name": "all", "rule": true}]'
	triggers "[{\"name\": \"hook\", \"webhook\": {\"url\": \"http://127.0.0.1:$((PORT + 1))/\"}}]"
	container box
	start_enforcer IMMEDIATE_PERIODICAL_START=True
	await logged "answered 400"
	notes 1
	stop_enforcer
	kill "$FAKE"
	wait "$FAKE" || true
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -keyout "$WORK/key" -out "$WORK/cert" 2>/dev/null
	cat "$WORK/key" "$WORK/cert" >"$WORK/pem"
	hook tls "$WORK/pem"
	triggers "[{\"name\": \"hook\", \"webhook\": {\"url\": \"https://127.0.0.1:$((PORT + 1))/\"}}]"
	start_enforcer IMMEDIATE_PERIODICAL_START=True
	await logged "certificate"
	notes 1
}

@test "detections of every mode run triggers: events, watch, authorization" {
	rules '[{"name": "starts", "rule": {"==": [{"var": "name"}, "/starts"]}}, {"name": "eats", "rule": {">": [{"var": "metrics.memory_stats.usage"}, 20000000]}},
		{"name": "asks", "rule": {"==": [{"var": "name"}, "/asks"]}}]'
	echo '[{"name": "no plugins", "rule": {"starts_with": [{"var": "ParsedUri.endpoint"}, "/plugins"]}}]' >"$RULES/request_rules.json"
	triggers '[{"name": "line", "log": "LINE {source} {name} {violated_rule} {enforced} {request}"}]'
	start_enforcer RUN_PERIODIC=False RUN_START_EVENTS=True RUN_AUTHZ=True AUTHZ_LISTEN="unix://$WORK/plugin.sock" MODE=WARN
	container starts
	await logged "LINE event /starts starts false"
	container eater --tmpfs /eaten -- sh -c 'head -c 30000000 /dev/zero >/eaten/x; sleep 3600'
	await logged "LINE watch /eater eats false"
	curl -s --unix-socket "$WORK/plugin.sock" -d '{"RequestMethod": "POST", "RequestUri": "/containers/create?name=asks", "RequestBody": "eyJJbWFnZSI6ImEifQ=="}' http://p/AuthZPlugin.AuthZReq
	await logged "LINE authz_plugin /asks asks false POST /containers/create?name=asks"
	curl -s --unix-socket "$WORK/plugin.sock" -d '{"RequestMethod": "GET", "RequestUri": "/plugins"}' http://p/AuthZPlugin.AuthZReq
	await logged "LINE authz_plugin  no plugins false GET /plugins"
}

@test "a queue that is full drops, says so once, and delays no authorization" {
	rules '[{"name": "all", "rule": true}]'
	triggers '[{"name": "stuck", "exec": ["/bin/sleep", "3210"]}]'
	start_enforcer RUN_PERIODIC=False RUN_AUTHZ=True AUTHZ_LISTEN="unix://$WORK/plugin.sock"
	cat >"$WORK/flood" <<-'END'
		import socket, sys, time
		message = b'{"RequestMethod": "POST", "RequestUri": "/containers/create", "RequestBody": "eyJJbWFnZSI6ImEifQ=="}'
		s = socket.socket(socket.AF_UNIX)
		s.connect(sys.argv[1])
		worst = 0
		for _ in range(1200):
		    start = time.monotonic()
		    s.sendall(b"POST /AuthZPlugin.AuthZReq HTTP/1.1\r\nHost: p\r\nContent-Length: %d\r\n\r\n" % len(message) + message)
		    answer = b""
		    while not answer.endswith(b"}"):
		        answer += s.recv(4096)
		    worst = max(worst, time.monotonic() - start)
		print("%.3f s at worst" % worst)
		assert worst < 30, "as long as dockerd waits for a plugin"
	END
	python3 "$WORK/flood" "$WORK/plugin.sock"
	sample_above docker_enforcer_triggers_dropped_total 100
	[ "$(grep -c 'triggers: 1000 wait already' "$LOG")" = 1 ]
}
