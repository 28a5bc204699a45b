# Usage from the kernel, held against the kernel's own files, on a container that is driven.
load helper

# The container's cgroup folder for a controller, v1 or v2.
cgroup_of() {
	local pid path
	pid=$(docker inspect -f '{{.State.Pid}}' "$1")
	path=$(awk -F: -v c="$2" '$2 ~ "(^|,)" c "(,|$)" && c != "" {print $3}' "/proc/$pid/cgroup")
	if [ -n "$path" ]; then
		echo "/sys/fs/cgroup/$2$path"
	else
		path=$(awk -F: '$1 == 0 {print $3}' "/proc/$pid/cgroup")
		if [ -d /sys/fs/cgroup/unified ]; then echo "/sys/fs/cgroup/unified$path"; else echo "/sys/fs/cgroup$path"; fi
	fi
}

# file CONTAINER CONTROLLER V1-NAME V2-NAME [KEY]: the figure that the file holds
figure() {
	local dir file
	dir=$(cgroup_of "$1" "$2")
	file=$dir/$3
	[ -e "$file" ] || file=$dir/$4
	if [ -n "${5:-}" ]; then awk -v k="$5" '$1 == k {print $2}' "$file"; else cat "$file"; fi
}

metric() {
	get /containers | jq -r --arg n "/$1" ".[] | select(.name == \$n).metrics.$2"
}

