# Verdicts carried out on real containers, and what protects containers from them.
load helper

kill_rule='[{"name": "no", "rule": {"starts_with": [{"var": "name"}, "/bad"]}}]'

exit_code() {
	docker inspect -f '{{.State.ExitCode}}' "$1"
}

@test "KILL: a violator is stopped, others are left alone" {
	rules "$kill_rule"
	container bad
	container good
	start_enforcer MODE=KILL IMMEDIATE_PERIODICAL_START=True
	await not_running bad
	running good
	await sample_is containers_stopped_total 1
	logged 'container /bad'
}

@test "KILL: in events mode a violator is stopped as it starts" {
	rules "$kill_rule"
	start_enforcer MODE=KILL RUN_PERIODIC=False RUN_START_EVENTS=True
	await connected
	container bad
	await not_running bad
	await sample_is containers_stopped_total 1
}

@test "KILL: in watch mode a container that crosses a memory limit rule is stopped" {
	rules '[{"name": "big", "rule": {">": [{"var": "metrics.memory_stats.usage"}, {"bytes": "50MiB"}]}, "action": "kill"}]'
	# what it takes it keeps, and does not end by itself
	container eater -m 200m --tmpfs /eaten -- sh -c 'head -c 80000000 /dev/zero >/eaten/x; sleep 3600'
	container calm
	start_enforcer MODE=KILL RUN_PERIODIC=False
	await not_running eater
	[ "$(exit_code eater)" = 137 ]
	[ "$(docker inspect -f '{{.State.OOMKilled}}' eater)" = false ]
	await sample_is containers_stopped_total 1
	running calm
}

@test "actions: kill ends without grace, pause pauses once" {
	rules '[{"name": "k", "rule": {"==": [{"var": "name"}, "/victim"]}, "action": "kill"},
		{"name": "p", "rule": {"==": [{"var": "name"}, "/frozen"]}, "action": "pause"}]'
	container victim -- sh -c 'trap "" TERM; while :; do sleep 1; done'
	container frozen
	start_enforcer MODE=KILL CHECK_INTERVAL_S=1 IMMEDIATE_PERIODICAL_START=True
	await not_running victim
	[ "$(exit_code victim)" = 137 ]
	await logged "killed: rule"
	await paused frozen
	checks_pass 2
	[ "$(sample containers_stopped_total)" = 2 ]
	[ "$(grep -c "paused: rule" "$LOG")" = 1 ]
	docker unpause frozen
	paused_again() { [ "$(grep -c "paused: rule" "$LOG")" = 2 ]; }
	await paused_again
	paused frozen
}

@test "the strongest of several actions wins, whatever their order; a rule that only warns does not count" {
	rules '[{"name": "p", "rule": {"matches": [{"var": "name"}, "p"]}, "action": "pause"},
		{"name": "k", "rule": {"matches": [{"var": "name"}, "k"]}, "action": "kill"},
		{"name": "s", "rule": {"matches": [{"var": "name"}, "s"]}, "action": "stop"},
		{"name": "w", "rule": {"matches": [{"var": "name"}, "w"]}, "action": "kill", "mode": "warn"}]'
	container pks
	container ps
	container pw
	start_enforcer MODE=KILL STOP_ON_FIRST_VIOLATION=False IMMEDIATE_PERIODICAL_START=True
	await sample_is containers_stopped_total 3
	await not_running pks
	await not_running ps
	[ "$(exit_code pks)" = 137 ]
	[ "$(exit_code ps)" = 0 ]
	paused pw
	grep -q 'container /pks .* killed: rule "k"' "$LOG"
	grep -q 'container /ps .* stopped: rule "s"' "$LOG"
	grep -q 'container /pw .* paused: rule "p"' "$LOG"
}

@test "stop: a container's own --stop-timeout does not put its end off, and it is stopped once" {
	rules "$kill_rule"
	container bad --stop-timeout 3000 -- sh -c 'trap "" TERM; while :; do sleep 1; done'
	start_enforcer MODE=KILL CHECK_INTERVAL_S=1 IMMEDIATE_PERIODICAL_START=True
	await not_running bad
	await logged "stopped: rule"
	checks_pass 1
	[ "$(grep -c 'stopped: rule' "$LOG")" = 1 ]
	[ "$(sample containers_stopped_total)" = 1 ]
}

