# Verdicts carried out on real containers, and what protects containers from them.
load helper

kill_rule='[{"name": "no", "rule": {"starts_with": [{"var": "name"}, "/bad"]}}]'

@test "KILL: a violator is stopped, others are left alone" {
	rules "$kill_rule"
	container bad
	container good
	start_enforcer MODE=KILL IMMEDIATE_PERIODICAL_START=True
	await 15 not_running bad
	running good
	await 5 sh -c "curl -s http://127.0.0.1:$PORT/metrics | grep -qx 'containers_stopped_total 1'"
	logged 'container /bad'
}

@test "KILL: in events mode a violator is stopped as it starts" {
	rules "$kill_rule"
	start_enforcer MODE=KILL RUN_PERIODIC=False RUN_START_EVENTS=True
	await 5 grep -q true <(get /healthz)
	container bad -- sh -c 'trap "exit 0" TERM; while :; do sleep 0.1; done'
	await 10 not_running bad
}

@test "KILL: in watch mode a container that crosses a memory limit rule is stopped" {
	rules '[{"name": "big", "rule": {">": [{"var": "metrics.memory_stats.usage"}, {"bytes": "50MiB"}]}, "action": "kill"}]'
	container eater -m 200m -- sh -c 'head -c 80000000 /dev/zero | tail'
	container calm
	start_enforcer MODE=KILL RUN_PERIODIC=False
	await 15 not_running eater
	running calm
}

@test "actions: kill ends without grace, pause pauses once" {
	rules '[{"name": "k", "rule": {"==": [{"var": "name"}, "/victim"]}, "action": "kill"},
		{"name": "p", "rule": {"==": [{"var": "name"}, "/frozen"]}, "action": "pause"}]'
	container victim -- sh -c 'trap "" TERM; while :; do sleep 1; done'
	container frozen
	start_enforcer MODE=KILL CHECK_INTERVAL_S=1 IMMEDIATE_PERIODICAL_START=True
	await 5 not_running victim
	[ "$(docker inspect -f '{{.State.ExitCode}}' victim)" = 137 ]
	await 5 sh -c "[ \"\$(docker inspect -f '{{.State.Paused}}' frozen)\" = true ]"
	checks=$(sample docker_enforcer_checks_total)
	await 10 sample_above docker_enforcer_checks_total $((checks + 2))
	[ "$(sample containers_stopped_total)" = 2 ]
	docker unpause frozen
	await 5 sh -c "[ \"\$(docker inspect -f '{{.State.Paused}}' frozen)\" = true ]"
}

@test "a slow stop delays no check, and the container is stopped once" {
	rules "$kill_rule"
	container bad --stop-timeout 3000 -- sh -c 'trap "" TERM; while :; do sleep 1; done'
	start_enforcer MODE=KILL CHECK_INTERVAL_S=1 IMMEDIATE_PERIODICAL_START=True
	await 5 detected bad no
	await 8 sample_above docker_enforcer_checks_total 4
	running bad
	# its own --stop-timeout does not put the end off
	await 15 not_running bad
	await 5 logged "stopped: rule"
	[ "$(grep -c 'stopped: rule' "$LOG")" = 1 ]
}

@test "per-rule mode: a rule in kill mode acts in a WARN daemon, one in warn mode does not in a KILL daemon" {
	rules '[{"name": "k", "rule": {"==": [{"var": "name"}, "/aa"]}, "mode": "kill", "action": "kill"},
		{"name": "w", "rule": {"==": [{"var": "name"}, "/bb"]}, "mode": "warn"}]'
	container aa
	container bb
	start_enforcer MODE=WARN IMMEDIATE_PERIODICAL_START=True
	await 10 not_running aa
	stop_enforcer
	start_enforcer MODE=KILL IMMEDIATE_PERIODICAL_START=True
	await 5 detected bb w
	running bb
}

@test "white lists: names, regexps, images, single rules, and the enforcer itself" {
	rules '[{"name": "all", "rule": true, "action": "kill"}]'
	container db1
	container docker-enforcer
	container web
	container other
	docker tag busybox trusted:1
	docker run -d --network none --name byimage trusted:1 sleep 3600
	start_enforcer MODE=KILL IMMEDIATE_PERIODICAL_START=True \
		WHITE_LIST='docker-enforcer,docker_enforcer,db[0-9],web|all' IMAGE_WHITE_LIST='trusted:.*'
	await 10 not_running other
	for name in db1 docker-enforcer web byimage; do running $name; done
	[ "$(get / | jq '.detections | length')" = 1 ]
}

@test "whitelist rules: by image, labels and rule; expired or failing ones exempt nothing" {
	rules '[{"name": "all", "rule": true, "action": "kill"}, {"name": "other", "rule": false}]'
	cat >"$RULES/whitelist_rules.json" <<-'END'
		[{"name": "by label", "rule": {"and": [{"==": [{"var": "violated_rule"}, "all"]}, {"==": [{"var": "labels.keep"}, "yes"]}]},
		  "owner": "me", "reason": "r", "expires": "2999-01-01"},
		 {"name": "expired", "rule": {"==": [{"var": "name"}, "/late"]}, "expires": "2020-01-01T00:00:00Z"},
		 {"name": "other rule", "rule": {"and": [{"==": [{"var": "violated_rule"}, "other"]}, {"==": [{"var": "name"}, "/late"]}]}},
		 {"name": "off", "rule": true, "enabled": false},
		 {"name": "fails", "rule": {"throw": "oh"}}]
	END
	container kept -l keep=yes
	container late
	start_enforcer MODE=KILL IMMEDIATE_PERIODICAL_START=True LOG_LEVEL=DEBUG
	await 10 not_running late
	running kept
	[ "$(get / | jq '.detections | length')" = 1 ]
	logged 'whitelist rule "expired" has expired'
	logged 'container /kept is exempt from rule "all" by whitelist rule "by label"'
	logged 'whitelist rule "fails" failed'
	[ "$(get /whitelist_rules | jq -r '.[0].owner')" = me ]
}

