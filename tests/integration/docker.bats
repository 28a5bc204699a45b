# What Docker may do to us: restart, stall, answer nonsense, vanish; and containers with any byte in a name.
load helper

# fake MODE: a dockerd that misbehaves, see fake-dockerd
fake() {
	python3 "$BATS_TEST_DIRNAME/fake-dockerd" "$WORK/fake.sock" "$@" >>"$WORK/fake.log" 2>&1 3>&- &
	FAKE=$!
	await 5 test -S "$WORK/fake.sock"
}

start_on_fake() {
	start_enforcer DOCKER_SOCKET="unix://$WORK/fake.sock" IMMEDIATE_PERIODICAL_START=True DOCKER_REQ_TIMEOUT_S=1 \
		DISABLE_METRICS=True "$@"
}

@test "dockerd restarts: reconnects, and catches up on what it missed" {
	rules "$no_limit"
	start_enforcer RUN_PERIODIC=False RUN_START_EVENTS=True
	await 5 grep -q true <(get /healthz)
	"$DE_ROOT/deploy/private-dockerd" stop "$DE_DIR"
	await 5 grep -q false <(get /healthz)
	# a container starts before the enforcer is back: only the list shows it
	kill -STOP "$ENFORCER"
	"$DE_ROOT/deploy/private-dockerd" start "$DE_DIR" 3>&-
	container missed
	kill -CONT "$ENFORCER"
	await 15 detected missed "must have memory limit"
	logged "catching up"
	container later
	await 5 detected later "must have memory limit"
}

@test "no dockerd: starts anyway, says so, and works once there is one" {
	rules "$no_limit"
	container bad
	start_enforcer DOCKER_SOCKET="unix://$WORK/link.sock" IMMEDIATE_PERIODICAL_START=True
	await 5 logged "is dockerd running, and DOCKER_SOCKET right?"
	ln -s "$DE_DIR/docker.sock" "$WORK/link.sock"
	await 15 detected bad "must have memory limit"
}

@test "nonsense for an answer: one clear message, nothing stopped, the daemon goes on" {
	rules '[{"name": "all", "rule": true}]'
	for mode in nonsense truncate wrong-type; do
		rm -f "$WORK/fake.sock"
		fake $mode
		start_on_fake MODE=KILL
		await 5 logged "periodic check failed: docker: list"
		get /healthz
		[ "$(get / | jq '.detections | length')" = 0 ]
		stop_enforcer
		kill "$FAKE"
		[ "$(grep -c stop "$WORK/fake.log")" = 0 ]
		: >"$LOG"
	done
}

@test "a dockerd that stalls: the time limit is kept and named" {
	fake stall
	start_on_fake
	await 10 logged "timeout after 1 s (DOCKER_REQ_TIMEOUT_S)"
	get /healthz
}

@test "a container that disappears between list and inspect is left out quietly" {
	rules '[{"name": "all", "rule": true}]'
	fake vanish
	start_on_fake
	await 5 sample_above docker_enforcer_checks_total 0
	[ "$(get / | jq '.detections | length')" = 0 ]
	not logged ERROR
}

@test "an inspect that fails for one container does not hide the others" {
	rules '[{"name": "all", "rule": true}]'
	fake one-bad
	start_on_fake
	await 5 detected good all
	logged "docker: inspect"
}

@test "any byte in names and labels: log lines stay lines, pages stay JSON" {
	rules '[{"name": "all", "rule": true}]'
	fake weird
	start_on_fake
	await 5 sh -c "[ \$(curl -s http://127.0.0.1:$PORT/ | jq '.detections | length') = 1 ]"
	get '/?show_image_and_labels=1' | jq -e .
	get /containers | jq -e .
	not grep -q '^FORGED' "$LOG"
	[ "$(get /metrics | grep -c '^FORGED')" = 0 ]
}

@test "a stop that fails is retried with back-off and reported" {
	rules '[{"name": "all", "rule": true}]'
	fake fail-stop
	start_on_fake MODE=KILL
	await 15 logged "could not be stopped (attempt 3 of 6)"
	[ "$(grep -c 'POST /containers/.*/stop' "$WORK/fake.log")" -ge 3 ]
	await 20 logged "stopped: rule"
	[ "$(sample containers_stopped_total)" = 1 ]
}

@test "a list that fails when events begin is asked for again" {
	fake late
	start_on_fake RUN_PERIODIC=False
	await 10 sh -c "[ \$(curl -s http://127.0.0.1:$PORT/containers | jq length) = 2 ]"
	logged "not yet"
}

@test "a container that is gone before its stop is not counted as stopped" {
	rules '[{"name": "all", "rule": true}]'
	fake gone
	start_on_fake MODE=KILL
	await 10 logged "was gone or done already"
	[ "$(sample containers_stopped_total)" = 0 ]
}

@test "TCP with TLS as Docker's own client: the daemon is verified and sees our certificate" {
	local c=$WORK/certs
	mkdir -p "$c"
	certificates "$c" server client
	mkdir "$c/mine"
	cp "$c/ca.pem" "$c/mine/ca.pem"
	cp "$c/client-cert.pem" "$c/mine/cert.pem"
	cp "$c/client-key.pem" "$c/mine/key.pem"
	fake weird --tls 127.0.0.1:$((PORT + 1)) "$c"
	rules '[{"name": "all", "rule": true}]'
	start_enforcer DOCKER_SOCKET=127.0.0.1:$((PORT + 1)) DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH="$c/mine" \
		IMMEDIATE_PERIODICAL_START=True DISABLE_METRICS=True DOCKER_REQ_TIMEOUT_S=5
	await 10 sh -c "[ \$(curl -s http://127.0.0.1:$PORT/ | jq '.detections | length') = 1 ]"
	stop_enforcer
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=other -keyout /dev/null -out "$c/mine/ca.pem" 2>/dev/null
	start_enforcer DOCKER_SOCKET=127.0.0.1:$((PORT + 1)) DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH="$c/mine" \
		IMMEDIATE_PERIODICAL_START=True DISABLE_METRICS=True DOCKER_REQ_TIMEOUT_S=5
	await 10 logged "certificate"
}
