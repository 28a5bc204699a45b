# What takes all descriptors or connections takes them from itself.
load helper
load engine

@test "descriptors: the cgroupfs source leaves a reserve, and it is said how many are not measured" {
	rules '[{"name": "any", "rule": {">": [{"var": "metrics.pids_stats.current"}, 0]}}]'
	start_engine
	for i in $(seq 40); do
		in_cgroup "$(id "$i")" sleep 600
		put "$i" "c$i" "{\"State\": {\"Pid\": $PROCESS}}"
	done
	ulimit -n 200
	start_on_engine METRICS_SOURCE=cgroupfs RUN_WATCH=True RUN_PERIODIC=False RUN_AUTHZ=True AUTHZ_LISTEN="unix://$WORK/plugin.sock"
	await shows /containers 'length == 40'
	unmeasured() {
		curl -s "http://127.0.0.1:$PORT/healthz" | grep -q 'containers not measured'
	}
	await unmeasured
	sample_above docker_enforcer_containers_unmeasured 0
	[ "$(grep -c 'no more file descriptors' "$LOG")" = 1 ]
	for i in $(seq 20); do
		curl -sf --unix-socket "$WORK/plugin.sock" -d '{"RequestMethod": "GET", "RequestUri": "/info"}' http://p/AuthZPlugin.AuthZReq
		get /config >/dev/null
	done
}

@test "connections: thousands that are idle close one another, and none that is in use" {
	start_engine
	start_on_engine DISABLE_METRICS=True RUN_PERIODIC=False RUN_AUTHZ=True AUTHZ_LISTEN="tcp://127.0.0.1:$((PORT + 1))"
	python3 - "$PORT" <<-'END'
		import http.client, resource, socket, sys
		resource.setrlimit(resource.RLIMIT_NOFILE, (8192, 8192))
		port = int(sys.argv[1])
		message = b'{"RequestMethod": "GET", "RequestUri": "/info"}'
		dockerd = http.client.HTTPConnection("127.0.0.1", port + 1, timeout=60)
		def ask(c):
		    c.request("POST", "/AuthZPlugin.AuthZReq", message)
		    assert b'"Allow":true' in c.getresponse().read().replace(b" ", b"")
		dockerd.connect()
		dockerd.auto_open = 0
		ask(dockerd)
		idle = []
		for i in range(2500):
		    idle.append(socket.create_connection(("127.0.0.1", port + 1), 60))
		    if i % 50 == 0:
		        ask(dockerd)  # on the same connection: it was not closed
		ask(dockerd)
		ask(http.client.HTTPConnection("127.0.0.1", port + 1, timeout=60))
		for i in range(600):
		    idle.append(socket.create_connection(("127.0.0.1", port), 60))
		c = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
		c.request("GET", "/config")
		assert c.getresponse().status == 200
	END
}
