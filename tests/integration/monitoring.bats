# /metrics, and what reads it: Prometheus' own tools, the alert rules, the dashboard.
bats_require_minimum_version 1.5.0
load helper


@test "promtool finds nothing wrong with /metrics, whatever names and labels hold" {
	jq -n '[{name: "a \"quoted\" \\ rule", rule: true}]' >"$RULES/rules.json"
	container odd -l 'a.b=x"y\z' -l 'a_b=second' -l "multi=$(printf 'a\nb\e[2J')" -l 'ünï=ü' -l other=o
	start_enforcer EXPORT_LABELS='a.b, multi,ünï,absent' IMMEDIATE_PERIODICAL_START=True RUN_AUTHZ=True AUTHZ_LISTEN="unix://$WORK/p.sock" AUDIT_LOG="$WORK/audit"
	await sample_above docker_enforcer_checks_total 0
	get /metrics >"$WORK/metrics"
	promtool check metrics <"$WORK/metrics"
	grep -q '^docker_enforcer_detections_total{rule="a \\"quoted\\" \\\\ rule"} 1$' "$WORK/metrics"
	grep -q '^container_memory_usage_bytes{.*,image="busybox",container_label_a_b="x\\"y\\\\z",container_label_multi="a\\\\u000ab\\\\u001b\[2J",container_label___n__="ü"}' "$WORK/metrics"
	# as cAdvisor names them, each with a value
	for name in container_cpu_usage_seconds_total container_memory_usage_bytes container_memory_working_set_bytes \
		container_spec_memory_limit_bytes container_start_time_seconds container_last_seen container_oom_events_total \
		container_network_receive_bytes_total; do
		grep -qE "^$name\{id=\"[0-9a-f]{64}\",name=\"odd\",image=\"busybox\"" "$WORK/metrics"
	done
}

@test "a scrape asks Docker nothing" {
	container some
	start_enforcer RUN_PERIODIC=False
	await connected
	await sample_above docker_enforcer_containers 0
	before=$(sample docker_enforcer_docker_requests_total)
	for i in 1 2 3; do get /metrics >/dev/null; done
	[ "$before" -gt 0 ]
	[ "$(sample docker_enforcer_docker_requests_total)" = "$before" ]
}

@test "counters and gauges say what happens: connection, checks, collections" {
	rules '[{"name": "any", "rule": {">": [{"var": "metrics.memory_stats.usage"}, 0]}}]'
	container some
	start_enforcer CHECK_INTERVAL_S=1
	await sample_above docker_enforcer_checks_total 1
	await sample_above docker_enforcer_docker_connected 0
	[ "$(sample docker_enforcer_check_interval_seconds)" = 1 ]
	now=$(date +%s)
	checks_pass 1
	[ "$(sample docker_enforcer_last_check_timestamp_seconds | cut -d. -f1)" -ge "$now" ]
	for what in check collection; do
		[ "$(sample docker_enforcer_${what}_duration_seconds_count)" -ge 1 ]
		sample docker_enforcer_${what}_duration_seconds_sum | awk '{exit !($1 > 0)}'
	done
}

@test "shared network: the host's figures are not shown as a container's" {
	docker run -d --network host --name shares busybox sleep 3600 >/dev/null
	container own
	start_enforcer
	await sample_above docker_enforcer_containers 1
	get /metrics | has '^container_network_receive_bytes_total{.*name="own"'
	get /metrics | has '^container_last_seen{.*name="shares"'
	get /metrics | lacks '^container_network_receive_bytes_total{.*name="shares"'
	shows /containers '.[] | select(.name == "/shares") | .metrics.networks == null'
}

@test "alert rules: promtool tests them, and every metric they name is there" {
	cd "$DE_ROOT/deploy/prometheus"
	promtool check config --syntax-only prometheus.yml
	promtool check rules docker-enforcer-alerts.yml
	promtool test rules docker-enforcer-alerts.test.yml
	# each alert is tested
	grep -oE 'alert: .*' docker-enforcer-alerts.yml | cut -d' ' -f2 | while read -r alert; do
		grep -q "alertname.*$alert" docker-enforcer-alerts.test.yml
	done
}

