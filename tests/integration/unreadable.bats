# One container, or one answer, that is too large or never comes: the others are judged as ever, and it is told.
load helper
load engine

no_limit_kill='[{"name": "limit", "rule": {"==": [{"var": "params.HostConfig.Memory"}, 0]}, "action": "kill"}]'

@test "unreadable: one container with a huge label violates a rule of its own, the others are judged as ever" {
	rules "$no_limit_kill"
	start_engine
	put 1 huge '{"HostConfig": {"Memory": 1000000}}'
	put 2 bad
	put 3 good '{"HostConfig": {"Memory": 1000000}}'
	answer "inspect.$(id 1)" '{"label": 20000000}'
	start_on_engine CHECK_INTERVAL_S=1 IMMEDIATE_PERIODICAL_START=True DISABLE_METRICS=True
	await detected huge "cannot be read"
	await detected bad limit
	undetected good limit
	undetected good "cannot be read"
	await sample_above docker_enforcer_checks_total 1
	[ "$(requests POST stop)" = 0 ]
}

@test "unreadable: in KILL mode it is stopped, unless it is exempt from that rule" {
	rules '[]'
	start_engine
	put 1 huge
	put 2 spared
	answer inspect '{"label": 20000000}'
	start_on_engine MODE=KILL IMMEDIATE_PERIODICAL_START=True DISABLE_METRICS=True WHITE_LIST="spared|cannot be read"
	await requested POST stop 1
	await sample_above docker_enforcer_checks_total 0
	not requested POST stop 2
	not logged "names a rule that does not exist"
}

@test "unreadable: an answer that does not come is no violation" {
	rules '[]'
	start_engine
	put 1 hung
	put 2 other
	answer "inspect.$(id 1)" '{"status": 500, "message": "hung"}'
	start_on_engine MODE=KILL CHECK_INTERVAL_S=1 IMMEDIATE_PERIODICAL_START=True DISABLE_METRICS=True
	await sample_above docker_enforcer_checks_total 2
	[ "$(get / | jq '.detections | length')" = 0 ]
	[ "$(requests POST stop)" = 0 ]
}

@test "unreadable: many containers with large labels do not fill the memory; those that cannot be kept are told" {
	rules '[{"name": "large", "rule": {"val": ["labels", "large"]}}]'
	start_engine
	answer inspect '{"label": 890000}'
	for i in $(seq 400); do put "$i" "c$i"; done
	answer "inspect.$(id 401)" '{"label": 1000}'
	put 401 ordinary
	# the fake's list alone has 350 MB, and takes its time on a busy machine
	start_on_engine IMMEDIATE_PERIODICAL_START=True DISABLE_METRICS=True DOCKER_REQ_TIMEOUT_S=600
	LIMIT_S=500 await contained 401
	await sample_above docker_enforcer_checks_total 0
	# what was kept was judged, what was not violates the rule for that
	[ "$(sample 'docker_enforcer_detections_total{rule="large"}')" -gt 100 ]
	[ "$(sample 'docker_enforcer_detections_total{rule="cannot be read"}')" -gt 100 ]
	detected ordinary large
	instrumented || [ "$(awk '/^VmRSS:/ {print int($2 / 1024)}' "/proc/$ENFORCER/status")" -lt 450 ]
}