@test "per-rule mode: a rule in kill mode acts in a WARN daemon, one in warn mode does not in a KILL daemon" {
	rules '[{"name": "k", "rule": {"==": [{"var": "name"}, "/aa"]}, "mode": "kill", "action": "kill"},
		{"name": "w", "rule": {"==": [{"var": "name"}, "/bb"]}, "mode": "warn"}]'
	container aa
	container bb
	start_enforcer MODE=WARN IMMEDIATE_PERIODICAL_START=True
	await not_running aa
	await detected bb w
	stop_enforcer
	start_enforcer MODE=KILL IMMEDIATE_PERIODICAL_START=True CHECK_INTERVAL_S=1
	await detected bb w
	checks_pass 1
	running bb
	[ "$(sample containers_stopped_total)" = 0 ]
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
	await not_running other
	await sample_is containers_stopped_total 1
	for name in db1 docker-enforcer web byimage; do running $name; done
	detections 1
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
	await not_running late
	running kept
	detections 1
	logged 'whitelist rule "expired" has expired'
	logged 'container /kept is exempt from rule "all" by whitelist rule "by label"'
	logged 'whitelist rule "fails" failed'
	shows /whitelist_rules '.[0].owner == "me"'
}

@test "MAX_ACTIONS_PER_MINUTE: above it violators are reported and left running" {
	rules '[{"name": "all", "rule": true, "action": "kill"}]'
	for i in 1 2 3 4 5; do container "c$i"; done
	start_enforcer MODE=KILL IMMEDIATE_PERIODICAL_START=True MAX_ACTIONS_PER_MINUTE=2
	await sample_is containers_stopped_total 2
	await detections 5
	[ "$(docker ps -q | wc -l)" = 3 ]
	logged "LEFT RUNNING"
}

@test "MAX_ACTIONS_PER_MINUTE: watch says so once, not with every tick" {
	rules '[{"name": "all", "rule": {">": [{"var": "metrics.pids_stats.current"}, 0]}, "action": "kill"}]'
	container one
	container two
	start_enforcer MODE=KILL RUN_PERIODIC=False MAX_ACTIONS_PER_MINUTE=1
	await logged "LEFT RUNNING"
	await sample_is containers_stopped_total 1
	ticks_pass 10
	[ "$(grep -c "LEFT RUNNING" "$LOG")" = 1 ]
	[ "$(docker ps -q | wc -l)" = 1 ]
}

# What the runtime has in a container's cgroup counts in the kernel's figures: some ten threads of runc's init at each
# start and exec. Ticks of 10 ms see them nearly each time.
@test "a start, a restart and an exec: the runtime's threads are not the container's" {
	rules '[{"name": "processes", "rule": {">": [{"var": "metrics.pids_stats.current"}, 2]}, "action": "kill"}]'
	start_enforcer MODE=KILL RUN_PERIODIC=False RUN_START_EVENTS=True WATCH_INTERVAL_MS=10
	container box -- sleep 86400
	for i in {1..25}; do
		docker exec box true
		docker restart -t 0 box >&2
		container "c$i" -- sleep 86400
	done
	[ "$(docker ps -q | wc -l)" = 26 ]
	undetected box processes
	detections 0
	# and what an exec leaves there is the container's
	docker exec -d box sleep 86400
	docker exec -d box sleep 86400
	await not_running box
}

@test "a rule that fails is reported and never acted upon" {
	rules '[{"name": "broken", "rule": {">": [{"var": "name"}, 5]}}]'
	container box
	start_enforcer MODE=KILL IMMEDIATE_PERIODICAL_START=True
	await detected box broken
	shows / '.detections[0].error == "NaN"'
	logged "mend the rule"
	running box
	[ "$(sample containers_stopped_total)" = 0 ]
}

@test "KILL refuses rule files that others can write" {
	rules "$no_limit"
	chmod o+w "$RULES/rules.json"
	run env -i PATH="$PATH" MODE=KILL DOCKER_SOCKET="$DOCKER_HOST" RULES_DIR="$RULES" STATE_DIR= LISTEN= "$DE_BIN" run
	[ "$status" = 2 ]
	[[ "$output" == *"chmod go-w"* ]]
	chmod go-w "$RULES/rules.json"
	chmod o+w "$RULES"
	run env -i PATH="$PATH" MODE=KILL DOCKER_SOCKET="$DOCKER_HOST" RULES_DIR="$RULES" STATE_DIR= LISTEN= "$DE_BIN" run
	[ "$status" = 2 ]
	[[ "$output" == *"$RULES: others than root can write it"* ]]
}

