# What the service manager is told, and what it is to do: reload's outcome, no giving up.
load helper
load engine

@test "reload: the command waits for the outcome, and exits 1 with the reason where the rules in force stay" {
	start_engine
	start_on_engine DISABLE_METRICS=True
	rules '[{"name": "good", "rule": false}]'
	run "$DE_BIN" reload "$ENFORCER"
	[ "$status" = 0 ]
	[ "$(get /rules | jq -r '.[0].name')" = good ]
	rules '[{"name": "bad"}]'
	run env MAINPID="$ENFORCER" "$DE_BIN" reload
	[ "$status" = 1 ]
	[[ "$output" == *"the rules in force stay: $RULES/rules.json:1: "* ]]
	[ "$(get /rules | jq -r '.[0].name')" = good ]
	run "$DE_BIN" reload 0
	[ "$status" = 2 ]
}

@test "logrotate: SIGUSR1 opens the audit log anew and reloads no rules" {
	start_engine
	start_on_engine DISABLE_METRICS=True AUDIT_LOG="$WORK/audit"
	rm "$RULES/rules.json"
	mv "$WORK/audit" "$WORK/audit.1"
	kill -USR1 "$ENFORCER"
	await test -e "$WORK/audit"
	not logged reload
	get /config | jq -e .last_reload_success
	grep -q -- "--signal=USR1 --kill-who=main" "$DE_ROOT/deploy/logrotate"
}

@test "units: systemd never gives up on the service, nor on its socket" {
	local units=$DE_ROOT/deploy/systemd
	for unit in service socket; do
		sed -n '/^\[Unit\]/,/^\[S/p' "$units/docker-enforcer.$unit" | grep -qx StartLimitIntervalSec=0
	done
	grep -qx TriggerLimitIntervalSec=0 "$units/docker-enforcer.socket"
	for line in OOMScoreAdjust=-500 OOMPolicy=continue MemoryMax=2G; do
		grep -qx "$line" "$units/docker-enforcer.service"
	done
}
