# engine - tests on fake-engine, a dockerd that does what the test says while it runs.

# The folder and the socket of the fake; FAKE is ended by helper's teardown.
start_engine() {
	ENGINE=$WORK/engine
	mkdir -p "$ENGINE/containers" "$ENGINE/answers"
	: >>"$ENGINE/events"
	python3 "$BATS_TEST_DIRNAME/fake-engine" "$WORK/engine.sock" "$ENGINE" >>"$WORK/requests" 2>&1 3>&- &
	FAKE=$!
	await test -S "$WORK/engine.sock"
}

# start_on_engine NAME=VALUE…
start_on_engine() {
	start_enforcer DOCKER_SOCKET="unix://$WORK/engine.sock" "$@"
}

# id N: of container number N
id() {
	printf '%064x' "$1"
}

# put N NAME [JSON]: container N is as the JSON says, from now on
put() {
	local rest=${3:-'{}'}
	jq -c --arg n "/$2" '. + {Name: $n}' <<<"$rest" >"$ENGINE/new"
	mv "$ENGINE/new" "$ENGINE/containers/$(id "$1").json"
}

# answer CALL[.ID] JSON: how it is answered from now on
answer() {
	echo "$2" >"$ENGINE/new"
	mv "$ENGINE/new" "$ENGINE/answers/$1"
}

# event ACTION N NAME
event() {
	jq -nc --arg a "$1" --arg i "$(id "$2")" --arg n "/$3" --argjson t "${4:-$(date +%s%N)}" \
		'{Type: "container", Action: $a, Actor: {ID: $i, Attributes: {name: $n}}, timeNano: $t}' >>"$ENGINE/events"
}

# The connection of the event stream ends.
break_stream() {
	echo $RANDOM >"$ENGINE/epoch"
}

# requested METHOD CALL N: such a request came
requested() {
	grep -q " $1 /containers/$(id "$3")/$2" "$WORK/requests"
}

requests() { # METHOD CALL: how many, of all containers
	grep -c " $1 /containers/[0-9a-f]*/$2" "$WORK/requests"
}

# ---- processes in cgroups, as a runtime would have them ----

cgroup_folders() { # cgroup_folders PATH: it, in each hierarchy
	local root
	# an empty cpuset takes no process
	for root in $(awk '$3 ~ /^cgroup2?$/ && $4 !~ /cpuset/ {print $2}' /proc/mounts); do
		echo "$root/de-test-$PORT$1"
	done
}

# in_cgroup PATH COMMAND…: runs it there; PROCESS is its pid
in_cgroup() {
	local path=$1 folder
	shift
	sh -c 'kill -STOP $$; exec "$@"' sh "$@" 3>&- &
	PROCESS=$!
	await grep -q '^State:.*T' "/proc/$PROCESS/status"
	for folder in $(cgroup_folders "/$path"); do
		mkdir -p "$folder"
		echo "$PROCESS" >"$folder/cgroup.procs"
	done
	kill -CONT "$PROCESS"
}

empty_cgroup() {
	local folder pid
	for folder in $(cgroup_folders "$1"); do
		[ -e "$folder" ] || continue
		for pid in $(find "$folder" -name cgroup.procs -exec cat {} + | sort -u); do kill -KILL "$pid" || true; done
		find "$folder" -depth -type d -exec rmdir {} + || return 1
	done
}

# leave_cgroup PATH: ends what is in it, and removes it
leave_cgroup() {
	await empty_cgroup "/$1"
}

eval "$(declare -f teardown | sed '1s/teardown/helper_teardown/')"

teardown() {
	local status=0
	helper_teardown || status=$?
	await empty_cgroup ""
	return $status
}
