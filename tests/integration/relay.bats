#!/usr/bin/env bats
# The relay: who asks, by the kernel's word, and bytes that arrive as they were sent. dockerd's listener wants a client
# certificate; users made for the test ask through the relay.

load helper
load plugin

setup_file() {
	take_slot
	# where other users can reach it
	RELAY_DIR=$(mktemp -d /run/de-relay-XXXXXX)
	chmod 755 "$RELAY_DIR"
	ENGINE_PORT=$((10000 + DE_SLOT * 200 + 199))
	ANN=de-ann-$DE_SLOT BOB=de-bob-$DE_SLOT
	export RELAY_DIR ENGINE_PORT ANN BOB RELAY=unix://$RELAY_DIR/docker.sock
	useradd -M -G docker "$ANN"
	useradd -M -G docker "$BOB"
	"$DE_BIN" relay certificates "$RELAY_DIR/state/ca" >&2
	behind_plugin -H "tcp://127.0.0.1:$ENGINE_PORT" --tlsverify --tlscacert "$RELAY_DIR/state/ca/ca.pem" \
		--tlscert "$RELAY_DIR/state/ca/server-cert.pem" --tlskey "$RELAY_DIR/state/ca/server-key.pem"
}

teardown_file() {
	allow_all
	"$DE_ROOT/deploy/private-dockerd" clean "$AUTHZ_DIR"
	end_allow_all
	userdel "$ANN" || true
	userdel "$BOB" || true
	rm -rf "$RELAY_DIR"
}

relay() { # relay [OPTION]…: the enforcer as plugin and relay
	AUDIT=$WORK/audit
	plugin MODE=WARN AUDIT_LOG="$AUDIT" STATE_DIR="$RELAY_DIR/state" RUN_RELAY=True RELAY_LISTEN="$RELAY" \
		RELAY_ENGINE="127.0.0.1:$ENGINE_PORT" "$@"
}

as() { # as USER COMMAND…: with all that a login has but a session; Docker is what the relay offers
	local user=$1
	shift
	(cd / && exec setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups \
		env HOME="$RELAY_DIR" DOCKER_HOST="$RELAY" DOCKER_BUILDKIT=0 "$@")
}

# asked FILTER [JQ'S OPTIONS]: of the decisions that the audit log has, one is so
asked() {
	jq -se "map(select(.event == \"authorization\")) | any($1)" "${@:2}" "$AUDIT"
}

# Everything was asked by this user, from a process of that user id, and something was.
all_by() {
	jq -se --arg u "$1" --argjson id "$(id -u "$1")" 'map(select(.event == "authorization")) |
		length > 0 and all(.user == $u and .peer.uid == $id and .peer.pid > 0)' "$AUDIT"
}

@test "the clients: run, exec, attach, logs, events, build, save and load, through the relay, and each request is the user's" {
	relay
	docker() { as "$ANN" docker "$@"; }
	[ "$(docker run --rm --network none busybox echo hello)" = hello ]
	# an end of input goes one way: what comes after it still arrives
	[ "$(echo to the end | docker run -i --rm --network none busybox sh -c 'cat; echo and more')" = "$(printf 'to the end\nand more')" ]
	docker run -d --name work --network none busybox sh -c 'i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); echo line $i; done; exec sleep 1000'
	head -c 5000000 /dev/urandom >"$WORK/five"
	[ "$(docker exec -i work md5sum <"$WORK/five")" = "$(md5sum <"$WORK/five")" ]
	# a terminal's line ends
	mkfifo "$WORK/keys" # on which nothing ends
	exec 6<>"$WORK/keys"
	[ "$(as "$ANN" script -qec "docker exec -it work sh -c 'test -t 0 && echo terminal'" /dev/null <&6 | head -n 1)" = $'terminal\r' ]
	exec 6>&-
	await has_lines 20000 docker logs work
	(docker logs -f work | wc -l >"$WORK/followed") &
	docker events --until "$(($(date +%s) + 3))" >"$WORK/events" &
	events=$!
	await asked '.uri | test("/events")'
	docker stop -t 0 work
	wait "$events"
	grep -q "container die" "$WORK/events"
	await has_file "$WORK/followed"
	[ "$(cat "$WORK/followed")" = 20000 ]
	docker rm work
	mkdir "$WORK/context"
	head -c 100000000 /dev/urandom >"$WORK/context/large"
	printf 'FROM busybox\nCOPY large /large\nRUN md5sum /large >/sum\n' >"$WORK/context/Dockerfile"
	tar -C "$WORK/context" -c . | docker build --network none -t large - >&2
	docker save large >"$WORK/large.tar"
	docker rmi large
	docker load <"$WORK/large.tar"
	[ "$(docker run --rm --network none large sh -c 'md5sum /large | cmp - /sum && echo same')" = same ]
	unset -f docker
	all_by "$ANN"
	not asked '.uri | test("_ping") and .allowed == false'
}

