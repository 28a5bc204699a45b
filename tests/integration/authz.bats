# The authorization plugin, in front of a dockerd of its own: what is judged, and how.
bats_require_minimum_version 1.5.0
load helper
load plugin

@test "KILL refuses with the rule's words before the container exists, and notes it" {
	rules "$no_privileges"
	plugin
	run docker run --network none --name bad --privileged busybox true
	[ "$status" = 125 ]
	[[ "$output" == *"authorization denied by plugin $PLUGIN: /bad must not be privileged"* ]]
	[ "$(docker ps -aq | wc -l)" = 0 ]
	shows / '.detections[0] | [.id, .name, .violated_rule, .source, .owner, .count] == ["bad", "/bad", "no privileges", "authz_plugin", "[unknown]", 1]'
	docker run --rm --network none busybox true
	[ "$(sample 'docker_enforcer_authz_decisions_total{decision="refused"}')" = 1 ]
}

@test "WARN allows and notes; a rule in kill mode refuses all the same" {
	rules '[{"name": "no privileges", "rule": {"var": "params.HostConfig.Privileged"}},
	        {"name": "no init", "rule": {"var": "params.HostConfig.Init"}, "mode": "kill"}]'
	plugin MODE=WARN
	docker create --network none --name warned --privileged busybox true
	shows / '.detections[0].name == "/warned"'
	logged "allowed in WARN mode"
	run docker run --rm --network none --init busybox true
	[[ "$output" == *"denied by plugin $PLUGIN: no init"* ]]
}

@test "STOP_ON_FIRST_VIOLATION: one rule's name or all" {
	rules '[{"name": "a", "rule": {"var": "params.HostConfig.Privileged"}}, {"name": "b", "rule": true}]'
	plugin
	[ "$(ask "$(create_message '{"HostConfig": {"Privileged": true}}')" | jq -r .Msg)" = "a" ]
	stop_enforcer
	plugin STOP_ON_FIRST_VIOLATION=False
	[ "$(ask "$(create_message '{"HostConfig": {"Privileged": true}}')" | jq -r .Msg)" = "a, b" ]
}

@test "every spelling of the same request is judged alike" {
	rules "$no_privileges"
	plugin
	p='{"Image": "busybox", "Cmd": ["true"], "HostConfig": {"Privileged": true}}'
	for path in /v1.41/containers/%63reate /v1%2e41/containers%2fcreate /containers/create /v1.12/containers/create /v01.41/containers/create; do
		[ "$(create "$p" ?name=x "$path")" = 403 ]
	done
	for b in '{"Image": "busybox", "Cmd": "true", "hostconfig": {"PRIVILEGED": true}}' \
		'{"Image": "busybox", "Cmd": "true", "Ho\u017ftConfig": {"Privileged": true}}' \
		'{"Image": "busybox", "Cmd": "true", "HoſtConfig": {"Privileged": true}}' \
		'{"Image": "busybox", "Cmd": "true", "\u0048ostConfig": {"Pr\u0069vileged": true}}'; do
		[ "$(create "$b")" = 403 ]
		grep -q "must not be privileged" "$WORK/answer"
	done
	# what could mean two things is refused whatever it would mean
	for b in '{"Image": "busybox", "HostConfig": {}, "hostconfig": {"Privileged": true}}' '{"Image": "busybox"} {"a": 1}' \
		'{"Image": "busybox", "Image": "busybox"}' '{"Image": "busybox", "x": "'$'\xff''"}' '{"Image": "busybox", "Cmd": 5}' ''; do
		[ "$(create "$b")" = 403 ]
		grep -qE "with certainty|no request body" "$WORK/answer"
	done
	head -c 1100000 /dev/zero | tr '\0' ' ' >"$WORK/large"
	echo "$p" >>"$WORK/large"
	[ "$(create "@$WORK/large")" = 403 ]
	# how much of it plugins are shown was raised, in stable series too: CVE-2026-34040
	grep -qE "smaller than 1 MiB|must not be privileged" "$WORK/answer"
	[ "$(docker ps -aq | wc -l)" = 0 ]
	# what is beside HostConfig counts with engines up to 26
	if speaks 1.46; then
		[ "$(create '{"Image": "busybox", "Cmd": "true", "Privileged": true}' ?name=plain)" = 201 ]
		[ "$(docker inspect -f '{{.HostConfig.Privileged}}' plain)" = false ]
	else
		[ "$(create '{"Image": "busybox", "Cmd": "true", "Privileged": true}')" = 403 ]
		grep -q "must not be privileged" "$WORK/answer"
	fi
}

