# The run modes: what is checked when, on real containers.
load helper

@test "periodic: finds a container by its params, and not one that obeys" {
	rules "$no_limit"
	container bad
	container good -m 64m
	start_enforcer IMMEDIATE_PERIODICAL_START=True RUN_WATCH=False
	await detected bad "must have memory limit"
	undetected good "must have memory limit"
	shows / '.detections[0].source == "periodic" and .detections[0].owner == "[unknown]"'
	await shows / '.last_full_check_run_time | length > 6'
	running bad
}

@test "periodic: repeats every CHECK_INTERVAL_S and counts" {
	rules "$no_limit"
	container bad
	start_enforcer CHECK_INTERVAL_S=1 RUN_WATCH=False
	await sample_above docker_enforcer_checks_total 2
	# each of its checks is counted, and there is none but those
	await shows / '.detections[0].count >= 3'
	[ "$(get / | jq '.detections[0].count')" -le "$(sample docker_enforcer_checks_total)" ]
}

@test "events: a start is judged at once, without a periodic check" {
	rules "$no_limit"
	container before
	start_enforcer RUN_PERIODIC=False RUN_START_EVENTS=True
	await connected
	container bad
	container good -m 64m
	await detected bad "must have memory limit"
	shows / '.detections[] | select(.name == "/bad").source == "event"'
	# events are taken one by one: when a later one has been judged, these have
	container last
	await detected last "must have memory limit"
	undetected good "must have memory limit"
	# it started while the enforcer was down: as good as a start event
	await detected before "must have memory limit"
}

@test "events: none of them is judged unless asked for" {
	rules "$no_limit"
	start_enforcer RUN_PERIODIC=False
	await connected
	container bad
	docker rename bad worse
	docker update --cpus 0.5 worse
	# events are taken one by one: when a later one has been seen, these are over
	container last
	await shows /containers 'any(.name == "/last")'
	detections 0
}

@test "events: an update is judged with the new params" {
	rules '[{"name": "small", "rule": {">": [{"var": "params.HostConfig.Memory"}, {"bytes": "100m"}]}}]'
	container box -m 64m
	start_enforcer RUN_PERIODIC=False RUN_UPDATE_EVENTS=True
	await connected
	docker update -m 200m --memory-swap 400m box
	await detected box small
}

@test "events: a rename is judged under the new name" {
	rules '[{"name": "named", "rule": {"starts_with": [{"var": "name"}, "/evil"]}}]'
	container box
	start_enforcer RUN_PERIODIC=False RUN_RENAME_EVENTS=True
	await connected
	docker rename box evilbox
	await detected evilbox named
}

@test "watch: a memory rule is found from the kernel's figures, with no call to Docker per tick" {
	rules '[{"name": "big", "rule": {">": [{"var": "metrics.memory_stats.usage"}, {"bytes": "50MiB"}]}}]'
	container eater -m 200m --tmpfs /eaten -- sh -c 'while [ ! -f /go ]; do sleep 0.1; done; head -c 80000000 /dev/zero >/eaten/x; sleep 3600'
	start_enforcer RUN_PERIODIC=False METRICS_SOURCE=bpf
	await connected
	ticks_pass 3
	undetected eater big
	calls=$(sample docker_enforcer_docker_requests_total)
	ticks_pass 10
	[ "$(sample docker_enforcer_docker_requests_total)" = "$calls" ]
	docker exec eater touch /go
	await detected eater big
	shows / '.detections[0].source == "watch"'
}

@test "watch: a CPU rule holds for its duration, and is counted once" {
	# any share of a CPU will do: a machine may be busy
	rules '[{"name": "busy", "rule": {">": [{"var": "metrics.cpu_percent"}, 0.5]}, "for": "2s"}]'
	container burner -- sh -c 'while :; do :; done'
	container idle
	start_enforcer RUN_PERIODIC=False
	await detected burner busy
	shows /containers '.[] | select(.name == "/burner").violations[0].for_s >= 2'
	ticks_pass 10
	shows / '.detections[0].count == 1'
	undetected idle busy
}

@test "position: counts from 0 in order of start" {
	rules '[{"name": "no more than 2", "rule": {">=": [{"var": "position"}, 2]}}]'
	container one
	container two
	container three
	start_enforcer IMMEDIATE_PERIODICAL_START=True
	await detected three "no more than 2"
	undetected one "no more than 2"
	undetected two "no more than 2"
	docker restart -t 0 one >/dev/null
	await shows /containers 'any(.name == "/one" and .position == 2)'
}

@test "STOP_ON_FIRST_VIOLATION: one rule or all" {
	rules '[{"name": "a", "rule": true}, {"name": "b", "rule": true}]'
	container box
	start_enforcer IMMEDIATE_PERIODICAL_START=True
	await detected box a
	undetected box b
	stop_enforcer
	start_enforcer IMMEDIATE_PERIODICAL_START=True STOP_ON_FIRST_VIOLATION=False
	await detected box b
	shows / '.detections[0].violated_rule == "a"'
}

