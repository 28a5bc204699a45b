# The packs against a real dockerd: whom they serve is served, and what leads to the host is refused in every spelling.
bats_require_minimum_version 1.5.0
load helper
load plugin

pack() { # pack NAME
	cp "$DE_ROOT/rules/packs/$1"/*rules.json "$RULES"
	plugin WHITE_LIST=
}

# Fails where dockerd says that the plugin refused; what else may be wrong with it is not the pack's.
served() {
	run "$@" </dev/null
	[[ "$output" != *"authorization denied"* ]] || {
		printf '%s\n%s\n' "$*" "$output" >&2
		return 1
	}
}

@test "shared-host: a day's work with docker's client is served" {
	mkdir -p /srv/shared/de-bats
	pack shared-host
	served docker version
	served docker info
	# a subnet of our own: many dockerds share this host's pools
	served docker network create --subnet 172.30.$((RANDOM % 256)).0/28 net-a
	[ "$status" = 0 ]
	served docker volume create vol-a
	served docker run -d --name h1 --network none busybox sleep 300
	served docker run -d --name h2 --network net-a --network-alias web -p 127.0.0.1:$((PORT + 1)):80 -e A=1 -l team=red -m 64m --cpus 0.5 --pids-limit 100 busybox sleep 300
	served docker run --rm --network none -v vol-a:/data -v /srv/shared/de-bats:/src:ro -w /src --user 1000:1000 busybox true
	served docker run --rm --network none --mount type=bind,source=/srv/shared/de-bats,target=/src --mount type=volume,target=/cache --tmpfs /tmp:size=16m busybox true
	served docker run --rm --network none --read-only --cap-drop ALL --cap-add NET_BIND_SERVICE --security-opt no-new-privileges busybox true
	served docker run --rm --network none --init --hostname hh --ulimit nofile=1024 --shm-size 32m --log-opt max-size=1m --stop-timeout 5 busybox true
	served docker create --name h4 --network none busybox true
	for command in "start -a h4" "stop -t 1 h1" "start h1" "restart -t 1 h1" "pause h1" "unpause h1" "rename h4 h5" "update -m 128m --memory-swap 256m h2" \
		"exec h1 true" "exec -u 1000 -w /tmp -e X=1 h1 true" "logs --tail 5 h1" "top h1" "stats --no-stream h1" "diff h1" "inspect h1" "port h2" "ps -a" "images" \
		"cp h1:/bin/busybox $WORK/" "cp $WORK/busybox h1:/tmp/" "network disconnect net-a h2" "network connect net-a h2" "network inspect net-a" "network ls" \
		"volume inspect vol-a" "volume ls" "commit h1 hon:1" "tag hon:1 hon:2" "history hon:1" "save -o $WORK/x.tar hon:1" "load -i $WORK/x.tar" \
		"export -o $WORK/y.tar h1" "import $WORK/y.tar imp:1" "system df" "events --since 1m --until 0s" "kill h1" "rm -f h1" "rm h5" "rm -fv h2" "rmi imp:1 hon:2 hon:1" "volume rm vol-a" "network rm net-a"; do
		served docker $command
		[ "$status" = 0 ] || {
			printf '%s\n%s\n' "$command" "$output" >&2
			return 1
		}
	done
	rmdir /srv/shared/de-bats
}

@test "shared-host: what docker's client asks for beyond that is refused, with a word on what to do" {
	pack shared-host
	docker create --name base --network none busybox true >/dev/null
	while IFS='|' read -r words command; do
		run docker $command </dev/null
		[[ "$output" == *"authorization denied"*"$words"* ]] || {
			printf '%s\n%s\n' "$command" "$output" >&2
			return 1
		}
	done <<-'END'
		privileged is not served|create --privileged busybox
		security-opt|create --security-opt seccomp=unconfined busybox
		--pid|create --pid container:base busybox
		--pid|create --network host busybox
		cap-add|create --cap-add sys_ptrace busybox
		devices and GPUs|create --gpus all busybox
		devices and GPUs|create --device /dev/null busybox
		/srv/shared|create -v /home:/h busybox
		/srv/shared|create -v /srv/shared/../../etc:/h:ro busybox
		TESTCONTAINERS_RYUK_DISABLED|create -v /var/run/docker.sock:/srv/shared/docker.sock busybox
		volumes-from|create --volumes-from base busybox
		from 1024 on|create -p 80:80 busybox
		cgroup-parent|create --cgroup-parent /docker busybox
		oom-score-adj|create --oom-score-adj -10 busybox
		log driver|create --log-driver syslog busybox
		builds are not served|build -
		not served on this shared host|container prune -f
		not served on this shared host|plugin install x
		not served on this shared host|swarm init
		driver bridge|network create -d macvlan -o parent=lo mv
		within 172.30.0.0/16|network create --subnet 10.0.0.0/8 big
		without --driver and --opt|volume create -o type=none -o o=bind -o device=/etc etc
		privileged is not served|exec --privileged base true
	END
}

@test "no-host-takeover: the engine's own folders, wherever they are" {
	mkdir -p /srv/de-bats
	pack no-host-takeover
	for path in "$AUTHZ_DIR" "$AUTHZ_DIR/data/volumes" "$AUTHZ_DIR/docker.sock" / /run /var/run/docker.sock /var; do
		[ "$(create '{"Image": "busybox", "Cmd": ["true"], "HostConfig": {"Binds": ["'"$path"':/x"]}}')" = 403 ]
	done
	# and with all paths of the host allowed
	jq 'map(select(.name != "takeover: host paths"))' "$RULES/rules.json" >"$WORK/fewer" && mv "$WORK/fewer" "$RULES/rules.json"
	stop_enforcer
	plugin WHITE_LIST=
	for path in "$AUTHZ_DIR" "$AUTHZ_DIR/data/volumes" "$AUTHZ_DIR/docker.sock" / /run /var/run/docker.sock; do
		[ "$(create '{"Image": "busybox", "Cmd": ["true"], "HostConfig": {"Binds": ["'"$path"':/x"]}}')" = 403 ]
		grep -q "folders or sockets" "$WORK/answer"
	done
	[ "$(create '{"Image": "busybox", "Cmd": ["true"], "HostConfig": {"Binds": ["/srv/de-bats:/x"]}}')" = 201 ]
	rmdir /srv/de-bats
}

@test "no-host-takeover: the host's namespaces through who has joined them" {
	docker() { command docker "$@"; }
	rules '[]'
	plugin WHITE_LIST=
	docker run -d --name hosted --network host --pid host --ipc host busybox sleep 300
	docker run -d --name joined --network container:hosted --pid container:hosted --ipc container:hosted busybox sleep 300
	stop_enforcer
	pack no-host-takeover
	for mode in '"NetworkMode": "container:hosted"' '"NetworkMode": "container:joined"' '"PidMode": "container:/joined"' '"IpcMode": "container:joined"'; do
		[ "$(create '{"Image": "busybox", "Cmd": ["true"], "HostConfig": {'"$mode"'}}')" = 403 ]
	done
}

@test "what is exempt is not for others to use" {
	rules '[]'
	plugin WHITE_LIST=
	docker run -d --name theirs --network none --security-opt seccomp=unconfined busybox sleep 300
	docker run -d --name ours --network none busybox sleep 300
	stop_enforcer
	for name in shared-host no-host-takeover; do
		echo '[{"name": "ops", "rule": {"and": [{"==": [{"var": "name"}, "/theirs"]}, {"in": [{"var": "violated_rule"}, ["protection", "unconfined"]]}]}}]' >"$RULES/whitelist_rules.json"
		pack $name
		for command in "exec theirs true" "cp theirs:/bin/busybox $WORK/" "commit theirs x" "stop theirs" "rename theirs x" "rm -f theirs"; do
			run docker $command
			[[ "$output" == *"denied"*"theirs is the administrator's"* ]]
		done
		run docker create --name docker-enforcer busybox
		[[ "$output" == *"no container may be called docker-enforcer"* ]]
		docker inspect theirs >/dev/null
		docker exec ours true
		stop_enforcer
	done
}

@test "all packs together, by links: no name stands for two rules" {
	for kind in rules request_rules; do
		mkdir "$RULES/$kind.d"
		for file in "$DE_ROOT"/rules/packs/*/$kind.json; do ln -s "$file" "$RULES/$kind.d/$(basename "$(dirname "$file")").json"; done
	done
	run -0 "$DE_BIN" check "$RULES"
	[ "$(ls "$RULES/rules.d" | wc -l)" -gt 4 ]
}
