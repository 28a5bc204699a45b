# What a violator, or a slow helper, could do by timing.
load helper
load engine

@test "timing: a pause that is found first does not hide a later kill" {
	rules '[{"name": "p", "rule": true, "action": "pause"}, {"name": "warn", "rule": true, "mode": "warn"},
		{"name": "k", "rule": true, "action": "kill"}, {"name": "never reached", "rule": true}]'
	start_engine
	put 1 one
	start_on_engine MODE=KILL IMMEDIATE_PERIODICAL_START=True DISABLE_METRICS=True
	await requested POST kill 1
	not requested POST pause 1
	detected one p
	not detected one "never reached"
	not detected one warn
}

@test "timing: what is unpaused is judged" {
	rules "$no_limit"
	start_engine
	put 1 one '{"HostConfig": {"Memory": 1000000}}'
	start_on_engine RUN_PERIODIC=False RUN_START_EVENTS=True DISABLE_METRICS=True
	await shows /containers 'length == 1'
	put 1 one
	event unpause 1 one
	await detected one "must have memory limit"
}

@test "timing: restarts do not put off what a rule on params has timed" {
	rules '[{"name": "params", "rule": {"==": [{"var": "params.HostConfig.Memory"}, 0]}, "for": "6s"}]'
	start_engine
	put 1 one
	start_on_engine RUN_PERIODIC=False RUN_START_EVENTS=True DISABLE_METRICS=True
	local n=0
	restarts() { # each is a start of its own, that is seen
		n=$((n + 1))
		event die 1 one
		put 1 one "{\"State\": {\"StartedAt\": \"2026-01-01T00:$(printf %02d:%02d $((n / 60)) $((n % 60)))Z\"}}"
		event start 1 one
		detected one params
	}
	await restarts
	# had each start begun the time anew, none of these would have been long enough
	[ "$n" -gt 3 ]
}

@test "timing: a trigger that does not answer starves no other" {
	rules '[{"name": "all", "rule": true}]'
	printf '#!/bin/sh\nsleep 1000\n' >"$WORK/slow"
	printf '#!/bin/sh\necho "quick $DE_NAME."\n' >"$WORK/quick"
	chmod +x "$WORK/slow" "$WORK/quick"
	echo '[{"name": "slow", "exec": ["'"$WORK/slow"'"], "timeout": "1000s"}, {"name": "quick", "exec": ["'"$WORK/quick"'"]}]' >"$RULES/triggers.json"
	start_engine
	for i in $(seq 20); do put $i "c$i"; done
	start_on_engine IMMEDIATE_PERIODICAL_START=True DISABLE_METRICS=True
	for i in $(seq 20); do await logged "quick /c$i."; done
}
