# What lasts, and what comes again and again: violations, checks, signals, clocks that were set.
load helper
load engine

@test "a lasting violation is logged, told and audited at its onset and when it changes, and counted at each check" {
	rules '[{"name": "a", "rule": true}, {"name": "b", "rule": {"==": [{"var": "labels.b"}, "1"]}}]'
	echo '[{"name": "t", "log": "told {violated_rules} {count}"}]' >"$RULES/triggers.json"
	start_engine
	put 1 one
	start_on_engine CHECK_INTERVAL_S=1 CACHE_PARAMS=False DISABLE_METRICS=True STOP_ON_FIRST_VIOLATION=False AUDIT_LOG="$WORK/audit"
	await sample_above docker_enforcer_checks_total 3
	[ "$(grep -c 'is detected to violate' "$LOG")" = 1 ]
	[ "$(grep -c 'told' "$LOG")" = 1 ]
	[ "$(grep -c '"event":"verdict"' "$WORK/audit")" = 1 ]
	[ "$(get / | jq '.detections[0].count')" -ge 3 ]
	put 1 one '{"Config": {"Image": "img", "Labels": {"b": "1"}, "Env": []}}'
	await sh -c "[ \$(grep -c told '$LOG') = 2 ]"
	put 1 one
	await sh -c "[ \$(grep -c told '$LOG') = 3 ]"
	await sh -c "[ \$(grep -c '\"event\":\"verdict\"' '$WORK/audit') = 3 ]"
	jq -se '.[2].count > .[1].count and .[1].count > .[0].count and .[2].first == .[0].time' <(grep '"event":"verdict"' "$WORK/audit")
}

@test "KILL: says that it acts when it does, not at every check" {
	rules '[{"name": "s", "rule": true}]'
	start_engine
	put 1 one
	answer stop '{"delay": 3600}'
	start_on_engine MODE=KILL CHECK_INTERVAL_S=1 DISABLE_METRICS=True
	await sample_above docker_enforcer_checks_total 3
	[ "$(grep -c 'Acting on the container' "$LOG")" = 1 ]
}

@test "DISABLE_METRICS does not switch the params cache off" {
	rules "$no_limit"
	start_engine
	put 1 one
	put 2 two
	start_on_engine CHECK_INTERVAL_S=1 DISABLE_METRICS=True
	await sample_above docker_enforcer_checks_total 3
	[ "$(requests GET json)" = 2 ]
}

@test "clock set back: a container that starts before it died, by the clock, is seen" {
	rules "$no_limit"
	start_engine
	put 1 one '{"HostConfig": {"Memory": 1000000}, "State": {"StartedAt": "2026-06-01T00:00:00Z"}}'
	start_on_engine RUN_PERIODIC=False RUN_START_EVENTS=True DISABLE_METRICS=True
	await sh -c "curl -s http://127.0.0.1:$PORT/containers | jq -e length"
	event die 1 one 1790000000000000000
	await sh -c "curl -s http://127.0.0.1:$PORT/containers | jq -e 'length == 0'"
	put 1 one '{"State": {"StartedAt": "2026-01-01T00:00:00Z"}}'
	event start 1 one 1780000000000000000
	await detected one "must have memory limit"
}

@test "SIGTERM is not held up by SIGHUPs that keep coming" {
	rules "$(jq -nc '[range(3000) | {name: "r\(.)", rule: {"==": [{"var": "name"}, "/\(.)"]}}]')"
	start_engine
	start_on_engine DISABLE_METRICS=True RUN_PERIODIC=False
	local pid=$ENFORCER
	(while kill -HUP "$pid" 2>/dev/null; do :; done) 3>&- &
	local storm=$!
	await logged "rules reloaded"
	kill "$pid"
	await sh -c "! kill -0 $pid || grep -q '^State:.*Z' /proc/$pid/status"
	kill $storm || true
	stop_enforcer
}