@test "ambiguity is refused in KILL mode only, whatever DEFAULT_ACTION_ALLOW says" {
	plugin MODE=WARN DEFAULT_ACTION_ALLOW=False
	[ "$(create '{"Image": "busybox", "Cmd": ["true"], "cmd": ["true"]}')" = 201 ]
	stop_enforcer
	plugin DEFAULT_ACTION_ALLOW=True
	[ "$(create '{"Image": "busybox", "Cmd": ["true"], "cmd": ["true"]}')" = 403 ]
}

@test "mounts: by volumes made earlier, VolumesFrom, dots and links" {
	rules '[{"name": "etc", "rule": {"some": [{"var": "mounts"}, {"path_within": [{"var": "resolved"}, "/etc"]}]}}]'
	plugin MODE=WARN
	docker volume create -o type=none -o o=bind -o device=/etc sneaky
	docker create --network none --name holder -v sneaky:/e busybox true
	stop_enforcer
	ln -s /etc "$WORK/link"
	plugin
	for options in "-v /etc:/e" "-v sneaky:/e" "--volumes-from holder" "-v /opt/../etc/ssl:/e" "-v $WORK/link:/e" \
		"--mount type=bind,src=/etc,dst=/e" "--mount type=volume,src=sneaky,dst=/e" \
		"--mount type=volume,src=new,dst=/e,volume-opt=type=none,volume-opt=o=bind,volume-opt=device=/etc"; do
		run docker create --network none $options busybox true
		[[ "$output" == *"denied by plugin $PLUGIN: etc"* ]]
	done
	docker create --network none -v plain:/e -v /opt:/o busybox true
}

@test "update, rename and an old start are judged as the container that would result" {
	rules '[{"name": "memory", "rule": {"!": [{"<=": [1, {"var": "params.HostConfig.Memory"}, {"bytes": "64MiB"}]}]}},
	        {"name": "names", "rule": {"starts_with": [{"var": "name"}, "/docker-enforcer"]}},
	        {"name": "no privileges", "rule": {"var": "params.HostConfig.Privileged"}}]'
	plugin WHITE_LIST=
	docker create --network none --name box -m 32m busybox sleep 100
	docker update -m 64m --memory-swap 64m box
	run docker update -m 65m --memory-swap 65m box
	[[ "$output" == *"denied by plugin $PLUGIN: memory"* ]]
	docker rename box box2
	run docker rename box2 docker-enforcer
	[[ "$output" == *"denied by plugin $PLUGIN: names"* ]]
	run curl -s --unix-socket "$AUTHZ_DIR/docker.sock" -X POST -H 'Content-Type: application/x-www-form-urlencoded' \
		-d name=docker-enforcer 'http://d/containers/box2/rename?name=good'
	[[ "$output" == *"a form, whose fields dockerd would read"* ]]
	# dockerd goes by the first Content-Type, and shows plugins the last
	printf 'POST /containers/box2/rename?name=good HTTP/1.1\r\nHost: d\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n14\r\nname=docker-enforcer\r\n0\r\n\r\n' >"$WORK/raw"
	run python3 -c 'import sys; sys.path.insert(0, sys.argv[1]); from common import exchange; print(exchange(sys.argv[2], open(sys.argv[3], "rb").read()))' \
		"$DE_TESTS/differential" "$AUTHZ_DIR/docker.sock" "$WORK/raw"
	[[ "$output" == *"a body that cannot be seen"* ]]
	curl -sf --unix-socket "$AUTHZ_DIR/docker.sock" -X POST 'http://d/containers/box2/rename?name=box3'
	docker rename box3 box2
	[ "$(create '{"HostConfig": {"Memory": 33554432, "Privileged": true}}' "" /v1.20/containers/box2/start)" = 403 ]
	[ "$(create '{"Memory": 33554432, "Privileged": true}' "" /v1.20/containers/box2/start)" = 403 ]
	head -c 1100000 /dev/zero | tr '\0' ' ' >"$WORK/large"
	echo '{"Memory": 33554432, "Privileged": true}' >>"$WORK/large"
	[ "$(create "@$WORK/large" "" /v1.20/containers/box2/start)" = 403 ]
	[ "$(create '{"Memory": 33554432, "VolumesFrom": ["box2"]}' "" /v1.20/containers/box2/start)" = 403 ]
	[ "$(docker inspect -f '{{.HostConfig.Memory}} {{.HostConfig.Privileged}}' box2)" = "67108864 false" ]
	[ "$(create '{"Memory": 33554432}' "" /v1.20/containers/box2/start)" = "$(speaks 1.20 && echo 204 || echo 400)" ]
	docker rm -f box2
	docker create --network none --name box -m 32m --device /dev/null busybox sleep 100
	docker start box
	# what an update cannot change stays, whatever its body says
	rules '[{"name": "devices", "rule": {"length": [{"var": "params.HostConfig.Devices"}]}}]'
	kill -HUP "$ENFORCER"
	await logged 'rules reloaded'
	[ "$(create '{"Memory": 33554432, "MemorySwap": 33554432, "Devices": []}' "" /containers/box/update)" = 403 ]
}

