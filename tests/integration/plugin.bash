# plugin - a dockerd behind the enforcer as its authorization plugin, for the tests of it. After helper.bash.

setup_file() {
	export PLUGIN=de-bats-$$ AUTHZ_DIR=$DE_DIR-authz
	SOCKET=/run/docker/plugins/$PLUGIN.sock
	mkdir -p "$BATS_FILE_TMPDIR/none"
	echo "[]" >"$BATS_FILE_TMPDIR/none/rules.json"
	allow_all
	"$DE_ROOT/deploy/private-dockerd" start "$AUTHZ_DIR" --authorization-plugin="$PLUGIN" >&2
	kill "$ALLOW"
	wait "$ALLOW" || true
}

teardown_file() {
	mkdir -p "$BATS_FILE_TMPDIR/none"
	echo "[]" >"$BATS_FILE_TMPDIR/none/rules.json"
	SOCKET=/run/docker/plugins/$PLUGIN.sock
	allow_all
	"$DE_ROOT/deploy/private-dockerd" clean "$AUTHZ_DIR"
	kill "$ALLOW"
	wait "$ALLOW" || true
}

# A plugin that lets everything through, while no test has its own.
allow_all() {
	env -i PATH="$PATH" RUN_AUTHZ=True AUTHZ_LISTEN="unix://$SOCKET" LISTEN= RULES_DIR="$BATS_FILE_TMPDIR/none" RUN_PERIODIC=False \
		DISABLE_METRICS=True DOCKER_SOCKET="unix://$AUTHZ_DIR/docker.sock" "$DE_BIN" run >"$BATS_FILE_TMPDIR/allow.log" 2>&1 3>&- &
	ALLOW=$!
	await 20 curl -sf --unix-socket "$SOCKET" -X POST http://plugin/Plugin.Activate
}

setup() {
	WORK=$BATS_TEST_TMPDIR
	RULES=$WORK/rules
	LOG=$WORK/log
	SOCKET=/run/docker/plugins/$PLUGIN.sock
	ENFORCER= FAKE=
	export DOCKER_HOST=unix://$AUTHZ_DIR/docker.sock
	pick_port
	mkdir -p "$RULES"
	rules '[]'
}

teardown() {
	local status=0
	[ -z "$ENFORCER" ] || stop_enforcer || status=1
	[ -z "$FAKE" ] || kill "$FAKE" 2>/dev/null || true
	allow_all
	remove_containers
	kill "$ALLOW"
	wait "$ALLOW" || true
	if [ "$status" != 0 ] || [ -z "${BATS_TEST_COMPLETED:-}" ]; then
		echo "--- log" >&2
		tail -n 60 "$LOG" >&2 2>/dev/null || true
	fi
	return $status
}

plugin() { # plugin OPTION…: the enforcer as the plugin, in KILL mode
	start_enforcer RUN_AUTHZ=True AUTHZ_LISTEN="unix://$SOCKET" MODE=KILL RUN_PERIODIC=False "$@"
}

create() { # create BODY [QUERY] [PATH]: the status, dockerd's answer in $WORK/answer
	curl -s -o "$WORK/answer" -w '%{http_code}' --unix-socket "$AUTHZ_DIR/docker.sock" -H 'Content-Type: application/json' \
		--data-binary "$1" --path-as-is "http://docker${3:-/v1.41/containers/create}${2:-}"
}

ask() { # ask MESSAGE: the plugin's own answer
	curl -s --max-time 20 --unix-socket "$SOCKET" --data-binary "$1" http://plugin/AuthZPlugin.AuthZReq
}

body() {
	printf '%s' "$1" | base64 -w 0
}

create_message() { # create_message BODY [NAME] [USER]
	jq -nc --arg b "$(body "$1")" --arg n "${2:-}" --arg u "${3:-}" '{RequestMethod: "POST", RequestUri: ("/v1.41/containers/create?name=" + $n),
		RequestBody: $b, User: $u, UserAuthNMethod: "TLS", RequestHeaders: {"Content-Type": "application/json"}}'
}

no_privileges='[{"name": "no privileges", "rule": {"var": "params.HostConfig.Privileged"}, "message": "{name} must not be privileged"}]'
