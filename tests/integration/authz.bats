# The authorization plugin, in front of a dockerd of its own that asks it about everything.
bats_require_minimum_version 1.5.0
load helper

setup_file() {
	export PLUGIN=de-bats-$$ AUTHZ_DIR=$DE_DIR-authz
	SOCKET=/run/docker/plugins/$PLUGIN.sock
	mkdir -p "$BATS_FILE_TMPDIR/none"
	allow_all
	"$DE_ROOT/deploy/private-dockerd" start "$AUTHZ_DIR" --authorization-plugin="$PLUGIN" >&2
	kill "$ALLOW"
	wait "$ALLOW" || true
}

teardown_file() {
	mkdir -p "$BATS_FILE_TMPDIR/none"
	SOCKET=/run/docker/plugins/$PLUGIN.sock
	allow_all
	"$DE_ROOT/deploy/private-dockerd" clean "$AUTHZ_DIR"
	kill "$ALLOW"
	wait "$ALLOW" || true
}

# A plugin that lets everything through, while no test has its own.
allow_all() {
	env -i PATH="$PATH" RUN_AUTHZ=True AUTHZ_LISTEN="unix://$SOCKET" LISTEN= RULES_DIR="$BATS_FILE_TMPDIR/none" RUN_PERIODIC=False \
		DISABLE_METRICS=True DOCKER_SOCKET="unix://$AUTHZ_DIR/docker.sock" "$DE_BIN" run >"$BATS_FILE_TMPDIR/allow.log" 2>&1 3>&- &
	ALLOW=$!
	await 20 curl -sf --unix-socket "$SOCKET" -X POST http://plugin/Plugin.Activate
}

setup() {
	WORK=$BATS_TEST_TMPDIR
	RULES=$WORK/rules
	LOG=$WORK/log
	SOCKET=/run/docker/plugins/$PLUGIN.sock
	ENFORCER= FAKE=
	export DOCKER_HOST=unix://$AUTHZ_DIR/docker.sock
	pick_port
	mkdir -p "$RULES"
	rules '[]'
}

teardown() {
	local status=0
	[ -z "$ENFORCER" ] || stop_enforcer || status=1
	[ -z "$FAKE" ] || kill "$FAKE" 2>/dev/null || true
	allow_all
	remove_containers
	kill "$ALLOW"
	wait "$ALLOW" || true
	if [ "$status" != 0 ] || [ -z "${BATS_TEST_COMPLETED:-}" ]; then
		echo "--- log" >&2
		tail -n 60 "$LOG" >&2 2>/dev/null || true
	fi
	return $status
}

plugin() { # plugin OPTION…: the enforcer as the plugin, in KILL mode
	start_enforcer RUN_AUTHZ=True AUTHZ_LISTEN="unix://$SOCKET" MODE=KILL RUN_PERIODIC=False "$@"
}

create() { # create BODY [QUERY] [PATH]: the status, dockerd's answer in $WORK/answer
	curl -s -o "$WORK/answer" -w '%{http_code}' --unix-socket "$AUTHZ_DIR/docker.sock" -H 'Content-Type: application/json' \
		--data-binary "$1" --path-as-is "http://docker${3:-/v1.41/containers/create}${2:-}"
}

ask() { # ask MESSAGE: the plugin's own answer
	curl -s --max-time 20 --unix-socket "$SOCKET" --data-binary "$1" http://plugin/AuthZPlugin.AuthZReq
}

body() {
	printf '%s' "$1" | base64 -w 0
}

create_message() { # create_message BODY [NAME] [USER]
	jq -nc --arg b "$(body "$1")" --arg n "${2:-}" --arg u "${3:-}" '{RequestMethod: "POST", RequestUri: ("/v1.41/containers/create?name=" + $n),
		RequestBody: $b, User: $u, UserAuthNMethod: "TLS", RequestHeaders: {"Content-Type": "application/json"}}'
}

no_privileges='[{"name": "no privileges", "rule": {"var": "params.HostConfig.Privileged"}, "message": "{name} must not be privileged"}]'

