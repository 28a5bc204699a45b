# judge and test: what an administrator does with rules before they run.
bats_require_minimum_version 1.5.0
load helper

setup_file() {
	without_dockerd
}

limits='[{"name": "memory", "rule": {"==": [{"var": "params.HostConfig.Memory"}, 0]}, "message": "{name}: -m is missing"},
         {"name": "privileged", "rule": {"var": "params.HostConfig.Privileged"}, "mode": "kill"},
         {"name": "busy", "rule": {">": [{"var": "metrics.cpu_percent"}, 90]}, "for": "1m"}]'
inspect='{"Id": "1", "Name": "/web", "HostConfig": {"Memory": 0}, "Config": {"Image": "a"}}'

judge() { # judge STDIN ARGUMENT…: stdout in $output, stderr in $WORK/err
	local input=$1
	shift
	run --separate-stderr "$DE_BIN" judge --rules "$RULES" "$@" - <<<"$input"
}

@test "judge: the verdict on an inspect document, with its message and status 1" {
	rules "$limits"
	judge "$inspect"
	[ "$status" = 1 ]
	[ "$output" = "-: /web (1): violates: memory: /web: -m is missing" ]
	[[ "$stderr" == *'"busy" reads metrics'* ]]
	judge '{"Id": "1", "Name": "/web", "HostConfig": {"Memory": 9}, "Config": {}}'
	[ "$status" = 0 ]
	[ "$output" = "-: /web (1): violates nothing" ]
}

@test "judge: what is judged has its name, in text and JSON; five documents are five named verdicts" {
	rules "$limits"
	five=$(jq -nc '[range(5) | {Id: ("0123456789abcdef" + (. | tostring)), Name: "/c\(.)", HostConfig: {Memory: (. % 2)}, Config: {Image: "a"}}]')
	judge "$five"
	[ "$output" = "$(for i in 0 1 2 3 4; do [ $((i % 2)) = 0 ] && echo "-: /c$i (0123456789ab): violates: memory: /c$i: -m is missing" || echo "-: /c$i (0123456789ab): violates nothing"; done)" ]
	judge "$five" --json
	[ "$(jq -r '.as + .name + .id' <<<"$output")" = "$(for i in 0 1 2 3 4; do echo "inspect/c${i}0123456789abcdef$i"; done)" ]
}

@test "judge: a create body and a message are known without --as; what is no create body is an error" {
	rules "$limits"
	judge '{"Image": "a", "HostConfig": {"Privileged": true}}' --json
	[ "$(jq -r '.as, .violations[].rule' <<<"$output")" = "$(printf 'create\nmemory\nprivileged')" ]
	judge '{"RequestMethod": "GET", "RequestUri": "/info"}'
	[ "$output" = "-: GET /info: violates nothing" ]
	judge '{"Image": "a", "HostConfg": {"Privileged": true}}' --as create
	[ "$status" = 2 ]
	[[ "$stderr" == *"/HostConfg: Docker knows no such key of a create request; did you mean HostConfig?"* ]]
	judge '{"Image": "a", "HostConfig": {"Memroy": 1}}'
	[ "$status" = 2 ]
	[[ "$stderr" == *"/HostConfig/Memroy: "*"did you mean Memory?"* ]]
	judge '{"HostConfig": {"Memory": 1}}' --as create
	[ "$status" = 2 ]
	[[ "$stderr" == *"there is no Image in it"* ]]
	judge '{"services": {"web": {"image": "a"}}}' --as create
	[ "$status" = 2 ]
}

@test "judge: several documents, as docker inspect prints them, and several files" {
	rules "$limits"
	judge "[$inspect, $inspect]"
	[ "$status" = 1 ]
	[ "${#lines[@]}" = 2 ]
	echo "$inspect" >"$WORK/a.json"
	run "$DE_BIN" judge --rules "$RULES" "$WORK/a.json" "$WORK/a.json"
	[ "$(grep -c "a.json: /web (1): violates: memory" <<<"$output")" = 2 ]
}

@test "judge --as create: defaults and other spellings count" {
	rules "$limits"
	judge '{"Image": "a"}' --as create --name new
	[ "$output" = "-: /new: violates: memory: /new: -m is missing" ]
	judge '{"Image": "a", "hostconfig": {"memory": 7000000, "PRIVILEGED": true}}' --as create
	[ "$output" = "-: a container of a: violates: privileged" ]
	judge '{"Image": "a", "HostConfig": {"Memory": 7000000}}' --as create
	[ "$status" = 0 ]
	judge '{"Image": "a", "HostConfig": {"Memory": 7000000, "memory": 0}}' --as create
	[ "$status" = 1 ]
	[[ "$output" == *"two keys mean Memory"* ]]
}

