#!/usr/bin/env bats
# Tripwires: a container is judged as its memory crosses what a rule allows. Here no tick comes within the hour.
bats_require_minimum_version 1.5.0

load helper

wired() {
	start_enforcer MODE=KILL RUN_PERIODIC=False WATCH_INTERVAL_MS=3600000 "$@"
}

wires() { # so many are set
	sample_is docker_enforcer_wires "$1"
}

# One that takes so many MiB when it is told to, gives them back when told again.
hog() { # hog NAME MIB [OPTION…]
	container "$1" --shm-size 400m "${@:3}" -- sh -c "trap 'dd if=/dev/zero of=/dev/shm/x bs=1M count=$2 2>/dev/null' USR1
		trap 'rm /dev/shm/x' USR2; trap 'exit 0' TERM; while :; do sleep 0.05; done"
}

tell() { # tell NAME SIGNAL
	docker kill -s "$2" "$1" >/dev/null
}

over_50='[{"name": "memory", "rule": {">": [{"var": "metrics.memory_stats.usage"}, {"bytes": "50MiB"}]}, "action": "kill"}]'

setup_file() {
	take_slot
	own_dockerd
	# thresholds are a thing of cgroup v1
	[ -e /sys/fs/cgroup/memory/cgroup.event_control ] || export NO_WIRES=1
}

@test "a container that crosses its rule is killed, others are not" {
	[ -z "${NO_WIRES:-}" ] || skip "cgroup v2"
	rules "$over_50"
	hog early 80
	wired
	await wires 1
	hog late 80
	hog good 10
	await wires 3
	tell good USR1
	tell early USR1
	tell late USR1
	await not_running early
	await not_running late
	running good
	await wires 1
	sample_above docker_enforcer_wires_crossed_total 0
	[ "$(sample docker_enforcer_watch_ticks_total)" = 0 ]
}

@test "one that is over before it has a wire is found all the same" {
	[ -z "${NO_WIRES:-}" ] || skip "cgroup v2"
	rules "$over_50"
	hog over 80
	tell over USR1
	await used_above over 60000000
	wired
	await not_running over
}

used_above() { # used_above NAME BYTES
	[ "$(cat "/sys/fs/cgroup/memory/$(awk -F: '$2 ~ /memory/ {print $3}' "/proc/$(docker inspect -f '{{.State.Pid}}' "$1")/cgroup")/memory.usage_in_bytes")" -gt "$2" ]
}

@test "wires go by the container: its limit, its labels; by the rules in force; and by an update" {
	[ -z "${NO_WIRES:-}" ] || skip "cgroup v2"
	rules '[{"name": "half", "rule": {"and": [{"==": [{"var": "labels.half"}, "1"]}, {">": [{"var": "metrics.memory_percent"}, 50]}]}, "action": "kill"}]'
	hog half 80 -l half=1 -m 400m --memory-swap 400m
	hog free 80 -m 100m --memory-swap 100m
	wired
	await wires 1
	tell half USR1
	tell free USR1
	await used_above half 70000000
	running half
	docker update -m 120m --memory-swap 120m half >/dev/null
	await not_running half
	running free
	rules '[]'
	kill -HUP "$ENFORCER"
	await wires 0
	rules "$over_50"
	kill -HUP "$ENFORCER"
	await not_running free
}

@test "one that hovers is judged ten times a second at most, and never killed below its bound" {
	[ -z "${NO_WIRES:-}" ] || skip "cgroup v2"
	rules '[{"name": "memory", "rule": {">": [{"var": "metrics.memory_stats.usage"}, {"bytes": "50MiB"}]}, "for": "1h"}]'
	hog hover 80
	wired
	await wires 1
	began=$(date +%s%N)
	for i in $(seq 20); do
		tell hover USR1
		tell hover USR2
	done
	await sample_above docker_enforcer_wires_crossed_total 1
	[ "$(sample docker_enforcer_wires_crossed_total)" -le $((($(date +%s%N) - began) / 100000000 + 1)) ]
	running hover
}

@test "RUN_TRIPWIRES=False, and no rule on memory: there are none" {
	rules "$over_50"
	hog any 10
	wired RUN_TRIPWIRES=False
	await contained 1
	[ "$(sample docker_enforcer_wires)" = 0 ]
	get /config | jq -e '.effective_run_tripwires == false'
	stop_enforcer
	rules '[{"name": "processes", "rule": {">": [{"var": "metrics.pids_stats.current"}, 500]}}]'
	wired
	await contained 1
	[ "$(sample docker_enforcer_wires)" = 0 ]
}