@test "protocol: activation, responses, and what is no endpoint" {
	plugin
	[ "$(curl -s --unix-socket "$SOCKET" -X POST http://p/Plugin.Activate | jq -c .)" = '{"Implements":["authz"]}' ]
	[ "$(curl -s --unix-socket "$SOCKET" -d '{"ResponseStatusCode": 200}' http://p/AuthZPlugin.AuthZRes | jq -c .)" = '{"Allow":true}' ]
	[ "$(curl -s -o /dev/null -w '%{http_code}' --unix-socket "$SOCKET" -X POST http://p/Nothing)" = 404 ]
	[ "$(curl -s -o /dev/null -w '%{http_code}' --unix-socket "$SOCKET" http://p/AuthZPlugin.AuthZReq)" = 405 ]
	[ "$(stat -c '%a %U' "$SOCKET")" = "600 root" ]
	stop_enforcer
	[ ! -e "$SOCKET" ]
}

@test "KILL refuses with the rule's words before the container exists, and notes it" {
	rules "$no_privileges"
	plugin
	run docker run --network none --name bad --privileged busybox true
	[ "$status" = 125 ]
	[[ "$output" == *"authorization denied by plugin $PLUGIN: /bad must not be privileged"* ]]
	[ "$(docker ps -aq | wc -l)" = 0 ]
	[ "$(get / | jq -c '.detections[0] | [.id, .name, .violated_rule, .source, .owner, .count]')" = '["bad","/bad","no privileges","authz_plugin","[unknown]",1]' ]
	docker run --rm --network none busybox true
	[ "$(sample 'docker_enforcer_authz_decisions_total{decision="refused"}')" = 1 ]
}

@test "WARN allows and notes; a rule in kill mode refuses all the same" {
	rules '[{"name": "no privileges", "rule": {"var": "params.HostConfig.Privileged"}},
	        {"name": "no init", "rule": {"var": "params.HostConfig.Init"}, "mode": "kill"}]'
	plugin MODE=WARN
	docker create --network none --name warned --privileged busybox true
	[ "$(get / | jq -r '.detections[0].name')" = /warned ]
	logged "allowed in WARN mode"
	run docker run --rm --network none --init busybox true
	[[ "$output" == *"denied by plugin $PLUGIN: no init"* ]]
}

@test "STOP_ON_FIRST_VIOLATION: one rule's name or all" {
	rules '[{"name": "a", "rule": {"var": "params.HostConfig.Privileged"}}, {"name": "b", "rule": true}]'
	plugin
	[ "$(ask "$(create_message '{"HostConfig": {"Privileged": true}}')" | jq -r .Msg)" = "a" ]
	stop_enforcer
	plugin STOP_ON_FIRST_VIOLATION=False
	[ "$(ask "$(create_message '{"HostConfig": {"Privileged": true}}')" | jq -r .Msg)" = "a, b" ]
}

@test "every spelling of the same request is judged alike" {
	rules "$no_privileges"
	plugin
	p='{"Image": "busybox", "Cmd": ["true"], "HostConfig": {"Privileged": true}}'
	for path in /v1.41/containers/%63reate /v1%2e41/containers%2fcreate /containers/create /v1.12/containers/create /v01.41/containers/create; do
		[ "$(create "$p" ?name=x "$path")" = 403 ]
	done
	for b in '{"Image": "busybox", "Cmd": "true", "hostconfig": {"PRIVILEGED": true}}' \
		'{"Image": "busybox", "Cmd": "true", "Ho\u017ftConfig": {"Privileged": true}}' \
		'{"Image": "busybox", "Cmd": "true", "HoſtConfig": {"Privileged": true}}' \
		'{"Image": "busybox", "Cmd": "true", "\u0048ostConfig": {"Pr\u0069vileged": true}}' \
		'{"Image": "busybox", "Cmd": "true", "Privileged": true}'; do
		[ "$(create "$b")" = 403 ]
		grep -q "must not be privileged" "$WORK/answer"
	done
	# what could mean two things is refused whatever it would mean
	for b in '{"Image": "busybox", "HostConfig": {}, "hostconfig": {"Privileged": true}}' '{"Image": "busybox"} {"a": 1}' \
		'{"Image": "busybox", "Image": "busybox"}' '{"Image": "busybox", "x": "'$'\xff''"}' '{"Image": "busybox", "Cmd": 5}' ''; do
		[ "$(create "$b")" = 403 ]
		grep -qE "with certainty|no request body" "$WORK/answer"
	done
	head -c 1100000 /dev/zero | tr '\0' ' ' >"$WORK/large"
	echo "$p" >>"$WORK/large"
	[ "$(create "@$WORK/large")" = 403 ]
	grep -q "smaller than 1 MiB" "$WORK/answer"
	[ "$(docker ps -aq | wc -l)" = 0 ]
}