has_lines() { # has_lines N COMMAND…
	[ "$("${@:2}" 2>/dev/null | wc -l)" = "$1" ]
}

@test "Compose and Python's library ask by the relay as any other client" {
	relay
	printf 'version: "2.4"\nservices:\n  one:\n    image: busybox\n    network_mode: none\n    command: sh -c "echo composed; exec sleep 1000"\n' \
		>"$RELAY_DIR/docker-compose.yml"
	compose() { as "$ANN" docker-compose -p composed -f "$RELAY_DIR/docker-compose.yml" "$@"; }
	compose up -d
	await sh -c "$(declare -f as compose); ANN=$ANN RELAY=$RELAY RELAY_DIR=$RELAY_DIR; compose logs one | grep -q composed"
	[ "$(head -c 5000000 /dev/zero | compose exec -T one wc -c)" = 5000000 ]
	compose ps | grep -q Up
	compose down -t 0
	as "$ANN" python3 -c '
import docker
d = docker.from_env()
assert d.containers.run("busybox", "echo by python", network_mode="none", remove=True) == b"by python\n"
c = d.containers.create("busybox", "cat", stdin_open=True, network_mode="none")
s = c.attach_socket(params={"stdin": 1, "stream": 1, "stdout": 1})
c.start()
s._sock.sendall(b"x" * 100)
s._sock.shutdown(1)
assert c.wait()["StatusCode"] == 0
assert c.logs() == b"x" * 100
c.remove()'
	all_by "$ANN"
}

@test "who asks: users, root, root by a login, no name, a user namespace, a container" {
	relay
	as "$ANN" docker ps -a --filter label=ann
	as "$BOB" docker ps -a --filter label=bob
	asked '.user == $u and .peer.uid == $id and (.uri | test("bob"))' --arg u "$BOB" --argjson id "$(id -u "$BOB")"
	not asked '.user == $u and (.uri | test("bob"))' --arg u "$ANN"
	setpriv --reuid 987654321 --regid docker --clear-groups env DOCKER_HOST="$RELAY" docker ps --filter label=nobody
	asked '.user == "uid:987654321" and (.uri | test("nobody"))'
	sh -c 'echo 4294967295 >/proc/self/loginuid && DOCKER_HOST=$RELAY docker ps --filter label=root'
	asked '.user == "root" and .peer.uid == 0 and (.uri | test("label.*root"))'
	ID=$(id -u "$BOB") sh -c 'echo $ID >/proc/self/loginuid && DOCKER_HOST=$RELAY docker ps --filter label=sudo'
	asked '.user == $u and .peer.uid == 0 and (.uri | test("sudo"))' --arg u "$BOB"
	as "$ANN" unshare --user --map-root-user docker ps --filter label=mapped
	asked '.user == $u and .peer.uid == $id and (.uri | test("mapped"))' --arg u "$ANN" --argjson id "$(id -u "$ANN")"
	container job -v "$RELAY_DIR/docker.sock:/docker.sock" -v /usr:/usr:ro -v /lib:/lib:ro -v /lib64:/lib64:ro
	job=$(docker inspect -f '{{.Id}}' job)
	docker exec job /usr/bin/curl -sf --unix-socket /docker.sock 'http://docker/_ping?job'
	asked '.user == "container:job" and .peer.container == $id and (.uri | test("job"))' --arg id "$job"
	docker exec -u 65534:0 job /usr/bin/curl -s --unix-socket /docker.sock 'http://docker/_ping?job' || true # root's group may not
	# one that has begun just now
	docker run --rm --name brief --network none -v "$RELAY_DIR/docker.sock:/docker.sock" -v /usr:/usr:ro -v /lib:/lib:ro -v /lib64:/lib64:ro \
		busybox /usr/bin/curl -sf --unix-socket /docker.sock 'http://docker/_ping?brief'
	asked '.user == "container:brief" and (.uri | test("brief"))'
	# whoever may make cgroups may call one as a container is called
	v2=$(awk '$3 == "cgroup2" {print $2; exit}' /proc/mounts)
	mkdir -p "$v2/de-false-$DE_SLOT/$job"
	not sh -c 'echo $$ >"$0/cgroup.procs" && exec curl -sf --unix-socket "$1" "http://docker/_ping?false"' "$v2/de-false-$DE_SLOT/$job" "$RELAY_DIR/docker.sock"
	rmdir "$v2/de-false-$DE_SLOT/$job" "$v2/de-false-$DE_SLOT"
	logged "its cgroup bears container ${job:0:12}'s id, but is not that container's"
	not asked '.uri | test("false")'
	"$BATS_TEST_DIRNAME/relay.py" handed "$RELAY_DIR/docker.sock" "$(id -u "$ANN")"
	asked '.user == $u and (.uri | test("handed"))' --arg u "$ANN"
}