@test "reload: new rules count, bad ones are refused whole" {
	rules '[]'
	container box
	start_enforcer CHECK_INTERVAL_S=1
	rules '[{"name": "named", "rule": {"==": [{"var": "name"}, "/box"]}}]'
	kill -HUP "$ENFORCER"
	await detected box named
	rules '[{"name": "x", "rule": {"==": [{"var": "nmae"}, 1]}}]'
	kill -HUP "$ENFORCER"
	await logged "did you mean name?"
	shows /rules '.[0].name == "named"'
}

@test "reload: says what changed, and keeps the timers of rules that did not" {
	cat >"$RULES/rules.json" <<-'END'
		[{"name": "kept", "rule": {"==": [{"var": "name"}, "/box"]}, "for": "1s"}, {"name": "gone", "rule": false}, {"name": "b", "rule": false}]
	END
	container box
	start_enforcer CHECK_INTERVAL_S=1 STOP_ON_FIRST_VIOLATION=False
	await shows /containers '.[0].violations | any(.rule == "kept" and .for_s > 2)'
	before=$(for_s kept)
	cat >"$RULES/rules.json" <<-'END'
		[{"name": "new", "rule": {"==": [{"var": "name"}, "/box"]}, "for": "1s"}, {"name": "kept", "rule": {"==": [{"var": "name"}, "/box"]}, "for": "1s"},
		 {"name": "b", "rule": true, "enabled": false}]
	END
	echo '[{"name": "t", "log": "x"}]' >"$RULES/triggers.json"
	kill -HUP "$ENFORCER"
	await logged 'rules reloaded: rules.json: 1 added ("new"), 1 changed ("b"), 1 removed ("gone"); triggers.json: 1 added ("t")'
	kill -HUP "$ENFORCER"
	await logged 'rules reloaded: nothing changed'
	await shows /containers '.[0].violations | any(.rule == "new")'
	# by what the one that stayed is ahead of the one that came
	get /containers | jq -e --argjson b "$before" '.[0].violations | map({(.rule): .for_s}) | add | .kept - .new >= $b'
	echo '[{"name": "t", "log": "{x}"}]' >"$RULES/triggers.json"
	rules '[]'
	kill -HUP "$ENFORCER"
	await logged 'reload failed, the rules in force stay'
	shows /rules 'length == 3'
}

for_s() {
	get /containers | jq --arg r "$1" '.[0].violations[] | select(.rule == $r).for_s'
}

@test "messages quote values, in the log and on the page" {
	rules '[{"name": "m", "rule": {"==": [{"var": "params.HostConfig.Memory"}, 0]}, "message": "{name} of {labels.team} has {params.HostConfig.Memory}"}]'
	container box -l team=red
	start_enforcer IMMEDIATE_PERIODICAL_START=True
	await detected box m
	shows / '.detections[0].message == "/box of red has 0"'
	logged "/box of red has 0"
}

@test "update: a hog is throttled instead of stopped, once; done again where somebody lifts it; what is refused is said" {
	rules '[{"name": "hog", "rule": {">": [{"var": "metrics.pids_stats.current"}, 5]}, "action": "update",
			"update": {"NanoCpus": {"/": [1000000000, 10]}, "PidsLimit": {"+": [{"var": "metrics.pids_stats.limit"}, 0]}}, "message": "less"},
		{"name": "impossible", "rule": {"==": [{"var": "labels.x"}, "1"]}, "action": "update", "update": {"Memory": 1}},
		{"name": "nonsense", "rule": {"==": [{"var": "labels.x"}, "2"]}, "action": "update", "update": {"Memory": {"var": "labels.y"}}}]'
	container hog --pids-limit 77 -- sh -c 'for i in 1 2 3 4 5 6 7 8; do sleep 3600 & done; wait'
	container modest
	container impossible -l x=1
	container nonsense -l x=2
	start_enforcer MODE=KILL RUN_PERIODIC=False RUN_UPDATE_EVENTS=True RUN_START_EVENTS=True AUDIT_LOG="$WORK/audit" MAX_ACTIONS_PER_MINUTE=100
	cpus() {
		[ "$(docker inspect -f '{{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}}' hog)" = "$1" ]
	}
	await cpus "100000000 77"
	await grep -q 'container /hog .* updated: rule "hog"' "$LOG"
	await shows / 'any(.detections[]; .name == "/hog" and .action == "updated")'
	jq -se 'any(.[]; .event == "action" and .action == "update" and .result == "done" and (.update | fromjson).NanoCpus == 100000000)' "$WORK/audit"
	sample_is containers_stopped_total 0
	docker update --cpus 2 hog >/dev/null
	await cpus "100000000 77"
	twice() {
		[ "$(grep -c '/hog .* updated: rule' "$LOG")" = 2 ]
	}
	await twice
	running hog
	cpus_of_modest=$(docker inspect -f '{{.HostConfig.NanoCpus}}' modest)
	[ "$cpus_of_modest" = 0 ]
	docker restart -t 0 impossible nonsense >/dev/null
	await grep -q 'container /impossible .* could not be updated .*Minimum memory limit' "$LOG"
	await grep -q 'rule "nonsense" failed on container /nonsense .*: update: Memory must be bytes' "$LOG"
	running impossible
	running nonsense
}

