#!/usr/bin/env bats
# Whatever lets a container run is judged as the container that results, and what runs by what the kernel mounted.
bats_require_minimum_version 1.5.0

load helper
load plugin

within='[{"name": "only below the folder", "rule": {"some": [{"var": "mounts"}, {"and": [{"==": [{"var": "type"}, "bind"]},
	{"!": {"path_within": [{"var": "resolved"}, "'

within() { # within FOLDER [MORE]: binds only from there
	rules "$within$1\"]}}]}]}${2:-}}]"
}

# One that is there already, as the plugin finds it when it is put in.
earlier() { # earlier NAME [OPTION…]
	allow_all
	docker create --network none --name "$1" "${@:2}" busybox sleep 3600 >/dev/null
	end_allow_all
}

post() { # post PATH [BODY]: the status
	create "${2:-}" "" "/v1.41$1"
}

@test "a start, restart or unpause of what breaks a rule is refused, whenever it was made" {
	rules "$no_limit"
	earlier without
	earlier with -m 64m
	allow_all
	docker create --network none --name frozen busybox sleep 3600 >/dev/null
	docker start frozen >/dev/null
	docker pause frozen >/dev/null
	end_allow_all
	plugin
	for call in start restart; do
		[ "$(post /containers/without/$call)" = 403 ]
		[ "$(post /containers/%77ithout/$call)" = 403 ]
		[ "$(post "/containers/$(docker inspect -f '{{.Id}}' without)/$call?t=1")" = 403 ]
		[ "$(post /containers/with/$call)" = 204 ]
	done
	[ "$(post /containers/frozen/unpause)" = 403 ]
	not_running without
	paused frozen
	grep -q "must have memory limit" "$WORK/answer"
	[ "$(post /containers/none/start)" = 404 ]
	# what was stopped and is let start again is judged as it is then
	docker update -m 0 --memory-swap 0 with >/dev/null 2>&1 || true
	running with
}

@test "a build's leftover is judged when it is started" {
	rules "$no_limit"
	mkdir "$WORK/context"
	printf 'FROM busybox\nRUN true\n' >"$WORK/context/Dockerfile"
	plugin
	DOCKER_BUILDKIT=0 docker build --rm=false --no-cache --network none "$WORK/context" >/dev/null
	left=$(docker ps -aq --no-trunc)
	[ -n "$left" ]
	[ "$(post "/containers/$left/start")" = 403 ]
}

@test "a link is followed as it is at the start" {
	mkdir -p "$WORK/folder/sound"
	ln -s sound "$WORK/folder/link"
	within "$WORK/folder"
	plugin
	docker create --network none --name linked -v "$WORK/folder/link:/x" busybox sleep 3600 >/dev/null
	ln -sfn /etc "$WORK/folder/link"
	[ "$(post /containers/linked/start)" = 403 ]
	[ "$(post /containers/linked/restart)" = 403 ]
	ln -sfn sound "$WORK/folder/link"
	[ "$(post /containers/linked/start)" = 204 ]
}

# A container that has /etc, by a link that leads to a sound folder again.
trick() { # trick NAME [TARGET]
	ln -sfn /etc "$WORK/folder/link"
	docker create --network none --name "$1" -v "$WORK/folder/link:${2:-/x}" busybox sleep 3600 >/dev/null
	docker start "$1" >/dev/null
	ln -sfn sound "$WORK/folder/link"
}

@test "what runs is judged by what is mounted, wherever links lead by now" {
	mkdir -p "$WORK/folder/sound"
	printf 'FROM busybox\nRUN rm -rf /var/run && ln -s /run /var/run && mkdir -p /run\n' >"$WORK/Dockerfile"
	within "$WORK/folder"
	allow_all
	trick tricked
	# a target that the image moves
	trick moved /var/spool/../x
	docker run -d --network none --name sound -v "$WORK/folder/link:/x" busybox sleep 3600 >/dev/null
	docker exec tricked ls /x/passwd
	end_allow_all
	plugin RUN_PERIODIC=True CHECK_INTERVAL_S=1 IMMEDIATE_PERIODICAL_START=True
	await not_running tricked
	await not_running moved
	checks_pass 2
	running sound
	shows /containers 'length == 1'
}

restarted() {
	[ "$(docker inspect -f '{{.RestartCount}} {{.State.Running}}' "$1")" = "1 true" ]
}

@test "what is let start is looked at once more when it runs" {
	mkdir -p "$WORK/folder/sound"
	within "$WORK/folder" ', "mode": "warn"'
	plugin
	trick tricked
	docker run -d --network none --name sound -v "$WORK/folder/link:/x" busybox sleep 3600 >/dev/null
	within "$WORK/folder"
	kill -HUP "$ENFORCER"
	await logged "rules reloaded"
	# as if the link had been swapped between this judgement and the mount: the request shows nothing
	for name in sound tricked; do
		message='{"RequestMethod": "POST", "RequestUri": "/v1.41/containers/'$name'/start"'
		ask "$message}" | grep -q '"Allow":true'
		curl -s --unix-socket "$SOCKET" -d "$message, \"ResponseStatusCode\": 204}" http://plugin/AuthZPlugin.AuthZRes | grep -q '"Allow": true'
	done
	await not_running tricked
	running sound
}

@test "what dockerd starts again by itself is judged when it runs" {
	mkdir -p "$WORK/folder/sound"
	ln -sfn sound "$WORK/folder/link"
	within "$WORK/folder"
	plugin
	for name in sly sound; do
		docker run -d --restart always --network none --name $name -v "$WORK/folder/$([ $name = sly ] && echo link || echo sound):/x" \
			busybox sh -c 'trap "exit 1" USR1; while :; do sleep 0.1; done' >/dev/null
	done
	ln -sfn /etc "$WORK/folder/link"
	for name in sound sly; do kill -USR1 "$(docker inspect -f '{{.State.Pid}}' $name)"; done
	await not_running sly
	await restarted sound
	running sound
}

@test "position: starts count, also many at once" {
	rules '[{"name": "no more than 3", "rule": {">=": [{"var": "position"}, 3]}}]'
	for i in 1 2 3 4 5 6 7 8; do earlier "c$i"; done
	plugin
	for i in 1 2 3 4 5 6 7 8; do post "/containers/c$i/start" >/dev/null & done
	wait $(jobs -p | grep -vx "$ENFORCER")
	[ "$(docker ps -q | wc -l)" = 3 ]
	# those that run keep their places, and a place that is given up can be taken
	first=$(docker ps -q | head -1)
	[ "$(post "/containers/$first/restart?t=0")" = 204 ]
	[ "$(create '{"Image": "busybox"}')" = 403 ]
	docker kill "$first" >/dev/null
	await contained 2
	[ "$(post "/containers/$first/start")" = 204 ]
}

@test "position: a start that fails takes no place" {
	rules '[{"name": "no more than 1", "rule": {">=": [{"var": "position"}, 1]}}]'
	allow_all
	docker create --network none --name broken busybox /nonexistent >/dev/null
	end_allow_all
	earlier sound
	plugin
	[ "$(post /containers/broken/start)" != 204 ]
	[ "$(post /containers/sound/start)" = 204 ]
}

@test "joining and leaving a network: judged as the container that results" {
	rules '[{"name": "not on outer", "rule": {"in": ["outer", {"keys": [{"var": "params.NetworkSettings.Networks"}]}]}},
		{"name": "on inner", "rule": {"and": [{"==": [{"var": "labels.inner"}, "1"]},
			{"!": {"in": ["inner", {"keys": [{"var": "params.NetworkSettings.Networks"}]}]}}]}}]'
	allow_all
	# subnets of our own: many dockerds share this host's pools
	subnet=10.213.$((RANDOM % 256))
	docker network create --subnet $subnet.0/28 inner >/dev/null
	docker network create --subnet $subnet.16/28 outer >/dev/null
	docker run -d --network inner --name web --label inner=1 busybox sleep 3600 >/dev/null
	end_allow_all
	plugin
	outer=$(docker network inspect -f '{{.Id}}' outer)
	for network in outer "$outer" "${outer:0:8}" %6futer; do
		[ "$(post "/networks/$network/connect" '{"Container": "web"}')" = 403 ]
		[ "$(post "/networks/$network/connect" '{"container": "web", "EndpointConfig": {}}')" = 403 ]
	done
	[ "$(post "/networks/outer/connect" '{"Container": "'"$(docker inspect -f '{{.Id}}' web)"'"}')" = 403 ]
	[ "$(post /networks/inner/disconnect '{"Container": "web", "Force": true}')" = 403 ]
	[ "$(docker inspect -f '{{len .NetworkSettings.Networks}}' web)" = 1 ]
	stop_enforcer
	allow_all
	docker rm -f web >/dev/null
	docker network rm inner outer >/dev/null
	end_allow_all
}

@test "generated lives: nothing runs that breaks the rules, by what the kernel says, and nothing is refused without cause" {
	folder=$WORK/folder
	mkdir "$folder"
	allow_all
	"$DE_TESTS/differential/lives" prepare "$AUTHZ_DIR/docker.sock" "$folder"
	end_allow_all
	sed "s|FOLDER|$folder|" "$DE_TESTS/differential/lives.json" >"$RULES/rules.json"
	plugin WHITE_LIST=
	run "$DE_TESTS/differential/lives" run "$AUTHZ_DIR/docker.sock" "$folder" "${DE_LIVES:-250}"
	echo "$output"
	[ "$status" = 0 ]
}

@test "groups: a start counts as if it were done, also many at once: exactly so many run" {
	rules '[{"name": "five per team", "per": {"var": "labels.team"}, "rule": {">": [{"var": "group.count"}, 5]}},
		{"name": "memory per team", "per": {"var": "labels.team"}, "rule": {">": [{"var": "group.limits.memory"}, {"bytes": "1GiB"}]}}]'
	for i in $(seq 12); do earlier "c$i" -l team=red -m 8m; done
	earlier large -l team=blue -m 800m
	plugin
	for i in $(seq 12); do post "/containers/c$i/start" >/dev/null & done
	wait $(jobs -p | grep -vx "$ENFORCER")
	[ "$(docker ps -q | wc -l)" = 5 ]
	# creating is judged as if it ran, too; others are not concerned
	run docker create -l team=red --network none busybox true
	[[ "$output" == *"five per team"* ]]
	docker create --name b1 -l team=blue --network none -m 300m busybox sleep 600
	docker start large
	run docker start b1
	[[ "$output" == *"memory per team"* ]]
	run docker update -m 1100m --memory-swap -1 large
	[[ "$output" == *"memory per team"* ]]
	# a place that is given up can be taken
	docker kill "$(docker ps -q -f label=team=red | head -1)"
	left=$(docker ps -a --format '{{.Names}}' -f status=created -f label=team=red | head -1)
	await docker start "$left"
}

limits='[{"name": "memory", "rule": {"or": [{"==": [{"var": "params.HostConfig.Memory"}, 0]}, {">": [{"var": "params.HostConfig.Memory"}, {"bytes": "64MiB"}]}]},
	"action": "update", "update": {"Memory": "32MiB", "MemorySwap": {"*": [2, {"bytes": "32MiB"}]}}},
	{"name": "processes", "rule": {"!": [{"var": "params.HostConfig.PidsLimit"}]}, "action": "update", "update": {"PidsLimit": 50, "RestartPolicy": {"Name": "no"}}},
	{"name": "privileged", "rule": {"var": "params.HostConfig.Privileged"}}]'