@test "MAX_ACTIONS_PER_MINUTE: above it violators are reported and left running" {
	rules '[{"name": "all", "rule": true, "action": "kill"}]'
	for i in 1 2 3 4 5; do container "c$i"; done
	start_enforcer MODE=KILL IMMEDIATE_PERIODICAL_START=True MAX_ACTIONS_PER_MINUTE=2
	await 10 sh -c "curl -s http://127.0.0.1:$PORT/metrics | grep -qx 'containers_stopped_total 2'"
	[ "$(docker ps -q | wc -l)" = 3 ]
	[ "$(get / | jq '.detections | length')" = 5 ]
	logged "LEFT RUNNING"
}

@test "MAX_ACTIONS_PER_MINUTE: watch says so once, not with every tick" {
	rules '[{"name": "all", "rule": {">": [{"var": "metrics.pids_stats.current"}, 0]}, "action": "kill"}]'
	container one
	container two
	start_enforcer MODE=KILL RUN_PERIODIC=False MAX_ACTIONS_PER_MINUTE=1
	await 10 logged "LEFT RUNNING"
	ticks=$(sample docker_enforcer_watch_ticks_total)
	await 10 sample_above docker_enforcer_watch_ticks_total $((ticks + 10))
	[ "$(grep -c "LEFT RUNNING" "$LOG")" = 1 ]
	[ "$(docker ps -q | wc -l)" = 1 ]
}

@test "a rule that fails is reported and never acted upon" {
	rules '[{"name": "broken", "rule": {">": [{"var": "name"}, 5]}}]'
	container box
	start_enforcer MODE=KILL IMMEDIATE_PERIODICAL_START=True
	await 5 detected box broken
	[ "$(get / | jq -r '.detections[0].error')" = NaN ]
	logged "mend the rule"
	running box
	[ "$(sample containers_stopped_total)" = 0 ]
}

@test "KILL refuses rule files that others can write" {
	rules "$no_limit"
	chmod o+w "$RULES/rules.json"
	run env -i PATH="$PATH" MODE=KILL DOCKER_SOCKET="$DOCKER_HOST" RULES_DIR="$RULES" LISTEN= "$DE_BIN" run
	[ "$status" = 2 ]
	[[ "$output" == *"chmod go-w"* ]]
	chmod go-w "$RULES/rules.json"
	chmod o+w "$RULES"
	run env -i PATH="$PATH" MODE=KILL DOCKER_SOCKET="$DOCKER_HOST" RULES_DIR="$RULES" LISTEN= "$DE_BIN" run
	[ "$status" = 2 ]
	[[ "$output" == *"$RULES: others than root can write it"* ]]
}

@test "reload: new rules count, bad ones are refused whole" {
	rules '[]'
	container box
	start_enforcer CHECK_INTERVAL_S=1
	rules '[{"name": "named", "rule": {"==": [{"var": "name"}, "/box"]}}]'
	kill -HUP "$ENFORCER"
	await 5 detected box named
	rules '[{"name": "x", "rule": {"==": [{"var": "nmae"}, 1]}}]'
	kill -HUP "$ENFORCER"
	await 5 logged "did you mean name?"
	[ "$(get /rules | jq -r '.[0].name')" = named ]
}

@test "reload: says what changed, and keeps the timers of rules that did not" {
	cat >"$RULES/rules.json" <<-'END'
		[{"name": "slow", "rule": {"==": [{"var": "name"}, "/box"]}, "for": "4s"}, {"name": "gone", "rule": false}, {"name": "b", "rule": false}]
	END
	container box
	start_enforcer CHECK_INTERVAL_S=1
	start=$(date +%s%N)
	await 5 sample_above docker_enforcer_checks_total 1
	cat >"$RULES/rules.json" <<-'END'
		[{"name": "new", "rule": false}, {"name": "slow", "rule": {"==": [{"var": "name"}, "/box"]}, "for": "4s"}, {"name": "b", "rule": true, "enabled": false}]
	END
	echo '[{"name": "t", "log": "x"}]' >"$RULES/triggers.json"
	kill -HUP "$ENFORCER"
	await 5 logged 'rules reloaded: rules.json: 1 added ("new"), 1 changed ("b"), 1 removed ("gone"); triggers.json: 1 added ("t")'
	kill -HUP "$ENFORCER"
	await 5 logged 'rules reloaded: nothing changed'
	await 10 detected box slow
	# had its timer begun anew with the second reload it would have taken longer than that
	[ $((($(date +%s%N) - start) / 1000000)) -lt $((6500 * ${DE_SLOW:-1})) ]
	echo '[{"name": "t", "log": "{x}"}]' >"$RULES/triggers.json"
	rules '[]'
	kill -HUP "$ENFORCER"
	await 5 logged 'reload failed, the rules in force stay'
	[ "$(get /rules | jq length)" = 3 ]
}

@test "messages quote values, in the log and on the page" {
	rules '[{"name": "m", "rule": {"==": [{"var": "params.HostConfig.Memory"}, 0]}, "message": "{name} of {labels.team} has {params.HostConfig.Memory}"}]'
	container box -l team=red
	start_enforcer IMMEDIATE_PERIODICAL_START=True
	await 5 detected box m
	[ "$(get / | jq -r '.detections[0].message')" = "/box of red has 0" ]
	logged "/box of red has 0"
}