@test "update: what it cannot be is an error when it is loaded" {
	for bad in '"action": "update"' '"update": {"Memory": 1}' '"action": "stop", "update": {"Memory": 1}' '"action": "update", "update": {}' \
		'"action": "update", "update": {"Memroy": 1}' '"action": "update", "update": {"Memory": "much"}' '"action": "update", "update": {"NanoCpus": "1"}' \
		'"action": "update", "update": {"RestartPolicy": "no"}' '"action": "update", "update": {"RestartPolicy": {"Name": "sometimes"}}' \
		'"action": "update", "update": {"Memory": {"nope": 1}}' '"action": "update", "update": {"Memory": {"var": "params.HostConfg"}}' '"action": "update", "update": {"CpusetCpus": 1}' '"action": "update", "update": []'; do
		rules '[{"name": "a", "rule": true, '"$bad"'}]'
		run "$DE_BIN" check "$RULES"
		[ "$status" = 1 ] || {
			echo "$bad"
			return 1
		}
	done
	[[ "$output" == *"/0/update: must be an object"* ]]
}

@test "history: what happened is there after a kill, on the page and by the command; chosen by time, owner, rule and container" {
	rules '[{"name": "no, \"limit\"", "rule": {"==": [{"var": "params.HostConfig.Memory"}, 0]}, "message": "=1+{name}"}]'
	start_enforcer STATE_DIR="$WORK/state" MODE=KILL RUN_START_EVENTS=True RUN_PERIODIC=False
	container web
	await not_running web
	rules '[{"name": "bad"}]'
	kill -HUP "$ENFORCER"
	seen() { # seen JQ: what the command says
		STATE_DIR="$WORK/state" "$DE_BIN" history "${@:2}" --json | jq -e "$1"
	}
	await seen 'any(.kind == "reload" and .what == "failed" and (.detail | contains("needs \"rule\"")))'
	await seen 'any(.kind == "end" and .name == "/web")'
	shows /history '.[0].kind == "reload" and any(.kind == "detection" and .source == "event" and .rule == "no, \"limit\"" and .detail == "=1+/web")'
	kill -KILL "$ENFORCER"
	wait "$ENFORCER" || true
	ENFORCER=
	seen 'map(.kind) | index("start") < index("detection") and index("detection") < index("action") and .[-1] == "reload"'
	seen 'length > 2 and all(.name == "/web")' --container web
	seen 'length > 2 and all(.name == "/web")' --container "$(docker inspect -f '{{printf "%.6s" .Id}}' web)"
	seen 'map(.kind) == ["detection", "action"] and .[1].what == "stop" and .[1].detail == "done"' --rule 'no, "limit"'
	seen 'length == 0' --since 2100-01-01
	seen 'length > 2' --since 1d
	STATE_DIR="$WORK/state" "$DE_BIN" history | has 'detection .*/web'
	# a spreadsheet computes nothing of what a container's owner wrote
	STATE_DIR="$WORK/state" "$DE_BIN" history --csv >"$WORK/csv"
	python3 - "$WORK/csv" <<-'END'
		import csv, sys
		rows = list(csv.DictReader(open(sys.argv[1], newline="")))
		assert any(r["rule"] == 'no, "limit"' and r["detail"] == "'=1+/web" and r["count"] == "1" for r in rows), rows
	END
	run env STATE_DIR="$WORK/state" "$DE_BIN" history --since yesterday
	[ "$status" = 2 ]
	rules '[]'
	start_enforcer STATE_DIR="$WORK/state"
	shows '/history?rule=no,%20%22limit%22' 'length == 2'
	shows '/history?since=2100-01-01' '. == []'
	curl -sf -H 'Accept: text/html' "http://127.0.0.1:$PORT/history?container=web" | has 'href="/history?rule=no%2C%20%22limit%22"'
}