@test "rules on the host: watch and checks see its figures" {
	rules '[{"name": "memory", "rule": {"==": [{"var": "host.memory.total"}, '$(($(sed -n "s/^MemTotal: *//p" /proc/meminfo | cut -d" " -f1) * 1024))']}},
		{"name": "one", "rule": {"and": [{"==": [{"var": "host.containers"}, 1]}, {">": [{"var": "host.disk.free_percent"}, 0]}]}},
		{"name": "busy", "rule": {">=": [{"var": "host.cpu_percent"}, 0]}},
		{"name": "young", "rule": {"<": [{"var": "age_s"}, 3600]}}]'
	container box
	start_enforcer RUN_PERIODIC=False STOP_ON_FIRST_VIOLATION=False
	for rule in memory one busy; do await detected box $rule; done
	undetected box young # which is not for watch
	stop_enforcer
	start_enforcer RUN_WATCH=False STOP_ON_FIRST_VIOLATION=False DISABLE_METRICS=True IMMEDIATE_PERIODICAL_START=True
	for rule in memory one young; do await detected box $rule; done
}

@test "DISABLE_PARAMS and DISABLE_METRICS: such rules are not evaluated, others are" {
	rules '[{"name": "p", "rule": {"==": [{"var": "params.HostConfig.Memory"}, 0]}},
		{"name": "m", "rule": {"<": [{"var": "metrics.pids_stats.current"}, 1000]}},
		{"name": "n", "rule": {"==": [{"var": "name"}, "/box"]}}]'
	container box
	start_enforcer IMMEDIATE_PERIODICAL_START=True STOP_ON_FIRST_VIOLATION=False DISABLE_PARAMS=True \
		DISABLE_METRICS=True
	await detected box n
	undetected box p
	undetected box m
	stop_enforcer
	start_enforcer IMMEDIATE_PERIODICAL_START=True STOP_ON_FIRST_VIOLATION=False DISABLE_PARAMS=True
	await detected box m
	undetected box p
}

@test "CACHE_PARAMS: an update is seen by the next check, with one inspect for the change" {
	rules '[{"name": "large", "rule": {">": [{"var": "params.HostConfig.Memory"}, {"bytes": "100m"}]}}]'
	container box -m 64m
	start_enforcer CHECK_INTERVAL_S=1 RUN_WATCH=False
	await sample_above docker_enforcer_checks_total 1
	undetected box large
	docker update -m 200m --memory-swap 400m box
	await detected box large
	checks=$(sample docker_enforcer_checks_total)
	calls=$(sample docker_enforcer_docker_requests_total)
	checks_pass 2
	calls=$(($(sample docker_enforcer_docker_requests_total) - calls))
	# a list per check, no inspect; one check may have asked already and not have ended
	[ "$calls" -le $(($(sample docker_enforcer_checks_total) - checks + 1)) ]
}

@test "periodic: a symbolic link that is moved changes nothing of what runs, and counts for what starts after" {
	rules '[{"name": "outside", "rule": {"some": [{"var": "mounts"}, {"!": {"path_within": [{"var": "resolved"}, "'"$WORK"'"]}}]}}]'
	mkdir "$WORK/inside"
	ln -s "$WORK/inside" "$WORK/link"
	container box -v "$WORK/link:/x"
	start_enforcer CHECK_INTERVAL_S=1
	await sample_above docker_enforcer_checks_total 0
	undetected box outside
	ln -sfn /etc "$WORK/link"
	container later -v "$WORK/link:/x"
	await detected later outside
	undetected box outside
}

@test "a container that is paused is known as before" {
	rules '[{"name": "any", "rule": true}]'
	container box
	docker pause box
	start_enforcer CHECK_INTERVAL_S=1
	await detected box any
	checks_pass 2
	contained 1
}

@test "50 containers churning: every start is judged once, none twice" {
	rules '[{"name": "any", "rule": true}]'
	start_enforcer RUN_PERIODIC=False RUN_START_EVENTS=True
	await connected
	for i in $(seq 5); do
		for k in $(seq 10); do
			# it ends when it has been seen, so that none is gone before it could be judged
			docker run --rm --network none --name "c$i-$k" busybox sh -c 'trap "exit 0" TERM; sleep 3600 & wait' &
		done
		await detections $((i * 10))
		docker stop -t 60 $(docker ps -q) >/dev/null
		wait $(jobs -p | grep -vx "$ENFORCER") || true
	done
	shows / '[.detections[].count] | max == 1'
	# and all are forgotten when they end
	await contained 0
}