@test "request rules: methods, paths, queries, bodies and users; not the enforcer's own calls" {
	cat >"$RULES/request_rules.json" <<-'END'
		[{"name": "no cp", "rule": {"matches": [{"var": "ParsedUri.endpoint"}, "^/containers/test[^/]*/archive$"]}},
		 {"name": "no privileged exec", "rule": {"and": [{"matches": [{"var": "ParsedUri.endpoint"}, "/exec$"]}, {"var": "RequestBody.Privileged"}]}},
		 {"name": "only bob removes", "rule": {"and": [{"==": [{"var": "RequestMethod"}, "DELETE"]}, {"!=": [{"var": "User"}, "bob"]}]}, "message": "{User} is not bob"},
		 {"name": "no looking", "rule": {"and": [{"==": [{"var": "RequestMethod"}, "GET"]}, {"matches": [{"var": "ParsedUri.endpoint"}, "^/containers/[^/]+/json$"]}]}}]
	END
	rules '[{"name": "never", "rule": false}]'
	plugin
	docker create --network none --name test1 busybox sleep 100
	docker start test1
	run docker cp test1:/bin/busybox "$WORK/x"
	[[ "$output" == *"denied by plugin $PLUGIN: no cp"* ]]
	run curl -s --unix-socket "$AUTHZ_DIR/docker.sock" --path-as-is 'http://d/v1.41/containers/te%73t1/archive?path=/bin'
	[[ "$output" == *"no cp"* ]]
	[ "$(create '{"Cmd": ["true"], "privileged": true}' "" /containers/test1/exec)" = 403 ]
	[ "$(create '{"Cmd": ["true"]}' "" /containers/test1/exec)" = 201 ]
	run docker rm -f test1
	[[ "$output" == *" is not bob"* ]]
	[ "$(ask '{"RequestMethod": "DELETE", "RequestUri": "/containers/x", "User": "bob", "UserAuthNMethod": "TLS"}' | jq .Allow)" = true ]
	run docker inspect --type container test1
	[[ "$output" == *"no looking"* ]]
	# what the rule forbids everybody else the enforcer itself has done
	await shows /containers 'any(.name == "/test1")'
	[ "$(sample 'docker_enforcer_detections_total{rule="no cp"}')" = 2 ]
}

