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

part() { # part NAME RULE-NAME: a file in the folder, of one rule that never holds
	mkdir -p "$(dirname "$RULES/$1")"
	echo "[{\"name\": \"$2\", \"rule\": {\"==\": [1, 2]}}]" >"$RULES/$1"
}

@test "rules.d: files beside rules.json, after it and in order of names, in one policy with one hash; links are packs" {
	part rules.json main
	part rules.d/20-b.json b
	part rules.d/3-c.json c
	part whitelist_rules.d/w.json w
	part request_rules.d/r.json r
	echo '[{"name": "t", "log": "{name}"}]' >"$WORK/t.json"
	mkdir "$RULES/triggers.d"
	ln -s "$WORK/t.json" "$RULES/triggers.d/t.json"
	ln -s "$DE_ROOT/rules/packs/fair-share/rules.json" "$RULES/rules.d/10-fair.json"
	part rules.d/no.txt no
	part rules.d/.hidden.json hidden
	start_enforcer
	first=$(jq -r '.[0].name' "$DE_ROOT/rules/packs/fair-share/rules.json")
	shows /rules '[.[].name] | .[0:2] == ["main", $f] and .[-2:] == ["b", "c"]' --arg f "$first"
	for list in whitelist_rules:w request_rules:r triggers:t; do shows "/${list%:*}" 'map(.name) == [$n]' --arg n "${list#*:}"; done
	logged "rules.d/no.txt is not read"
	logged "rules.d/.hidden.json is not read"
	run -0 "$DE_BIN" check "$RULES"
	[[ $output == *"rules.d/no.txt: /: note: is not read"* ]]
	hash=$(get /config | jq -r .rules_hash)
	part rules.d/20-b.json changed
	reload "1 added (\"changed\"), 1 removed (\"b\")"
	[ "$(get /config | jq -r .rules_hash)" != "$hash" ]
	# main file or not: rules of their own are enough
	rm "$RULES/rules.json"
	reload "rules.json: /: was there at the last load and is gone"
	stop_enforcer
	start_enforcer
	shows /rules '[.[].name] | .[0] == $f and length > 2' --arg f "$first"
}

@test "rules.d: what cannot be read, is twice, or is gone keeps the rules in force" {
	part rules.json main
	part rules.d/a.json a
	start_enforcer STATE_DIR="$WORK/state"
	keeps() { # keeps TEXT: a reload fails with it
		reload "$1"
		[ "$(rule_names)" = '["main","a"]' ]
		run -1 "$DE_BIN" check "$RULES"
		[[ $output == *"${1#* }"* ]]
	}
	part rules.d/b.json main
	keeps "b.json:1: /0/name: a rule in another file has the same name"
	ln -sf /nowhere "$RULES/rules.d/b.json"
	keeps "b.json: /: a link to what is not there"
	rm "$RULES/rules.d/b.json"
	mkdir "$RULES/rules.d/b.json"
	keeps "b.json: /: is no regular file"
	rmdir "$RULES/rules.d/b.json"
	mkfifo "$RULES/rules.d/b.json"
	keeps "b.json: /: is no regular file"
	rm "$RULES/rules.d/b.json"
	: >"$RULES/rules.d/b.json"
	keeps "b.json:1: /: line 1, column 1: "
	echo null >"$RULES/rules.d/b.json"
	keeps "b.json: /: a rule file is an array of rules"
	rm "$RULES/rules.d/b.json"
	: >"$RULES/whitelist_rules.d"
	keeps "whitelist_rules.d: /: Not a directory"
	rm "$RULES/whitelist_rules.d"
	ln -s /nowhere "$RULES/triggers.d"
	keeps "triggers.d: /: No such file"
	rm "$RULES/triggers.d"
	mv "$RULES/rules.d" "$WORK/aside"
	reload "rules.d/a.json: /: was there at the last load and is gone"
	# neither is it forgotten while the last good rules are served
	stop_enforcer
	mv "$RULES/rules.json" "$WORK/main"
	start_enforcer STATE_DIR="$WORK/state"
	[ "$(rule_names)" = '["main","a"]' ]
	mv "$WORK/main" "$RULES/rules.json"
	reload "rules.d/a.json: /: was there at the last load and is gone"
	mv "$WORK/aside" "$RULES/rules.d"
	reload "nothing changed"
}

@test "KILL refuses a part that others can write, or put another in place of" {
	part rules.json main
	mkdir -m 777 "$WORK/open"
	part rules.d/a.json a
	chmod 666 "$RULES/rules.d/a.json"
	kill_refuses() {
		run -2 env -i PATH="$PATH" MODE=KILL DOCKER_SOCKET="$DOCKER_HOST" RULES_DIR="$RULES" STATE_DIR= LISTEN= "$DE_BIN" run
		[[ $output == *"$1: others than root can write it"* ]]
	}
	kill_refuses rules.d/a.json
	mv "$RULES/rules.d/a.json" "$WORK/open/a.json"
	chmod 644 "$WORK/open/a.json"
	ln -s "$WORK/open/a.json" "$RULES/rules.d/a.json"
	kill_refuses open
	rm "$RULES/rules.d/a.json"
	chmod 777 "$RULES/rules.d"
	kill_refuses rules.d
}