# near A B TOLERANCE
near() {
	local d=$(($1 - $2))
	[ ${d#-} -le "$3" ] || {
		echo "$1 is not within $3 of $2" >&2
		return 1
	}
}

# A container that has used something of all, and then is quiet: what is compared must not change meanwhile. It is
# driven until the kernel's own figures show it, however long that takes on a machine that is busy.
drive() {
	local library
	rules '[{"name": "m", "rule": {">": [{"var": "metrics.memory_stats.usage"}, {"bytes": "1TiB"}]}}]'
	mkdir "$WORK/shared"
	# page cache: what is written, where that is on a disk; in the guest of tests/vm, where it is not, what is read
	library=$(find /usr/lib -name 'libLLVM*' -size +30M | sort | tail -n 1)
	container driven -m 256m --cpus 0.1 --pids-limit 77 -v "$WORK/shared:/shared" -v "${library%/*}:/library:ro" -- sh -c '
		dd if=/dev/zero of=/cached bs=1M count=20 2>/dev/null
		head -c 20000000 /library/'"${library##*/}"' >/dev/null
		for i in 1 2 3 4 5; do sleep 3600 & done
		burn() { while [ ! -e /shared/enough ]; do :; done; }
		burn & burn; wait $!
		touch /shared/quiet; exec sleep 3600'
	await pressed driven
	touch "$WORK/shared/enough"
	await test -e "$WORK/shared/quiet"
	[ "$(figure_inactive driven)" -gt 10000000 ]
}

# Two processes under a tenth of a CPU wait for each other and for their share. So much that it has not fallen to
# nothing before a slow machine has compared all.
pressed() {
	[ "$(figure "$1" cpu cpu.stat cpu.stat nr_throttled)" -gt 0 ] && is_above "$(some_pressure "$1")" 20
}

compare_all() {
	local name=$1
	near "$(metric $name cpu_stats.cpu_usage.total_usage)" "$(cpu_of $name)" 10000000 &&
		near "$(metric $name memory_stats.usage)" "$(figure $name memory memory.usage_in_bytes memory.current)" 1048576 &&
		near "$(metric $name memory_stats.stats.inactive_file)" "$(figure_inactive $name)" 1048576 &&
		[ "$(metric $name memory_stats.limit)" = 268435456 ] &&
		[ "$(metric $name pids_stats.current)" = "$(figure $name pids pids.current pids.current)" ] &&
		[ "$(metric $name pids_stats.current)" -ge 6 ] &&
		[ "$(metric $name pids_stats.limit)" = 77 ] &&
		[ "$(metric $name cpu_stats.throttling_data.periods)" = "$(figure $name cpu cpu.stat cpu.stat nr_periods)" ] &&
		[ "$(metric $name cpu_stats.throttling_data.throttled_periods)" = "$(figure $name cpu cpu.stat cpu.stat nr_throttled)" ] &&
		near "$(metric $name cpu_stats.throttling_data.throttled_time)" "$(throttled_ns $name)" 10000000 &&
		[ "$(metric $name memory_stats.oom_kills)" = 0 ]
}

pressure_files() { # pressure_files CONTAINER: "cpu some_avg10 0.00", a line each
	local dir of
	dir=$(cgroup_of "$1" none)
	for of in cpu memory io; do
		awk -v of=$of '{for (i = 2; i <= 4; i++) {split($i, p, "="); print of, $1 "_" p[1], p[2]}}' "$dir/$of.pressure"
	done
}

# Each figure that a file shows; one that it does not show is not given: 5.10 knows no full pressure of cpu. Averages
# fall all the time, so what is given lies between what the files show before and after, however long that takes.
compare_pressure() {
	pressure_files "$1" >"$WORK/before"
	get /containers | jq -r --arg n "/$1" '.[] | select(.name == $n).metrics.pressure | to_entries[] | .key as $of |
		.value | to_entries[] | select(.value != null) | "\($of) \(.key) \(.value)"' >"$WORK/given"
	pressure_files "$1" >"$WORK/after"
	# once all are nothing they agree whatever is wrong
	is_above "$(awk '$1 == "cpu" && $2 == "some_avg300" {print $3}' "$WORK/after")" 0.5 || return 1
	# and a tenth, for what is given may have been sampled a moment earlier
	awk 'FILENAME ~ /given$/ {given[$1 " " $2] = $3; n++; next} FILENAME ~ /before$/ {before[$1 " " $2] = $3; next}
		{key = $1 " " $2; low = $3; high = before[key]; if (low > high) {high = $3; low = before[key]}
			spare = 0.6 + high / 10; if (!(key in given) || given[key] < low - spare || given[key] > high + spare) {
				print key, given[key], "is not from", low, "to", high; bad = 1}; n--}
		END {if (n) print n " more are given than are shown"; exit bad || n}' "$WORK/given" "$WORK/before" "$WORK/after" >&2
}

throttled_ns() {
	local dir
	dir=$(cgroup_of "$1" cpu)
	awk '$1 == "throttled_time" {print $2} $1 == "throttled_usec" {printf "%.0f\n", $2 * 1000}' "$dir/cpu.stat"
}

is_above() {
	awk -v a="$1" -v b="$2" 'BEGIN {exit !(a > b)}'
}

some_pressure() { # of cpu, over a minute
	sed -n 's/^some .*avg60=\([0-9.]*\).*/\1/p' "$(cgroup_of "$1" none)/cpu.pressure"
}

cpu_of() {
	local dir
	dir=$(cgroup_of "$1" cpuacct)
	if [ -e "$dir/cpuacct.usage" ]; then cat "$dir/cpuacct.usage"; else
		echo $(($(awk '$1 == "usage_usec" {print $2}' "$dir/cpu.stat") * 1000))
	fi
}

figure_inactive() {
	local dir
	dir=$(cgroup_of "$1" memory)
	awk '$1 == "total_inactive_file" || ($1 == "inactive_file" && !t) {v = $2; if ($1 ~ /total/) t = 1} END {print v}' \
		"$dir/memory.stat"
}

@test "bpf: every field agrees with its file" {
	drive
	start_enforcer METRICS_SOURCE=bpf IMMEDIATE_PERIODICAL_START=True
	await metric_given driven
	await compare_pressure driven
	await compare_all driven
	shows /config '.effective_metrics_source == "bpf"'
}

metric_given() {
	[ "$(metric "$1" pids_stats.current)" != null ] && [ -n "$(metric "$1" pids_stats.current)" ]
}

@test "cgroupfs: every field agrees with its file" {
	drive
	start_enforcer METRICS_SOURCE=cgroupfs IMMEDIATE_PERIODICAL_START=True
	await metric_given driven
	await compare_pressure driven
	await compare_all driven
	shows /config '.effective_metrics_source == "cgroupfs"'
}

@test "docker: usage, limit and pids agree with the files" {
	drive
	start_enforcer METRICS_SOURCE=docker CHECK_INTERVAL_S=1 RUN_WATCH=False
	await metric_given driven
	agrees() {
		near "$(metric driven memory_stats.usage)" "$(figure driven memory memory.usage_in_bytes memory.current)" 4194304
	}
	await agrees
	[ "$(metric driven memory_stats.limit)" = 268435456 ]
	[ "$(metric driven pids_stats.limit)" = 77 ]
	shows /config '.effective_metrics_source == "docker"'
}

@test "docker: more containers than it asks for at once, while they come and go" {
	rules '[{"name": "any", "rule": {">": [{"var": "metrics.pids_stats.current"}, 0]}}]'
	for i in $(seq 20); do container "c$i"; done
	start_enforcer METRICS_SOURCE=docker CHECK_INTERVAL_S=1 IMMEDIATE_PERIODICAL_START=True
	await detections 20
	docker rm -f c1 c2 c3
	for i in 21 22 23; do container "c$i"; done
	await detections 23
	await all_measured 20
}

@test "auto is bpf here, and says why" {
	start_enforcer
	shows /config '.effective_metrics_source == "bpf"'
	logged "metrics come from bpf"
}

# The program, where the kernel refuses BPF.
without_bpf() {
	printf '#!/bin/sh\nexec python3 "%s" "%s" "$@"\n' "$BATS_TEST_DIRNAME/without-bpf" "$DE_BIN" >"$WORK/without"
	chmod +x "$WORK/without"
	DE_BIN=$WORK/without
}

@test "auto: where BPF does not load, cgroupfs gives the figures, and a warning says why" {
	rules '[{"name": "any", "rule": {">": [{"var": "metrics.pids_stats.current"}, 0]}}]'
	without_bpf
	container some
	start_enforcer IMMEDIATE_PERIODICAL_START=True
	shows /config '.effective_metrics_source == "cgroupfs" and .effective_run_watch and .effective_watch_interval_ms == 500'
	grep -q "WARNING metrics come from cgroupfs.*Operation not permitted.*libbpf: .*METRICS_SOURCE=cgroupfs" "$LOG"
	logged "watch: rules on metrics are looked at every 500 ms"
	[ -z "$(bpf_of "$ENFORCER")" ]
	await detected some any
	stop_enforcer
	"$DE_BIN" version | grep "^metrics: cgroupfs (BPF did not load: .*libbpf: "
	# where it was asked for, nothing else will do
	run env METRICS_SOURCE=bpf DOCKER_SOCKET="$DOCKER_HOST" RULES_DIR="$RULES" STATE_DIR= LISTEN= "$DE_BIN" run
	[ "$status" = 2 ]
	[[ "$output" == *"Operation not permitted: libbpf: "* ]]
}

@test "auto: where BPF does not load, watch alone still kills" {
	rules '[{"name": "too much", "rule": {">": [{"var": "metrics.memory_stats.usage"}, {"bytes": "50MiB"}]}, "action": "kill"}]'
	without_bpf
	start_enforcer MODE=KILL RUN_PERIODIC=False
	container modest
	container hog -- sh -c 'head -c 80000000 /dev/zero | tail | sleep 3600'
	await not_running hog
	running modest
}

@test "a source that is asked for is no reason for a warning; what watch makes of it is said" {
	start_enforcer METRICS_SOURCE=cgroupfs
	shows /config '.effective_watch_interval_ms == 500'
	not logged "WARNING metrics come"
	stop_enforcer
	start_enforcer METRICS_SOURCE=cgroupfs RUN_WATCH=True
	shows /config '.effective_watch_interval_ms == 100'
	stop_enforcer
	start_enforcer METRICS_SOURCE=docker
	shows /config '.effective_run_watch | not'
	logged "INFO watch is off"
	stop_enforcer
	start_enforcer METRICS_SOURCE=docker RUN_PERIODIC=False
	logged "WARNING watch is off"
}

# fresh_cache ROUND: the container takes page cache, and at once the enforcer and then the file is asked
fresh_cache() {
	touch "$WORK/shared/go$1"
	until [ -e "$WORK/shared/done$1" ]; do sleep 0.01; done
	metric cached memory_stats.stats.inactive_file >"$WORK/seen$1"
	near "$(cat "$WORK/seen$1")" "$(figure_inactive cached)" 1048576 && [ "$(cat "$WORK/seen$1")" -gt $(($1 * 10000000)) ]
}

@test "bpf: inactive_file is exact at the first look, where the kernel lets BPF flush it" {
	local library round first=await
	# 6.16 to 6.19 have neither
	! bpftool btf dump file /sys/kernel/btf/vmlinux format raw | grep -qE "FUNC '(cgroup_rstat_flush|bpf_mem_cgroup_flush_stats)'" || first=
	mkdir "$WORK/shared"
	library=$(find /usr/lib -name 'libLLVM*' -size +60M | sort | tail -n 1)
	container cached -v "$WORK/shared:/shared" -v "${library%/*}:/library:ro" -- sh -c '
		for i in 1 2 3; do
			while [ ! -e /shared/go$i ]; do :; done
			dd if=/dev/zero of=/cached$i bs=1M count=20 2>/dev/null
			dd if=/library/'"${library##*/}"' of=/dev/null bs=1M skip=$((i * 20)) count=20 2>/dev/null
			touch /shared/done$i
		done
		exec sleep 3600'
	start_enforcer METRICS_SOURCE=bpf RUN_PERIODIC=False
	await metric_given cached
	for round in 1 2 3; do $first fresh_cache $round; done
}

@test "oom kills are counted" {
	# the one that eats is the one to kill; without that it may be the container's first
	container oom -m 32m -- sh -c '(echo 1000 >/proc/self/oom_score_adj; head -c 60000000 /dev/zero | tail); exec sleep 3600'
	rules '[{"name": "oom", "rule": {">": [{"var": "metrics.memory_stats.oom_kills"}, 0]}}]'
	start_enforcer
	await detected oom oom
}

@test "--cgroup-parent and cgroups made inside: the container's own cgroup is measured" {
	rules '[{"name": "busy", "rule": {">": [{"var": "metrics.cpu_percent"}, 0.5]}}]'
	container parented --cgroup-parent "/de-test-parent-$DE_SLOT" -v "$WORK:/shared" -- \
		sh -c 'while [ ! -e /shared/enough ]; do :; done; exec sleep 3600'
	start_enforcer RUN_PERIODIC=False
	await detected parented busy
	touch "$WORK/enough"
	agrees() {
		near "$(metric parented cpu_stats.cpu_usage.total_usage)" "$(cpu_of parented)" 10000000
	}
	await agrees
}

@test "network: a rule that names it attaches the counters, which count a known number of bytes" {
	rules '[{"name": "chatty", "rule": {">": [{"var": "metrics.network_tx_bytes"}, 1000000]}}]'
	container talker -- sh -c 'tail -f /dev/null | nc -l -p 9000 >/dev/null & while [ ! -f /go ]; do sleep 0.1; done
		head -c 1000000 /dev/zero | nc 127.0.0.1 9000; touch /sent; sleep 3600'
	start_enforcer RUN_PERIODIC=False METRICS_SOURCE=bpf
	ticks_pass 2
	counts_packets
	undetected talker chatty
	docker exec talker touch /go
	await detected talker chatty
	bytes=$(metric talker network_tx_bytes)
	# what was sent, and at most a tenth more for headers and acknowledgements
	[ "$bytes" -ge 1000000 ] && [ "$bytes" -le 1200000 ]
}

@test "metrics.networks: what a network device of the container has counted" {
	rules '[{"name": "received", "rule": {">": [{"var": "metrics.networks.de1.rx_bytes"}, 0]}},
	        {"name": "none", "rule": {">": [{"var": "metrics.networks.de9.rx_bytes"}, 0]}}]'
	container box
	pid=$(docker inspect -f '{{.State.Pid}}' box)
	nsenter -t "$pid" -n sh -ec 'echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6 # or it asks for routers
		ip link add de0 type veth peer name de1; ip address add 10.9.0.1/24 dev de0; ip link set de0 up; ip link set de1 up'
	start_enforcer RUN_PERIODIC=False
	ticks_pass 2
	undetected box received
	# nobody answers, but to ask is a packet
	docker exec box ping -c 1 -W 1 10.9.0.2 >/dev/null || true
	await detected box received
	undetected box none
}

@test "network: nothing is attached unless a rule names it" {
	rules '[{"name": "m", "rule": {">": [{"var": "metrics.memory_percent"}, 99]}}]'
	start_enforcer
	ticks_pass 1
	not counts_packets
}

all_measured() {
	shows /containers 'map(select(.metrics != null)) | length == $n' --argjson n "$1"
}

@test "events and a check that read the same containers at once lose none of them" {
	for i in $(seq 12); do container "c$i"; done
	for round in 1 2 3; do
		start_enforcer IMMEDIATE_PERIODICAL_START=True
		await all_measured 12
		stop_enforcer
	done
}

@test "top --once --json shows every container" {
	container one
	container two -m 64m
	run env DOCKER_SOCKET="$DOCKER_HOST" RULES_DIR="$RULES" "$DE_BIN" top --once --json
	[ "$status" = 0 ]
	[ "$(jq length <<<"$output")" = 2 ]
	[ "$(jq '[.[].metrics.pids_stats.current] | min' <<<"$output")" -ge 1 ]
}