@test "ambiguity is refused in KILL mode only, whatever DEFAULT_ACTION_ALLOW says" {
	plugin MODE=WARN DEFAULT_ACTION_ALLOW=False
	[ "$(create '{"Image": "busybox", "Cmd": ["true"], "cmd": ["true"]}')" = 201 ]
	stop_enforcer
	plugin DEFAULT_ACTION_ALLOW=True
	[ "$(create '{"Image": "busybox", "Cmd": ["true"], "cmd": ["true"]}')" = 403 ]
}

@test "a plugin message that is none: DEFAULT_ACTION_ALLOW" {
	plugin
	for bad in '' '{' '[]' '{"RequestMethod": "GET"}' '{"RequestMethod": "POST", "RequestUri": "/x", "RequestBody": "%"}'; do
		[ "$(ask "$bad" | jq .Allow)" = true ]
	done
	stop_enforcer
	plugin DEFAULT_ACTION_ALLOW=False
	[ "$(ask '{' | jq -c .)" = '{"Allow":false,"Msg":"Denied as default action"}' ]
	[ "$(sample docker_enforcer_authz_malformed_total)" = 1 ]
}

@test "mounts: by volumes made earlier, VolumesFrom, dots and links" {
	rules '[{"name": "etc", "rule": {"some": [{"var": "mounts"}, {"path_within": [{"var": "resolved"}, "/etc"]}]}}]'
	plugin MODE=WARN
	docker volume create -o type=none -o o=bind -o device=/etc sneaky
	docker create --network none --name holder -v sneaky:/e busybox true
	stop_enforcer
	ln -s /etc "$WORK/link"
	plugin
	for options in "-v /etc:/e" "-v sneaky:/e" "--volumes-from holder" "-v /opt/../etc/ssl:/e" "-v $WORK/link:/e" \
		"--mount type=bind,src=/etc,dst=/e" "--mount type=volume,src=sneaky,dst=/e" \
		"--mount type=volume,src=new,dst=/e,volume-opt=type=none,volume-opt=o=bind,volume-opt=device=/etc"; do
		run docker create --network none $options busybox true
		[[ "$output" == *"denied by plugin $PLUGIN: etc"* ]]
	done
	docker create --network none -v plain:/e -v /opt:/o busybox true
}

