#!/usr/bin/env bats
# Ways round the plugin that once led to the host, on a real dockerd with the pack against them.
bats_require_minimum_version 1.5.0

load helper
load plugin

takeover() { # takeover [OPTION…]: the plugin with the pack no-host-takeover
	cp "$DE_ROOT"/rules/packs/no-host-takeover/*rules.json "$RULES"
	plugin "$@"
}

# post PATH BODY: the status, dockerd's answer in $WORK/answer
post() {
	create "$2" "" "$1"
}

@test "a start whose API version is no version is refused" {
	takeover
	docker create --name stopped busybox sleep 100 >/dev/null
	for version in v0001.23 v1.0023 v1. v.23 v00001.23 v1.23.0000; do
		[ "$(post "/$version/containers/stopped/start" '{"HostConfig": {"Binds": ["/etc:/e"], "PidMode": "host"}}')" = 403 ]
		grep -q "is no API version" "$WORK/answer"
	done
	[ "$(docker inspect -f '{{.State.Running}}' stopped)" = false ]
	# one that is a version is judged by its HostConfig
	[ "$(post /v01.023/containers/stopped/start '{"HostConfig": {"Binds": ["/etc:/e"]}}')" = 403 ]
	[ "$(post /v1.41/containers/stopped/start '')" = 204 ]
}

@test "masked and read-only paths cannot be replaced by others" {
	takeover
	for field in '"ReadonlyPaths": ["/x"]' '"MaskedPaths": ["/x"]' '"MaskedPaths": ["/proc/asound"]'; do
		[ "$(create '{"Image": "busybox", "Cmd": ["true"], "HostConfig": {'"$field"'}}')" = 403 ]
		grep -q "security profiles" "$WORK/answer"
	done
	[ "$(create '{"Image": "busybox", "Cmd": ["true"]}')" = 201 ]
}

# Links whose real path is longer than PATH_MAX; what they lead to, through them, is /etc.
long_way() {
	local name part=0 target
	name=$(printf 'a%.0s' {1..200})
	mkdir -p "$WORK/deep"
	cd "$WORK/deep"
	while [ $part -lt 6 ]; do
		target=$name/$name/$name/$name
		[ $part = 0 ] || target=part$((part - 1))/$target
		ln -s "$target" "$WORK/deep/part$part"
		mkdir -p "$name/$name/$name/$name"
		cd -P "$name/$name/$name/$name"
		part=$((part + 1))
	done
	ln -s /etc end
	cd "$WORK"
}

@test "a source is followed however long its way is, or refused" {
	long_way
	takeover
	ls "$WORK/deep/part5/end/passwd" # the kernel goes there
	[ "$(create '{"Image": "busybox", "Cmd": ["true"], "HostConfig": {"Binds": ["'"$WORK"'/deep/part5/end:/e"]}}')" = 403 ]
	grep -q "folders only those below" "$WORK/answer"
	ln -s circle "$WORK/circle"
	for source in "$WORK/circle/x" "$WORK/$(printf 'b%.0s' {1..300})"; do
		[ "$(create '{"Image": "busybox", "Cmd": ["true"], "HostConfig": {"Binds": ["'"$source"':/e"]}}')" = 403 ]
		grep -q "cannot be seen" "$WORK/answer"
	done
	docker create --name stopped busybox true >/dev/null
	[ "$(post /v1.23/containers/stopped/start '{"HostConfig": {"Binds": ["'"$WORK"'/circle/x:/e"]}}')" = 403 ]
	grep -q "cannot be seen" "$WORK/answer"
}
