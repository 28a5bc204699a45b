# Between a verdict and its action: what changes meanwhile, who comes first, and how often.
load helper
load engine

kill_all='[{"name": "all", "rule": true, "action": "kill"}]'
no_limit_kill='[{"name": "limit", "rule": {"==": [{"var": "params.HostConfig.Memory"}, 0]}, "action": "kill"}]'

@test "orders: a bad rule mended by a reload stops nobody any more, retries included" {
	rules '[{"name": "bad", "rule": true}]'
	start_engine
	for i in 1 2 3; do put $i "c$i"; done
	answer stop '{"status": 500, "message": "not now"}'
	start_on_engine MODE=KILL IMMEDIATE_PERIODICAL_START=True DISABLE_METRICS=True
	await logged "could not be stopped (attempt 1 of 6)"
	rules '[{"name": "bad", "rule": {"==": [{"var": "name"}, "/c2"]}}]'
	kill -HUP "$ENFORCER"
	await logged "rules reloaded"
	rm "$ENGINE/answers/stop"
	# judged again: it still violates the mended rule
	await requested POST stop 2
	await logged 'container /c2 (000000000000) stopped: rule "bad"'
	test -e "$ENGINE/containers/$(id 1).json"
	test -e "$ENGINE/containers/$(id 3).json"
}

@test "orders: the container that is there when its turn comes is what counts" {
	rules "$no_limit_kill"
	start_engine
	put 1 mended
	put 2 restarted
	put 3 still
	answer kill '{"status": 500, "message": "not now"}'
	start_on_engine MODE=KILL IMMEDIATE_PERIODICAL_START=True DISABLE_METRICS=True
	for i in 1 2 3; do await requested POST kill $i; done
	put 1 mended '{"HostConfig": {"Memory": 1000000}}'
	put 2 restarted '{"HostConfig": {"Memory": 1000000}, "State": {"StartedAt": "2026-01-02T00:00:00Z"}}'
	rm "$ENGINE/answers/kill"
	await logged 'container /still (000000000000) killed'
	await logged 'container /mended (000000000000) is not killed, as rule "limit" would have had it: it does not violate'
	await logged 'container /restarted (000000000000) is not killed, as rule "limit" would have had it: it was started anew'
	test -e "$ENGINE/containers/$(id 1).json"
	test -e "$ENGINE/containers/$(id 2).json"
}

@test "orders: a new start that violates too is judged on its own, and killed" {
	rules "$no_limit_kill"
	start_engine
	put 1 again
	answer kill '{"status": 500, "message": "not now"}'
	start_on_engine MODE=KILL IMMEDIATE_PERIODICAL_START=True DISABLE_METRICS=True
	await requested POST kill 1
	put 1 again '{"State": {"StartedAt": "2026-01-02T00:00:00Z"}}'
	await logged "it was started anew"
	rm "$ENGINE/answers/kill"
	await logged 'container /again (000000000000) killed'
}

@test "orders: a container about which Docker does not answer is left alone until it does" {
	rules "$kill_all"
	start_engine
	put 1 one
	answer kill '{"status": 500}'
	start_on_engine MODE=KILL IMMEDIATE_PERIODICAL_START=True DISABLE_METRICS=True
	await requested POST kill 1
	answer inspect '{"status": 500, "message": "hung"}'
	rm "$ENGINE/answers/kill"
	await logged 'could not be killed (attempt 2 of 6): docker: inspect'
	test -e "$ENGINE/containers/$(id 1).json"
	rm "$ENGINE/answers/inspect"
	await logged 'container /one (000000000000) killed'
}

stops_begun() {
	[ "$(requests POST stop)" -gt 0 ]
}

@test "orders: stops that take their time delay nobody's kill" {
	rules '[{"name": "k", "rule": {"==": [{"var": "name"}, "/k"]}, "action": "kill"},
		{"name": "s", "rule": {"!=": [{"var": "name"}, "/k"]}}]'
	start_engine
	for i in $(seq 20); do put $i "s$i"; done
	answer stop '{"delay": 3600}'
	start_on_engine MODE=KILL CHECK_INTERVAL_S=1 DISABLE_METRICS=True IMMEDIATE_PERIODICAL_START=True
	await stops_begun # of whoever comes first
	put 99 k
	await requested POST kill 99
	# and whoever waits for its stop is still not stopped by force, nor twice
	[ "$(requests POST stop)" -le 20 ]
}

@test "orders: a kill does not wait for the stop of the same container" {
	rules '[{"name": "s", "rule": true}]'
	start_engine
	put 1 both
	answer stop '{"delay": 3600}'
	start_on_engine MODE=KILL CHECK_INTERVAL_S=1 DISABLE_METRICS=True IMMEDIATE_PERIODICAL_START=True
	await requested POST stop 1
	rules "$kill_all"
	kill -HUP "$ENFORCER"
	await requested POST kill 1
}

@test "MAX_ACTIONS_PER_MINUTE counts every attempt" {
	rules "$kill_all"
	start_engine
	put 1 one
	answer kill '{"status": 500, "message": "not now"}'
	start_on_engine MODE=KILL CHECK_INTERVAL_S=1 IMMEDIATE_PERIODICAL_START=True DISABLE_METRICS=True MAX_ACTIONS_PER_MINUTE=2
	await logged "LEFT RUNNING"
	[ "$(requests POST kill)" = 2 ]
	checks=$(sample docker_enforcer_checks_total)
	await sample_above docker_enforcer_checks_total $((checks + 3))
	[ "$(requests POST kill)" = 2 ]
}

@test "MAX_ACTIONS_PER_MINUTE: who was left out comes before new violators" {
	rules "$kill_all"
	start_engine
	put 1 first
	start_on_engine MODE=KILL CHECK_INTERVAL_S=1 IMMEDIATE_PERIODICAL_START=True DISABLE_METRICS=True MAX_ACTIONS_PER_MINUTE=1
	await requested POST kill 1
	put 50 victim
	await logged 'container /victim (000000000000) violates rule "all" but is LEFT RUNNING'
	# decoys that start anew all the time
	for i in 2 3 4; do put $i "decoy$i"; done
	await logged 'container /decoy4 (000000000000) violates rule "all" but is LEFT RUNNING'
	await logged 'container /victim (000000000000) killed'
	for i in 2 3 4; do test -e "$ENGINE/containers/$(id $i).json"; done
}