@test "every metric that alerts and dashboard name is in /metrics" {
	container some
	rules "$no_limit"
	start_enforcer IMMEDIATE_PERIODICAL_START=True RUN_AUTHZ=True AUTHZ_LISTEN="unix://$WORK/p.sock" AUDIT_LOG="$WORK/audit"
	await detected some "must have memory limit"
	get /metrics >"$WORK/metrics"
	jq -e '.panels | length > 10' "$DE_ROOT/deploy/grafana/docker-enforcer.json"
	{
		jq -r '.panels[].targets[].expr, .templating.list[].query' "$DE_ROOT/deploy/grafana/docker-enforcer.json"
		grep expr: "$DE_ROOT/deploy/prometheus/docker-enforcer-alerts.yml"
	} | grep -oE '\b(docker_enforcer|containers?)_[a-z_]+' | sort -u >"$WORK/names"
	[ "$(wc -l <"$WORK/names")" -gt 15 ]
	while read -r name; do
		grep -qE "^$name[ {]" "$WORK/metrics" || {
			echo "$name is not in /metrics" >&2
			return 1
		}
	done <"$WORK/names"
}

@test "labels in /metrics: those that are named, by their exact names, however many a container has" {
	docker run -d --network none --name spoof -l com.docker.compose.project=mine -l com_docker_compose_project=theirs -l com-docker-compose-project=z \
		-l "com.docker.compose.service=$(printf 's%.0s' {1..1000})" busybox sleep 1000
	jq -nc '{Image: "busybox", Cmd: ["sleep", "1000"], HostConfig: {NetworkMode: "none"}, Labels: ([range(20000) | {("label-\(.)"): "x"}] | add)}' >"$WORK/body"
	curl -sf --unix-socket "${DOCKER_HOST#unix://}" -H 'Content-Type: application/json' --data-binary "@$WORK/body" "http://d/v1.41/containers/create?name=many"
	docker start many
	start_enforcer
	await contained 2
	get /metrics >"$WORK/metrics"
	grep -q '^container_memory_usage_bytes{.*,name="spoof",image="busybox",container_label_com_docker_compose_project="mine",container_label_com_docker_compose_service="s*…"}' "$WORK/metrics"
	not grep -qE 'theirs|label_label' "$WORK/metrics"
	[ "$(wc -c <"$WORK/metrics")" -lt 100000 ]
	stop_enforcer
	# two that would be one for Prometheus
	run -2 timeout 60 env -i PATH="$PATH" DOCKER_SOCKET="$DOCKER_HOST" RULES_DIR="$RULES" STATE_DIR= LISTEN=127.0.0.1:$PORT EXPORT_LABELS=a.b,a_b "$DE_BIN" run
	[[ "$output" == *'EXPORT_LABELS: "a.b" and "a_b" would both be container_label_a_b'* ]]
}

@test "what is surely not meant is said at start: option names, no mode, rules that are never evaluated" {
	rules '[{"name": "memory", "rule": {">": [{"var": "metrics.memory_stats.usage"}, 1]}}, {"name": "limit", "rule": {"==": [{"var": "params.HostConfig.Memory"}, 0]}}]'
	start_enforcer mode=kill MAX_ACTION_PER_MINUTE=3 CHECK_INTERVALS_S=3 RUN_PERIODIC=False RUN_WATCH=False DISABLE_METRICS=True MODEL=x LISTEN_FDS=0 DOCKER_HOST_NAME=x
	logged "WARNING mode is no option, and has no effect; did you mean MODE?"
	logged "MAX_ACTION_PER_MINUTE is no option, and has no effect; did you mean MAX_ACTIONS_PER_MINUTE?"
	logged "did you mean CHECK_INTERVAL_S?"
	[ "$(grep -c "is no option" "$LOG")" = 3 ]
	logged "WARNING no mode is on"
	logged 'WARNING rule "memory" reads metrics and is never evaluated: DISABLE_METRICS=True'
	not logged 'rule "limit"'
	shows /config '.version | test("^[0-9]+[.]")'
}

@test "metrics on the enforcer itself: build, mode, violations now, process; EXPORT_CONTAINERS" {
	rules "$no_limit"
	container box
	start_enforcer IMMEDIATE_PERIODICAL_START=True CHECK_INTERVAL_S=1
	await sample_is 'docker_enforcer_violations{rule="must have memory limit"}' 1
	get /metrics >"$WORK/metrics"
	grep -q '^docker_enforcer_build_info{version="[0-9]' "$WORK/metrics"
	grep -q '^docker_enforcer_mode{mode="WARN"} 1$' "$WORK/metrics"
	grep -q "^process_cpu_seconds_total [0-9]" "$WORK/metrics"
	grep -q "^process_start_time_seconds 1[0-9]" "$WORK/metrics"
	grep -q '^container_memory_usage_bytes{.*name="box"' "$WORK/metrics"
	for name in process_open_fds process_resident_memory_bytes; do sample_above $name 0; done
	docker update -m 64m --memory-swap 64m box >/dev/null
	await sample_is 'docker_enforcer_violations{rule="must have memory limit"}' 0
	stop_enforcer
	start_enforcer EXPORT_CONTAINERS=False
	get /metrics | lacks '^container_'
}
