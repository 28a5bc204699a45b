# The audit log: one line for each verdict, action and authorization decision, whatever becomes of the disk.
bats_require_minimum_version 1.5.0
load helper

entries() { # entries FILTER: how many lines it fits
	jq -s "[.[] | select($1)] | length" "$WORK/audit"
}

any_entry() { # any_entry FILTER
	[ "$(entries "$1")" -ge 1 ]
}

@test "verdicts, actions and decisions are in it, each a JSON object on its line" {
	rules '[{"name": "stops", "rule": {"==": [{"var": "name"}, "/bad"]}, "mode": "kill", "action": "kill"}, {"name": "warns", "rule": {"==": [{"var": "name"}, "/odd"]}}]'
	container bad
	container odd
	start_enforcer IMMEDIATE_PERIODICAL_START=True AUDIT_LOG="$WORK/audit" RUN_AUTHZ=True AUTHZ_LISTEN="unix://$WORK/plugin.sock"
	await any_entry '.event == "action"'
	any_entry '.event == "action" and .name == "/bad" and .action == "kill" and .rule == "stops" and .result == "done" and (.time | test("^[0-9-]{10}T[0-9:.]{15}[+-][0-9]{2}:[0-9]{2}$"))'
	any_entry '.event == "verdict" and .name == "/bad" and .enforced and .violated_rules == ["stops"] and .source == "periodic"'
	any_entry '.event == "verdict" and .name == "/odd" and .enforced == false'
	curl -s --unix-socket "$WORK/plugin.sock" -d '{"RequestMethod": "GET", "RequestUri": "/info", "User": "al\nice"}' http://p/AuthZPlugin.AuthZReq
	curl -s --unix-socket "$WORK/plugin.sock" -d '{"RequestMethod": "POST", "RequestUri": "/containers/create?name=bad", "RequestBody": "eyJJbWFnZSI6ImEifQ=="}' http://p/AuthZPlugin.AuthZReq
	await any_entry '.event == "authorization" and .uri == "/containers/create?name=bad"'
	any_entry '.event == "authorization" and .method == "GET" and .allowed and .violated_rules == [] and .user == "al\nice"'
	any_entry '.event == "authorization" and .allowed == false and .violated_rules == ["stops"] and .reason == "stops" and .name == "/bad"'
	[ "$(wc -l <"$WORK/audit")" = "$(jq -s length "$WORK/audit")" ]
	[ "$(stat -c %a "$WORK/audit")" = 600 ]
	[ "$(sample docker_enforcer_audit_lost_total)" = 0 ]
}

@test "logrotate: after SIGUSR1 what follows goes to a new file, and nothing is lost between" {
	rules '[{"name": "all", "rule": true}]'
	container box
	start_enforcer CHECK_INTERVAL_S=1 AUDIT_LOG="$WORK/audit"
	await any_entry '.event == "verdict"'
	mv "$WORK/audit" "$WORK/audit.1"
	kill -USR1 "$ENFORCER"
	await test -e "$WORK/audit"
	container other
	await has_file "$WORK/audit"
	await any_entry '.event == "verdict"'
	stop_enforcer
	[ "$(cat "$WORK/audit.1" "$WORK/audit" | wc -l)" = "$(grep -c 'is detected to violate' "$LOG")" ]
}

@test "a full disk: said once, counted, and enforcement goes on; afterwards it is written again" {
	rules '[{"name": "all", "rule": true}]'
	mkdir "$WORK/disk"
	mount -t tmpfs -o size=64k tmpfs "$WORK/disk"
	head -c 60000 /dev/zero >"$WORK/disk/other" || true
	container box
	start_enforcer AUDIT_LOG="$WORK/disk/audit" RUN_AUTHZ=True AUTHZ_LISTEN="unix://$WORK/plugin.sock" RUN_PERIODIC=False
	fill() {
		for i in $(seq 50); do
			curl -s --unix-socket "$WORK/plugin.sock" -d '{"RequestMethod": "GET", "RequestUri": "/info"}' http://p/AuthZPlugin.AuthZReq >/dev/null
		done
		sample_above docker_enforcer_audit_lost_total 0
	}
	await fill
	[ "$(grep -c 'entries are lost until' "$LOG")" = 1 ]
	[ "$(curl -s --unix-socket "$WORK/plugin.sock" -d '{"RequestMethod": "GET", "RequestUri": "/info"}' http://p/AuthZPlugin.AuthZReq | jq .Allow)" = true ]
	rm "$WORK/disk/other"
	again() {
		curl -s --unix-socket "$WORK/plugin.sock" -d '{"RequestMethod": "GET", "RequestUri": "/again"}' http://p/AuthZPlugin.AuthZReq >/dev/null
		logged "entries are written again"
	}
	await again
	# one line may be torn where the disk was full; all others are whole
	stop_enforcer
	[ "$(jq -R 'fromjson? | 1' "$WORK/disk/audit" | wc -l)" -ge "$(($(wc -l <"$WORK/disk/audit") - 1))" ]
}

@test "a file that cannot be opened stops the start, with the reason" {
	run env AUDIT_LOG=/nonexistent/audit LISTEN= RULES_DIR="$RULES" STATE_DIR= "$DE_BIN" run
	[ "$status" = 2 ]
	[[ "$output" == *'AUDIT_LOG="/nonexistent/audit": No such file or directory'* ]]
	ln -s /etc/passwd "$WORK/link"
	run env AUDIT_LOG="$WORK/link" LISTEN= RULES_DIR="$RULES" STATE_DIR= "$DE_BIN" run
	[ "$status" = 2 ]
}
