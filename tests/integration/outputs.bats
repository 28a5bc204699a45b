#!/usr/bin/env bats
# What is shown to people: nothing that a container's owner wrote is a line of its own, commands a terminal or turns
# text round, wherever it is shown; and secrets are not shown at all.
bats_require_minimum_version 1.5.0

load helper
load engine

setup_file() {
	without_dockerd
}

# What an owner may write into every text of a container: a line of its own, colours by ESC and by C1, text turned
# round, hidden or joined, a bell, DEL.
evil() {
	printf 'evil\nFORGED line\r\033[31m\xc2\x9b31m\xe2\x80\xae\xe2\x80\xa8\xe2\x80\x8b\xe2\x81\xa6\xef\xbb\xbf\a\x7f'
}

# evil_text: as JSON
evil_text() {
	evil | jq -Rs .
}

# harmless FILE…: what is in it does nothing to who looks at it, and the text is in it, to be seen
harmless() {
	local file
	for file; do
		if LC_ALL=C grep -naP '[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8b\xa8-\xae]|\xe2\x81[\xa0-\xaf]|\xef\xbb\xbf|^ *FORGED' "$file" | cat -v >&2; then
			echo "in $file" >&2
			return 1
		fi
		grep -q 'FORGED' "$file" && grep -qi 'u202e' "$file" || {
			echo "$file does not show the text" >&2
			cat "$file" >&2
			return 1
		}
	done
}

# A document all of whose texts are the evil one, or end with it.
document() {
	jq -n --argjson e "$(evil_text)" '{Id: ("1" * 64), Name: ("/" + $e), Image: $e, State: {Pid: 0, StartedAt: "2026-01-01T00:00:00Z"},
		HostConfig: {Binds: ["/opt/\($e):/t\($e)"], CapAdd: [$e], NetworkMode: $e},
		Config: {Image: $e, Labels: {($e): $e, x: $e}, Env: ["\($e)=\($e)"], User: $e, Hostname: $e, Cmd: [$e]}}'
}

evil_rules() {
	echo '[{"name": "all", "rule": {"or": [{"==": [{"var": "name"}, 1]}, {"==": [{"var": "labels"}, 1]}, {"==": [{"var": "env"}, 1]},
	         {"==": [{"var": "mounts"}, 1]}, {"==": [{"val": ["labels", "x"]}, 1]}, true]},
	        "message": "{name} {labels} {env} {image} {mounts} {params.Config.User}"},
	       {"name": "throws", "rule": {"throw": {"val": ["labels", "x"]}}}]' >"$RULES/rules.json"
}

@test "judge: in every form" {
	document >"$WORK/doc.json"
	evil_rules
	cp "$WORK/doc.json" "$WORK/$(evil | tr -d '\n').json"
	for options in "" --explain --view --json "--explain --json --view" "--explain --view"; do
		run -1 --separate-stderr "$DE_BIN" judge --rules "$RULES" $options "$WORK/doc.json"
		printf '%s' "$output" >"$WORK/out"
		harmless "$WORK/out"
	done
	run -1 "$DE_BIN" judge --rules "$RULES" "$WORK/$(evil | tr -d '\n').json"
	printf '%s\n' "$output" >"$WORK/out"
	harmless "$WORK/out"
	# a create request, a message to the plugin, and what cannot be read
	jq -c '{Image: "a", Labels: .Config.Labels, Env: .Config.Env}' "$WORK/doc.json" >"$WORK/create.json"
	run -1 "$DE_BIN" judge --rules "$RULES" --as create --name "$(evil)" --explain "$WORK/create.json"
	printf '%s\n' "$output" >"$WORK/out"
	harmless "$WORK/out"
	jq -c --argjson e "$(evil_text)" '{Image: "a", HostConfig: {($e): 1, Binds: [$e]}, ($e): 2, Env: $e}' <<<{} >"$WORK/bad.json"
	run "$DE_BIN" judge --rules "$RULES" --as create "$WORK/bad.json"
	printf '%s\n' "$output" >"$WORK/out"
	not grep -qP '^FORGED|\x1b|\xc2\x9b' "$WORK/out"
}

