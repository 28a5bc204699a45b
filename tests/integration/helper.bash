# helper - what the integration tests share. Each file has a dockerd of its own, so that files run side by side;
# DE_BIN is the binary to test (tests/run says which).

DE_ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
DE_TESTS=$DE_ROOT/tests
export DE_ROOT DE_TESTS DE_BIN=${DE_BIN:-$DE_ROOT/build/docker-enforcer}

# no condition is waited for longer; what holds costs nothing, and what does not has failed on the slowest machine
LIMIT_S=${LIMIT_S:-120}

# a page that does not load must not pass for one without the text; see also has() and lacks()
set -o pipefail

setup_file() {
	take_slot
	own_dockerd
}

teardown_file() {
	[ -n "${NO_DOCKERD:-}" ] || "$DE_ROOT/deploy/private-dockerd" clean "$DE_DIR"
}

# What a file calls in its setup_file() if it makes no containers.
without_dockerd() {
	take_slot
	export NO_DOCKERD=1 DOCKER_HOST=unix:///nonexistent
}

own_dockerd() {
	DE_DIR=$(mktemp -d "${TMPDIR:-/var/tmp}/de-docker-XXXXXX")
	export DE_DIR DOCKER_HOST=unix://$DE_DIR/docker.sock
	"$DE_ROOT/deploy/private-dockerd" start "$DE_DIR" >&2
}

# A number that no other running file has, on this machine: its ports are made of it.
take_slot() {
	for ((DE_SLOT = 0; DE_SLOT < 100; DE_SLOT++)); do
		exec 8>"/run/de-tests-$DE_SLOT.lock"
		flock -n 8 && break
	done
	export DE_SLOT
}

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

# Four free ports from PORT on, of this file's two hundred; below those that the kernel gives to clients (from 32768).
pick_port() {
	local i used=1
	while [ "$used" ]; do
		PORT=$((10000 + DE_SLOT * 200 + RANDOM % 50 * 4)) used=
		for i in 0 1 2 3; do
			! (: <"/dev/tcp/127.0.0.1/$((PORT + i))") 2>/dev/null || used=1
		done
	done
}

teardown() {
	local status=0
	[ -z "$ENFORCER" ] || stop_enforcer || status=1
	[ -z "${FAKE:-}" ] || kill "$FAKE" 2>/dev/null || true
	[ -n "${NO_DOCKERD:-}" ] || remove_containers
	awk -v d="$WORK/" 'index($5, d) == 1 {print $5}' /proc/self/mountinfo | xargs -r umount
	show_log "$status"
	return $status
}

show_log() { # show_log STATUS: of a test that failed
	[ "$1" != 0 ] || [ -z "${BATS_TEST_COMPLETED:-}" ] || return 0
	echo "--- log" >&2
	tail -n 60 "$LOG" >&2 2>/dev/null || true
}

remove_containers() {
	local ids
	ids=$(docker ps -aq --no-trunc) || return 0
	[ -z "$ids" ] || docker rm -f $ids >/dev/null 2>&1 || true
}

rules() {
	echo "$1" >"$RULES/rules.json"
}

# ---- waiting, and conditions to wait for: functions, as `await [ "$(…)" = … ]` would look once only

# await COMMAND…: until the command succeeds
await() {
	local end=$((SECONDS + LIMIT_S))
	until "$@" >/dev/null 2>&1; do
		if [ "$SECONDS" -gt "$end" ]; then
			echo "not within $LIMIT_S s: $*" >&2
			"$@" >&2 || true
			return 1
		fi
		sleep 0.05
	done
}

# `! command` cannot fail a test (bash leaves it out of -e); these can.
not() {
	if "$@"; then
		echo "unexpected: $*" >&2
		return 1
	fi
}

get() {
	curl -sf --max-time 60 "http://127.0.0.1:$PORT$1"
}

# shows PATH FILTER [jq's options]: the page is there, and the filter is true of it
shows() {
	local page
	page=$(get "$1") && [ -n "$page" ] && jq -e "${@:3}" "$2" <<<"$page"
}

# has GREP'S ARGUMENTS: standard input does; it is read to its end, so that what writes it is not cut off
has() {
	local text
	text=$(cat)
	grep -q "$@" <<<"$text"
}

# lacks GREP'S ARGUMENTS: standard input does not have it, but has something
lacks() {
	local text
	text=$(cat)
	[ -n "$text" ] && not grep -q "$@" <<<"$text"
}