@test "update, rename and an old start are judged as the container that would result" {
	rules '[{"name": "memory", "rule": {"!": [{"<=": [1, {"var": "params.HostConfig.Memory"}, {"bytes": "64MiB"}]}]}},
	        {"name": "names", "rule": {"starts_with": [{"var": "name"}, "/docker-enforcer"]}},
	        {"name": "no privileges", "rule": {"var": "params.HostConfig.Privileged"}}]'
	plugin WHITE_LIST=
	docker create --network none --name box -m 32m busybox sleep 100
	docker update -m 64m --memory-swap 64m box
	run docker update -m 65m --memory-swap 65m box
	[[ "$output" == *"denied by plugin $PLUGIN: memory"* ]]
	docker rename box box2
	run docker rename box2 docker-enforcer
	[[ "$output" == *"denied by plugin $PLUGIN: names"* ]]
	run curl -s --unix-socket "$AUTHZ_DIR/docker.sock" -X POST -H 'Content-Type: application/x-www-form-urlencoded' \
		-d name=docker-enforcer 'http://d/containers/box2/rename?name=good'
	[[ "$output" == *"a body that cannot be seen"* ]]
	# dockerd goes by the first Content-Type, and shows plugins the last
	printf 'POST /containers/box2/rename?name=good HTTP/1.1\r\nHost: d\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n14\r\nname=docker-enforcer\r\n0\r\n\r\n' >"$WORK/raw"
	run python3 -c 'import sys; sys.path.insert(0, sys.argv[1]); from common import exchange; print(exchange(sys.argv[2], open(sys.argv[3], "rb").read()))' \
		"$DE_TESTS/differential" "$AUTHZ_DIR/docker.sock" "$WORK/raw"
	[[ "$output" == *"a body that cannot be seen"* ]]
	curl -sf --unix-socket "$AUTHZ_DIR/docker.sock" -X POST 'http://d/containers/box2/rename?name=box3'
	docker rename box3 box2
	[ "$(create '{"HostConfig": {"Memory": 33554432, "Privileged": true}}' "" /v1.20/containers/box2/start)" = 403 ]
	[ "$(create '{"Memory": 33554432, "Privileged": true}' "" /v1.20/containers/box2/start)" = 403 ]
	head -c 1100000 /dev/zero | tr '\0' ' ' >"$WORK/large"
	echo '{"Memory": 33554432, "Privileged": true}' >>"$WORK/large"
	[ "$(create "@$WORK/large" "" /v1.20/containers/box2/start)" = 403 ]
	[ "$(docker inspect -f '{{.HostConfig.Memory}} {{.HostConfig.Privileged}}' box2)" = "67108864 false" ]
	[ "$(create '{"Memory": 33554432}' "" /v1.20/containers/box2/start)" = 204 ]
	docker rm -f box2
	docker create --network none --name box -m 32m busybox sleep 100
	docker start box
}

@test "request rules: methods, paths, queries, bodies and users; not the enforcer's own calls" {
	cat >"$RULES/request_rules.json" <<-'END'
		[{"name": "no cp", "rule": {"matches": [{"var": "ParsedUri.endpoint"}, "^/containers/test[^/]*/archive$"]}},
		 {"name": "no privileged exec", "rule": {"and": [{"matches": [{"var": "ParsedUri.endpoint"}, "/exec$"]}, {"var": "RequestBody.Privileged"}]}},
		 {"name": "only bob removes", "rule": {"and": [{"==": [{"var": "RequestMethod"}, "DELETE"]}, {"!=": [{"var": "User"}, "bob"]}]}, "message": "{User} is not bob"},
		 {"name": "no looking", "rule": {"and": [{"==": [{"var": "RequestMethod"}, "GET"]}, {"matches": [{"var": "ParsedUri.endpoint"}, "^/containers/[^/]+/json$"]}]}}]
	END
	rules '[{"name": "never", "rule": false}]'
	plugin
	docker create --network none --name test1 busybox sleep 100
	docker start test1
	run docker cp test1:/bin/busybox "$WORK/x"
	[[ "$output" == *"denied by plugin $PLUGIN: no cp"* ]]
	run curl -s --unix-socket "$AUTHZ_DIR/docker.sock" --path-as-is 'http://d/v1.41/containers/te%73t1/archive?path=/bin'
	[[ "$output" == *"no cp"* ]]
	[ "$(create '{"Cmd": ["true"], "privileged": true}' "" /containers/test1/exec)" = 403 ]
	[ "$(create '{"Cmd": ["true"]}' "" /containers/test1/exec)" = 201 ]
	run docker rm -f test1
	[[ "$output" == *" is not bob"* ]]
	[ "$(ask '{"RequestMethod": "DELETE", "RequestUri": "/containers/x", "User": "bob", "UserAuthNMethod": "TLS"}' | jq .Allow)" = true ]
	run docker inspect --type container test1
	[[ "$output" == *"no looking"* ]]
	# what the rule forbids everybody else the enforcer itself has done
	[ "$(get /containers | jq -r '.[0].name')" = /test1 ]
	[ "$(sample 'docker_enforcer_detections_total{rule="no cp"}')" = 2 ]
}