@test "judge --as request: method, path, query and body" {
	rules "$limits"
	echo '[{"name": "no cp", "rule": {"matches": [{"var": "ParsedUri.endpoint"}, "^/containers/test[^/]*/archive$"]}},
	       {"name": "no force", "rule": {"==": [{"var": "ParsedUri.query.force"}, "1"]}},
	       {"name": "no root exec", "rule": {"var": "requestbody.Privileged"}}]' >"$RULES/request_rules.json"
	judge '{"RequestMethod": "GET", "RequestUri": "/v1.41/containers/te%73t1/archive?path=/"}' --as request
	[ "$output" = "-: GET /containers/test1/archive: violates: no cp" ]
	judge '{"RequestMethod": "DELETE", "RequestUri": "/containers/x?v=1&force=1"}' --as request
	[ "$output" = "-: DELETE /containers/x: violates: no force" ]
	judge '{"RequestMethod": "POST", "RequestUri": "/containers/x/exec", "RequestBody": {"privileged": true}}' --as request
	[ "$output" = "-: POST /containers/x/exec: violates: no root exec" ]
	judge '{"RequestMethod": "POST", "RequestUri": "/containers/%63reate?name=n", "RequestBody": "eyJJbWFnZSI6ImEifQ=="}' --as request --json
	[ "$(jq -r '.violations[].message, .allowed' <<<"$output")" = "$(printf '/n: -m is missing\ntrue')" ]
	judge '{"RequestMethod": "GET", "RequestUri": "/info"}' --as request
	[ "$status" = 0 ]
}

@test "judge --explain: the values that each part saw" {
	rules "$limits"
	judge "$inspect" --explain
	[[ "$output" == *'rule "memory" holds'* ]]
	[[ "$output" == *'params.HostConfig.Memory = 0'* ]]
	[[ "$output" == *'rule "privileged" does not hold'* ]]
	[[ "$output" == *'rule "busy" is not evaluated: it reads metrics'* ]]
	judge "$inspect" --explain --json
	[ "$(jq -r '.explanation[0].saw[0]' <<<"$output")" = "params.HostConfig.Memory == 0 = true" ]
}

@test "judge --metrics: usage counts, and for is not met at once" {
	rules "$limits"
	echo '{"cpu_percent": 99.5}' >"$WORK/metrics.json"
	judge "$inspect" --metrics "$WORK/metrics.json"
	[ "$output" = "-: /web (1): violates: memory: /web: -m is missing" ]
	rules '[{"name": "busy", "rule": {">": [{"var": "metrics.cpu_percent"}, 90]}}]'
	judge "$inspect" --metrics "$WORK/metrics.json"
	[ "$output" = "-: /web (1): violates: busy" ]
}

@test "judge --view: what a rule can name" {
	judge '{"Image": "a", "Env": ["A=1"], "HostConfig": {"Binds": ["/opt/../srv:/s"], "CapAdd": ["cap_chown"]}}' --as create --view
	[ "$status" = 0 ]
	jq -e '.env.A == "1" and .mounts[0].source == "/srv" and .capabilities == ["CHOWN"] and .params.HostConfig.Privileged == false' \
		<<<"$(head -n -1 <<<"$output")"
}

@test "judge: usage, help and bad files" {
	run "$DE_BIN" judge --help
	[ "$status" = 0 ]
	[[ "$output" == *"--explain"* ]]
	run "$DE_BIN" judge
	[ "$status" = 2 ]
	run "$DE_BIN" judge --as nonsense x
	[ "$status" = 2 ]
	run "$DE_BIN" judge --rules "$RULES" "$WORK/absent"
	[ "$status" = 2 ]
	[[ "$output" == *"$WORK/absent"* ]]
	judge '{"not": "a container"}'
	[ "$status" = 2 ]
	judge '{"Id": 1'
	[ "$status" = 2 ]
}

@test "judge: no colours but on a terminal" {
	rules "$limits"
	judge "$inspect"
	not grep -q $'\033' <<<"$output"
	script -qec "$DE_BIN judge --rules $RULES $WORK/in.json" /dev/null <<<"" >"$WORK/tty" 2>&1 || true
	echo "$inspect" >"$WORK/in.json"
	script -qec "$DE_BIN judge --rules $RULES $WORK/in.json" /dev/null >"$WORK/tty" 2>&1 || true
	grep -q $'\033' "$WORK/tty"
}

