#!/usr/bin/env bats
# What the daemon has open, and who gets it.
bats_require_minimum_version 1.5.0

load helper

# Descriptors above 2 that a program of the daemon's would inherit.
inheritable() {
	local fd flags
	for fd in /proc/"$ENFORCER"/fdinfo/*; do
		[ "${fd##*/}" -gt 2 ] || continue
		flags=$(sed -n 's/^flags:\t*//p' "$fd" 2>/dev/null) || continue
		[ -z "$flags" ] || [ $((8#$flags & 8#2000000)) != 0 ] ||
			echo "${fd##*/} $(readlink "/proc/$ENFORCER/fd/${fd##*/}")"
	done
}

# A trigger whose program lists its descriptors; the last one is the listing's own.
noting_trigger() {
	cat >"$WORK/program" <<-END
		#!/bin/sh
		exec ls /proc/self/fd >"$WORK/descriptors"
	END
	chmod +x "$WORK/program"
	echo "[{\"name\": \"t\", \"exec\": [\"$WORK/program\"]}, {\"name\": \"w\", \"webhook\": {\"url\": \"http://127.0.0.1:$PORT/\"}}]" \
		>"$RULES/triggers.json"
}

has_only_three() {
	[ "$(tr '\n' ' ' <"$WORK/descriptors")" = "0 1 2 3 " ]
}

@test "a trigger's program gets no descriptor of the daemon's" {
	noting_trigger
	rules "$no_limit"
	container bad
	start_enforcer IMMEDIATE_PERIODICAL_START=True RUN_START_EVENTS=True AUDIT_LOG="$WORK/audit"
	await has_only_three
}

connected() {
	[ "$(sample docker_enforcer_docker_connected)" = 1 ]
}

@test "all that the daemon opens is closed on exec" {
	noting_trigger
	rules '[{"name": "r", "rule": {">": [{"var": "metrics.network_rx_bytes"}, 1e15]}}, {"name": "all", "rule": true}]'
	container one
	for source in bpf cgroupfs docker; do
		start_enforcer METRICS_SOURCE=$source IMMEDIATE_PERIODICAL_START=True AUDIT_LOG="$WORK/audit" RUN_AUTHZ=True \
			AUTHZ_LISTEN="unix://$WORK/plugin.sock" CHECK_INTERVAL_S=1
		await detected one all
		await connected
		inheritable | tee "$WORK/inheritable"
		[ ! -s "$WORK/inheritable" ]
		stop_enforcer
		rm -f "$WORK/descriptors"
	done
}