@test "the owner is the TLS user; LOG_AUTHZ_REQUESTS names user, method and target" {
	rules "$no_privileges"
	plugin LOG_AUTHZ_REQUESTS=True
	ask "$(create_message '{"Image": "busybox", "HostConfig": {"Privileged": true}}' mine alice)"
	[ "$(get / | jq -r '.detections[0].owner')" = alice ]
	logged "[AUTHZ_REQ] user: alice, method: POST, uri: /v1.41/containers/create?name=mine"
}

@test "position is the place that the new container would take" {
	rules '[{"name": "no more than 2", "rule": {">=": [{"var": "position"}, 2]}}]'
	plugin
	container one
	container two
	await 5 [ "$(get /containers | jq length)" = 2 ]
	run docker run -d --network none busybox sleep 100
	[[ "$output" == *"no more than 2"* ]]
}

@test "exemptions: white lists and whitelist rules count here, and names are warned of" {
	rules "$no_privileges"
	echo '[{"name": "by image", "rule": {"==": [{"var": "image"}, "trusted:1"]}},
	       {"name": "by owner", "rule": {"==": [{"var": "owner"}, "ops"]}}]' >"$RULES/whitelist_rules.json"
	plugin WHITE_LIST=named
	logged "WHITE_LIST=named goes by names, which users choose"
	docker tag busybox trusted:1
	docker create --network none --privileged --name named busybox true
	docker create --network none --privileged trusted:1 true
	[ "$(ask "$(create_message '{"Image": "a", "HostConfig": {"Privileged": true}}' x ops)" | jq .Allow)" = true ]
	run docker create --network none --privileged --name other busybox true
	[[ "$output" == *"must not be privileged"* ]]
}

@test "a rule that fails refuses, with its error" {
	rules '[{"name": "broken", "rule": {"throw": "oh"}}]'
	plugin
	run docker create --network none busybox true
	[[ "$output" == *"broken (the rule failed: oh)"* ]]
}

@test "what docker's client does all day is allowed when no rule forbids it" {
	rules "$no_privileges"
	echo '[{"name": "no plugins", "rule": {"starts_with": [{"var": "ParsedUri.endpoint"}, "/plugins/"]}}]' >"$RULES/request_rules.json"
	plugin
	docker version
	docker info
	docker run --rm -i --network none -e A=1 --env B=ü -l x=y -v vol:/v -v /tmp:/t:ro --tmpfs /run --mount type=bind,src=/tmp,dst=/m \
		--cap-add CHOWN --cap-drop ALL -m 64m --memory-swap 128m --memory-reservation 32m --cpus 0.5 --cpu-shares 100 --pids-limit 50 \
		--ulimit nofile=100:200 --read-only --user 1000:1000 --workdir / --hostname h --add-host a:1.2.3.4 --dns 1.1.1.1 \
		--restart no --stop-signal INT --stop-timeout 1 --security-opt no-new-privileges --log-driver json-file --log-opt max-size=1m \
		--health-cmd true --health-interval 5s --shm-size 8m --init --expose 80 --label-file /dev/null \
		--entrypoint sh busybox -c 'true' <<<"x"
	docker create --network none --name box busybox sleep 100
	docker start box
	docker update --cpus 0.7 -m 100m --memory-swap 100m --pids-limit 20 --restart on-failure:3 box
	docker exec -e X=1 -w / -u 0 box true
	docker exec -i box cat <<<"hello" | grep hello
	docker cp "$LOG" box:/tmp/log
	docker cp box:/tmp/log "$WORK/back"
	docker logs box
	docker top box
	docker diff box
	docker rename box box2
	docker pause box2
	docker unpause box2
	docker commit box2 committed
	docker export box2 >"$WORK/export.tar"
	docker import - imported <"$WORK/export.tar"
	docker tag imported imported:2
	docker save busybox | docker load
	mkdir "$WORK/context"
	printf 'FROM busybox\nCOPY file /file\nLABEL a=b\n' >"$WORK/context/Dockerfile"
	echo x >"$WORK/context/file"
	DOCKER_BUILDKIT=0 docker build --network none -t built "$WORK/context"
	docker history built
	docker image rm built imported:2
	docker volume create --label a=b v2
	docker volume inspect v2
	docker volume rm v2
	docker network ls
	docker restart -t 0 box2
	docker kill box2
	docker wait box2
	docker rm box2
	docker system df
	docker container prune -f
	not grep -q "refused" "$LOG"
	[ "$(sample 'docker_enforcer_authz_decisions_total{decision="refused"}')" = 0 ]
}