@test "test, eval and check: what fails is said without being obeyed" {
	evil_rules
	jq -n --slurpfile d <(document) --slurpfile r "$RULES/rules.json" --argjson e "$(evil_text)" \
		'{rules: $r[0], tests: [{name: $e, input: $d[0], violates: []}, {name: ("x" + $e), ($e): 1}]}' >"$WORK/tests.json"
	run -1 "$DE_BIN" test "$WORK/tests.json"
	printf '%s\n' "$output" >"$WORK/out"
	harmless "$WORK/out"
	jq -n --argjson e "$(evil_text)" '{rules: [], tests: [], ($e): 1}' >"$WORK/suite-key.json"
	run -2 "$DE_BIN" test "$WORK/suite-key.json"
	printf '%s\n' "$output" >"$WORK/out"
	harmless "$WORK/out"
	jq -n --argjson e "$(evil_text)" '[{description: $e, rule: {var: ""}, data: {($e): $e}, result: $e}]' >"$WORK/suite.json"
	run -1 "$DE_BIN" eval --suite "$WORK/suite.json"
	printf '%s\n' "$output" >"$WORK/out"
	harmless "$WORK/out"
	evil_text >"$WORK/data.json"
	echo '{"var": ""}' >"$WORK/logic.json"
	"$DE_BIN" eval --logic "$WORK/logic.json" --data "$WORK/data.json" >"$WORK/out"
	harmless "$WORK/out"
	[ "$(jq -r . "$WORK/out" | md5sum)" = "$(jq -r . "$WORK/data.json" | md5sum)" ] # in JSON it means the same
	jq -n --argjson e "$(evil_text)" '[{name: $e, ($e): 1, rule: {($e): [1]}}, {name: "n", rule: {var: ("params." + $e)}, mode: $e, for: $e}]' >"$RULES/rules.json"
	run -1 "$DE_BIN" check "$RULES"
	printf '%s\n' "$output" >"$WORK/out"
	harmless "$WORK/out"
	[ "$(grep -c "^$RULES/rules.json:[0-9]*: /" "$WORK/out")" = "$(($(wc -l <"$WORK/out") - 1))" ]
	run -2 "$DE_BIN" "$(evil)"
	printf '%s\n' "$output" >"$WORK/out"
	harmless "$WORK/out"
}

@test "a place that prints by itself is found" {
	mkdir -p "$WORK/tree/userspace/cli"
	"$DE_ROOT/tests/lint/printing"
	"$DE_ROOT/tests/lint/printing" "$WORK/tree"
	echo 'void f(const char *name) { printf("%s\n", name); }' >"$WORK/tree/userspace/cli/cmd_new.c"
	run -1 "$DE_ROOT/tests/lint/printing" "$WORK/tree"
	[[ "$output" == *"cmd_new.c:1: prints by itself"* ]]
}

@test "names of rules: what nobody sees is refused" {
	for name in 'a\u0000b' 'a\nb' 'a\u001b[31m' 'a\u009bb' 'a\u202eb' 'a\u200bb' 'a\u007f'; do
		for file in rules request_rules whitelist_rules; do
			echo "[{\"name\": \"$name\", \"rule\": true}]" >"$WORK/one.json"
			mkdir -p "$WORK/$file"
			echo '[]' >"$WORK/$file/rules.json"
			cp "$WORK/one.json" "$WORK/$file/$file.json"
			run -1 "$DE_BIN" check "$WORK/$file"
			[[ "$output" == *"$file.json:1: /0/name: must not hold"* ]]
		done
	done
	echo '[{"name": "größer als 1 GiB – \\u, C:\\x", "rule": true}]' >"$RULES/rules.json"
	"$DE_BIN" check "$RULES"
}

