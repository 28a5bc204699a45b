# What becomes of a verdict, whoever comes to it: the same outlets for requests and for checks.
bats_require_minimum_version 1.5.0

load helper
load plugin

no_exec='[{"name": "no exec", "rule": {"matches": [{"var": "ParsedUri.path"}, "/exec$"]}, "message": "use logs", "severity": "low"}]'

refused() { # refused PLACE: a request there was refused, and is on the page
	shows / '.detections | any(.name == $n and .source == "authz_plugin" and .action == "refused")' --arg n "$1"
}

exec_in() { # exec_in CONTAINER: the status
	create '{"Cmd": ["true"]}' "" "/v1.41/containers/$1/exec"
}

@test "a request rule's refusal is on the page, in the counts, the log, the audit log and the triggers" {
	echo "$no_exec" >"$RULES/request_rules.json"
	echo '[{"name": "t", "log": "TOLD {violated_rule} {request} {owner} {action} {message} {severity}"}]' >"$RULES/triggers.json"
	plugin AUDIT_LOG="$WORK/audit"
	[ "$(exec_in nobody)" = 403 ]
	await refused "POST /containers/nobody/exec"
	[ "$(exec_in nobody)" = 403 ]
	await shows / '.detections | length == 1 and .[0].count == 2 and .[0].id == "" and .[0].owner == "[unknown]" and
		.[0].violated_rule == "no exec" and .[0].message == "use logs"'
	shows /recent '.detections | length == 1'
	[ "$(sample 'docker_enforcer_detections_total{rule="no exec"}')" = 2 ]
	logged "authorization refused for user [unknown]: POST /v1.41/containers/nobody/exec: use logs"
	logged "TOLD no exec POST /v1.41/containers/nobody/exec [unknown] refuse use logs low"
	await grep -q '"violated_rules":\["no exec"\]' "$WORK/audit"
	curl -sf -H 'Accept: text/html' "http://127.0.0.1:$PORT/" | has "POST /containers/nobody/exec"
}

@test "in WARN mode it is there too, and not refused" {
	echo "$no_exec" >"$RULES/request_rules.json"
	plugin MODE=WARN
	[ "$(exec_in nobody)" = 404 ]
	await shows / '.detections | length == 1 and .[0].name == "POST /containers/nobody/exec" and (.[0] | has("action") | not)'
}

@test "what a request rule sees is what the client sent, not what dockerd would make of it" {
	echo '[{"name": "has runtime", "rule": {"var": "RequestBody.HostConfig.Runtime"}},
		{"name": "keys", "rule": {"!=": [{"length": [{"keys": [{"var": "RequestBody.HostConfig"}]}]}, 1]}}]' >"$RULES/request_rules.json"
	rules '[{"name": "runtime", "rule": {"==": [{"var": "params.HostConfig.Runtime"}, "runc"]}, "mode": "warn"}]'
	plugin MODE=WARN STOP_ON_FIRST_VIOLATION=False
	[ "$(create '{"Image": "busybox", "Cmd": ["true"], "HostConfig": {"Memory": 8388608}}')" = 201 ]
	await logged ": runtime"
	not logged "has runtime"
	not logged "keys"
	# and the same offline, where the explanation comes afterwards
	ask_file='{"RequestMethod": "POST", "RequestUri": "/containers/create", "RequestBody": {"Image": "busybox", "HostConfig": {"Memory": 8388608}}}'
	echo "$ask_file" >"$WORK/request.json"
	run "$DE_BIN" judge --rules "$RULES" --as request --explain "$WORK/request.json"
	[[ $output != *"runc"*"has runtime"* ]]
	[[ $output != *"\"has runtime\" holds"* ]]
}