@test "generated requests against the daemon: none gets past, none is refused without cause" {
	cp "$DE_TESTS/differential/policy.json" "$RULES/rules.json"
	plugin WHITE_LIST=
	run "$DE_TESTS/differential/requests" "$DE_BIN" "$AUTHZ_DIR/docker.sock" "$DE_DIR/docker.sock" "${DE_REQUESTS:-400}"
	echo "$output"
	[ "$status" = 0 ]
}

@test "dockerd that starts while the plugin is up comes up at once; while it is down, refuses all" {
	rules '[{"name": "images", "rule": {"==": [{"var": "image"}, "evil"]}}]'
	plugin
	"$DE_ROOT/deploy/private-dockerd" stop "$AUTHZ_DIR"
	start=$(date +%s%N)
	"$DE_ROOT/deploy/private-dockerd" start "$AUTHZ_DIR" --authorization-plugin="$PLUGIN"
	[ $((($(date +%s%N) - start) / 1000000000)) -lt $((10 * ${DE_SLOW:-1})) ]
	docker run --rm --network none busybox true
	stop_enforcer
	run docker ps
	[ "$status" = 1 ]
	[[ "$output" == *"plugin $PLUGIN failed"* ]]
}

@test "a socket from the service manager: requests wait while the enforcer restarts" {
	cat >"$WORK/manager" <<-'END'
		import os, socket, sys, time
		# as systemd does: the socket is descriptor 3, and outlives the service
		path, ready = sys.argv[1:3]
		s = socket.socket(socket.AF_UNIX)
		s.bind(path)
		s.listen(100)
		os.dup2(s.fileno(), 3)
		for _ in range(2):
		    child = os.fork()
		    if not child:
		        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
		        os.set_inheritable(3, True)
		        os.execv(sys.argv[3], [sys.argv[3], "run"])
		    open(ready, "w").write(str(child))
		    os.waitpid(child, 0)
		    os.remove(ready)
		    open(ready + ".down", "w").close()
		    while not os.path.exists(ready + ".go"):
		        time.sleep(0.05)
	END
	rules "$no_privileges"
	env -i PATH="$PATH" RUN_AUTHZ=True AUTHZ_LISTEN=unix:///nonexistent/x MODE=KILL RUN_PERIODIC=False RULES_DIR="$RULES" LISTEN=127.0.0.1:$PORT \
		DOCKER_SOCKET="$DOCKER_HOST" python3 "$WORK/manager" "$SOCKET" "$WORK/ready" "$DE_BIN" >"$LOG" 2>&1 3>&- &
	FAKE=$!
	await 20 get /healthz
	run docker run --rm --privileged --network none busybox true
	[[ "$output" == *"must not be privileged"* ]]
	kill "$(cat "$WORK/ready")"
	await 10 [ -e "$WORK/ready.down" ]
	docker run --rm --privileged --network none busybox true >"$WORK/out" 2>&1 &
	waiting=$!
	not await 1 not kill -0 $waiting # it waits
	touch "$WORK/ready.go"
	wait $waiting || true
	grep -q "must not be privileged" "$WORK/out"
	kill "$(cat "$WORK/ready")"
	wait "$FAKE"
	FAKE=
	rm -f "$SOCKET"
}