@test "test: passes, failures and status" {
	rules "$limits"
	cat >"$WORK/suite.json" <<-END
		{"rules": "rules/rules.json", "tests": [
		 {"name": "no limit", "as": "create", "input": {"Image": "a"}, "violates": ["memory"]},
		 {"name": "short", "input": $inspect, "metrics": {"cpu_percent": 95}, "violates": ["memory"]},
		 {"name": "long", "input": $inspect, "metrics": {"cpu_percent": 95}, "held": "61s", "violates": ["memory", "busy"]},
		 {"name": "twice", "as": "create", "input": {"Image": "a", "Tty": true, "tty": false}, "unreadable": true}]}
	END
	run "$DE_BIN" test "$WORK/suite.json"
	[ "$output" = "4 passed, 0 failed" ]
	[ "$status" = 0 ]
	sed -i 's/"violates": \["memory", "busy"\]/"violates": ["privileged"]/' "$WORK/suite.json"
	run "$DE_BIN" test "$WORK/suite.json"
	[ "$status" = 1 ]
	[[ "$output" == *'/tests/2: long: found "memory", "busy"; expected "privileged"'* ]]
	[ "${lines[-1]}" = "3 passed, 1 failed" ]
}

@test "test: ages, the time and the host are as the test says; what the host does not give is not evaluated" {
	export TZ=Asia/Kolkata # five and a half hours ahead
	cat >"$WORK/suite.json" <<-'END'
		{"rules": [{"name": "old", "rule": {">": [{"var": "age_s"}, 3600]}},
		  {"name": "made long ago", "rule": {">=": [{"var": "created_age_s"}, {"duration": "2h"}]}},
		  {"name": "night or weekend", "rule": {"or": [{"<": [{"var": "time.hour"}, 6]}, {">=": [{"var": "time.weekday"}, 6]}]}},
		  {"name": "short", "rule": {"<": [{"var": "host.memory.available"}, {"bytes": "1GiB"}]}},
		  {"name": "stalled", "rule": {">=": [{"val": ["host", "pressure", "io", "full_avg10"]}, 0]}}],
		 "tests": [
		  {"name": "an hour", "now": "2026-01-02T04:00:00Z", "violates": [],
		   "input": {"Id": "1", "Created": "2026-01-02T02:00:01Z", "State": {"StartedAt": "2026-01-02T03:00:00Z"}, "Config": {}, "HostConfig": {}}},
		  {"name": "more", "now": "2026-01-02T04:00:01Z", "violates": ["old", "made long ago"],
		   "input": {"Id": "1", "Created": "2026-01-02T02:00:01Z", "State": {"StartedAt": "2026-01-02T03:00:00Z"}, "Config": {}, "HostConfig": {}}},
		  {"name": "half past five there", "as": "create", "now": "2026-01-02T00:00:00Z", "violates": ["night or weekend"], "input": {"Image": "a"}},
		  {"name": "half past six there", "as": "create", "now": "2026-01-02T01:00:00Z", "violates": [], "input": {"Image": "a"}},
		  {"name": "Saturday", "as": "create", "now": "2026-01-03T10:00:00Z", "violates": ["night or weekend"], "input": {"Image": "a"}},
		  {"name": "host", "as": "create", "now": "2026-01-02T10:00:00Z", "host": {"memory": {"available": 1048576}},
		   "violates": ["short"], "input": {"Image": "a"}},
		  {"name": "stalls", "as": "create", "now": "2026-01-02T10:00:00Z", "host": {"memory": {"available": 9999999999},
		   "pressure": {"io": {"full_avg10": 0}}}, "violates": ["stalled"], "input": {"Image": "a"}}]}
	END
	run "$DE_BIN" test "$WORK/suite.json"
	[ "$output" = "7 passed, 0 failed" ]
	rules '[{"name": "x", "rule": {">": [{"var": "host.memory.availabel"}, 1]}}]'
	run "$DE_BIN" check "$RULES"
	[[ "$output" == *"did you mean host.memory.available?"* ]]
}

@test "test: what is no suite is said, with its place" {
	for bad in '[]' '{"tests": [], "rule": []}' '{"tests": [], "rules": "absent.json"}' '{"tests": [], "rules": [{"name": "x"}]}'; do
		echo "$bad" >"$WORK/suite.json"
		run "$DE_BIN" test "$WORK/suite.json"
		[ "$status" = 2 ]
		[[ "$output" == *suite.json* ]]
	done
	for bad in '1' '{"name": "x"}' '{"violates": []}' '{"input": {}, "violates": "x"}' '{"as": "x", "input": {}, "violates": []}' \
		'{"input": {}, "violates": [], "held": "soon"}' '{"inputs": {}, "violates": []}'; do
		echo "{\"tests\": [$bad]}" >"$WORK/suite.json"
		run "$DE_BIN" test "$WORK/suite.json"
		[ "$status" = 1 ]
		[ "${lines[-1]}" = "0 passed, 1 failed" ]
	done
}