@test "triggers: what a program leaves behind does not survive it, nor its time limit, session or not" {
	rules '[{"name": "a", "rule": true}]'
	cat >"$WORK/program" <<-END
		#!/bin/sh
		setsid sh -c 'echo \$\$ >$WORK/left; sleep 1000' &
		while [ ! -s $WORK/left ]; do sleep 0.05; done
		[ "\$1" = quick ] && exit 0
		sleep 1000
	END
	chmod +x "$WORK/program"
	for how in quick late; do
		rm -f "$WORK/left"
		echo '[{"name": "t", "exec": ["'"$WORK/program"'", "'$how'"], "timeout": "3s"}]' >"$RULES/triggers.json"
		rm -rf "$WORK/engine.sock"
		start_engine
		put 1 one
		start_on_engine IMMEDIATE_PERIODICAL_START=True DISABLE_METRICS=True
		await test -s "$WORK/left"
		await sh -c "! kill -0 $(cat "$WORK/left")"
		stop_enforcer
		kill "$FAKE"
	done
}

@test "remind: a violation that lasts is reported again that often, with its count" {
	rules '[{"name": "often", "rule": {"==": [{"var": "labels.r"}, "1"]}, "remind": "1s"}, {"name": "once", "rule": {"==": [{"var": "labels.r"}, "2"]}}]'
	echo '[{"name": "t", "log": "told {violated_rule} {count}"}]' >"$RULES/triggers.json"
	start_engine
	put 1 one '{"Config": {"Image": "img", "Labels": {"r": "1"}, "Env": []}}'
	put 2 two '{"Config": {"Image": "img", "Labels": {"r": "2"}, "Env": []}}'
	start_on_engine CHECK_INTERVAL_S=1 DISABLE_METRICS=True AUDIT_LOG="$WORK/audit"
	await sh -c "[ \$(grep -c 'told often' '$LOG') -ge 3 ]"
	[ "$(grep -c 'told once' "$LOG")" = 1 ]
	[ "$(grep -c 'violate the rule "often"' "$LOG")" -ge 3 ]
	jq -se 'map(select(.violated_rule == "often")) | length >= 2 and .[1].count > .[0].count and .[1].first == .[0].time' <(grep '"event":"verdict"' "$WORK/audit")
}

@test "grace: reported at once with the time of the action, and done then, if it lasts" {
	rules '[{"name": "limit", "rule": {"==": [{"var": "params.HostConfig.Memory"}, 0]}, "grace": "4s", "action": "kill"},
		{"name": "long", "rule": {"==": [{"var": "params.HostConfig.Memory"}, 0]}, "grace": "1h", "action": "kill"}]'
	echo '[{"name": "tell", "rule": {"!=": [{"var": "action_at"}, ""]}, "log": "told of {name}: {action_at}"}]' >"$RULES/triggers.json"
	container stays
	container mended
	start_enforcer MODE=KILL CHECK_INTERVAL_S=1 IMMEDIATE_PERIODICAL_START=True STOP_ON_FIRST_VIOLATION=False AUDIT_LOG="$WORK/audit"
	await detected stays limit
	await detected mended limit
	shows / '.detections | all(.action_at and (.action | not))'
	logged 'Not yet: kill at 2'
	await logged 'told of /stays: 20'
	docker update -m 64m --memory-swap 64m mended
	await not_running stays
	await undetected_now mended limit
	# no sooner, by the clock of the audit log
	jq -se '[.[] | select(.name == "/stays" and .violated_rule == "limit") | .action_at][0] as $at |
		[.[] | select(.event == "action" and .name == "/stays") | .time][0] >= $at[:19]' "$WORK/audit"
	checks_pass 5
	running mended
	[ "$(grep -c '"event":"action"' "$WORK/audit")" = 1 ]
}

undetected_now() {
	shows /containers '.[] | select(.name == $n).violations | any(.rule == $r) | not' --arg n "/$1" --arg r "$2"
}