@test "the daemon: log, pages, /metrics and audit log; and top" {
	evil_rules
	start_engine
	put 1 "$(evil)" "$(document | jq 'del(.Name, .Id, .State)')"
	for format in text json; do
		start_on_engine LOG_FORMAT=$format IMMEDIATE_PERIODICAL_START=True DISABLE_METRICS=True AUDIT_LOG="$WORK/audit.$format" \
			STOP_ON_FIRST_VIOLATION=False EXPORT_LABELS=x LOG_LEVEL=DEBUG
		await sample_above docker_enforcer_checks_total 0
		await has_file "$WORK/audit.$format"
		for page in / '/?show_all_violated_rules=1&show_image_and_labels=1' /recent /containers; do
			get "$page" >"$WORK/page.json"
			harmless "$WORK/page.json"
			jq -e . "$WORK/page.json"
			curl -sf -H 'Accept: text/html' "http://127.0.0.1:$PORT$page" >"$WORK/page.html"
			harmless "$WORK/page.html"
		done
		stop_enforcer
		harmless "$LOG" "$WORK/audit.$format"
		: >"$LOG"
	done
	start_on_engine METRICS_SOURCE=docker EXPORT_LABELS=x
	await contained 1
	get /metrics >"$WORK/metrics"
	harmless "$WORK/metrics"
	for options in "--once" "--once --json"; do
		env -i PATH="$PATH" DOCKER_SOCKET="unix://$WORK/engine.sock" METRICS_SOURCE=docker "$DE_BIN" top $options >"$WORK/out"
		not grep -qP '\x1b|\xc2\x9b|^ *FORGED' "$WORK/out"
		grep -q evil "$WORK/out"
	done
}

@test "a refusal's line says first what was decided, and cuts the URI; dockerd's answer is one line" {
	echo '[{"name": "no", "rule": {"==": [{"var": "RequestMethod"}, "DELETE"]}, "message": "no {ParsedUri.query.q}"}]' >"$RULES/request_rules.json"
	start_enforcer RUN_AUTHZ=True AUTHZ_LISTEN="unix://$WORK/p.sock" MODE=KILL DISABLE_METRICS=True
	uri="/v1.41/containers/x?q=$(evil | jq -sRr @uri)&y=$(printf 'a%.0s' {1..5000})"
	jq -nc --arg u "$uri" '{RequestMethod: "DELETE", RequestUri: $u, User: "eve"}' >"$WORK/message"
	curl -sf --unix-socket "$WORK/p.sock" --data-binary "@$WORK/message" http://p/AuthZPlugin.AuthZReq >"$WORK/answer"
	jq -r .Msg "$WORK/answer" >"$WORK/msg"
	harmless "$WORK/msg"
	grep -q ' WARNING authorization refused for user eve: DELETE /v1.41/containers/x?q=evil.*…: no evil\\u000aFORGED' "$LOG"
	[ "$(grep 'authorization refused' "$LOG" | wc -c)" -lt 1000 ]
}

@test "secrets: of webhooks scheme and host are shown, of programs the path, wherever they are" {
	echo '[{"name": "hook", "webhook": {"url": "http://user:hunter2@127.0.0.1:1/services/T0/hunter3?token=hunter4#hunter5", "headers": {"X": "hunter6"}}},
	       {"name": "exec", "exec": ["/bin/false", "--password", "hunter7"]}]' >"$RULES/triggers.json"
	rules '[{"name": "all", "rule": true}]'
	start_engine
	put 1 web
	start_on_engine IMMEDIATE_PERIODICAL_START=True DISABLE_METRICS=True LOG_LEVEL=DEBUG
	shows /triggers '.[0].webhook == {"url": "http://127.0.0.1:1", "headers": {"X": "(not shown)"}} and .[1].exec == ["/bin/false", "(arguments not shown)"]'
	await logged 'given up after 4 attempts: http://127.0.0.1:1: '
	await logged 'trigger "exec": /bin/false ended with status 1'
	for page in /triggers /config /rules / /metrics /healthz; do
		get "$page" >>"$WORK/all"
		curl -s -H 'Accept: text/html' "http://127.0.0.1:$PORT$page" >>"$WORK/all"
	done
	lacks hunter <"$WORK/all"
	lacks hunter <"$LOG"
}