limits_of() { # "memory swap processes restart", as inspect and the kernel show them
	docker inspect -f '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.PidsLimit}} {{.HostConfig.RestartPolicy.Name}}' "$1"
}

@test "update: what is made without limits has those of the rules before its client knows of it, and never runs without" {
	rules "$limits"
	earlier old
	earlier mine -m 48m --pids-limit 7
	allow_all
	docker run -d --network none --name frozen busybox sleep 3600 >/dev/null
	docker pause frozen >/dev/null
	end_allow_all
	plugin AUDIT_LOG="$WORK/audit"
	# several rules, though the first would be enough to report
	docker create --network none --restart always --name fresh busybox sleep 3600 >/dev/null
	[ "$(limits_of fresh)" = "33554432 67108864 50 no" ]
	docker run -d --network none --name run busybox sleep 3600 >/dev/null
	[ "$(limits_of run)" = "33554432 67108864 50 no" ]
	[ "$(cat "/sys/fs/cgroup/$(awk -F: '$2 ~ /memory/ || $1 == 0 && $2 == "" {print ($2 == "" ? "" : "memory") $3; exit}' "/proc/$(docker inspect -f '{{.State.Pid}}' run)/cgroup")/memory.limit_in_bytes")" = 33554432 ] ||
		[ ! -e /sys/fs/cgroup/memory/memory.limit_in_bytes ]
	# what was there before: when it is to run
	[ "$(limits_of old)" = "0 0 <nil> no" ]
	[ "$(post /containers/old/start)" = 204 ]
	[ "$(limits_of old)" = "33554432 67108864 50 no" ]
	[ "$(post /containers/frozen/unpause)" = 204 ]
	[ "$(limits_of frozen)" = "33554432 67108864 50 no" ]
	# limits of one's own stay
	[ "$(post /containers/mine/start)" = 204 ]
	[ "$(limits_of mine)" = "50331648 100663296 7 no" ]
	# nobody asks for more, nor hides behind an update what is refused
	[ "$(post /containers/mine/update '{"Memory": 1073741824, "MemorySwap": -1}')" = 403 ]
	refused docker create --privileged --network none busybox true
	# what an engine refuses is refused when it is to run
	rules '[{"name": "memory", "rule": {"==": [{"var": "params.HostConfig.Memory"}, 0]}, "action": "update", "update": {"Memory": 5}}]'
	kill -HUP "$ENFORCER"
	await logged "rules reloaded"
	docker create --network none --name never busybox sleep 3600 >/dev/null
	grep -q "ERROR authorization: container .*: the limits that a rule sets could not be set.*Minimum memory limit" "$LOG"
	refused docker start never
	[ "$(docker inspect -f '{{.State.Running}}' never)" = false ]
}

refused() {
	run "$@"
	[ "$status" != 0 ]
	[[ "$output" == *"authorization denied"* ]]
}

@test "update: many starts at once, and updates back at once: the limits stay" {
	rules "$limits"
	for i in $(seq 8); do earlier "c$i"; done
	plugin RUN_UPDATE_EVENTS=True
	for i in $(seq 8); do
		post "/containers/c$i/start" >/dev/null &
		post "/containers/c$i/update" '{"Memory": 1073741824, "MemorySwap": -1}' >/dev/null &
	done
	wait $(jobs -p | grep -vx "$ENFORCER")
	for i in $(seq 8); do [ "$(limits_of "c$i")" = "33554432 67108864 50 no" ]; done
}
