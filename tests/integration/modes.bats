# The run modes: what is checked when, on real containers.
load helper

@test "periodic: finds a container by its params, and not one that obeys" {
	rules "$no_limit"
	container bad
	container good -m 64m
	start_enforcer IMMEDIATE_PERIODICAL_START=True RUN_WATCH=False
	await 5 detected bad "must have memory limit"
	undetected good "must have memory limit"
	[ "$(get / | jq -r '.detections[0].source')" = periodic ]
	[ "$(get / | jq -r '.detections[0].owner')" = "[unknown]" ]
	[ "$(get / | jq '.last_full_check_run_time | length')" -gt 6 ]
	running bad
}

@test "periodic: repeats every CHECK_INTERVAL_S and counts" {
	rules "$no_limit"
	container bad
	start_enforcer CHECK_INTERVAL_S=1 RUN_WATCH=False
	[ "$(get / | jq '.detections | length')" = 0 ]
	await 5 sample_above docker_enforcer_checks_total 2
	[ "$(get / | jq '.detections[0].count')" -ge 2 ]
}

@test "events: a start is judged at once, without a periodic check" {
	rules "$no_limit"
	container before
	start_enforcer RUN_PERIODIC=False RUN_START_EVENTS=True
	await 5 sample_above docker_enforcer_docker_connected 0
	container bad
	container good -m 64m
	await 5 detected bad "must have memory limit"
	[ "$(get / | jq -r '.detections[] | select(.name == "/bad").source')" = event ]
	undetected good "must have memory limit"
	undetected before "must have memory limit"
}

@test "events: none of them is judged unless asked for" {
	rules "$no_limit"
	start_enforcer RUN_PERIODIC=False
	await 5 grep -q true <(get /healthz)
	container bad
	docker rename bad worse
	await 5 sample_above docker_enforcer_events_total 2
	[ "$(get / | jq '.detections | length')" = 0 ]
}

@test "events: an update is judged with the new params" {
	rules '[{"name": "small", "rule": {">": [{"var": "params.HostConfig.Memory"}, {"bytes": "100m"}]}}]'
	container box -m 64m
	start_enforcer RUN_PERIODIC=False RUN_UPDATE_EVENTS=True
	await 5 grep -q true <(get /healthz)
	docker update -m 200m --memory-swap 400m box
	await 5 detected box small
}

@test "events: a rename is judged under the new name" {
	rules '[{"name": "named", "rule": {"starts_with": [{"var": "name"}, "/evil"]}}]'
	container box
	start_enforcer RUN_PERIODIC=False RUN_RENAME_EVENTS=True
	await 5 grep -q true <(get /healthz)
	docker rename box evilbox
	await 5 detected evilbox named
}

@test "watch: a memory rule is found from the kernel's figures, with no call to Docker per tick" {
	rules '[{"name": "big", "rule": {">": [{"var": "metrics.memory_stats.usage"}, {"bytes": "50MiB"}]}}]'
	container eater -m 200m -- sh -c 'while [ ! -f /go ]; do sleep 0.1; done; head -c 80000000 /dev/zero | tail'
	start_enforcer RUN_PERIODIC=False METRICS_SOURCE=bpf
	await 5 sample_above docker_enforcer_watch_ticks_total 3
	undetected eater big
	calls=$(sample docker_enforcer_docker_requests_total)
	ticks=$(sample docker_enforcer_watch_ticks_total)
	await 10 sample_above docker_enforcer_watch_ticks_total $((ticks + 10))
	[ "$(sample docker_enforcer_docker_requests_total)" = "$calls" ]
	docker exec -d eater touch /go
	await 10 detected eater big
	[ "$(get / | jq -r '.detections[0].source')" = watch ]
}

@test "watch: a CPU rule holds for its duration, and is counted once" {
	rules '[{"name": "busy", "rule": {">": [{"var": "metrics.cpu_percent"}, 30]}, "for": "2s"}]'
	container burner -- sh -c 'while :; do :; done'
	start=$(date +%s%N)
	start_enforcer RUN_PERIODIC=False
	await 10 detected burner busy
	[ $((($(date +%s%N) - start) / 1000000)) -ge 2000 ]
	ticks=$(sample docker_enforcer_watch_ticks_total)
	await 10 sample_above docker_enforcer_watch_ticks_total $((ticks + 10))
	[ "$(get / | jq '.detections[0].count')" = 1 ]
}

