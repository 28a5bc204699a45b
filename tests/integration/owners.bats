# Whose things are: three people with client certificates, and a container that acts for one of them, on a dockerd
# behind tlsverify and the plugin; kept across restarts; another's things refused in every spelling.
bats_require_minimum_version 1.5.0
load helper
load plugin

setup_file() {
	take_slot
	AUTHZ_DIR=$(mktemp -d "${TMPDIR:-/var/tmp}/de-docker-XXXXXX")
	TLS_PORT=$((10000 + DE_SLOT * 200 + 199))
	export PLUGIN=de-bats AUTHZ_DIR TLS_PORT DOCKER_HOST=unix://$AUTHZ_DIR/docker.sock SOCKET=$AUTHZ_DIR/plugins/de-bats.sock
	certificates "$AUTHZ_DIR" server alice bob root container:agent
	mkdir "$AUTHZ_DIR/plugins"
	allow_all
	start_dockerd
	end_allow_all
}

start_dockerd() {
	"$DE_ROOT/deploy/private-dockerd" start "$AUTHZ_DIR" --authorization-plugin="$PLUGIN" -H "tcp://127.0.0.1:$TLS_PORT" --tlsverify \
		--tlscacert "$AUTHZ_DIR/ca.pem" --tlscert "$AUTHZ_DIR/server-cert.pem" --tlskey "$AUTHZ_DIR/server-key.pem" >&2
}

as() { # as PERSON COMMAND…: docker's client with that certificate
	docker -H "tcp://127.0.0.1:$TLS_PORT" --tlsverify --tlscacert "$AUTHZ_DIR/ca.pem" --tlscert "$AUTHZ_DIR/$1-cert.pem" \
		--tlskey "$AUTHZ_DIR/$1-key.pem" "${@:2}" </dev/null
}

call() { # call PERSON METHOD TARGET [BODY]: the status; the answer in $WORK/answer
	curl -s -o "$WORK/answer" -w '%{http_code}' --max-time 60 --cacert "$AUTHZ_DIR/ca.pem" --cert "$AUTHZ_DIR/$1-cert.pem" \
		--key "$AUTHZ_DIR/$1-key.pem" -X "$2" --path-as-is ${4:+-H 'Content-Type: application/json' --data-binary "$4"} "https://127.0.0.1:$TLS_PORT$3"
}

