# Gaps: what happens while the enforcer is down, while the event stream is, and while Docker does not answer.
load helper
load engine

no_limit_kill='[{"name": "limit", "rule": {"==": [{"var": "params.HostConfig.Memory"}, 0]}, "action": "kill"}]'
figures='[{"name": "any", "rule": {">": [{"var": "metrics.pids_stats.current"}, 0]}}]'

connected() {
	get /healthz | jq -e .docker_connected
}

# waiting N: that many event streams were asked for
streams() {
	[ "$(grep -c ' GET /events' "$WORK/requests")" -ge "$1" ]
}

@test "gap: containers that started while the enforcer was down are judged when it is up" {
	rules "$no_limit"
	container before
	start_enforcer RUN_PERIODIC=False RUN_START_EVENTS=True RUN_WATCH=False
	await detected before "must have memory limit"
	stop_enforcer
	container other
	rules "$figures"
	start_enforcer RUN_PERIODIC=False RUN_START_EVENTS=True RUN_WATCH=False
	await detected other any
}

@test "gap: what came back with a limit is left alone, what came back without one is not" {
	rules "$no_limit_kill"
	start_engine
	put 1 mended
	put 2 worse '{"HostConfig": {"Memory": 1000000}}'
	put 3 gone
	answer kill '{"status": 500, "message": "not now"}'
	start_on_engine MODE=KILL RUN_PERIODIC=False RUN_START_EVENTS=True DISABLE_METRICS=True
	await requested POST kill 1
	# restarted in a gap: their deaths and starts are in no stream
	put 1 mended '{"HostConfig": {"Memory": 1000000}, "State": {"StartedAt": "2026-01-02T00:00:00Z"}}'
	put 2 worse '{"State": {"StartedAt": "2026-01-02T00:00:00Z"}}'
	rm "$ENGINE/containers/$(id 3).json"
	put 4 new
	break_stream
	rm "$ENGINE/answers/kill"
	await streams 2
	await requested POST kill 2
	await requested POST kill 4
	test -e "$ENGINE/containers/$(id 1).json"
	await sh -c "curl -s http://127.0.0.1:$PORT/containers | jq -e '[.[].name] | index(\"/gone\") | not'"
}

@test "gap: dockerd restarts, containers come back with new processes and are measured and judged anew" {
	rules "$figures"
	container back --restart always
	start_enforcer RUN_PERIODIC=False RUN_START_EVENTS=True
	await detected back any
	pid=$(docker inspect -f '{{.State.Pid}}' back)
	# it does not see the end, nor the start
	kill -STOP "$ENFORCER"
	"$DE_ROOT/deploy/private-dockerd" stop "$DE_DIR"
	"$DE_ROOT/deploy/private-dockerd" start "$DE_DIR" 3>&-
	await running back
	[ "$(docker inspect -f '{{.State.Pid}}' back)" != "$pid" ]
	kill -CONT "$ENFORCER"
	await logged "everything is looked at anew"
	await sh -c "curl -s http://127.0.0.1:$PORT/containers | jq -e '.[0].metrics.pids_stats.current > 0'"
	await sh -c "curl -s http://127.0.0.1:$PORT/containers | jq -e '.[0].violations[0].rule == \"any\"'"
	[ "$(sample docker_enforcer_detections_total)" -ge 2 ]
}

@test "gap: a restart that no event told of is noticed by its figures, without a periodic check" {
	rules '[{"name": "two", "rule": {">": [{"var": "metrics.pids_stats.current"}, 1]}}]'
	start_engine
	in_cgroup "$(id 1)" sleep 600
	put 1 one "{\"State\": {\"Pid\": $PROCESS}}"
	start_on_engine RUN_PERIODIC=False METRICS_SOURCE=cgroupfs RUN_WATCH=True
	await sh -c "curl -s http://127.0.0.1:$PORT/containers | jq -e '.[0].metrics.pids_stats.current == 1'"
	leave_cgroup "$(id 1)"
	in_cgroup "$(id 1)" sh -c 'sleep 600 & sleep 600'
	put 1 one "{\"State\": {\"Pid\": $PROCESS, \"StartedAt\": \"2026-01-02T00:00:00Z\"}}"
	await detected one two
	leave_cgroup "$(id 1)"
}

@test "pids: a process that is another container's by now is not measured for it; read again, each has its own" {
	rules '[{"name": "two", "rule": {">": [{"var": "metrics.pids_stats.current"}, 1]}}]'
	start_engine
	in_cgroup "$(id 2)" sh -c 'sleep 600 & sleep 600'
	local other=$PROCESS
	put 1 one "{\"State\": {\"Pid\": $other}}"
	put 2 two "{\"State\": {\"Pid\": $other}}"
	start_on_engine RUN_PERIODIC=False METRICS_SOURCE=cgroupfs RUN_WATCH=True
	await detected two two
	get /containers | jq -e '.[] | select(.name == "/one") | .metrics == null'
	undetected one two
	in_cgroup "$(id 1)" sleep 600
	put 1 one "{\"State\": {\"Pid\": $PROCESS}}"
	await sh -c "curl -s http://127.0.0.1:$PORT/containers | jq -e '.[] | select(.name == \"/one\") | .metrics.pids_stats.current == 1'"
	leave_cgroup "$(id 1)"
	leave_cgroup "$(id 2)"
}

