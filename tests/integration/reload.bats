#!/usr/bin/env bats
# Rules that vanish do not leave a host without rules.
bats_require_minimum_version 1.5.0

load helper

refused_start() { # refused_start TEXT: the daemon does not start, and says so
	run -2 env -i PATH="$PATH" DOCKER_SOCKET="$DOCKER_HOST" RULES_DIR="$RULES" STATE_DIR= LISTEN= "$DE_BIN" run
	[[ $output == *"$1"* ]]
}

reload() { # reload TEXT: SIGHUP, and what the log then says
	: >"$LOG"
	kill -HUP "$ENFORCER"
	await logged "$1"
}

rule_names() {
	get /rules | jq -c 'map(.name)'
}

@test "without a folder or without rules.json it does not start" {
	rm -r "$RULES"
	refused_start "no such folder"
	echo x >"$RULES"
	refused_start "no such folder"
	rm "$RULES"
	mkdir "$RULES"
	echo "[]" >"$RULES/request_rules.json"
	refused_start "rules.json: /: no such file"
	mkdir "$RULES/rules.json"
	refused_start "is no regular file"
	rmdir "$RULES/rules.json"
	mkfifo "$RULES/rules.json"
	refused_start "is no regular file"
	rm "$RULES/rules.json"
	: >"$RULES/rules.json"
	refused_start "rules.json"
	run -1 "$DE_BIN" check "$RULES"
	rm "$RULES/rules.json"
	run -1 "$DE_BIN" check "$RULES"
	[[ $output == *"rules.json: /: no such file"* ]]
}

@test "a reload without what was there keeps the rules in force" {
	rules "$no_limit"
	echo '[{"name": "exempt", "rule": {"==": [{"var": "name"}, "/x"]}}]' >"$RULES/whitelist_rules.json"
	start_enforcer
	mv "$RULES/whitelist_rules.json" "$WORK/kept"
	reload "whitelist_rules.json: /: was there at the last load and is gone"
	[ "$(get /whitelist_rules | jq -r '.[0].name')" = exempt ]
	mv "$RULES" "$WORK/elsewhere"
	reload "no such folder"
	[ "$(rule_names)" = '["must have memory limit"]' ]
	mkdir "$RULES"
	reload "rules.json: /: was there at the last load and is gone"
	: >"$RULES/rules.json"
	reload "reload failed, the rules in force stay"
	[ "$(rule_names)" = '["must have memory limit"]' ]
	# what is meant is written
	rm -r "$RULES"
	mv "$WORK/elsewhere" "$RULES"
	echo "[]" >"$RULES/whitelist_rules.json"
	rules '[]'
	reload "rules reloaded"
	[ "$(rule_names)" = '[]' ]
}
