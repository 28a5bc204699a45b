# The authorization plugin: protocol, sockets, and being there when dockerd asks.
bats_require_minimum_version 1.5.0
load helper
load plugin

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

@test "dockerd that starts while the plugin is up comes up at once; while it is down, refuses all" {
	rules '[{"name": "images", "rule": {"==": [{"var": "image"}, "evil"]}}]'
	plugin
	"$DE_ROOT/deploy/private-dockerd" stop "$AUTHZ_DIR"
	# dockerd tries a plugin that does not answer again and again, for half a minute, and says so
	: >"$AUTHZ_DIR/log"
	"$DE_ROOT/deploy/private-dockerd" start "$AUTHZ_DIR" --authorization-plugin="$PLUGIN"
	not grep -i "plugin.*retrying" "$AUTHZ_DIR/log"
	docker run --rm --network none busybox true
	stop_enforcer
	# one request, as dockerd tries the plugin for a quarter of a minute with each
	run curl -s --unix-socket "$AUTHZ_DIR/docker.sock" http://d/containers/json
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
	await get /healthz
	run docker run --rm --privileged --network none busybox true
	[[ "$output" == *"must not be privileged"* ]]
	kill "$(cat "$WORK/ready")"
	await test -e "$WORK/ready.down"
	docker run --rm --privileged --network none busybox true >"$WORK/out" 2>&1 &
	waiting=$!
	await kept_waiting
	touch "$WORK/ready.go"
	wait $waiting || true
	grep -q "must not be privileged" "$WORK/out"
	kill "$(cat "$WORK/ready")"
	wait "$FAKE"
	FAKE=
	rm -f "$SOCKET"
}

# a connection that nobody has taken yet
kept_waiting() {
	ss -xlH src "$SOCKET" | awk '$3 > 0 {found = 1} END {exit !found}'
}

@test "a lookup that gets no answer: refused in time, and neighbours do not wait" {
	rules '[{"name": "team", "rule": {"!": [{"var": "labels.team"}]}}]'
	"$DE_TESTS/integration/fake-dockerd" "$WORK/fake.sock" stall >"$WORK/fake.log" 2>&1 3>&- &
	FAKE=$!
	await test -S "$WORK/fake.sock"
	start_enforcer RUN_AUTHZ=True AUTHZ_LISTEN="unix://$SOCKET" MODE=KILL RUN_PERIODIC=False DOCKER_SOCKET="unix://$WORK/fake.sock" DISABLE_METRICS=True
	ask "$(create_message '{"Image": "busybox", "Labels": {"team": "a"}}')" >"$WORK/slow" &
	slow=$!
	looking_up() { grep -q . "$WORK/fake.log"; }
	await looking_up
	for i in $(seq 20); do
		[ "$(ask '{"RequestMethod": "GET", "RequestUri": "/info"}' | jq .Allow)" = true ]
	done
	wait $slow
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
		    s.settimeout(300)
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
	rules '[{"name": "no privileges", "rule": {"var": "params.HostConfig.Privileged"}, "message": "{owner}: no privileges"}]'
	further_dockerd
	local dir=$FURTHER
	start_enforcer RUN_AUTHZ=True AUTHZ_LISTEN="tcp://127.0.0.1:$((PORT + 1))" MODE=KILL RUN_PERIODIC=False \
		DOCKER_SOCKET="unix://$dir/docker.sock"
	mkdir "$dir/specs"
	sed "s/127.0.0.1:5000/127.0.0.1:$((PORT + 1))/" "$DE_ROOT/deploy/authz/docker-enforcer.spec" >"$dir/specs/docker-enforcer.spec"
	certificates "$dir" server alice
	echo '{}' >"$dir/daemon.json"
	"$DE_ROOT/deploy/private-dockerd" start "$dir" --config-file "$dir/daemon.json" -H "tcp://127.0.0.1:$((PORT + 2))" --tlsverify \
		--tlscacert "$dir/ca.pem" --tlscert "$dir/server-cert.pem" --tlskey "$dir/server-key.pem"
	alice="docker -H tcp://127.0.0.1:$((PORT + 2)) --tlsverify --tlscacert $dir/ca.pem --tlscert $dir/alice-cert.pem --tlskey $dir/alice-key.pem"
	$alice create --network none --privileged busybox true # dockerd does not ask yet
	cp "$DE_ROOT/deploy/authz/daemon.json" "$dir/daemon.json"
	kill -HUP "$(cat "$dir/pid")"
	refused_alice() {
		[[ "$($alice create --network none --privileged busybox true 2>&1)" == *"denied by plugin docker-enforcer: alice: no privileges"* ]]
	}
	await refused_alice
	shows / '.detections[0].owner == "alice"'
}

@test "the units are well formed" {
	command -v systemd-analyze >/dev/null || skip "no systemd-analyze here"
	mkdir "$WORK/units"
	cp "$DE_ROOT"/deploy/systemd/docker-enforcer*.* "$WORK/units/"
	sed -i "s|/usr/local/sbin/docker-enforcer|$DE_BIN|" "$WORK"/units/*.service
	run systemd-analyze verify --man=no "$WORK"/units/docker-enforcer.service "$WORK"/units/docker-enforcer.socket \
		"$WORK"/units/docker-enforcer-relay.socket
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
	shows /config .RUN_AUTHZ
	stop_enforcer
	plugin
	run env RUN_AUTHZ=True AUTHZ_LISTEN="unix://$SOCKET" LISTEN= RULES_DIR="$RULES" STATE_DIR= "$DE_BIN" run
	[ "$status" = 2 ]
	[[ "$output" == *"another process listens there"* ]]
	touch "$WORK/file"
	run env RUN_AUTHZ=True AUTHZ_LISTEN="unix://$WORK/file" LISTEN= RULES_DIR="$RULES" STATE_DIR= "$DE_BIN" run
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
