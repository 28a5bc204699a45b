# What the enforcer writes to may block, vanish or be no file: it goes on, and says what was lost.
load helper
load engine

# start_unread N LENGTH: its standard error is a pipe that nobody reads; N violators, messages of LENGTH
start_unread() {
	rules '[{"name": "all", "rule": true, "message": "'"$(printf "%0$2d" 0)"'"}]'
	start_engine
	for i in $(seq "$1"); do put $i "c$i"; done
	mkfifo "$WORK/fifo"
	exec 9<>"$WORK/fifo"
	LOG=$WORK/fifo
	start_on_engine CHECK_INTERVAL_S=1 IMMEDIATE_PERIODICAL_START=True DISABLE_METRICS=True 9>&-
}

@test "standard error that nobody reads stops neither checks nor the end" {
	start_unread 50 1000
	# a pipe holds 64 KiB
	await sample_above docker_enforcer_checks_total 5
	LOG=$WORK/log
	: >"$LOG"
	local pid=$ENFORCER
	kill "$pid"
	await sh -c "! kill -0 $pid || grep -q '^State:.*Z' /proc/$pid/status"
	stop_enforcer
	exec 9>&-
}

@test "log lines that standard error did not take are counted, and that is said when it takes some again" {
	start_unread 300 3000
	LOG=$WORK/log
	: >"$LOG"
	for i in 1 2 3 4 5 6 7 8; do # each makes violations new
		rules '[{"name": "all", "rule": true, "message": "'"$i$(printf %03000d 0)"'"}]'
		kill -HUP "$ENFORCER"
		checks=$(sample docker_enforcer_checks_total)
		await sample_above docker_enforcer_checks_total $((checks + 1))
	done
	await sample_above docker_enforcer_log_lost_total 0
	cat <&9 >"$LOG" &
	await logged "log lines were lost"
	local reader=$!
	stop_enforcer
	kill $reader
	exec 9>&-
}

@test "AUDIT_LOG that is no regular file is refused, without waiting" {
	mkfifo "$WORK/fifo"
	for path in "$WORK/fifo" /dev/full "$WORK"; do
		run timeout 20 env -i PATH="$PATH" DOCKER_SOCKET="$DOCKER_HOST" RULES_DIR="$RULES" STATE_DIR= LISTEN= AUDIT_LOG="$path" "$DE_BIN" run
		[ "$status" = 2 ]
		[[ "$output" == *"AUDIT_LOG="* ]]
	done
	exec 9<>"$WORK/fifo"
	run timeout 20 env -i PATH="$PATH" DOCKER_SOCKET="$DOCKER_HOST" RULES_DIR="$RULES" STATE_DIR= LISTEN= AUDIT_LOG="$WORK/fifo" "$DE_BIN" run 9>&-
	exec 9>&-
	[ "$status" = 2 ]
	[[ "$output" == *"is no regular file"* ]]
}

@test "an audit log that was removed is made anew" {
	rules "$no_limit"
	start_engine
	put 1 one
	start_on_engine CHECK_INTERVAL_S=1 DISABLE_METRICS=True AUDIT_LOG="$WORK/audit"
	await grep -q '"/one"' "$WORK/audit"
	rm "$WORK/audit"
	put 2 two
	await grep -q '"/two"' "$WORK/audit"
}