@test "a Host header that is not ours is refused, by whatever name it comes" {
	start_enforcer LISTEN_NAMES=enforcer,ops.example.org DISABLE_METRICS=True DOCKER_SOCKET="unix://$WORK/none"
	status() { # status CURL'S OPTIONS…
		curl -s -o "$WORK/answer" -w '%{http_code}' "$@" "http://127.0.0.1:$PORT${page:-/triggers}"
	}
	for host in evil.example "evil.example:$PORT" localhost.evil.example 127.0.0.1.evil.example 2130706433 'a b' localhost:x; do
		for page in /triggers /metrics / /nothing; do
			[ "$(status -H "Host: $host")" = 421 ]
		done
	done
	status -H "Host: evil.example"
	jq -re .message "$WORK/answer" | has 'LISTEN_NAMES'
	for host in "127.0.0.1:$PORT" localhost "localhost:$PORT" "[::1]:$PORT" 192.0.2.7 enforcer "OPS.example.org:$PORT" "$(hostname)"; do
		page=/config
		[ "$(status -H "Host: $host")" = 200 ]
	done
	# two of them, and none (HTTP/1.0)
	[ "$(raw 'GET /config HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n')" != 200 ]
	[ "$(raw 'GET /config HTTP/1.0\r\n\r\n')" = 200 ]
}

raw() { # raw REQUEST: the answer's status
	local version status rest
	exec 7<>"/dev/tcp/127.0.0.1/$PORT"
	printf "$1" >&7
	read -r version status rest <&7
	exec 7>&-
	echo "$status"
}

@test "LISTEN=unix:///path: for root alone, whatever the Host header; gone with the enforcer" {
	env -i PATH="$PATH" DOCKER_SOCKET="unix://$WORK/none" RULES_DIR="$RULES" STATE_DIR= LISTEN="unix://$WORK/run/status.sock" DISABLE_METRICS=True \
		"$DE_BIN" run >>"$LOG" 2>&1 3>&- &
	ENFORCER=$!
	over_socket() {
		curl -sf --unix-socket "$WORK/run/status.sock" -H "Host: whatever" http://enforcer/config
	}
	await over_socket
	[ "$(stat -c '%a %U' "$WORK/run/status.sock")" = "600 root" ]
	logged "status pages at unix://$WORK/run/status.sock"
	not get /config
	stop_enforcer
	[ ! -e "$WORK/run/status.sock" ]
}

@test "300 half-sent requests keep nobody waiting, and are gone after a few seconds" {
	start_enforcer DISABLE_METRICS=True DOCKER_SOCKET="unix://$WORK/none"
	python3 - "$PORT" <<-'END'
		import socket, sys, time, urllib.request, urllib.error
		port = int(sys.argv[1])
		half = []
		for i in range(300):
		    s = socket.create_connection(("127.0.0.1", port), 60)
		    s.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ")
		    half.append(s)
		def health():
		    start = time.monotonic()
		    try:
		        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=60).read()
		    except urllib.error.HTTPError as e:
		        assert e.code == 503  # Docker is not there: an answer all the same
		    return time.monotonic() - start
		print("answered in", health())
		# a byte at a time does not hold a place either
		def alive(s):
		    try:
		        s.sendall(b"x")
		        s.setblocking(False)
		        try:
		            return s.recv(1) != b""
		        except BlockingIOError:
		            return True
		        finally:
		            s.setblocking(True)
		    except OSError:
		        return False
		end = time.monotonic() + 120
		while any([alive(s) for s in half]):
		    assert time.monotonic() < end, "some are still there"
		    health()
		    time.sleep(0.05)
		print("all gone after", time.monotonic() - end + 120)
	END
}
