# /metrics, and what reads it: Prometheus' own tools, the alert rules, the dashboard.
bats_require_minimum_version 1.5.0
load helper


@test "promtool finds nothing wrong with /metrics, whatever names and labels hold" {
	jq -n '[{name: "a \"quoted\" \\ rule\nof two lines", rule: true}]' >"$RULES/rules.json"
	container odd -l 'a.b=x"y\z' -l 'a_b=second' -l "multi=$(printf 'a\nb')" -l 'ünï=ü'
	start_enforcer IMMEDIATE_PERIODICAL_START=True RUN_AUTHZ=True AUTHZ_LISTEN="unix://$WORK/p.sock" AUDIT_LOG="$WORK/audit"
	await sample_above docker_enforcer_checks_total 0
	get /metrics >"$WORK/metrics"
	promtool check metrics <"$WORK/metrics"
	grep -q '^docker_enforcer_detections_total{rule="a \\"quoted\\" \\\\ rule\\nof two lines"} 1$' "$WORK/metrics"
	grep -q '^container_memory_usage_bytes{.*container_label_a_b="x\\"y\\\\z".*container_label_multi="a\\nb"' "$WORK/metrics"
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