@test "nested: usage within a container's cgroup that is another container's is not held against it" {
	rules '[]'
	start_engine
	in_cgroup "$(id 1)" sleep 600
	local outer=$PROCESS
	in_cgroup "$(id 1)/$(id 2)" sh -c 'sleep 600 & sleep 600 & sleep 600'
	put 1 outer "{\"State\": {\"Pid\": $outer}}"
	put 2 inner "{\"State\": {\"Pid\": $PROCESS}}"
	start_on_engine MODE=KILL RUN_PERIODIC=False RUN_WATCH=True
	await contained 2
	rules '[{"name": "two", "rule": {">": [{"var": "metrics.pids_stats.current"}, 1]}, "action": "kill"}]'
	kill -HUP "$ENFORCER"
	await requested POST kill 2
	get /containers | jq -e ".[] | select(.name == \"/inner\") | .nested_in == \"$(id 1)\""
	get /containers | jq -e '.[] | select(.name == "/outer") | .metrics.pids_stats.current == 1'
	ticks=$(sample docker_enforcer_watch_ticks_total)
	await sample_above docker_enforcer_watch_ticks_total $((ticks + 5))
	not requested POST kill 1
	leave_cgroup "$(id 1)/$(id 2)"
	leave_cgroup "$(id 1)"
}

@test "nested: no usage rule acts on a container before it is known what is within it" {
	rules '[{"name": "two", "rule": {">": [{"var": "metrics.pids_stats.current"}, 1]}, "action": "kill"}]'
	start_engine
	in_cgroup "$(id 1)" sleep 600
	local outer=$PROCESS
	in_cgroup "$(id 1)/$(id 2)" sh -c 'sleep 600 & sleep 600 & sleep 600'
	put 1 outer "{\"State\": {\"Pid\": $outer}}"
	put 2 inner "{\"State\": {\"Pid\": $PROCESS}}"
	answer "inspect.$(id 2)" '{"delay": 4}'
	start_on_engine MODE=KILL RUN_PERIODIC=False RUN_WATCH=True
	await logged "container /outer ($(id 1 | cut -c -12)) is not killed, as rule \"two\" would have had it"
	await requested POST kill 2
	ticks_pass 5
	not requested POST kill 1
	# what is within it is its own where Docker does not know it
	event die 2 inner
	await requested POST kill 1
	leave_cgroup "$(id 1)/$(id 2)"
	leave_cgroup "$(id 1)"
}

@test "gap: a start that could not be read is read again, and judged" {
	rules "$no_limit"
	start_engine
	start_on_engine RUN_PERIODIC=False RUN_START_EVENTS=True DISABLE_METRICS=True
	await connected
	answer inspect '{"status": 500, "message": "busy"}'
	put 1 late
	event start 1 late
	await logged "dockerd answered 500: busy; it is tried again"
	rm "$ENGINE/answers/inspect"
	await detected late "must have memory limit"
}

@test "gap: a container about which Docker does not answer delays no other" {
	rules "$no_limit"
	start_engine
	for i in 1 2 3; do put $i "hung$i" && answer "inspect.$(id $i)" '{"delay": 3600}'; done
	put 4 first
	start_on_engine RUN_PERIODIC=False RUN_START_EVENTS=True DISABLE_METRICS=True DOCKER_REQ_TIMEOUT_S=600
	await detected first "must have memory limit"
	put 5 second
	event start 5 second
	await detected second "must have memory limit"
}

@test "gap: in a large backlog a start is judged at once, and the others as they arrive" {
	rules "$no_limit"
	start_engine
	for i in $(seq 400); do put $i "c$i"; done
	answer inspect '{"delay": 0.5}'
	start_on_engine CHECK_INTERVAL_S=600 IMMEDIATE_PERIODICAL_START=True RUN_START_EVENTS=True DISABLE_METRICS=True
	await connected
	put 999 urgent
	event start 999 urgent
	await detected urgent "must have memory limit"
	# the backlog takes half a minute and more: neither read to the end, nor unjudged so far
	[ "$(sample docker_enforcer_checks_total)" = 0 ]
	[ "$(get / | jq '.detections | length')" -gt 1 ]
	[ "$(get / | jq '.detections | length')" -lt 401 ]
	[ "$(get / | jq '[.detections[].count] | max')" = 1 ]
	rm "$ENGINE/answers/inspect"
	await sh -c "[ \$(curl -s http://127.0.0.1:$PORT/ | jq '.detections | length') = 401 ]"
}

