# helper - what the integration tests share. tests/run exports DE_BIN, DE_DIR (the private dockerd's folder).

export DOCKER_HOST=unix://$DE_DIR/docker.sock

# The log, the rules and all else of one test.
setup() {
	WORK=$BATS_TEST_TMPDIR
	RULES=$WORK/rules
	LOG=$WORK/log
	pick_port
	ENFORCER=
	mkdir -p "$RULES"
	rules '[]'
}

# Two free ports, PORT and the next, below those that the kernel gives to clients (from 32768).
pick_port() {
	PORT=$((10000 + RANDOM % 20000))
	while (: <"/dev/tcp/127.0.0.1/$PORT" || : <"/dev/tcp/127.0.0.1/$((PORT + 1))") 2>/dev/null; do
		PORT=$((10000 + RANDOM % 20000))
	done
}

teardown() {
	local status=0
	[ -z "$ENFORCER" ] || stop_enforcer || status=1
	[ -z "${FAKE:-}" ] || kill "$FAKE" 2>/dev/null || true
	[ -z "${KEEP_CONTAINERS:-}" ] && remove_containers
	if [ "$status" != 0 ] || [ -z "${BATS_TEST_COMPLETED:-}" ]; then
		echo "--- log" >&2
		tail -n 60 "$LOG" >&2 2>/dev/null || true
	fi
	return $status
}

remove_containers() {
	local ids
	ids=$(docker ps -aq --no-trunc) || return 0
	[ -z "$ids" ] || docker rm -f $ids >/dev/null 2>&1 || true
}

rules() {
	echo "$1" >"$RULES/rules.json"
}

# DE_SLOW stretches every limit: for a binary under sanitizers, or a slow machine (where DE_SLOW_MACHINE says so too).
# await SECONDS COMMAND…: until the command succeeds; fails after that long.
await() {
	local seconds=$(($1 * ${DE_SLOW:-1})) end
	shift
	end=$(($(date +%s%N) + seconds * 1000000000))
	until "$@" >/dev/null 2>&1; do
		if [ "$(date +%s%N)" -gt "$end" ]; then
			echo "not within $seconds s: $*" >&2
			return 1
		fi
		sleep 0.05
	done
}

# start_enforcer NAME=VALUE…: runs the daemon with these options and waits for its status API.
start_enforcer() {
	env -i PATH="$PATH" HOME=/root ASAN_OPTIONS=detect_leaks=1 TSAN_OPTIONS="suppressions=$DE_TESTS/tsan.supp" \
		DOCKER_SOCKET="$DOCKER_HOST" RULES_DIR="$RULES" LISTEN=127.0.0.1:$PORT WATCH_INTERVAL_MS=100 \
		"$@" "$DE_BIN" run >>"$LOG" 2>&1 3>&- &
	ENFORCER=$!
	await 20 get /healthz
}

# Ends it as systemd would, and looks whether it ended well.
stop_enforcer() {
	local pid=$ENFORCER status=0
	ENFORCER=
	kill "$pid" 2>/dev/null || true
	wait "$pid" || status=$?
	if grep -E "ERROR: (Address|Leak|Thread)Sanitizer|WARNING: ThreadSanitizer|runtime error" "$LOG" >&2; then
		cat "$LOG" >&2
		return 1
	fi
	[ "$status" = 0 ] || {
		echo "the enforcer ended with status $status" >&2
		return 1
	}
}

get() {
	curl -sf --max-time 10 "http://127.0.0.1:$PORT$1"
}

# container NAME [docker run's options] -- command: runs in the background.
container() {
	local name=$1
	shift
	local options=()
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift || true
	[ $# -gt 0 ] || set -- sleep 3600
	docker run -d --network none --name "$name" "${options[@]}" busybox "$@" >/dev/null
}

running() {
	[ "$(docker inspect -f '{{.State.Running}}' "$1" 2>/dev/null)" = true ]
}

not_running() {
	! running "$1"
}

# detected NAME RULE: /NAME was found to violate RULE.
detected() {
	get '/?show_all_violated_rules=1' |
		jq -e --arg n "/$1" --arg r "$2" '.detections[] | select(.name == $n) | .violated_rule | index($r)'
}

# `! command` cannot fail a test (bash leaves it out of -e); these can.
not() {
	if "$@"; then
		echo "unexpected: $*" >&2
		return 1
	fi
}

undetected() {
	get / >/dev/null && not detected "$@"
}

logged() {
	grep -qF -- "$1" "$LOG"
}

# value of a sample in /metrics
sample() {
	get /metrics | awk -v n="$1" 'index($0, n) == 1 && substr($0, length(n) + 1, 1) ~ /[ {]/ {print $NF; exit}'
}

sample_above() {
	[ "$(sample "$1")" -gt "$2" ]
}

# certificates DIR WHO…: a CA, and a key and certificate for each, as Docker names them
certificates() {
	local dir=$1 who
	shift
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca -keyout "$dir/ca-key.pem" -out "$dir/ca.pem" 2>/dev/null
	for who; do
		openssl req -newkey rsa:2048 -nodes -subj "/CN=$who" -keyout "$dir/$who-key.pem" -out "$dir/$who.csr" 2>/dev/null
		openssl x509 -req -in "$dir/$who.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca-key.pem" -CAcreateserial -days 2 \
			-extfile <(echo "subjectAltName=IP:127.0.0.1") -out "$dir/$who-cert.pem" 2>/dev/null
	done
}

no_limit='[{"name": "must have memory limit", "rule": {"==": [{"var": "params.HostConfig.Memory"}, 0]}}]'
