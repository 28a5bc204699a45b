# Start, options, status API, shutdown: what an administrator and a script rely on.
load helper

run_with() {
	run env -i PATH="$PATH" DOCKER_SOCKET="$DOCKER_HOST" RULES_DIR="$RULES" LISTEN= "$@" "$DE_BIN" run
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
	[[ "$output" == *"rules.json: /0/rule/==/0/var: params.HostConfig.Memroy: no such field; did you mean Memory?"* ]]
	rules '[{"name": '
	run_with
	[ "$status" = 2 ]
	[[ "$output" == *"rules.json: "*"line "* ]]
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
	[ "${#lines[@]}" = 2 ]
	[[ "${lines[0]}" == "$RULES/rules.json: /0/rule/eqals: unknown operator"* ]]
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
	await 5 sample_above docker_enforcer_checks_total 0
	[ "$(get / | jq '.detections | length')" = 0 ]
}

@test "status API: pages, queries, methods" {
	rules "$no_limit"
	container bad -l a.b=c
	start_enforcer IMMEDIATE_PERIODICAL_START=True
	await 5 detected bad "must have memory limit"
	get / | jq -e '.detections[0] | .id and .name and .violated_rule and .owner and .source and .count and .last_timestamp'
	get '/?show_image_and_labels=1' | jq -e '.detections[0] | .image == "busybox" and .labels["a.b"] == "c"'
	get '/recent' | jq -e '.detections | length == 1'
	get '/recent?show_all_violated_rules=1' | jq -e '.detections[0].violated_rule == ["must have memory limit"]'
	get /containers | jq -e '.[0] | .metrics.memory_stats.usage > 0 and .violations[0].rule == "must have memory limit"'
	get /config | jq -e '.MODE == "WARN" and .CHECK_INTERVAL_S == 600 and .RUN_PERIODIC == true'
	get /rules | jq -e '.[0].name == "must have memory limit"'
	[ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$PORT/nothing")" = 404 ]
	[ "$(curl -s -o /dev/null -w '%{http_code}' -X POST -d x "http://127.0.0.1:$PORT/")" = 405 ]
	[ "$(curl -s -I "http://127.0.0.1:$PORT/" | head -1 | tr -d '\r')" = "HTTP/1.1 200 OK" ]
	get /metrics | grep -q '^container_memory_usage_bytes{id="[0-9a-f]*",name="bad",image="busybox",container_label_a_b="c"} [0-9]'
}

@test "run --help lists every option, and docs/configuration.md has the same" {
	run "$DE_BIN" run --help
	[ "$status" = 0 ]
	[[ "$output" == *"CHECK_INTERVAL_S=600"* ]]
	"$DE_BIN" run --markdown >"$WORK/table"
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
	await 5 detected bad "must have memory limit"
	stop_enforcer
	jq -e '.time and .level and .message' "$LOG" >/dev/null
}

@test "SIGTERM ends it in under a second, also while a stop is under way, and leaves no BPF behind" {
	rules '[{"name": "all", "rule": {"or": [true, {">": [{"var": "metrics.network_tx_bytes"}, 0]}]}}]'
	before=$(bpf_programs)
	container bad -- sh -c 'trap "" TERM; while :; do sleep 1; done'
	start_enforcer MODE=KILL RUN_PERIODIC=False METRICS_SOURCE=bpf
	await 5 detected bad all
	[ "$(bpf_programs)" != "$before" ]
	bpftool cgroup tree | grep -q count_egress
	start=$(date +%s%N)
	stop_enforcer
	[ $((($(date +%s%N) - start) / 1000000)) -lt 1000 ]
	await 5 no_bpf "$before"
}

@test "a crash leaves nothing behind either" {
	rules '[{"name": "net", "rule": {">": [{"var": "metrics.network_tx_bytes"}, 1000000000]}}]'
	before=$(bpf_programs)
	start_enforcer METRICS_SOURCE=bpf
	[ "$(bpf_programs)" != "$before" ]
	kill -9 "$ENFORCER"
	wait "$ENFORCER" || true
	ENFORCER=
	await 5 no_bpf "$before"
	[ -z "$(find /sys/fs/bpf -mindepth 1 -name '*enforcer*' 2>/dev/null)" ]
}

# ids of such programs, whoever loaded them (another enforcer may run on this host)
bpf_programs() {
	{
		bpftool prog show | grep -E 'walk_hierarchy|flush_subtree|count_(in|e)gress' | cut -d: -f1
		bpftool cgroup tree | awk '/count_(in|e)gress/ {print $1}'
	} | sort -u
}

no_bpf() { # but for what was there BEFORE
	[ "$(bpf_programs)" = "$1" ]
}