owned() { # owned OPTION…: the enforcer with own-things
	cp "$DE_ROOT"/rules/packs/own-things/*rules.json "$RULES"
	plugin STATE_DIR="$AUTHZ_DIR/state" RUN_START_EVENTS=True "$@"
}

owner_is() { # owner_is CONTAINER OWNER
	shows /containers 'any(.name == $n and .owner == $o)' --arg n "/$1" --arg o "$2"
}

kept_owner() { # kept_owner KIND ID OWNER: in the file
	[ "$(sqlite3 "$AUTHZ_DIR/state/state.db" "SELECT owner FROM owners WHERE kind = '$1' AND id = '$2' AND gone = 0")" = "$3" ]
}

refused() {
	run "$@"
	[ "$status" != 0 ]
	[[ "$output" == *"not yours"* ]] || {
		printf '%s\n%s\n' "$*" "$output" >&2
		return 1
	}
}

@test "whose a container is: known from its making, in rules, pages, metrics, audit log; across restarts of enforcer and dockerd, and a new name" {
	rules '[{"name": "bob may not", "rule": {"and": [{"==": [{"var": "owner"}, "bob"]}, {"in": [{"var": "check_source"}, ["event", "periodic"]]}]}, "mode": "warn"}]'
	echo '[{"name": "t", "log": "TOLD {violated_rule} {owner} {name}"}]' >"$RULES/triggers.json"
	# a start may be judged as what the plugin let start alone: a check comes after it
	plugin STATE_DIR="$AUTHZ_DIR/state" RUN_START_EVENTS=True RUN_PERIODIC=True CHECK_INTERVAL_S=1 AUDIT_LOG="$WORK/audit"
	as alice run -d --name a1 --network none busybox sleep 1000
	as bob run -d --name b1 --network none -v bob-data:/data -v /anonymous busybox sleep 1000
	await owner_is a1 alice
	await owner_is b1 bob
	await logged "TOLD bob may not bob /b1"
	not logged "TOLD bob may not alice"
	shows / '.detections[] | select(.name == "/b1") | .owner == "bob"'
	[ "$(jq -rs '[.[] | select(.event == "authorization" and (.uri | endswith("/start"))) | .owner] | join(" ")' "$WORK/audit")" = "alice bob" ]
	await kept_owner container "$(docker inspect -f '{{.Id}}' b1)" bob
	await kept_owner volume bob-data bob
	await kept_owner volume "$(docker inspect -f '{{range .Mounts}}{{if ne .Name "bob-data"}}{{.Name}}{{end}}{{end}}' b1)" bob
	await sample_is 'docker_enforcer_owner_containers{owner="bob"}' 1
	await shows /owners 'any(.owner == "bob" and .running == 1 and .containers == 1 and .volumes == 2 and .memory > 0 and .pids == 1 and .unlimited == 1 and .since)'
	shows /owners/alice '.running == 1 and (.now | length == 1 and .[0].name == "/a1") and any(.things[]; .kind == "container" and .made_by == "alice")'
	shows /owners/nobody '.running == 0 and .now == [] and .things == []'
	beside() { # beside COMMAND…: as an administrator has it, beside the daemon
		DOCKER_SOCKET=$DOCKER_HOST STATE_DIR=$AUTHZ_DIR/state "$DE_BIN" "$@"
	}
	beside owners --json | jq -e 'any(.owner == "bob" and .running == 1 and .volumes == 2)'
	beside owners | has -E '^alice +1 '
	beside top --once --json | jq -e 'any(.name == "/b1" and .owner == "bob")'
	as bob rename b1 b2
	await owner_is b2 bob
	as bob exec b2 true
	await kept_owner container "$(docker inspect -f '{{.Id}}' b2)" bob
	kill -KILL "$ENFORCER"
	wait "$ENFORCER" || true
	allow_all
	"$DE_ROOT/deploy/private-dockerd" stop "$AUTHZ_DIR"
	start_dockerd
	docker start b2
	end_allow_all
	plugin STATE_DIR="$AUTHZ_DIR/state" RUN_START_EVENTS=True IMMEDIATE_PERIODICAL_START=True RUN_PERIODIC=True
	await owner_is b2 bob
	await detected b2 "bob may not"
	# whoever starts it, it is his
	as alice restart -t 0 b2
	await owner_is b2 bob
	docker rm -f b2
	await kept_number container bob 0
}

kept_number() { # kept_number KIND OWNER N: so many, and not gone
	[ "$(sqlite3 "$AUTHZ_DIR/state/state.db" "SELECT count(*) FROM owners WHERE kind = '$1' AND owner = '$2' AND gone = 0")" = "$3" ]
}

@test "what is gone is nobody's any more: removed by another request, with its container, by a prune, while nobody looked" {
	plugin STATE_DIR="$AUTHZ_DIR/state"
	as alice network create --subnet 10.213.199.0/28 of-alice
	as alice volume create one
	as alice volume create kept
	as alice run --name short --network none -v kept:/k -v /anonymous busybox true
	await kept_number network alice 1
	await kept_number volume alice 3
	as alice rm -v short
	await kept_number volume alice 2
	docker run -d --name holder --network none -v kept:/k busybox sleep 1000
	docker system prune -f --volumes
	await kept_number volume alice 1
	await kept_number network alice 0
	as alice create --name left --network none busybox true
	as alice network create --subnet 10.213.199.0/28 again
	await kept_number network alice 1
	stop_enforcer
	allow_all
	docker rm -f holder left
	docker network rm again
	docker volume rm kept
	end_allow_all
	plugin STATE_DIR="$AUTHZ_DIR/state"
	for kind in container network volume; do await kept_number $kind alice 0; done
}

@test "made elsewhere: OWNER_LABEL says whose, and never whose what was made here is" {
	allow_all
	docker run -d --name labelled --network none --label team.owner=carol busybox sleep 1000
	docker run -d --name unlabelled --network none busybox sleep 1000
	docker run -d --name impostor --network none --label team.owner=container:labelled busybox sleep 1000
	end_allow_all
	plugin STATE_DIR="$AUTHZ_DIR/state" OWNER_LABEL=team.owner
	await owner_is labelled carol
	await owner_is unlabelled "[unknown]"
	shows /owners/carol '.running == 1 and .now[0].name == "/labelled"'
	shows /owners/%5Bunknown%5D '.now | any(.name == "/unlabelled")'
	as alice run -d --name written --network none busybox sleep 1000
	get_html() {
		curl -sf -H 'Accept: text/html' "http://127.0.0.1:$PORT$1"
	}
	get_html /owners | has '<a href="/owners/%5Bunknown%5D">'
	get_html /owners/alice | has '<a href="/owners/alice">'
	get_html '/owners/%3Cscript%3E' | lacks '<script>'
	await owner_is impostor "[unknown]"
	as bob run -d --name mine --network none --label team.owner=alice busybox sleep 1000
	await owner_is mine bob
}

@test "a rule that reads the owner refuses where it is not known" {
	rules '[{"name": "bob has no privileges", "rule": {"and": [{"==": [{"var": "owner"}, "bob"]}, {"var": "params.HostConfig.Privileged"}]}}]'
	plugin STATE_DIR="$AUTHZ_DIR/state"
	run docker create --network none busybox true
	[[ "$output" == *"who asks is not known, and a rule reads the owner"* ]]
	as alice create --network none --privileged busybox true
	run as bob create --network none --privileged busybox true
	[[ "$output" == *"bob has no privileges"* ]]
}

@test "own things: a day's work with one's own is served, and an administrator may all" {
	owned
	as alice run -d --name a1 --network none -v alice-data:/data busybox sleep 1000
	as alice run -d --name a2 --network container:a1 --ipc shareable --volumes-from a1 busybox sleep 1000
	as alice create --name a3 --network none --pid container:a1 --ipc container:a2 -v alice-data:/again busybox true
	for command in "exec a1 true" "logs a1" "top a1" "stats --no-stream a1" "diff a1" "inspect a1" "stop -t 0 a2" "start a2" "restart -t 0 a2" "pause a2" "unpause a2" \
		"update -m 64m --memory-swap 64m a1" "rename a3 a4" "rm a4" "cp a1:/bin/busybox $WORK/" "cp $WORK/busybox a1:/tmp/" "export -o $WORK/x.tar a1" \
		"commit a1 alice:1" "rmi alice:1" "ps -a" "images" "version" "info" "network ls" "network inspect none" "volume ls" "volume inspect alice-data" "kill a2" "rm a2"; do
		run as alice $command
		[ "$status" = 0 ] || {
			printf '%s\n%s\n' "$command" "$output" >&2
			return 1
		}
	done
	as root exec a1 true
	as root rm -f a1
	as root volume rm alice-data
	as root container prune -f
	run as alice container prune -f
	[[ "$output" == *"concerns others' things too"* ]]
	run docker ps
	[[ "$output" == *"who asks is not known"* ]]
}

@test "own things: another's are refused, by every way to name them and to have a part of them" {
	local id volume long
	owned
	as alice run -d --name Web --network none --ipc shareable -v alice-data:/data busybox sleep 1000
	id=$(as alice inspect -f '{{.Id}}' Web)
	as bob run -d --name mine --network none busybox sleep 1000
	for name in Web "/Web" "$id" "${id:0:12}" "${id:0:6}"; do
		for command in "stop $name" "kill $name" "rm -f $name" "restart $name" "start $name" "pause $name" "exec $name true" "logs $name" "attach $name" "top $name" "stats --no-stream $name" \
			"update -m 64m $name" "rename $name x" "diff $name" "inspect --type container $name" "wait $name" "export -o $WORK/x.tar $name" "commit $name stolen:1" \
			"network connect none $name" "network disconnect none $name"; do
			refused as bob $command
		done
		for way in "--volumes-from $name" "--volumes-from $name:ro" "--network container:$name" "--pid container:$name" "--ipc container:$name"; do
			refused as bob create $way busybox true
		done
	done
	refused as bob create -v alice-data:/d busybox true
	refused as bob create --mount type=volume,source=alice-data,target=/d busybox true
	refused as bob volume rm alice-data
	refused as bob volume inspect alice-data
	refused as bob volume create alice-data
	# what docker's client would not send
	while read -r method target body; do
		# 301: dockerd's answer to what is not clean, which it does not carry out
		[[ "$(call bob "$method" "$target" "$body")" =~ ^(403|301)$ ]] || {
			printf '%s %s %s\n' "$method" "$target" "$body" >&2
			cat "$WORK/answer" >&2
			return 1
		}
	done <<-END
		POST /containers/Web/stop
		POST /v1.41/%63ontainers/%57eb/stop
		POST /v1.41/containers/./Web/stop
		POST /v1.41//containers/Web/kill
		POST /v1.41/containers/mine/../Web/kill
		POST /v1.41/containers%2fWeb%2fkill
		POST /v1.41/containers/$id/stop
		DELETE /v1.24/containers/Web?force=1
		DELETE /v1.24/containers/%2fWeb?force=1
		POST /v1.41/commit?container=Web&repo=stolen
		POST /v1.41/commit?container=%57eb
		POST /v1.41/commit?container=Web&container=mine
		GET /v1.41/containers/Web/archive?path=/etc
		PUT /v1.41/containers/Web/archive?path=/tmp
		POST /v1.41/containers/Web/exec {"Cmd":["sh"]}
		POST /v1.41/containers/create {"Image":"busybox","HostConfig":{"VolumesFrom":["Web"]}}
		POST /v1.41/containers/create {"Image":"busybox","hostconfig":{"volumesfrom":["${id:0:8}:rw"]}}
		POST /v1.41/containers/create {"Image":"busybox","VolumesFrom":["Web"]}
		POST /v1.41/containers/create {"Image":"busybox","PidMode":"container:Web"}
		POST /v1.41/containers/create {"Image":"busybox","HostConfig":{"NetworkMode":"container:Web"}}
		POST /v1.41/containers/create {"Image":"busybox","HostConfig":{"Binds":["alice-data:/d"]}}
		POST /v1.41/containers/create {"Image":"busybox","HostConfig":{"Mounts":[{"Type":"volume","Source":"alice-data","Target":"/d"}]}}
		POST /v1.41/containers/create {"Image":"busybox","HostConfig":{"Links":["Web:w"]}}
		POST /v1.41/networks/none/connect {"Container":"Web"}
		POST /v1.41/networks/none/disconnect {"Container":"Web","Force":true}
		POST /v1.41/volumes/create {"name":"alice-data"}
		POST /v1.41/containers/nobodys/stop
		POST /v1.41/containers/prune
		POST /v1.41/volumes/prune
		POST /v1.41/images/prune
	END
	# an exec is whose it is, too
	[ "$(call alice POST /containers/Web/exec '{"Cmd":["true"]}')" = 201 ]
	long=$(jq -r .Id "$WORK/answer")
	[ "$(call bob GET "/exec/$long/json")" = 403 ]
	[ "$(call bob POST "/exec/$long/start" '{"Detach":true}')" = 403 ]
	[ "$(call bob POST "/exec/%${long:0:0}2e%2e/containers/Web/stop")" != 204 ]
	[ "$(call root POST /containers/Web/exec '{"Cmd":["true"]}')" = 201 ]
	long=$(jq -r .Id "$WORK/answer")
	[ "$(call alice POST "/exec/$long/start" '{"Detach":true}')" = 403 ]
	# nothing of it came true
	[ "$(docker -H "tcp://127.0.0.1:$TLS_PORT" --tlsverify --tlscacert "$AUTHZ_DIR/ca.pem" --tlscert "$AUTHZ_DIR/root-cert.pem" --tlskey "$AUTHZ_DIR/root-key.pem" \
		inspect -f '{{.Name}} {{.State.Status}} {{.State.Pid}}' Web | cut -d' ' -f1,2)" = "/Web running" ]
	# a volume's name that is free again is whoever's takes it next
	as alice volume create passing
	as alice volume rm passing
	as bob volume create passing
	refused as alice volume inspect passing
	as bob volume rm passing
}

@test "own things: an agent in a container has what it made, and nothing else of its owner's" {
	owned
	as alice run -d --name agent --network none busybox sleep 1000
	as alice run -d --name precious --network none busybox sleep 1000
	as container:agent run -d --name helper --network none -v agent-data:/data busybox sleep 1000
	as container:agent exec helper true
	await owner_is helper alice
	for command in "exec precious true" "rm -f precious" "rm -f agent" "logs agent" "create --volumes-from precious busybox true"; do
		refused as container:agent $command
	done
	as alice exec helper true
	refused as bob exec helper true
	# another container of that name is another agent
	as alice rm -f agent
	as bob run -d --name agent --network none busybox sleep 1000
	refused as container:agent exec helper true
	as bob rm -f agent
	run as container:agent create --network none busybox true
	[[ "$output" == *"who asks is not known"* ]]
}

@test "who was it: every request of many at once is in the audit log with its person" {
	plugin STATE_DIR="$AUTHZ_DIR/state" AUDIT_LOG="$WORK/audit"
	local who i
	for who in alice bob root; do
		for i in $(seq 7); do
			(for n in $(seq 40); do call "$who" GET "/v1.41/containers/json?x=$who-$i-$n"; done >/dev/null) &
		done
	done
	wait $(jobs -p | grep -vx "$ENFORCER")
	counted() {
		[ "$(jq -s '[.[] | select(.event == "authorization" and (.uri | contains("x=")))] | length' "$WORK/audit")" = 840 ]
	}
	await counted
	[ "$(jq -s '[.[] | select(.event == "authorization" and (.uri | contains("x=")) and ((.user + "-") as $w | .uri | contains("x=" + $w) | not))] | length' "$WORK/audit")" = 0 ]
}
