#!/usr/bin/env bats
# Every judgement is bounded, whatever a request is made of.
bats_require_minimum_version 1.5.0

load helper
load plugin

takeover() {
	cp "$DE_ROOT"/rules/packs/no-host-takeover/*rules.json "$RULES"
	plugin WHITE_LIST= "$@"
}

processor_seconds() {
	awk -v hz="$(getconf CLK_TCK)" '{print int(($14 + $15) / hz)}' "/proc/$ENFORCER/stat"
}

peak_mib() {
	awk '$1 == "VmHWM:" {print int($2 / 1024)}' "/proc/$ENFORCER/status"
}

@test "requests that are made to cost: all are answered, honest ones between them as ever" {
	takeover
	"$BATS_TEST_DIRNAME/hostile.py" "$SOCKET" 24
	echo "$(processor_seconds) s of a processor, $(peak_mib) MiB at most"
	instrumented || [ "$(processor_seconds)" -lt 30 ]
	instrumented || [ "$(peak_mib)" -lt 300 ]
}

@test "a request that costs too much is refused with a word" {
	takeover
	volumes=$(seq -f '"/v%g": {}' 1 1001 | paste -sd,)
	[ "$(create '{"Image": "busybox", "Cmd": ["true"], "Volumes": {'"$volumes"'}}')" = 403 ]
	grep -q "more than 1000 mounts" "$WORK/answer"
	seq -f '"V%g=x"' 1 20001 | paste -sd, >"$WORK/variables"
	echo "{\"Image\": \"busybox\", \"Env\": [$(<"$WORK/variables")]}" >"$WORK/body"
	[ "$(create "@$WORK/body")" = 403 ]
	grep -q "more than 20000 values" "$WORK/answer"
	volumes=$(seq -f '"/v%g": {}' 1 500 | paste -sd,)
	[ "$(create '{"Image": "busybox", "Cmd": ["true"], "Volumes": {'"$volumes"'}}')" = 201 ]
}

@test "an image with many variables and a request with many: judged at once" {
	takeover
	echo FROM busybox >"$WORK/Dockerfile"
	seq -f 'A%g=x' 1 3000 | paste -d' ' $(printf -- '- %.0s' {1..1000}) | sed 's/^/ENV /' >>"$WORK/Dockerfile"
	stop_enforcer
	allow_all
	docker build -q -t many "$WORK" >/dev/null
	end_allow_all
	takeover
	echo "{\"Image\": \"many\", \"Cmd\": [\"true\"], \"Env\": [$(seq -f '"V%g=x"' 1 19000 | paste -sd,)]}" >"$WORK/body"
	[ "$(create "@$WORK/body")" = 201 ]
	instrumented || [ "$(processor_seconds)" -lt 3 ]
}