@test "/containers/ID: what one container is, what the rules say of it and what happened to it; of one that has ended what happened" {
	rules '[{"name": "must have <memory limit>", "rule": {"==": [{"var": "params.HostConfig.Memory"}, 0]}, "mode": "warn"}, {"name": "never", "rule": {"==": [{"var": "name"}, "/x"]}}]'
	container web -e SECRET=hush --cap-add SYS_TIME
	container other -m 64m
	start_enforcer STATE_DIR="$WORK/state" IMMEDIATE_PERIODICAL_START=True
	await detected web "must have <memory limit>"
	id=$(docker inspect -f '{{.Id}}' web)
	for called in web "$id" "${id:0:12}" "%77eb"; do
		await shows "/containers/$called" '.name == "/web" and .running and .limits.Memory == 0 and .views.capabilities == ["SYS_TIME"] and .views.namespaces.pid != null
			and (.rules | length == 2 and .[0].violated and .[0].for_s >= 0 and (.[1].violated | not)) and .metrics.pids_stats.current > 0 and any(.history[]; .kind == "detection")'
	done
	get "/containers/$id" | lacks hush
	html() {
		curl -sf -H 'Accept: text/html' "http://127.0.0.1:$PORT$1"
	}
	html "/containers/$id" | has 'must have &lt;memory limit&gt;'
	html /containers | has "href=\"/containers/$id\""
	docker rm -f web >/dev/null
	await shows "/containers/$id" '(.running | not) and any(.history[]; .kind == "end")'
	html "/containers/$id" | has 'does not run any more'
	for no in nobody "" "%27%20OR%201=1" "${id:0:3}"; do
		[ "$(curl -s -o "$WORK/none" -w '%{http_code}' "http://127.0.0.1:$PORT/containers/$no")" = 404 ]
	done
}

@test "a kill does not wait for a dockerd that hangs: the processes are ended without it, others' are not; nothing else is" {
	rules '[{"name": "processes", "rule": {">": [{"var": "metrics.pids_stats.current"}, 5]}, "action": "kill"},
		{"name": "stopped", "rule": {"==": [{"var": "labels.stop"}, "1"]}}]'
	mkdir "$WORK/shared"
	waiting() { # waiting NAME [OPTION…]: forks when it is told to
		container "$1" --restart always -v "$WORK/shared:/shared" "${@:2}" -- sh -c 'while [ ! -e /shared/now ]; do sleep 0.1; done; for i in 1 2 3 4 5 6 7 8; do sleep 3600 & done; wait'
	}
	waiting bomb
	container good
	pid=$(docker inspect -f '{{.State.Pid}}' bomb)
	good=$(docker inspect -f '{{.State.Pid}}' good)
	start_enforcer MODE=KILL RUN_PERIODIC=False DOCKER_REQ_TIMEOUT_S=2 AUDIT_LOG="$WORK/audit" WATCH_INTERVAL_MS=100
	await shows /containers 'length == 2 and all(.metrics.pids_stats.current > 0)'
	dockerd=$(cat "${DOCKER_HOST#unix://}" 2>/dev/null || cat "$(dirname "${DOCKER_HOST#unix://}")/pid")
	kill -STOP "$dockerd"
	touch "$WORK/shared/now"
	await logged_like 'WARNING container /bomb .* killed without dockerd, which does not answer: rule "processes"' || {
		kill -CONT "$dockerd"
		false
	}
	ended() {
		[ ! -e "/proc/$pid" ] || grep -q '^State:.*Z' "/proc/$pid/status"
	}
	await ended
	[ -e "/proc/$good" ]
	rm "$WORK/shared/now"
	kill -CONT "$dockerd"
	jq -se 'any(.[]; .event == "action" and .action == "kill" and .result == "done without dockerd")' "$WORK/audit"
	# what dockerd starts anew is another start, judged on its own
	await running bomb
	touch "$WORK/shared/now"
	await not_running bomb
	running good
}

logged_like() {
	grep -q "$1" "$LOG"
}