@test "a lookup that gets no answer: refused in time, and neighbours do not wait" {
	rules '[{"name": "team", "rule": {"!": [{"var": "labels.team"}]}}]'
	"$DE_TESTS/integration/fake-dockerd" "$WORK/fake.sock" stall >"$WORK/fake.log" 2>&1 3>&- &
	FAKE=$!
	await 5 [ -S "$WORK/fake.sock" ]
	start_enforcer RUN_AUTHZ=True AUTHZ_LISTEN="unix://$SOCKET" MODE=KILL RUN_PERIODIC=False DOCKER_SOCKET="unix://$WORK/fake.sock" DISABLE_METRICS=True
	start=$(date +%s%N)
	ask "$(create_message '{"Image": "busybox", "Labels": {"team": "a"}}')" >"$WORK/slow" &
	slow=$!
	for i in $(seq 20); do
		[ "$(ask '{"RequestMethod": "GET", "RequestUri": "/info"}' | jq .Allow)" = true ]
	done
	[ $((($(date +%s%N) - start) / 1000000)) -lt $((1900 * ${DE_SLOW:-1})) ]
	wait $slow
	[ $((($(date +%s%N) - start) / 1000000000)) -lt 10 ]
	[ "$(jq .Allow "$WORK/slow")" = false ]
	jq -r .Msg "$WORK/slow" | grep -q "timeout after 2 s"
}

@test "nonsense on the plugin's socket: an answer or a closed connection, and neighbours are served" {
	plugin
	cat >"$WORK/abuse" <<-'END'
		import socket, sys, time
		path = sys.argv[1]
		def connect():
		    s = socket.socket(socket.AF_UNIX)
		    s.connect(path)
		    s.settimeout(20)
		    return s
		def status(data):
		    s = connect()
		    try:
		        s.sendall(data)
		        s.shutdown(socket.SHUT_WR)
		        return s.recv(100)[:12]
		    except (BrokenPipeError, ConnectionResetError):
		        return b""
		post = b"POST /AuthZPlugin.AuthZReq HTTP/1.1\r\nHost: p\r\n"
		assert status(post + b"Content-Length: 99999999999\r\n\r\n") in (b"HTTP/1.1 413", b""), "too large"
		assert status(post + b"Content-Length: 99999999999999999999999\r\n\r\n") in (b"HTTP/1.1 400", b"HTTP/1.1 413", b""), "larger"
		assert status(post + b"Content-Length: -1\r\n\r\n") in (b"HTTP/1.1 400", b"HTTP/1.1 413", b""), "negative"
		assert status(b"\0" * 1000) in (b"HTTP/1.1 400", b"")
		assert status(b"GET / HTTP/9.9\r\n\r\n")[:5] in (b"HTTP/", b"")
		status(post + b"X: " + b"y" * 100000 + b"\r\n\r\n")
		big = connect()  # chunked, without end
		try:
		    big.sendall(post + b"Transfer-Encoding: chunked\r\n\r\n")
		    for _ in range(400):
		        big.sendall(b"10000\r\n" + b" " * 65536 + b"\r\n")
		    assert False, "26 MB were taken"
		except (BrokenPipeError, ConnectionResetError):
		    pass
		idle = [connect() for _ in range(1000)]
		half = [connect() for _ in range(50)]
		for s in half:
		    s.sendall(post + b"Content-Length: 100\r\n\r\n{\"RequestMethod\"")
		start = time.monotonic()
		message = b'{"RequestMethod": "GET", "RequestUri": "/info"}'
		assert status(post + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(message) + message) == b"HTTP/1.1 200"
		print("%.3f s beside %d connections" % (time.monotonic() - start, len(idle) + len(half)))
	END
	ulimit -n 4096
	python3 "$WORK/abuse" "$SOCKET"
	docker run --rm --network none busybox true
}

