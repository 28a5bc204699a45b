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
	[ -e "$WORK/root/usr/lib/systemd/system/docker-enforcer-relay.socket" ]
	[ -e "$WORK/root/usr/share/docker-enforcer/schema/rules.schema.json" ]
	[ -e "$WORK/root/usr/share/docker-enforcer/prometheus/docker-enforcer-alerts.yml" ]
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
	shows /config '.MODE == "WARN"'
	# what is commented out names options that there are
	grep -o '^#[A-Z_]*=' "$DE_ROOT/deploy/environment.conf" | tr -d '#=' | while read -r option; do
		shows /config 'has($o)' --arg o "$option"
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

@test "the manual page is well formed and names every command" {
	page=$DE_ROOT/deploy/man/docker-enforcer.8
	[ -z "$(man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>&1 >/dev/null)" ]
	for command in $("$DE_BIN" --help | awk '/^  [a-z]/ {print $1}'); do
		grep -qx ".B $command" "$page"
	done
}

@test "the service manager is told of readiness, reload and end" {
	fake_manager "$WORK/notify"
	start_enforcer NOTIFY_SOCKET="$WORK/notify" DOCKER_SOCKET=unix:///nonexistent RUN_AUTHZ=True AUTHZ_LISTEN="unix://$WORK/plugin.sock"
	await grep -qx READY=1 "$WORK/told"
	kill -HUP "$ENFORCER"
	await grep -qx RELOADING=1 "$WORK/told"
	stop_enforcer
	await grep -qx STOPPING=1 "$WORK/told"
	[ "$(cut -d'|' -f1 "$WORK/told" | grep -v ^STATUS | tr '\n' ' ')" = "READY=1 RELOADING=1 READY=1 STOPPING=1 " ]
}

# manager: what systemd hears, a datagram per line, in $WORK/told
fake_manager() {
	cat >"$WORK/manager" <<-'END'
		import socket, sys
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.bind(sys.argv[1])
		while True:
		    with open(sys.argv[2], "ab") as f:
		        f.write(s.recv(65536).rstrip(b"\n").replace(b"\n", b"|") + b"\n")
	END
	python3 "$WORK/manager" "$1" "$WORK/told" 3>&- &
	FAKE=$!
	await test -S "$1"
}

told_watchdog() { # more than N times
	[ "$(grep -cx WATCHDOG=1 "$WORK/told")" -gt "$1" ]
}

@test "watchdog: fed while dockerd stalls, not fed when a loop hangs" {
	rules '[{"name": "any", "rule": {">": [{"var": "metrics.memory_stats.usage"}, 0]}}]'
	python3 "$DE_TESTS/integration/fake-dockerd" "$WORK/stalled.sock" stall 3>&- &
	stalled=$!
	await test -S "$WORK/stalled.sock"
	fake_manager "$WORK/notify"
	start_enforcer NOTIFY_SOCKET="$WORK/notify" WATCHDOG_USEC=4000000 DOCKER_SOCKET="unix://$WORK/stalled.sock" \
		CHECK_INTERVAL_S=1 IMMEDIATE_PERIODICAL_START=True
	await told_watchdog 8 # for twice its time
	not logged "loop hangs"
	# a thread that never comes back: stopped by ptrace, as nothing else can stop one thread alone
	cat >"$WORK/hang" <<-'END'
		import ctypes, os, sys, time
		libc = ctypes.CDLL(None, use_errno=True)
		libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
		pid, name = sys.argv[1:]
		tid = next(t for t in os.listdir(f"/proc/{pid}/task") if open(f"/proc/{pid}/task/{t}/comm").read().strip() == name)
		assert libc.ptrace(0x4206, int(tid), None, None) == 0, os.strerror(ctypes.get_errno())  # PTRACE_SEIZE
		assert libc.ptrace(0x4207, int(tid), None, None) == 0  # PTRACE_INTERRUPT
		print("hangs", flush=True)
		sys.stdin.read()
	END
	mkfifo "$WORK/hold"
	python3 "$WORK/hang" "$ENFORCER" watch <"$WORK/hold" >"$WORK/hanging" 3>&- &
	exec 9>"$WORK/hold"
	await grep -q hangs "$WORK/hanging"
	await logged "the watch loop hangs; the service manager is not told any more"
	before=$(grep -cx WATCHDOG=1 "$WORK/told")
	await get /healthz
	sleep 2.4 # more than two of its intervals: that something does not happen can only be waited for
	[ "$(grep -cx WATCHDOG=1 "$WORK/told")" = "$before" ]
	exec 9>&-
	await told_watchdog "$before"
	kill "$stalled"
}

@test "the journal gets fields, where standard error is one; else lines" {
	rules "$no_limit"
	container bad
	mkdir "$WORK/journal"
	fake_manager "$WORK/journal/socket"
	# the journal's place, in a mount namespace of the enforcer's own
	cat >"$WORK/in-journal" <<-END
		#!/bin/bash
		mkdir -p /run/systemd/journal 2>/dev/null
		mount --bind "$WORK/journal" /run/systemd/journal
		exec 2>>"$LOG"
		export JOURNAL_STREAM=\$(stat -L -c %d:%i /dev/stderr)
		exec "$DE_BIN" "\$@"
	END
	chmod +x "$WORK/in-journal"
	real=$DE_BIN
	DE_BIN=$WORK/unshared
	printf '#!/bin/bash\nexec unshare -m --propagation private "%s" "$@"\n' "$WORK/in-journal" >"$DE_BIN"
	chmod +x "$DE_BIN"
	start_enforcer IMMEDIATE_PERIODICAL_START=True
	await detected bad "must have memory limit"
	stop_enforcer
	DE_BIN=$real
	grep -qE '^MESSAGE=container /bad .*\|PRIORITY=4\|SYSLOG_IDENTIFIER=docker-enforcer\|CONTAINER_ID=[0-9a-f]{64}\|CONTAINER_NAME=/bad\|RULE=must have memory limit\|CHECK_SOURCE=periodic$' "$WORK/told"
	not logged "is detected to violate"
	start_enforcer IMMEDIATE_PERIODICAL_START=True LOG_FORMAT=json
	await logged '"container_name":"/bad","rule":"must have memory limit","check_source":"periodic"}'
}
