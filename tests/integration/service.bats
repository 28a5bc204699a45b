# Start, options, status API, shutdown: what an administrator and a script rely on.
load helper

run_with() {
	run env -i PATH="$PATH" DOCKER_SOCKET="$DOCKER_HOST" RULES_DIR="$RULES" STATE_DIR= LISTEN= "$@" "$DE_BIN" run
}

@test "a bad value stops the start and says what is allowed" {
	run_with MODE=MAIM
	[ "$status" = 2 ]
	[[ "$output" == *'MODE="MAIM": must be one of WARN|KILL'* ]]
	run_with CHECK_INTERVAL_S=never
	[ "$status" = 2 ]
	[[ "$output" == *CHECK_INTERVAL_S* ]]
	run_with DOCKER_SOCKET=nowhere
	[ "$status" = 2 ]
	[[ "$output" == *"neither unix:///path nor host:port"* ]]
	run_with LISTEN=nonsense
	[ "$status" = 2 ]
	[[ "$output" == *"must be address:port"* ]]
}

@test "a bad rule file stops the start with file, pointer and suggestion" {
	rules '[{"name": "x", "rule": {"==": [{"var": "params.HostConfig.Memroy"}, 0]}}]'
	run_with
	[ "$status" = 2 ]
	[[ "$output" == *"rules.json:1: /0/rule/==/0/var: params.HostConfig.Memroy: no such field; did you mean Memory?"* ]]
	rules '[{"name": '
	run_with
	[ "$status" = 2 ]
	[[ "$output" == *"rules.json:"*": line "* ]]
}

@test "a port in use is named" {
	start_enforcer
	run_with LISTEN=127.0.0.1:$PORT
	[ "$status" = 2 ]
	[[ "$output" == *"LISTEN=\"127.0.0.1:$PORT\": Address already in use"* ]]
}

@test "check: prints every problem, exit status 1; none, 0; no folder, 2" {
	rules '[{"name": "x", "rule": {"eqals": [1, 2]}}, {"name": "y"}]'
	run "$DE_BIN" check "$RULES"
	[ "$status" = 1 ]
	[ "${#lines[@]}" = 3 ]
	[[ "${lines[0]}" == "$RULES/rules.json:1: /0/rule/eqals: unknown operator"* ]]
	rules "$no_limit"
	run "$DE_BIN" check "$RULES"
	[ "$status" = 0 ]
	run "$DE_BIN" check /no/such/folder
	[ "$status" = 2 ]
}

@test "the rules that are shipped are right, and stop nothing" {
	run "$DE_BIN" check "$DE_ROOT/rules"
	[ "$status" = 0 ]
	container box
	start_enforcer RULES_DIR="$DE_ROOT/rules" IMMEDIATE_PERIODICAL_START=True MODE=WARN
	await sample_above docker_enforcer_checks_total 0
	detections 0
}

@test "status API: pages, queries, methods" {
	rules "$no_limit"
	container bad -l a.b=c
	start_enforcer IMMEDIATE_PERIODICAL_START=True EXPORT_LABELS=a.b
	await detected bad "must have memory limit"
	shows / '.detections[0] | .id and .name and .violated_rule and .owner and .source and .count and .last_timestamp'
	shows '/?show_image_and_labels=1' '.detections[0] | .image == "busybox" and .labels["a.b"] == "c"'
	shows '/recent' '.detections | length == 1'
	shows '/recent?show_all_violated_rules=1' '.detections[0].violated_rule == ["must have memory limit"]'
	shows /containers '.[0] | .metrics.memory_stats.usage > 0 and .violations[0].rule == "must have memory limit"'
	shows /config '.MODE == "WARN" and .CHECK_INTERVAL_S == 600 and .RUN_PERIODIC == true'
	shows /rules '.[0].name == "must have memory limit"'
	[ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$PORT/nothing")" = 404 ]
	[ "$(curl -s -o /dev/null -w '%{http_code}' -X POST -d x "http://127.0.0.1:$PORT/")" = 405 ]
	[ "$(curl -s -I "http://127.0.0.1:$PORT/" | head -1 | tr -d '\r')" = "HTTP/1.1 200 OK" ]
	get /metrics | has '^container_memory_usage_bytes{id="[0-9a-f]*",name="bad",image="busybox",container_label_a_b="c"} [0-9]'
}

@test "run --help lists every option, and docs/configuration.md has the same" {
	run "$DE_BIN" run --help
	[ "$status" = 0 ]
	[[ "$output" == *"CHECK_INTERVAL_S=600"* ]]
	"$DE_BIN" run --markdown >"$WORK/table"
	[ "$(wc -l <"$WORK/table")" -gt 20 ]
	while IFS= read -r line; do grep -qxF -- "$line" "$DE_ROOT/docs/configuration.md"; done <"$WORK/table"
}

@test "usage errors have exit status 2" {
	for arguments in "" "nothing" "run x" "eval" "check a b"; do
		run "$DE_BIN" $arguments
		[ "$status" = 2 ]
	done
}

@test "eval: a result, an error, a suite" {
	run "$DE_BIN" eval --logic <(echo '{"+": [{"var": "a"}, 2]}') --data <(echo '{"a": 40}')
	[ "$status" = 0 ] && [ "$output" = 42 ]
	run "$DE_BIN" eval --logic <(echo '{"throw": "x"}')
	[ "$status" = 1 ]
	run "$DE_BIN" eval --suite "$DE_ROOT"/tests/fixtures/jsonlogic/*.json
	[ "$status" = 0 ]
	[[ "$output" == *" passed, 0 failed" ]]
	run "$DE_BIN" eval --suite <(echo '[{"rule": 1, "data": null, "result": 2}]')
	[ "$status" = 1 ]
}

@test "JSON logs are one object per line" {
	rules "$no_limit"
	container bad
	start_enforcer LOG_FORMAT=json IMMEDIATE_PERIODICAL_START=True
	await detected bad "must have memory limit"
	stop_enforcer
	jq -se 'length > 3 and all(.time and .level and .message)' "$LOG" >/dev/null
}

@test "SIGTERM leaves no BPF behind" {
	rules '[{"name": "all", "rule": {"or": [true, {">": [{"var": "metrics.network_tx_bytes"}, 0]}]}}]'
	container bad
	start_enforcer RUN_PERIODIC=False METRICS_SOURCE=bpf
	await detected bad all
	bpf_of "$ENFORCER" >"$WORK/programs"
	has walk_hierarchy <"$WORK/programs"
	has count_egress <"$WORK/programs"
	counts_packets
	stop_enforcer
	await all_gone
}

@test "a crash leaves nothing behind either" {
	rules '[{"name": "net", "rule": {">": [{"var": "metrics.network_tx_bytes"}, 1000000000]}}]'
	start_enforcer METRICS_SOURCE=bpf
	bpf_of "$ENFORCER" >"$WORK/programs"
	has count_egress <"$WORK/programs"
	kill -9 "$ENFORCER"
	wait "$ENFORCER" || true
	ENFORCER=
	await all_gone
	[ -z "$(find /sys/fs/bpf -mindepth 1 -name '*enforcer*' 2>/dev/null)" ]
}

all_gone() { # no program that was noted is loaded any more, and so none is attached
	local id
	for id in $(cut -d' ' -f1 "$WORK/programs"); do
		! bpftool prog show id "$id" || return 1
	done
}