@test "test: what was expected is said beside what was found" {
	rules "$limits"
	cat >"$WORK/suite.json" <<-END
		{"rules": "rules/rules.json", "tests": [
		 {"name": "a", "as": "create", "input": {"Image": "a"}, "violates": []},
		 {"name": "b", "as": "create", "input": {"Image": "a", "HostConfig": {"Memory": 9}}, "violates": ["memory", "busy"]},
		 {"name": "c", "as": "create", "input": {"Image": "a"}, "unreadable": true},
		 {"name": "d", "as": "request", "input": {"RequestMethod": "GET", "RequestUri": "/info"}, "violates": [], "refused": true}]}
	END
	run -1 "$DE_BIN" test "$WORK/suite.json"
	[ "${lines[0]##*: }" = 'found "memory"; expected nothing' ]
	[ "${lines[1]##*: }" = 'found nothing; expected "memory", "busy"' ]
	[ "${lines[2]##*: }" = 'found "memory"; expected a request that cannot be read' ]
	[ "${lines[3]##*: }" = 'found nothing; expected nothing, refused' ]
}

@test "every command: -h, help and --help are help; what it does not know it names, with status 2" {
	run -0 "$DE_BIN" help
	[ "$output" = "$("$DE_BIN" -h)" ]
	commands=$("$DE_BIN" --help | sed -nE 's/^  ([a-z]+) .*/\1/p')
	[ "$(wc -w <<<"$commands")" -ge 10 ]
	for command in $commands; do
		run -0 --separate-stderr "$DE_BIN" "$command" --help
		[[ "$output" == "usage: docker-enforcer $command"* ]]
		[ "$output" = "$("$DE_BIN" "$command" -h)" ]
		[ "$output" = "$("$DE_BIN" help "$command")" ]
		run -2 --separate-stderr "$DE_BIN" "$command" --bogus
		[[ "$stderr" == *"--bogus"* ]]
		[ "$output" = "" ]
	done
	run -2 --separate-stderr "$DE_BIN" chek
	[[ "$stderr" == *'no command "chek"; did you mean "check"?'* ]]
	run -2 "$DE_BIN" help chek
}

@test "messages say what is wrong and what to do: white lists, addresses, levels, rights" {
	rules '[]'
	refused() { # refused OPTION=VALUE TEXT: the start ends with it, and nothing says that it has started
		run -2 env -i PATH="$PATH" RULES_DIR="$RULES" STATE_DIR= LISTEN= RUN_PERIODIC=False RUN_WATCH=False DOCKER_SOCKET="unix://$WORK/none" "$1" "$DE_BIN" run
		[[ "$output" == *"$2"* ]]
		[[ "$output" != *"started"* ]]
	}
	refused 'WHITE_LIST=docker[.*' 'WHITE_LIST: "docker[.*" is neither a name nor a regular expression: bad regular expression at character 9: missing terminating ]'
	refused 'LISTEN=:18102x' 'LISTEN=":18102x": "18102x" is no port, which is a number up to 65535'
	refused 'LISTEN=127.0.0.1:99999' '"99999" is no port'
	refused 'LISTEN=no.such.host.invalid:80' 'no host is called "no.such.host.invalid"'
	refused 'LOG_LEVEL=LOUD' 'LOG_LEVEL="LOUD": must be one of DEBUG|INFO|WARNING|ERROR|CRITICAL'
	refused 'LISTEN=8.8.8.8:80' 'LISTEN="8.8.8.8:80": Cannot assign'
	LOG_LEVEL=WARN run -0 "$DE_BIN" judge --rules "$RULES" - <<<"$inspect"
	LOG_LEVEL=fatal run -0 "$DE_BIN" judge --rules "$RULES" - <<<"$inspect"
}

@test "a socket of Docker's that this user may not use is no dockerd that does not run" {
	local open
	open=$(mktemp -d /var/tmp/de-open-XXXXXX) # where others may look: the tests' own folder is root's
	chmod 755 "$open"
	mkdir "$open/rules"
	echo '[]' >"$open/rules/rules.json"
	python3 -c 'import socket, sys, time; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(); time.sleep(600)' "$open/docker.sock" 3>&- &
	listener=$!
	await test -S "$open/docker.sock"
	chmod 600 "$open/docker.sock"
	echo "$inspect" >"$open/in.json"
	cp "$DE_BIN" "$open/docker-enforcer"
	chmod -R a+rX "$open/rules" "$open/in.json" "$open/docker-enforcer"
	run setpriv --reuid 65534 --regid 65534 --clear-groups "$open/docker-enforcer" judge --rules "$open/rules" --docker "unix://$open/docker.sock" "$open/in.json"
	kill $listener
	rm "$open/docker.sock"
	denied=$output
	run -2 "$DE_BIN" judge --rules "$open/rules" --docker "unix://$open/docker.sock" "$open/in.json"
	rm -r "$open"
	[[ "$denied" == *"no right to use $open/docker.sock; run as root"* ]]
	[[ "$output" == *"no answer at $open/docker.sock; is dockerd running"* ]]
}
