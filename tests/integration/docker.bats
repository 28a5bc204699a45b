# What Docker may do to us: restart, stall, answer nonsense, vanish; and containers with any byte in a name.
load helper

# fake MODE: a dockerd that misbehaves, see fake-dockerd
fake() {
	python3 "$BATS_TEST_DIRNAME/fake-dockerd" "$WORK/fake.sock" "$@" >>"$WORK/fake.log" 2>&1 3>&- &
	FAKE=$!
	await test -S "$WORK/fake.sock"
}

start_on_fake() {
	start_enforcer DOCKER_SOCKET="unix://$WORK/fake.sock" IMMEDIATE_PERIODICAL_START=True DOCKER_REQ_TIMEOUT_S=1 \
		DISABLE_METRICS=True "$@"
}

@test "dockerd restarts: reconnects, and catches up on what it missed" {
	rules "$no_limit"
	start_enforcer RUN_PERIODIC=False RUN_START_EVENTS=True
	await connected
	"$DE_ROOT/deploy/private-dockerd" stop "$DE_DIR"
	await disconnected
	# a container starts before the enforcer is back: only the list shows it
	kill -STOP "$ENFORCER"
	"$DE_ROOT/deploy/private-dockerd" start "$DE_DIR" 3>&-
	container missed
	kill -CONT "$ENFORCER"
	await detected missed "must have memory limit"
	logged "catching up"
	container later
	await detected later "must have memory limit"
}

@test "no dockerd: starts anyway, says so, and works once there is one" {
	rules "$no_limit"
	container bad
	start_enforcer DOCKER_SOCKET="unix://$WORK/link.sock" IMMEDIATE_PERIODICAL_START=True
	await logged "is dockerd running, and DOCKER_SOCKET right?"
	ln -s "$DE_DIR/docker.sock" "$WORK/link.sock"
	await detected bad "must have memory limit"
}

@test "nonsense for an answer: one clear message, nothing stopped, the daemon goes on" {
	rules '[{"name": "all", "rule": true}]'
	for mode in nonsense truncate wrong-type; do
		rm -f "$WORK/fake.sock"
		fake $mode
		start_on_fake MODE=KILL
		await logged "periodic check failed: docker: list"
		get /config
		detections 0
		stop_enforcer
		kill "$FAKE"
		grep -q 'GET /containers/json' "$WORK/fake.log"
		not grep -q stop "$WORK/fake.log"
		: >"$LOG"
	done
}

@test "a dockerd that stalls: the time limit is kept and named" {
	fake stall
	start_on_fake
	await logged "timeout after 1 s (DOCKER_REQ_TIMEOUT_S)"
	get /config
}

@test "a container that disappears between list and inspect is left out quietly" {
	rules '[{"name": "all", "rule": true}]'
	fake vanish
	start_on_fake
	await sample_above docker_enforcer_checks_total 0
	grep -q 'GET /containers/.*/json' "$WORK/fake.log"
	detections 0
	not logged ERROR
}

@test "an inspect that fails for one container does not hide the others" {
	rules '[{"name": "all", "rule": true}]'
	fake one-bad
	start_on_fake
	await detected good all
	logged "docker: inspect"
}

@test "any byte in names and labels: log lines stay lines, pages stay JSON" {
	rules '[{"name": "all", "rule": true}]'
	fake weird
	start_on_fake
	await detections 1
	shows '/?show_image_and_labels=1' '.detections[0].labels | length == 4'
	contained 1
	logged FORGED
	not grep -q '^FORGED' "$LOG"
}

@test "a stop that fails is retried with back-off and reported" {
	rules '[{"name": "all", "rule": true}]'
	fake fail-stop
	start_on_fake MODE=KILL
	await logged "could not be stopped (attempt 3 of 6)"
	[ "$(grep -c 'POST /containers/.*/stop' "$WORK/fake.log")" -ge 3 ]
	await logged "stopped: rule"
	await sample_is containers_stopped_total 1
}

@test "a list that fails when events begin is asked for again" {
	fake late
	start_on_fake RUN_PERIODIC=False
	await contained 2
	logged "not yet"
}

@test "a container that is gone before its stop is not counted as stopped" {
	rules '[{"name": "all", "rule": true}]'
	fake gone
	start_on_fake MODE=KILL
	await logged "was gone or done already"
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
	await detections 1
	stop_enforcer
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=other -keyout /dev/null -out "$c/mine/ca.pem" 2>/dev/null
	start_enforcer DOCKER_SOCKET=127.0.0.1:$((PORT + 1)) DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH="$c/mine" \
		IMMEDIATE_PERIODICAL_START=True DISABLE_METRICS=True DOCKER_REQ_TIMEOUT_S=5
	await logged "certificate"
	detections 0
}