@test "request rules see what a request names, however it does" {
	echo '[{"name": "hands off", "rule": {"and": [{"in": [{"var": "endpoint"}, ["exec_create", "exec_start", "container_kill", "container_remove", "network_connect"]]},
	                 {"==": [{"val": ["target", "labels", "com.example.role"]}, "database"]}]}, "message": "hands off {target.name}"},
	                {"name": "exempt", "rule": {"and": [{"==": [{"var": "endpoint"}, "container_stop"]}, {"var": "target.exempt"}]}},
	                {"name": "volume", "rule": {"and": [{"==": [{"var": "target.kind"}, "volume"]}, {"==": [{"var": "target.labels.keep"}, "yes"]}, {"==": [{"var": "endpoint"}, "volume_remove"]}]}},
	                {"name": "network", "rule": {"and": [{"==": [{"var": "target.kind"}, "network"]}, {"==": [{"var": "target.name"}, "inner"]}, {"==": [{"var": "endpoint"}, "network_remove"]}]}},
	                {"name": "force", "rule": {"and": [{"==": [{"var": "endpoint"}, "volume_remove"]}, {"var": "flags.force"}]}}]' >"$RULES/request_rules.json"
	plugin WHITE_LIST=spared
	id=$(docker run -d --network none --name base --label com.example.role=database busybox sleep 900)
	docker run -d --network none --name spared busybox sleep 900
	docker volume create --label keep=yes kept
	docker volume create other
	docker network create --subnet 10.213.1.0/29 inner
	for name in base "$id" "${id:0:12}"; do
		for command in "exec $name true" "kill $name" "rm -f $name" "network connect inner $name"; do
			run docker $command
			[[ "$output" == *"hands off base"* ]]
		done
	done
	run docker stop spared
	[[ "$output" == *"exempt"* ]]
	run docker volume rm kept
	[[ "$output" == *"volume"* ]]
	run docker network rm "$(docker network ls -qf name=inner)"
	[[ "$output" == *"network"* ]]
	for spelling in force=1 force=yes "force=%20x" force=00 "%66orce=T"; do
		[[ "$(curl -s --unix-socket "$AUTHZ_DIR/docker.sock" -X DELETE "http://docker/volumes/other?$spelling")" == *"denied"*"force"* ]]
	done
	for spelling in force=0 force=No "force=%C2%A0none" force=; do
		docker volume create other
		curl -sf --unix-socket "$AUTHZ_DIR/docker.sock" -X DELETE "http://docker/volumes/other?$spelling"
	done
	stop_enforcer
	allow_all
	docker network rm inner
	end_allow_all
}

@test "request rules forbid others to stop, kill and pause; the enforcer's own actions pass its own plugin" {
	echo '[{"name": "hands off", "rule": {"matches": [{"var": "ParsedUri.endpoint"}, "^/containers/[^/]+/(stop|kill|pause)$"]}}]' >"$RULES/request_rules.json"
	plugin RUN_PERIODIC=True CHECK_INTERVAL_S=1
	for name in stop kill pause; do container "$name"; done
	for name in stop kill pause; do
		run docker "$name" "$name"
		[[ "$output" == *"denied by plugin $PLUGIN: hands off"* ]]
	done
	rules '[{"name": "s", "rule": {"==": [{"var": "name"}, "/stop"]}, "action": "stop"},
	        {"name": "k", "rule": {"==": [{"var": "name"}, "/kill"]}, "action": "kill"},
	        {"name": "p", "rule": {"==": [{"var": "name"}, "/pause"]}, "action": "pause"}]'
	kill -HUP "$ENFORCER"
	await sample_is containers_stopped_total 3
	not_running stop
	not_running kill
	paused pause
	[ "$(sample docker_enforcer_authz_own_total)" -ge 3 ]
	[ "$(sample 'docker_enforcer_authz_decisions_total{decision="refused"}')" = 3 ]
}

@test "the owner is the TLS user; LOG_AUTHZ_REQUESTS names user, method and target" {
	rules "$no_privileges"
	plugin LOG_AUTHZ_REQUESTS=True
	ask "$(create_message '{"Image": "busybox", "HostConfig": {"Privileged": true}}' mine alice)"
	shows / '.detections[0].owner == "alice"'
	logged "[AUTHZ_REQ] user: alice, method: POST, uri: /v1.41/containers/create?name=mine"
}

@test "position is the place that the new container would take" {
	rules '[{"name": "no more than 2", "rule": {">=": [{"var": "position"}, 2]}}]'
	plugin
	container one
	container two
	await contained 2
	run docker run -d --network none busybox sleep 100
	[[ "$output" == *"no more than 2"* ]]
}

