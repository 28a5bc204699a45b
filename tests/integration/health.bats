# /healthz, /config and /metrics tell when the enforcer cannot do what it is there for.
load helper
load engine

# health STATUS [REASON]: what /healthz says now
health() {
	local answer
	answer=$(curl -s -w '\n%{http_code}' "http://127.0.0.1:$PORT/healthz")
	[ "${answer##*$'\n'}" = "$1" ] && [[ "$answer" == *"${2:-}"* ]]
}

@test "health: a check that fails, then one that works" {
	start_engine
	answer list '{"status": 500, "message": "broken list"}'
	start_on_engine CHECK_INTERVAL_S=1 IMMEDIATE_PERIODICAL_START=True DISABLE_METRICS=True
	await health 503 "the last check failed: docker: list: dockerd answered 500: broken list"
	rm "$ENGINE/answers/list"
	await health 200 '"status": "ok"'
}

@test "health: a reload that fails, and its success, time and hash" {
	start_engine
	start_on_engine DISABLE_METRICS=True
	health 200
	hash=$(get /config | jq -r .rules_hash)
	get /config | jq -e .last_reload_success
	rules '[{"name": "bad"}]'
	kill -HUP "$ENFORCER"
	await health 503 "the last reload failed, older rules are in force"
	get /config | jq -e '(.last_reload_success | not) and .last_reload_error and .last_reload'
	[ "$(sample docker_enforcer_last_reload_successful)" = 0 ]
	[ "$(get /config | jq -r .rules_hash)" = "$hash" ]
	rules '[{"name": "good", "rule": false}]'
	kill -HUP "$ENFORCER"
	await health 200
	[ "$(sample docker_enforcer_last_reload_successful)" = 1 ]
	[ "$(sample docker_enforcer_rules)" = 1 ]
	[ "$(get /config | jq -r .rules_hash)" != "$hash" ]
	get /metrics | grep -qF "docker_enforcer_rules_info{hash=\"$(get /config | jq -r .rules_hash)\"} 1"
}

@test "health: containers that are not read, too large, or not measured" {
	start_engine
	put 1 one
	start_on_engine METRICS_SOURCE=cgroupfs RUN_PERIODIC=False
	await health 503 "1 container not measured"
	[ "$(sample docker_enforcer_containers_unmeasured)" = 1 ]
	put 2 two
	answer "inspect.$(id 2)" '{"status": 500}'
	event start 2 two
	await health 503 "1 container could not be read"
	put 3 three
	answer "inspect.$(id 3)" '{"label": 20000000}'
	event start 3 three
	await health 503 "1 container with a document that is too large"
}