@test "over TCP by a .spec file, for a TLS user, with an option that dockerd reads anew" {
	local spec=/etc/docker/plugins/$PLUGIN-tcp.spec dir=$WORK/tls c=$WORK/tls
	rules '[{"name": "no privileges", "rule": {"var": "params.HostConfig.Privileged"}, "message": "{owner}: no privileges"}]'
	start_enforcer RUN_AUTHZ=True AUTHZ_LISTEN="tcp://127.0.0.1:$((PORT + 1))" MODE=KILL RUN_PERIODIC=False \
		DOCKER_SOCKET="unix://$dir/docker.sock"
	mkdir -p /etc/docker/plugins "$dir"
	sed "s/127.0.0.1:5000/127.0.0.1:$((PORT + 1))/" "$DE_ROOT/deploy/authz/docker-enforcer.spec" >"$spec"
	certificates "$c" server alice
	echo '{}' >"$dir/daemon.json"
	"$DE_ROOT/deploy/private-dockerd" start "$dir" --config-file "$dir/daemon.json" -H "tcp://127.0.0.1:$((PORT + 2))" --tlsverify \
		--tlscacert "$c/ca.pem" --tlscert "$c/server-cert.pem" --tlskey "$c/server-key.pem"
	alice="docker -H tcp://127.0.0.1:$((PORT + 2)) --tlsverify --tlscacert $c/ca.pem --tlscert $c/alice-cert.pem --tlskey $c/alice-key.pem"
	$alice create --network none --privileged busybox true # dockerd does not ask yet
	sed "s/docker-enforcer/$PLUGIN-tcp/" "$DE_ROOT/deploy/authz/daemon.json" >"$dir/daemon.json"
	kill -HUP "$(cat "$dir/pid")"
	refused_alice() {
		$alice create --network none --privileged busybox true 2>&1 | grep -q "denied by plugin $PLUGIN-tcp: alice: no privileges"
	}
	await 10 refused_alice
	[ "$(get / | jq -r '.detections[0].owner')" = alice ]
	"$DE_ROOT/deploy/private-dockerd" clean "$dir"
	rm -f "$spec"
}

@test "the units are well formed" {
	command -v systemd-analyze >/dev/null || skip "no systemd-analyze here"
	mkdir "$WORK/units"
	cp "$DE_ROOT"/deploy/systemd/docker-enforcer.* "$WORK/units/"
	sed -i "s|/usr/local/sbin/docker-enforcer|$DE_BIN|" "$WORK"/units/*.service
	run systemd-analyze verify "$WORK"/units/docker-enforcer.service "$WORK"/units/docker-enforcer.socket
	echo "$output"
	[ "$status" = 0 ]
	[ "$output" = "" ]
}

@test "AUTHZ_LISTEN: TCP, the status port, a taken socket, a path that is no socket" {
	start_enforcer RUN_AUTHZ=True AUTHZ_LISTEN="tcp://127.0.0.1:$((PORT + 1))" RUN_PERIODIC=False
	[ "$(curl -s -X POST "http://127.0.0.1:$((PORT + 1))/Plugin.Activate" | jq -c .)" = '{"Implements":["authz"]}' ]
	[ "$(curl -s -o /dev/null -w '%{http_code}' -X POST "http://127.0.0.1:$PORT/Plugin.Activate")" = 405 ]
	stop_enforcer
	start_enforcer RUN_AUTHZ=True AUTHZ_LISTEN="tcp://127.0.0.1:$PORT" RUN_PERIODIC=False
	[ "$(curl -s -X POST "http://127.0.0.1:$PORT/Plugin.Activate" | jq -c .)" = '{"Implements":["authz"]}' ]
	get /config | jq -e .RUN_AUTHZ
	stop_enforcer
	plugin
	run env RUN_AUTHZ=True AUTHZ_LISTEN="unix://$SOCKET" LISTEN= RULES_DIR="$RULES" "$DE_BIN" run
	[ "$status" = 2 ]
	[[ "$output" == *"another process listens there"* ]]
	touch "$WORK/file"
	run env RUN_AUTHZ=True AUTHZ_LISTEN="unix://$WORK/file" LISTEN= RULES_DIR="$RULES" "$DE_BIN" run
	[ "$status" = 2 ]
	[[ "$output" == *"the file is no socket"* ]]
	[ -e "$WORK/file" ]
}

@test "many requests at once, while rules are reloaded" {
	rules "$no_privileges"
	plugin
	create_message '{"Image": "busybox", "HostConfig": {"Privileged": true}}' x >"$WORK/message"
	for i in $(seq 8); do
		(for k in $(seq 40); do
			curl -s --unix-socket "$SOCKET" --data-binary "@$WORK/message" http://p/AuthZPlugin.AuthZReq
			echo
		done) >"$WORK/answers.$i" &
		pids="${pids:-} $!"
	done
	for i in $(seq 20); do kill -HUP "$ENFORCER"; done
	wait $pids
	[ "$(cat "$WORK"/answers.* | jq -c .Allow | sort | uniq -c | tr -s ' ')" = " 320 false" ]
}