@test "exemptions: white lists and whitelist rules count here, and names are warned of" {
	rules "$no_privileges"
	echo '[{"name": "by image", "rule": {"==": [{"var": "image"}, "trusted:1"]}},
	       {"name": "by owner", "rule": {"==": [{"var": "owner"}, "ops"]}}]' >"$RULES/whitelist_rules.json"
	plugin WHITE_LIST=named
	logged "WHITE_LIST=named goes by names, which users choose"
	docker tag busybox trusted:1
	docker create --network none --privileged --name named busybox true
	docker create --network none --privileged trusted:1 true
	[ "$(ask "$(create_message '{"Image": "a", "HostConfig": {"Privileged": true}}' x ops)" | jq .Allow)" = true ]
	run docker create --network none --privileged --name other busybox true
	[[ "$output" == *"must not be privileged"* ]]
}

@test "a rule that fails refuses, with its error" {
	rules '[{"name": "broken", "rule": {"throw": "oh"}}]'
	plugin
	run docker create --network none busybox true
	[[ "$output" == *"broken (the rule failed: oh)"* ]]
}

@test "what docker's client does all day is allowed when no rule forbids it" {
	rules "$no_privileges"
	echo '[{"name": "no plugins", "rule": {"starts_with": [{"var": "ParsedUri.endpoint"}, "/plugins/"]}}]' >"$RULES/request_rules.json"
	plugin
	docker version
	docker info
	docker run --rm -i --network none -e A=1 --env B=ü -l x=y -v vol:/v -v /tmp:/t:ro --tmpfs /run --mount type=bind,src=/tmp,dst=/m \
		--cap-add CHOWN --cap-drop ALL -m 64m --memory-swap 128m --memory-reservation 32m --cpus 0.5 --cpu-shares 100 --pids-limit 50 \
		--ulimit nofile=100:200 --read-only --user 1000:1000 --workdir / --hostname h --add-host a:1.2.3.4 --dns 1.1.1.1 \
		--restart no --stop-signal INT --stop-timeout 1 --security-opt no-new-privileges --log-driver json-file --log-opt max-size=1m \
		--health-cmd true --health-interval 5s --shm-size 8m --init --expose 80 --label-file /dev/null \
		--entrypoint sh busybox -c 'true' <<<"x"
	docker create --network none --name box busybox sleep 100
	docker start box
	docker update --cpus 0.7 -m 100m --memory-swap 100m --pids-limit 20 --restart on-failure:3 box
	docker exec -e X=1 -w / -u 0 box true
	docker exec -i box cat <<<"hello" | grep hello
	docker cp "$LOG" box:/tmp/log
	docker cp box:/tmp/log "$WORK/back"
	docker logs box
	docker top box
	docker diff box
	docker rename box box2
	docker pause box2
	docker unpause box2
	docker commit box2 committed
	docker export box2 >"$WORK/export.tar"
	docker import - imported <"$WORK/export.tar"
	docker tag imported imported:2
	docker save busybox | docker load
	mkdir "$WORK/context"
	printf 'FROM busybox\nCOPY file /file\nLABEL a=b\n' >"$WORK/context/Dockerfile"
	echo x >"$WORK/context/file"
	DOCKER_BUILDKIT=0 docker build --network none -t built "$WORK/context"
	docker history built
	docker image rm built imported:2
	docker volume create --label a=b v2
	docker volume inspect v2
	docker volume rm v2
	docker network ls
	docker restart -t 0 box2
	docker kill box2
	docker wait box2
	docker rm box2
	docker system df
	docker container prune -f
	[ "$(sample 'docker_enforcer_authz_decisions_total{decision="allowed"}')" -gt 50 ]
	not grep -q "refused" "$LOG"
	[ "$(sample 'docker_enforcer_authz_decisions_total{decision="refused"}')" = 0 ]
}

@test "generated requests against the daemon: none gets past, none is refused without cause" {
	cp "$DE_TESTS/differential/policy.json" "$RULES/rules.json"
	plugin WHITE_LIST=
	further_dockerd
	"$DE_ROOT/deploy/private-dockerd" start "$FURTHER"
	run "$DE_TESTS/differential/requests" "$DE_BIN" "$AUTHZ_DIR/docker.sock" "$FURTHER/docker.sock" "${DE_REQUESTS:-400}"
	echo "$output"
	[ "$status" = 0 ]
}