@test "a slow stop delays no check, and is asked for once" {
	rules '[{"name": "all", "rule": true}]'
	fake slow-stop
	start_on_fake MODE=KILL CHECK_INTERVAL_S=1 DOCKER_REQ_TIMEOUT_S=600
	asked() { grep -q 'POST /containers/.*/stop' "$WORK/fake.log"; }
	await asked
	checks_pass 3
	not logged "stopped: rule"
	touch "$WORK/fake.sock.go"
	await logged "stopped: rule"
	checks_pass 1
	[ "$(grep -c 'POST /containers/.*/stop' "$WORK/fake.log")" = 1 ]
}

@test "SIGTERM does not wait for a stop that is under way" {
	rules '[{"name": "all", "rule": true}]'
	fake slow-stop
	start_on_fake MODE=KILL DOCKER_REQ_TIMEOUT_S=600
	asked() { grep -q 'POST /containers/.*/stop' "$WORK/fake.log"; }
	await asked
	stop_enforcer # the stop is never answered
	[ "$SECONDS" -lt 300 ]
}

@test "a container that dies while it is inspected is not kept for running" {
	rules '[{"name": "all", "rule": true}]'
	fake held
	start_on_fake CHECK_INTERVAL_S=1 DOCKER_REQ_TIMEOUT_S=600 IMMEDIATE_PERIODICAL_START=False
	await connected
	contained 0
	# it is in the list; while a check waits for its inspect, its end is told
	touch "$WORK/fake.sock.list"
	asked() { grep -q 'GET /containers/.*/json' "$WORK/fake.log"; }
	await asked
	event die
	await sample_is docker_enforcer_events_total 1
	rm "$WORK/fake.sock.list"
	touch "$WORK/fake.sock.go"
	checks_pass 2
	contained 0
	detections 0
}

@test "a container that vanished with no event is dropped by the next list, and judged anew when it is back" {
	rules '[{"name": "all", "rule": true}]'
	fake held
	touch "$WORK/fake.sock.list" "$WORK/fake.sock.go"
	start_on_fake MODE=KILL CHECK_INTERVAL_S=1
	await sample_is containers_stopped_total 1
	contained 1
	checks_pass 1
	[ "$(sample containers_stopped_total)" = 1 ]
	rm "$WORK/fake.sock.list"
	await contained 0
	touch "$WORK/fake.sock.list"
	await contained 1
	await sample_is containers_stopped_total 2
}

event() { # event ACTION: of fake-dockerd's one container, in mode held
	printf '{"Type": "container", "Action": "%s", "Actor": {"ID": "%s", "Attributes": {"name": "one"}}, "timeNano": %s}\n' \
		"$1" "$(printf 'a%.0s' {1..64})" "$(date +%s%N)" >>"$WORK/fake.sock.events"
}

@test "descriptors run out: it is said, what runs goes on, and all is well when there are some again" {
	rules '[{"name": "no", "rule": {"==": [{"var": "name"}, "/late"]}}]'
	container early
	start_enforcer CHECK_INTERVAL_S=1 METRICS_SOURCE=cgroupfs
	await contained 1
	prlimit --pid "$ENFORCER" --nofile="$(ls "/proc/$ENFORCER/fd" | wc -l):"
	container late
	await grep -qE "no more file descriptors|Too many open files" "$LOG"
	await logged "container /late"
	kill -0 "$ENFORCER"
	prlimit --pid "$ENFORCER" --nofile=1024:
	await detected late no
	await shows /containers 'length == 2 and all(.metrics != null)'
}

@test "private-dockerd clean: takes its own networks' bridges with it, and no other" {
	dir=$WORK/further links=/sys/class/net
	"$DE_ROOT/deploy/private-dockerd" start "$dir" 3>&-
	own=br-$(docker -H "unix://$dir/docker.sock" network create own | cut -c 1-12)
	other=br-$(printf '%012x' $$)
	ip link add "$other" type bridge
	[ -e "$links/$own/bridge" ]
	"$DE_ROOT/deploy/private-dockerd" clean "$dir"
	left=$(cd "$links" && ls -d "$own" "$other" || true)
	ip link delete "$other" || true
	[ "$left" = "$other" ]
}