@test "position: counts from 0 in order of start" {
	rules '[{"name": "no more than 2", "rule": {">=": [{"var": "position"}, 2]}}]'
	container one
	container two
	container three
	start_enforcer IMMEDIATE_PERIODICAL_START=True
	await 5 detected three "no more than 2"
	undetected one "no more than 2"
	undetected two "no more than 2"
	docker restart -t 0 one >/dev/null
	await 5 sh -c "curl -s http://127.0.0.1:$PORT/containers | jq -e '.[] | select(.name == \"/one\" and .position == 2)'"
}

@test "STOP_ON_FIRST_VIOLATION: one rule or all" {
	rules '[{"name": "a", "rule": true}, {"name": "b", "rule": true}]'
	container box
	start_enforcer IMMEDIATE_PERIODICAL_START=True
	await 5 detected box a
	undetected box b
	stop_enforcer
	start_enforcer IMMEDIATE_PERIODICAL_START=True STOP_ON_FIRST_VIOLATION=False
	await 5 detected box b
	[ "$(get / | jq -r '.detections[0].violated_rule')" = a ]
}

@test "DISABLE_PARAMS and DISABLE_METRICS: such rules are not evaluated, others are" {
	rules '[{"name": "p", "rule": {"==": [{"var": "params.HostConfig.Memory"}, 0]}},
		{"name": "m", "rule": {"<": [{"var": "metrics.pids_stats.current"}, 1000]}},
		{"name": "n", "rule": {"==": [{"var": "name"}, "/box"]}}]'
	container box
	start_enforcer IMMEDIATE_PERIODICAL_START=True STOP_ON_FIRST_VIOLATION=False DISABLE_PARAMS=True \
		DISABLE_METRICS=True
	await 5 detected box n
	undetected box p
	undetected box m
	stop_enforcer
	start_enforcer IMMEDIATE_PERIODICAL_START=True STOP_ON_FIRST_VIOLATION=False DISABLE_PARAMS=True
	await 5 detected box m
	undetected box p
}

@test "CACHE_PARAMS: an update is seen by the next check, with one inspect for the change" {
	rules '[{"name": "large", "rule": {">": [{"var": "params.HostConfig.Memory"}, {"bytes": "100m"}]}}]'
	container box -m 64m
	start_enforcer CHECK_INTERVAL_S=1 RUN_WATCH=False
	await 5 sample_above docker_enforcer_checks_total 1
	docker update -m 200m --memory-swap 400m box
	await 5 detected box large
	calls=$(sample docker_enforcer_docker_requests_total)
	checks=$(sample docker_enforcer_checks_total)
	await 10 sample_above docker_enforcer_checks_total $((checks + 2))
	# a list per check, no inspect
	[ $(($(sample docker_enforcer_docker_requests_total) - calls)) -le $(($(sample docker_enforcer_checks_total) - checks)) ]
}

@test "periodic: a symbolic link that is moved under a bind is followed again" {
	rules '[{"name": "outside", "rule": {"some": [{"var": "mounts"}, {"!": {"path_within": [{"var": "resolved"}, "'"$WORK"'"]}}]}}]'
	mkdir "$WORK/inside"
	ln -s "$WORK/inside" "$WORK/link"
	container box -v "$WORK/link:/x"
	start_enforcer CHECK_INTERVAL_S=1
	await 5 sample_above docker_enforcer_checks_total 0
	undetected box outside
	ln -sfn /etc "$WORK/link"
	await 5 detected box outside
}

@test "50 containers churning: every start is judged once, none twice" {
	rules '[{"name": "any", "rule": true}]'
	start_enforcer RUN_PERIODIC=False RUN_START_EVENTS=True
	await 5 grep -q true <(get /healthz)
	for i in $(seq 5); do
		for k in $(seq 10); do
			docker run -d --rm --network none --name "c$i-$k" busybox sleep 3 >/dev/null &
		done
		wait $(jobs -p | grep -vx "$ENFORCER")
	done
	await 20 sh -c "[ \$(curl -s http://127.0.0.1:$PORT/ | jq '.detections | length') = 50 ]"
	[ "$(get / | jq '[.detections[].count] | max')" = 1 ]
	# and all are forgotten when they end
	await 20 sh -c "[ \$(curl -s http://127.0.0.1:$PORT/containers | jq length) = 0 ]"
}
