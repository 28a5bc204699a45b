# No lock of the daemon's is held while rules are evaluated, anything is logged, or over I/O; seen from outside.
bats_require_minimum_version 1.5.0

load helper
load plugin

seen() { # seen CALL: it was looked at
	grep -q "^seen [1-9][0-9]* $1\$" "$WORK/witness"
}

@test "all modes at work, no lock is held over evaluation, logging or I/O" {
	gcc -shared -fPIC -O1 -o "$WORK/witness.so" "$BATS_TEST_DIRNAME/witness.c"
	printf '#!/bin/sh\ncat >/dev/null\n' >"$WORK/program"
	chmod +x "$WORK/program"
	rules '[{"name": "expression", "rule": {"matches": [{"var": "name"}, "^/(b|c)"]}, "mode": "warn"},
		{"name": "env", "rule": {"some": [{"values": [{"var": "env"}]}, {"matches": [{"var": ""}, "^x"]}]}},
		{"name": "figures", "rule": {">=": [{"var": "metrics.pids_stats.current"}, 1]}, "mode": "warn"},
		{"name": "bad", "rule": {"and": [{"==": [{"var": "labels.bad"}, "1"]}, {">=": [{"var": "metrics.pids_stats.current"}, 1]}]},
			"mode": "kill", "action": "kill"}]'
	echo '[{"name": "exempt", "rule": {"matches": [{"var": "name"}, "^/kept$"]}}]' >"$RULES/whitelist_rules.json"
	echo '[{"name": "no exec", "mode": "kill", "rule": {"matches": [{"var": "ParsedUri.path"}, "/exec$"]}}]' >"$RULES/request_rules.json"
	echo "[{\"name\": \"t\", \"exec\": [\"$WORK/program\"]}, {\"name\": \"l\", \"log\": \"{name}\"}]" >"$RULES/triggers.json"
	plugin LD_PRELOAD="$WORK/witness.so" WITNESS="$WORK/witness" ASAN_OPTIONS=verify_asan_link_order=0 MODE=WARN AUDIT_LOG="$WORK/audit" STATE_DIR="$WORK/state" MAX_ACTIONS_PER_MINUTE=100 \
		RUN_PERIODIC=True CHECK_INTERVAL_S=1 IMMEDIATE_PERIODICAL_START=True RUN_START_EVENTS=True RUN_UPDATE_EVENTS=True \
		RUN_RENAME_EVENTS=True LOG_LEVEL=DEBUG STOP_ON_FIRST_VIOLATION=False WHITE_LIST='k.*|env'
	mkdir "$WORK/bound"
	container box -v "$WORK/bound:/b"
	container kept -e A=xyz
	container violator -l bad=1
	await detected box figures
	await not_running violator
	docker rename box case
	docker update --memory 64m --memory-swap 64m case >/dev/null
	not docker exec case true
	for page in / '/?show_exemptions=1' /containers /metrics /rules /healthz; do get "$page" >/dev/null; done
	kill -HUP "$ENFORCER"
	await logged "rules reloaded"
	checks_pass 2
	ticks_pass 2
	stop_enforcer
	cat "$WORK/witness"
	for call in write read open fopen readlinkat curl_easy_perform pcre2_match; do seen $call; done
	not grep "^held" "$WORK/witness"
}