@test "an agent in a container has what it made, and nothing else of its owner's" {
	cp "$DE_ROOT/rules/packs/own-things/request_rules.json" "$RULES"
	relay MODE=KILL
	as "$ANN" docker run -d --name agent --network none -v "$RELAY_DIR/docker.sock:/docker.sock" -v /usr:/usr:ro -v /lib:/lib:ro -v /lib64:/lib64:ro \
		busybox sleep 1000
	as "$ANN" docker run -d --name precious --network none busybox sleep 1000
	agent() { as "$ANN" docker exec -e DOCKER_HOST=unix:///docker.sock agent "$(command -v docker)" "$@"; }
	agent run -d --name helper --network none busybox sleep 1000
	agent exec helper true
	for command in "exec precious true" "rm -f precious" "logs agent" "stop agent" "create --volumes-from precious busybox true" "container prune -f"; do
		run agent $command
		[[ "$output" == *"authorization denied"* ]]
	done
	run as "$BOB" docker rm -f helper
	[[ "$output" == *"not yours"* ]]
	shows /owners/"$ANN" '[.now[].name] | sort == ["/agent", "/helper", "/precious"]'
	asked '.user == "container:agent" and .owner == $ann and (.uri | test("name=helper")) and .allowed' --arg ann "$ANN"
	as "$ANN" docker rm -f helper precious agent
}

@test "nobody is somebody else: headers, other certificates, none" {
	relay
	as "$ANN" curl -sf --unix-socket "$RELAY_DIR/docker.sock" -H "User: root" -H "X-Forwarded-User: root" -H "X-Remote-User: root" \
		-H "Authorization: Basic cm9vdDpyb290" -H "X-Forwarded-Client-Cert: root" 'http://docker/_ping?forged'
	asked '.user == $u and (.uri | test("forged"))' --arg u "$ANN"
	mkdir "$WORK/other"
	certificates "$WORK/other" root
	own=(--cacert "$RELAY_DIR/state/ca/ca.pem")
	not curl -sf "${own[@]}" "https://127.0.0.1:$ENGINE_PORT/_ping?none"
	not curl -sf "${own[@]}" --cert "$WORK/other/root-cert.pem" --key "$WORK/other/root-key.pem" "https://127.0.0.1:$ENGINE_PORT/_ping?other"
	not curl -sf "http://127.0.0.1:$ENGINE_PORT/_ping?plain"
	# dockerd's own is for dockerd only
	not curl -sf "${own[@]}" --cert "$RELAY_DIR/state/ca/server-cert.pem" --key "$RELAY_DIR/state/ca/server-key.pem" \
		"https://127.0.0.1:$ENGINE_PORT/_ping?server"
	# nor does the relay talk to a dockerd that is another's
	openssl s_server -accept $((PORT + 1)) -cert "$WORK/other/root-cert.pem" -key "$WORK/other/root-key.pem" -quiet >/dev/null 2>&1 3>&- &
	impostor=$!
	stop_enforcer
	relay RELAY_ENGINE="127.0.0.1:$((PORT + 1))"
	not as "$ANN" docker ps
	await logged "certificate verify failed"
	kill "$impostor"
	not asked '.uri | test("none|other|plain|server")'
}

@test "a thousand requests of twenty clients at once: each is its user's" {
	relay
	for i in {1..20}; do
		who=$ANN
		[ $((i % 2)) = 0 ] || who=$BOB
		seq 50 | sed "s|.*|url = \"http://docker/containers/json?who=$who\&n=$i.&\"|; s|$|\noutput = /dev/null|" >"$WORK/client.$i"
		as "$who" curl -sf --unix-socket "$RELAY_DIR/docker.sock" -K - <"$WORK/client.$i" &
		clients[i]=$!
	done
	for i in {1..20}; do wait "${clients[i]}"; done
	jq -se 'map(select(.event == "authorization" and (.uri | test("who=")))) | length == 1000 and
		all(.user as $u | .uri | test("who=" + $u + "&"))' "$AUDIT"
}

relayed() { # so many connections are open, and none too many descriptors
	sample_is docker_enforcer_relay_connections "$1"
}

@test "a thousand connections at once; clients that die or close at once leave nothing" {
	relay
	"$BATS_TEST_DIRNAME/relay.py" many "$RELAY_DIR/docker.sock" 1000
	await relayed 0
	container talks -- sh -c 'while echo talk; do :; done'
	before=$(ls "/proc/$ENFORCER/fd" | wc -l)
	DOCKER_HOST=$RELAY docker logs -f talks >/dev/null &
	follower=$!
	DOCKER_HOST=$RELAY docker events >/dev/null &
	listener=$!
	await relayed 2
	kill -9 "$follower" "$listener"
	await relayed 0
	"$BATS_TEST_DIRNAME/relay.py" closed "$RELAY_DIR/docker.sock" 100
	await relayed 0
	[ "$(ls "/proc/$ENFORCER/fd" | wc -l)" -le $((before + 4)) ]
	DOCKER_HOST=$RELAY docker kill talks
}

@test "a client that does not read holds up nobody, and costs no memory" {
	relay
	head -c 150000000 /dev/urandom >"$WORK/large"
	tar -C "$WORK" -c large | docker import - large
	rm "$WORK/large"
	size=$(curl -s --unix-socket "$AUTHZ_DIR/docker.sock" http://docker/images/large/get | wc -c)
	before=$(awk '/VmRSS/ {print $2}' "/proc/$ENFORCER/status")
	mkfifo "$WORK/go"
	"$BATS_TEST_DIRNAME/relay.py" slow "$RELAY_DIR/docker.sock" /images/large/get <"$WORK/go" >"$WORK/size" &
	reader=$!
	exec 7>"$WORK/go"
	await relayed 1
	[ "$(DOCKER_HOST=$RELAY docker run --rm --network none busybox echo meanwhile)" = meanwhile ]
	after=$(awk '/VmRSS/ {print $2}' "/proc/$ENFORCER/status")
	exec 7>&-
	wait "$reader"
	[ "$(cat "$WORK/size")" -gt "$size" ]
	instrumented || [ $((after - before)) -lt 30000 ]
	docker rmi large
}

@test "a dockerd that is not there: clients are told at once, the log says why, and all goes on when it is back" {
	relay RELAY_ENGINE="127.0.0.1:$((PORT + 1))"
	not as "$ANN" docker ps
	await logged "relay: a connection was closed: dockerd at RELAY_ENGINE=\"127.0.0.1:$((PORT + 1))\": connecting: Connection refused"
	sample_above docker_enforcer_relay_unreachable_total 0
	"$BATS_TEST_DIRNAME/relay.py" forward $((PORT + 1)) "$ENGINE_PORT" 3>&- &
	way=$!
	await as "$ANN" docker ps
	kill "$way"
}

@test "what the relay cannot start with is said: no certificates, a key that others read, TCP, no folder" {
	run env RUN_RELAY=True RELAY_LISTEN="$RELAY" LISTEN= RULES_DIR="$RULES" STATE_DIR="$WORK/none" "$DE_BIN" run
	[ "$status" = 2 ]
	[[ $output == *"$WORK/none/ca/ca-key.pem: No such file"* && $output == *"docker-enforcer relay certificates"* ]]
	run env RUN_RELAY=True RELAY_LISTEN="$RELAY" LISTEN= RULES_DIR="$RULES" STATE_DIR= "$DE_BIN" run
	[ "$status" = 2 ]
	[[ $output == *"RUN_RELAY=True needs STATE_DIR"* ]]
	"$DE_BIN" relay certificates "$WORK/state/ca"
	run "$DE_BIN" relay certificates "$WORK/state/ca"
	[[ $status = 0 && $output == *"were there already" ]]
	run env RUN_RELAY=True RELAY_LISTEN=127.0.0.1:2375 LISTEN= RULES_DIR="$RULES" STATE_DIR="$WORK/state" "$DE_BIN" run
	[ "$status" = 2 ]
	[[ $output == *'RELAY_LISTEN="127.0.0.1:2375": must be unix:///path'* ]]
	chmod 644 "$WORK/state/ca/ca-key.pem"
	run env RUN_RELAY=True RELAY_LISTEN="$RELAY" LISTEN= RULES_DIR="$RULES" STATE_DIR="$WORK/state" "$DE_BIN" run
	[ "$status" = 2 ]
	[[ $output == *"ca-key.pem: others than this user can read"* ]]
	run "$DE_BIN" relay
	[ "$status" = 2 ]
}

@test "the socket is as Docker's own: root's, the group docker's, gone at the end" {
	relay
	[ "$(stat -c '%a %U %G' "$RELAY_DIR/docker.sock")" = "660 root docker" ]
	not setpriv --reuid "$ANN" --regid "$(id -g "$ANN")" --clear-groups env DOCKER_HOST="$RELAY" docker ps
	stop_enforcer
	[ ! -e "$RELAY_DIR/docker.sock" ]
}
