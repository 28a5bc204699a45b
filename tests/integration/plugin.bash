# plugin - a dockerd behind the enforcer as its authorization plugin, for the tests of it. After helper.bash.

setup_file() {
	take_slot
	behind_plugin
}

# behind_plugin [OPTION OF DOCKERD]…
behind_plugin() {
	AUTHZ_DIR=$(mktemp -d "${TMPDIR:-/var/tmp}/de-docker-XXXXXX")
	export PLUGIN=de-bats AUTHZ_DIR DOCKER_HOST=unix://$AUTHZ_DIR/docker.sock SOCKET=$AUTHZ_DIR/plugins/de-bats.sock
	mkdir "$AUTHZ_DIR/plugins"
	allow_all
	"$DE_ROOT/deploy/private-dockerd" start "$AUTHZ_DIR" --authorization-plugin="$PLUGIN" "$@" >&2
	end_allow_all
}

teardown_file() {
	allow_all
	"$DE_ROOT/deploy/private-dockerd" clean "$AUTHZ_DIR"
	end_allow_all
}

# A plugin that lets everything through, while no test has its own.
allow_all() {
	mkdir -p "$BATS_FILE_TMPDIR/none"
	echo "[]" >"$BATS_FILE_TMPDIR/none/rules.json"
	env -i PATH="$PATH" RUN_AUTHZ=True AUTHZ_LISTEN="unix://$SOCKET" LISTEN= STATE_DIR= RULES_DIR="$BATS_FILE_TMPDIR/none" RUN_PERIODIC=False \
		DISABLE_METRICS=True DOCKER_SOCKET="unix://$AUTHZ_DIR/docker.sock" "$DE_BIN" run >"$BATS_FILE_TMPDIR/allow.log" 2>&1 3>&- &
	ALLOW=$!
	await activated
}

end_allow_all() {
	kill "$ALLOW"
	wait "$ALLOW" || true
}

activated() {
	curl -sf --unix-socket "$SOCKET" -X POST http://plugin/Plugin.Activate
}

setup() {
	WORK=$BATS_TEST_TMPDIR
	RULES=$WORK/rules
	LOG=$WORK/log
	ENFORCER= FAKE= FURTHER=
	pick_port
	mkdir -p "$RULES"
	rules '[]'
}

teardown() {
	local status=0
	# while what it asks is there
	[ -z "$FURTHER" ] || "$DE_ROOT/deploy/private-dockerd" clean "$FURTHER"
	[ -z "$ENFORCER" ] || stop_enforcer || status=1
	[ -z "$FAKE" ] || kill "$FAKE" 2>/dev/null || true
	allow_all
	remove_containers
	end_allow_all
	show_log "$status"
	return $status
}

# A folder for a further dockerd of the test's own, which its teardown ends.
further_dockerd() {
	FURTHER=$(mktemp -d "${TMPDIR:-/var/tmp}/de-docker-XXXXXX")
}

plugin() { # plugin OPTION…: the enforcer as the plugin, in KILL mode
	start_enforcer RUN_AUTHZ=True AUTHZ_LISTEN="unix://$SOCKET" MODE=KILL RUN_PERIODIC=False "$@"
}

create() { # create BODY [QUERY] [PATH]: the status, dockerd's answer in $WORK/answer
	curl -s -o "$WORK/answer" -w '%{http_code}' --unix-socket "$AUTHZ_DIR/docker.sock" -H 'Content-Type: application/json' \
		--data-binary "$1" --path-as-is "http://docker${3:-/v1.41/containers/create}${2:-}"
}

ask() { # ask MESSAGE: the plugin's own answer
	curl -s --max-time 60 --unix-socket "$SOCKET" --data-binary "$1" http://plugin/AuthZPlugin.AuthZReq
}

body() {
	printf '%s' "$1" | base64 -w 0
}

create_message() { # create_message BODY [NAME] [USER]
	jq -nc --arg b "$(body "$1")" --arg n "${2:-}" --arg u "${3:-}" '{RequestMethod: "POST", RequestUri: ("/v1.41/containers/create?name=" + $n),
		RequestBody: $b, User: $u, UserAuthNMethod: "TLS", RequestHeaders: {"Content-Type": "application/json"}}'
}

no_privileges='[{"name": "no privileges", "rule": {"var": "params.HostConfig.Privileged"}, "message": "{name} must not be privileged"}]'
