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
	[ "$(as "$ANN" script -qec "docker exec -it work sh -c 'test -t 0 && echo terminal'" /dev/null </dev/null | head -n 1)" = $'terminal\r' ]
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