logged() {
	grep -qF -- "$1" "$LOG"
}

has_file() { # that is not empty
	[ -s "$1" ]
}

# detected NAME RULE: /NAME was found to violate RULE.
detected() {
	shows '/?show_all_violated_rules=1' '.detections | any(.name == $n and (.violated_rule | index($r)))' --arg n "/$1" --arg r "$2"
}

# Holds where it is known that the container has been judged.
undetected() {
	shows '/?show_all_violated_rules=1' '.detections | any(.name == $n and (.violated_rule | index($r))) | not' --arg n "/$1" --arg r "$2"
}

detections() { # how many there are
	shows / '.detections | length == $n' --argjson n "$1"
}

contained() { # so many containers are known
	shows /containers 'length == $n' --argjson n "$1"
}

health() { # health FILTER: /healthz says so, whatever its status
	curl -s --max-time 60 "http://127.0.0.1:$PORT/healthz" | jq -e "$1"
}

connected() { # to Docker's events
	health .docker_connected
}

disconnected() {
	health '.docker_connected | not'
}

# value of a sample in /metrics
sample() {
	get /metrics | awk -v n="$1" 'index($0, n) == 1 && substr($0, length(n) + 1, 1) ~ /[ {]/ && !found++ {print $NF}'
}

sample_is() {
	[ "$(sample "$1")" = "$2" ]
}

sample_above() {
	[ "$(sample "$1")" -gt "$2" ]
}

# So many further checks, or ticks of watch, have ended from now on.
checks_pass() {
	await sample_above docker_enforcer_checks_total $(($(sample docker_enforcer_checks_total) + $1))
}

ticks_pass() {
	await sample_above docker_enforcer_watch_ticks_total $(($(sample docker_enforcer_watch_ticks_total) + $1))
}

# ---- the enforcer

# start_enforcer NAME=VALUE…: runs the daemon with these options and waits for its status API.
start_enforcer() {
	env -i PATH="$PATH" HOME=/root ASAN_OPTIONS=detect_leaks=1 TSAN_OPTIONS="suppressions=$DE_TESTS/tsan.supp" \
		DOCKER_SOCKET="$DOCKER_HOST" RULES_DIR="$RULES" STATE_DIR= LISTEN=127.0.0.1:$PORT WATCH_INTERVAL_MS=100 \
		"$@" "$DE_BIN" run >>"$LOG" 2>&1 3>&- &
	ENFORCER=$!
	await answers_or_ended
	get /config >/dev/null
}

answers_or_ended() {
	get /config || ! kill -0 "$ENFORCER"
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

# speaks VERSION: the engine knows this version of the API
speaks() {
	local range
	range=$(docker version -f '{{.Server.MinAPIVersion}} {{.Server.APIVersion}}')
	printf '%s\n%s\n%s\n' "${range% *}" "$1" "${range#* }" | sort -VC
}

# bpf_of PID: the programs that a process holds, by themselves or by links, as "ID NAME" (others' are not looked at)
bpf_of() {
	local id
	for id in $(cat /proc/"$1"/fdinfo/* 2>/dev/null | awk '$1 == "prog_id:" {print $2}' | sort -u); do
		bpftool -j prog show id "$id" | jq -r '"\(.id) \(.name)"'
	done
}

# Is it built with a sanitizer? That takes many times the memory and the time.
instrumented() {
	nm -D "$DE_BIN" | has -E "__(asan|tsan)_init"
}

# Does it have packets counted?
counts_packets() {
	# one that is closed just now is none
	{ cat /proc/"$ENFORCER"/fdinfo/* 2>/dev/null || true; } | has '^link_type:.*cgroup'
}

# ---- containers

# container NAME [docker run's options] -- command: runs in the background; without a command it ends when told to.
container() {
	local name=$1
	shift
	local options=()
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift || true
	[ $# -gt 0 ] || set -- sh -c 'trap "exit 0" TERM; sleep 3600 & wait'
	docker run -d --network none --name "$name" "${options[@]}" busybox "$@" >/dev/null
}

running() {
	[ "$(docker inspect -f '{{.State.Running}}' "$1")" = true ]
}

not_running() {
	[ "$(docker inspect -f '{{.State.Running}}' "$1")" = false ]
}

paused() {
	[ "$(docker inspect -f '{{.State.Paused}}' "$1")" = true ]
}

# ---- other

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
