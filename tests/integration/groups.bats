# Groups: rules about containers that belong together, and which of them is meant.
bats_require_minimum_version 1.5.0
load helper

# team NAME TEAM [OPTION…]
team() {
	container "$1" -l team="$2" "${@:3}"
}

per_team='"per": {"var": "labels.team"}'

running_are() { # NAME…: these run, no others
	[ "$(docker ps --format '{{.Names}}' | sort | xargs)" = "$*" ]
}

@test "groups: a rule is about those that are together, its figures are their sums" {
	rules '[{"name": "three", '"$per_team"', "rule": {">=": [{"var": "group.count"}, 3]}},
		{"name": "sums", '"$per_team"', "rule": {"and": [{"==": [{"var": "group.key"}, "red"]}, {"==": [{"var": "group.limits.memory"}, {"bytes": "96MiB"}]},
			{"==": [{"var": "group.limits.cpus"}, 1.5]}, {"==": [{"var": "group.limits.pids"}, 50]}, {"==": [{"var": "group.unlimited"}, 1]}]}},
		{"name": "host", "per": true, "rule": {"==": [{"var": "group.count"}, 5]}},
		{"name": "used", '"$per_team"', "rule": {"and": [{">=": [{"var": "group.pids"}, 6]}, {">": [{"var": "group.memory"}, 0]}]}}]'
	team r1 red -m 64m --cpus 1
	team r2 red -m 32m --pids-limit 50
	team r3 red --cpu-quota 50000
	team b1 blue
	container nobody
	start_enforcer IMMEDIATE_PERIODICAL_START=True STOP_ON_FIRST_VIOLATION=False CHECK_INTERVAL_S=1
	for rule in three sums host used; do
		for name in r1 r2 r3; do await detected $name $rule; done
	done
	for name in b1 nobody; do
		await detected $name host
		undetected $name three
		undetected $name used
	done
}

@test "pick: of those that hold the greatest, so many at once, and another look after each" {
	rules '[{"name": "at most two", '"$per_team"', "rule": {">": [{"var": "group.count"}, 2]}, "pick": {"-": [{"var": "age_s"}]}, "action": "kill"}]'
	team old red
	team middle red
	sleep_past middle
	team young red
	team other blue
	start_enforcer MODE=KILL IMMEDIATE_PERIODICAL_START=True CHECK_INTERVAL_S=1
	await running_are middle old other
	checks_pass 3
	running_are middle old other
	[ "$(sample containers_stopped_total)" = 1 ]
}

# Its age is a second more than that of what comes next.
sleep_past() {
	await sh -c "[ \$(( \$(date +%s) - \$(date -d \"$(docker inspect -f '{{.State.StartedAt}}' "$1")\" +%s) )) -ge 2 ]"
}

@test "groups: keys that make no sense are refused, with what to do" {
	for bad in '{"rule": {">": [{"var": "group.count"}, 5]}}' '{"rule": true, "per": true, "take": 2}' '{"rule": {">": [{"var": "group.cont"}, 5]}, "per": true}' \
		'{"rule": true, "pick": {"var": "age_s"}, "take": 0}' '{"rule": true, "per": {"nope": 1}}'; do
		rules "[$(jq -c '. + {name: "x"}' <<<"$bad")]"
		run "$DE_BIN" check "$RULES"
		[ "$status" = 1 ]
		[[ "$output" == *"rules.json:1: /0"* ]]
	done
}

@test "idle_s: who does nothing is idle, who computes or receives is not, and what others shout is nothing" {
	rules '[{"name": "idle", "rule": {">=": [{"var": "idle_s"}, 20]}}]'
	docker network create --subnet "10.213.$((DE_SLOT % 256)).0/28" quiet >/dev/null
	docker run -d --name idler --network quiet busybox sleep 3600 >/dev/null
	docker run -d --name asked --network quiet busybox sleep 3600 >/dev/null
	container computes -- sh -c 'while :; do :; done'
	container sleeps
	address=$(docker inspect -f '{{.NetworkSettings.Networks.quiet.IPAddress}}' asked)
	docker run -d --name asks --network quiet busybox ping -q -s 1400 -i 1 "$address" >/dev/null
	start_enforcer RUN_PERIODIC=False
	await detected sleeps idle
	await detected idler idle
	for name in asked computes; do not detected $name idle; done
	docker rm -f asks >/dev/null
	await detected asked idle
	not detected computes idle
}

@test "/host: what is promised and used is the sum over cgroups and limits; a group whose usage nobody measures has none" {
	rules '[{"name": "much", "per": true, "rule": {">=": [{"var": "group.memory"}, 0]}}, {"name": "counted", "per": true, "rule": {">": [{"var": "group.count"}, 1]}}]'
	container c1 -m 64m --cpus 1.5 --pids-limit 50
	container c2 -m 32m --cpu-quota 50000 -- sh -c 'sleep 3600 & sleep 3600 & wait'
	container c3
	start_enforcer IMMEDIATE_PERIODICAL_START=True STOP_ON_FIRST_VIOLATION=False
	await shows /host '.containers == 3 and .measured == 3 and .used_by_containers.pids >= 3'
	shows /host '.promised == {"memory": 100663296, "cpus": 2, "pids": 50, "unlimited": 1} and .memory.total > .memory.available and .cpus > 0 and .pressure.memory.some_avg10 >= 0'
	used() { # bytes, of the three cgroups
		local all=0 name path
		for name in c1 c2 c3; do
			path=$(awk -F: '$2 == "memory" {print "/sys/fs/cgroup/memory" $3 "/memory.usage_in_bytes"} $1 == 0 && !n++ {v2 = "/sys/fs/cgroup" $3 "/memory.current"}
				END {print v2}' "/proc/$(docker inspect -f '{{.State.Pid}}' $name)/cgroup" | head -n 1)
			all=$((all + $(cat "$path")))
		done
		echo $all
	}
	same_sum() {
		local shown
		shown=$(get /host | jq .used_by_containers.memory)
		[ $((shown - $(used))) -lt 1048576 ] && [ $(($(used) - shown)) -lt 1048576 ]
	}
	await same_sum
	curl -sf -H 'Accept: text/html' "http://127.0.0.1:$PORT/host" | has 'promised to them'
	await detected c1 much
	stop_enforcer
	start_enforcer IMMEDIATE_PERIODICAL_START=True STOP_ON_FIRST_VIOLATION=False DISABLE_METRICS=True
	await detected c1 counted
	not detected c1 much
	shows /host '.measured == 0 and (has("used_by_containers") | not)'
}