@test "RUN_AUTHZ alone: positions are right as it begins, in a gap and after it" {
	rules '[{"name": "no more than 2", "rule": {">=": [{"var": "position"}, 2]}}]'
	start_engine
	put 1 one
	put 2 two
	answer inspect '{"delay": 3600}'
	start_on_engine MODE=KILL RUN_AUTHZ=True AUTHZ_LISTEN="unix://$WORK/plugin.sock" RUN_PERIODIC=False DISABLE_METRICS=True
	# neither is read yet
	not may_create
	rm "$ENGINE/answers/inspect" "$ENGINE/containers/$(id 2).json"
	event die 2 two
	break_stream
	await may_create
	await contained 1
	# the stream does not come back, and one has started: the list says so
	answer events '{"status": 500}'
	break_stream
	await disconnected
	put 3 three
	not may_create
	answer list '{"status": 500, "message": "busy"}'
	not may_create
	grep 'authorization refused.*busy' "$LOG"
	rm "$ENGINE/answers/list" "$ENGINE/containers/$(id 3).json"
	may_create
	rm "$ENGINE/answers/events"
	await connected
	put 3 three
	event start 3 three
	await contained 2
	not may_create
}

may_create() {
	curl -s --max-time 60 --unix-socket "$WORK/plugin.sock" -d "$(jq -nc --arg b "$(printf '{"Image": "img"}' | base64 -w 0)" '{RequestMethod: "POST",
		RequestUri: "/v1.41/containers/create", RequestBody: $b, RequestHeaders: {"Content-Type": "application/json"}}')" \
		http://p/AuthZPlugin.AuthZReq | jq -e .Allow
}

# dockerd's answer to a start may come long before its event, and reading what was started takes its time.
@test "RUN_AUTHZ alone: what was let start keeps its place until it is read, and one of its requests that fails takes it from no other" {
	rules '[{"name": "no more than 1", "rule": {">=": [{"var": "position"}, 1]}}]'
	start_engine
	put 1 one '{"State": {"Running": false}}'
	start_on_engine MODE=KILL RUN_AUTHZ=True AUTHZ_LISTEN="unix://$WORK/plugin.sock" RUN_PERIODIC=False DISABLE_METRICS=True
	await connected
	await may_create
	asked Req "$(id 1)" | jq -e .Allow
	not may_create
	# what comes of another request for the same container says nothing of the first
	asked Req "$(id 1)" | jq -e .Allow
	asked Res "$(id 1)" 500
	not may_create
	put 1 one
	answer inspect '{"delay": 3600}'
	asked Res "$(id 1)" 204
	not may_create
	rm "$ENGINE/answers/inspect"
	put 1 one '{"State": {"Running": false}}'
	event die 1 one
	await may_create
}

asked() { # asked Req|Res CONTAINER [STATUS]: the plugin's answer to the start of it
	curl -s --max-time 60 --unix-socket "$WORK/plugin.sock" -d "$(jq -nc --arg c "$2" --argjson s "${3:-0}" '{RequestMethod: "POST",
		RequestUri: "/v1.41/containers/\($c)/start", ResponseStatusCode: $s}')" "http://p/AuthZPlugin.AuthZ$1"
}

@test "RUN_AUTHZ alone: nobody is refused for those who have ended, however late their events are" {
	rules '[{"name": "no more than 2", "rule": {">=": [{"var": "position"}, 2]}},
		{"name": "two at most", "per": true, "rule": {">": [{"var": "group.count"}, 2]}}]'
	start_engine
	put 1 one
	put 2 two
	start_on_engine MODE=KILL RUN_AUTHZ=True AUTHZ_LISTEN="unix://$WORK/plugin.sock" RUN_PERIODIC=False DISABLE_METRICS=True \
		STOP_ON_FIRST_VIOLATION=False
	await connected
	await contained 2
	not may_create
	# one that was read, without a word
	put 2 two '{"State": {"Running": false}}'
	may_create
	# it is started anew, and asks for its place again
	put 3 three '{"State": {"Running": false}}'
	asked Req "$(id 3)" | jq -e .Allow
	not may_create
	asked Res "$(id 3)" 204
	# one that ended before it was read
	may_create
	put 2 two
	event start 2 two
	await contained 2
	not may_create
	# dockerd does not say who runs
	put 2 two '{"State": {"Running": false}}'
	answer list '{"status": 500, "message": "busy"}'
	not may_create
	rm "$ENGINE/answers/list"
	may_create
}

@test "gap: positions count once all are known" {
	rules '[{"name": "first", "rule": {"<": [{"var": "position"}, 2]}}]'
	start_engine
	for i in $(seq 20); do put $i "c$i" "{\"State\": {\"StartedAt\": \"2026-01-01T00:00:$(printf %02d $((30 - i)))Z\"}}"; done
	start_on_engine RUN_PERIODIC=False RUN_START_EVENTS=True DISABLE_METRICS=True
	await detected c20 first
	await detected c19 first
	[ "$(get / | jq '.detections | length')" = 2 ]
}
