# Installing, upgrading and removing.
bats_require_minimum_version 1.5.0
load helper

install_to() {
	make -s -C "$DE_ROOT" BUILD="$(dirname "$DE_BIN")" DESTDIR="$WORK/root" "$@"
}

@test "make install: binary, units, rules, configuration; a second one keeps what was changed" {
	install_to install PREFIX=/usr
	"$WORK/root/usr/sbin/docker-enforcer" version
	"$WORK/root/usr/sbin/docker-enforcer" check "$WORK/root/opt/docker_enforcer/rules"
	"$WORK/root/usr/sbin/docker-enforcer" test "$WORK"/root/usr/share/docker-enforcer/packs/*/tests.json
	grep -q "^ExecStart=/usr/sbin/docker-enforcer run" "$WORK/root/usr/lib/systemd/system/docker-enforcer.service"
	[ -e "$WORK/root/usr/lib/systemd/system/docker-enforcer.socket" ]
	[ -e "$WORK/root/usr/share/docker-enforcer/schema/rules.schema.json" ]
	echo "MODE=KILL" >"$WORK/root/etc/docker-enforcer/environment.conf"
	echo '[{"name": "mine", "rule": false}]' >"$WORK/root/opt/docker_enforcer/rules/rules.json"
	install_to install PREFIX=/usr
	[ "$(cat "$WORK/root/etc/docker-enforcer/environment.conf")" = "MODE=KILL" ]
	[ "$(jq -r '.[0].name' "$WORK/root/opt/docker_enforcer/rules/rules.json")" = mine ]
	install_to uninstall PREFIX=/usr
	[ "$(cd "$WORK/root" && find . -type f | sort | tr '\n' ' ')" = "./etc/docker-enforcer/environment.conf ./opt/docker_enforcer/rules/request_rules.json ./opt/docker_enforcer/rules/rules.json ./opt/docker_enforcer/rules/triggers.json ./opt/docker_enforcer/rules/whitelist_rules.json " ]
}

@test "the shipped configuration starts the daemon" {
	start_enforcer $(grep -v '^#' "$DE_ROOT/deploy/environment.conf" | grep .)
	get /config | jq -e '.MODE == "WARN"'
	# what is commented out names options that there are
	grep -o '^#[A-Z_]*=' "$DE_ROOT/deploy/environment.conf" | tr -d '#=' | while read -r option; do
		get /config | jq -e --arg o "$option" 'has($o)'
	done
}

@test "completion knows every command and option" {
	bash -n "$DE_ROOT/deploy/completion/docker-enforcer"
	for command in $("$DE_BIN" --help | awk '/^  [a-z]/ {print $1}'); do
		grep -qw "$command" "$DE_ROOT/deploy/completion/docker-enforcer"
	done
	for option in $("$DE_BIN" judge --help | grep -oE -- '^  --[a-z]+' | tr -d ' '); do
		grep -q -- "$option" "$DE_ROOT/deploy/completion/docker-enforcer"
	done
}

@test "the service manager is told of readiness, reload and end" {
	cat >"$WORK/manager" <<-'END'
		import socket, sys
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.bind(sys.argv[1])
		while True:
		    with open(sys.argv[2], "a") as f:
		        f.write(s.recv(4096).decode() + "\n")
	END
	python3 "$WORK/manager" "$WORK/notify" "$WORK/told" 3>&- &
	FAKE=$!
	await 5 [ -S "$WORK/notify" ]
	start_enforcer NOTIFY_SOCKET="$WORK/notify" DOCKER_SOCKET=unix:///nonexistent RUN_AUTHZ=True AUTHZ_LISTEN="unix://$WORK/plugin.sock"
	await 5 grep -qx READY=1 "$WORK/told"
	kill -HUP "$ENFORCER"
	await 5 grep -qx RELOADING=1 "$WORK/told"
	stop_enforcer
	await 5 grep -qx STOPPING=1 "$WORK/told"
	[ "$(tr '\n' ' ' <"$WORK/told")" = "READY=1 RELOADING=1 READY=1 STOPPING=1 " ]
}
