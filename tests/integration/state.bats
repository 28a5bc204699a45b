# What outlives the daemon: the action budget, the rules that were in force; and what the disk may do to it.
bats_require_minimum_version 1.5.0

load helper
load engine

setup_file() {
	without_dockerd
}

start_kept() {
	start_on_engine STATE_DIR="$WORK/state" DISABLE_METRICS=True "$@"
}

kept() { # kept TEXT: it is in the file
	sqlite3 "$WORK/state/state.db" 'SELECT text FROM kept' | has -F -- "$1"
}

attempts() { # how many are kept
	[ "$(sqlite3 "$WORK/state/state.db" "SELECT json_array_length(text, '\$.monotonic_ns') FROM kept WHERE name = 'attempts'")" = "$1" ]
}

refused_start() { # refused_start TEXT: the daemon does not start, and says so
	run -2 env -i PATH="$PATH" DOCKER_SOCKET="unix://$WORK/engine.sock" RULES_DIR="$RULES" LISTEN= STATE_DIR="$WORK/state" "$DE_BIN" run
	[[ $output == *"$1"* ]]
}

@test "MAX_ACTIONS_PER_MINUTE holds across restarts, killed or not" {
	rules '[{"name": "all", "rule": true, "action": "kill"}]'
	start_engine
	put 1 one
	start_kept MODE=KILL MAX_ACTIONS_PER_MINUTE=3 RUN_PERIODIC=False RUN_START_EVENTS=True
	await requested POST kill 1
	await attempts 1
	stop_enforcer
	put 2 two
	put 3 three
	start_kept MODE=KILL MAX_ACTIONS_PER_MINUTE=3 RUN_PERIODIC=False RUN_START_EVENTS=True
	await requested POST kill 2
	await requested POST kill 3
	await attempts 3
	kill -KILL "$ENFORCER"
	wait "$ENFORCER" || true
	put 4 four
	start_kept MODE=KILL MAX_ACTIONS_PER_MINUTE=3 RUN_PERIODIC=False RUN_START_EVENTS=True
	await logged "is LEFT RUNNING for now: 3 actions were taken in the last minute"
	not requested POST kill 4
}

@test "a start with bad or missing rules serves those that were last in force, loudly" {
	rules "$no_limit"
	echo '[{"name": "exempt", "rule": {"==": [{"var": "name"}, "/x"]}}]' >"$RULES/whitelist_rules.json"
	start_engine
	put 1 one
	start_kept IMMEDIATE_PERIODICAL_START=True
	await detected one "must have memory limit"
	hash=$(get /config | jq -r .load.hash)
	stop_enforcer
	mv "$RULES" "$WORK/elsewhere"
	start_kept IMMEDIATE_PERIODICAL_START=True
	await detected one "must have memory limit"
	grep 'ERROR.*LAST IN FORCE.*no such folder' "$LOG"
	health '.status == "not ok" and any(.reasons[]; contains("no such folder"))'
	[ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$PORT/healthz")" = 503 ]
	[ "$(get /config | jq -r .load.hash)" = "$hash" ]
	[ "$(get /whitelist_rules | jq -r '.[0].name')" = exempt ]
	# a reload that fails changes nothing, one that works mends it
	kill -HUP "$ENFORCER"
	await logged "reload failed, the rules in force stay"
	mv "$WORK/elsewhere" "$RULES"
	rules '[{"name": "other", "rule": true}]'
	kill -HUP "$ENFORCER"
	await health '.status == "ok"'
	await kept other
	stop_enforcer
	# what is kept is what was last in force, not what was bad
	rules '[{"name": "bad", "rule": {"no such operator": 1}}]'
	start_kept
	[ "$(get /rules | jq -r '.[0].name')" = other ]
	grep 'ERROR.*LAST IN FORCE.*no such operator' "$LOG"
	stop_enforcer
	kept other
}

@test "where nothing was in force, or it is not whole, bad rules stop the start" {
	start_engine
	rules '[{"name": "bad"'
	refused_start "rules.json"
	rules "$no_limit"
	start_kept
	await kept "memory limit"
	stop_enforcer
	rules '[{"name": "bad"'
	sqlite3 "$WORK/state/state.db" "UPDATE kept SET text = replace(text, 'memory limit', 'memory')"
	refused_start "is not what was kept"
	sqlite3 "$WORK/state/state.db" "UPDATE kept SET text = substr(text, 1, 40)"
	refused_start "is not what was kept"
	chmod g+w "$WORK/state/state.db"
	refused_start "others than root can write it"
	[[ $output == *"rules.json"* ]]
}

@test "a file that is damaged is set aside, one that is newer left alone, one that is removed made anew" {
	rules "$no_limit"
	start_engine
	mkdir -m 700 "$WORK/state"
	head -c 20000 /dev/urandom >"$WORK/state/state.db"
	start_kept
	await kept "memory limit"
	logged "it is damaged, and set aside as $WORK/state/state.db.damaged"
	[ "$(stat -c '%a %s' "$WORK/state/state.db.damaged")" = "644 20000" ]
	[ "$(stat -c %a "$WORK/state/state.db")" = 600 ]
	rm -r "$WORK/state"
	kill -HUP "$ENFORCER"
	await kept "memory limit"
	stop_enforcer
	sqlite3 "$WORK/state/state.db" "PRAGMA user_version = 99"
	start_kept
	await logged "was made by a newer version of the enforcer"
	await health 'any(.reasons[]; contains("nothing is kept for the next start"))'
	[ "$(sqlite3 "$WORK/state/state.db" "PRAGMA user_version")" = 99 ]
}

@test "a full disk costs what is kept, is said once, and mended by itself" {
	rules "$no_limit"
	start_engine
	mkdir -m 700 "$WORK/state"
	mount -t tmpfs -o size=256k,mode=700 none "$WORK/state"
	start_kept
	await kept "memory limit"
	head -c 1M /dev/zero >"$WORK/state/filler" 2>/dev/null || true
	for i in 1 2 3; do
		rules "[{\"name\": \"rule $i\", \"rule\": false, \"description\": \"$(head -c 60000 /dev/zero | tr '\0' x)\"}]"
		kill -HUP "$ENFORCER"
		await sh -c "curl -s http://127.0.0.1:$PORT/rules | grep -q 'rule $i'"
	done
	await health 'any(.reasons[]; contains("nothing is kept for the next start"))'
	[ "$(grep -c 'are not kept for the next start until' "$LOG")" = 1 ]
	rm "$WORK/state/filler"
	await kept "rule 3"
	await health '.status == "ok"'
	logged "state.db is written again"
}
