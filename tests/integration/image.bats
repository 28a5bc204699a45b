# The container image: built from deploy/Dockerfile on a Debian that debootstrap makes (no registry is reachable), and run.
bats_require_minimum_version 1.5.0
load helper

base_image() {
	local mirror
	docker image inspect debian:bookworm-slim >/dev/null 2>&1 && return
	mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | grep -oE 'https?://[^ ]+/debian/?( |$)' | sort -u | head -1) || true
	debootstrap --variant=minbase bookworm "$WORK/base" ${mirror:-} >"$WORK/debootstrap" 2>&1
	# where packages come from is this machine's matter
	cp -r /etc/apt/sources.list* /etc/apt/apt.conf.d "$WORK/base/etc/apt/" 2>/dev/null || true
	grep -rlE 'debian' "$WORK"/base/etc/apt/sources.list.d/ 2>/dev/null >"$WORK/keep" || true
	find "$WORK/base/etc/apt/sources.list.d" -type f | { grep -vxFf "$WORK/keep" || true; } | xargs -r rm
	tar -C "$WORK/base" --exclude=./proc/\* --exclude=./sys/\* --exclude=./var/cache/apt/archives/\* -c . |
		docker import - debian:bookworm-slim >/dev/null
	rm -rf "$WORK/base"
}

logs() {
	docker logs docker-enforcer >"$LOG" 2>&1 && logged "$1"
}

@test "the image is built, sees the host's cgroups, stops violators and not itself" {
	base_image
	docker build --network host -f "$DE_ROOT/deploy/Dockerfile" -t docker-enforcer --build-arg VERSION=of-the-test "$DE_ROOT" >"$WORK/build" 2>&1 || {
		tail -n 30 "$WORK/build" >&2
		return 1
	}
	[ "$(docker run --rm --network none docker-enforcer version | head -1)" = "docker-enforcer of-the-test" ]
	docker run --rm --network none docker-enforcer check
	docker image inspect docker-enforcer | jq -e '.[0].Config | .ExposedPorts["8888/tcp"] and .Volumes["/opt/docker_enforcer/rules"] and (.Env | index("LISTEN=0.0.0.0:8888"))'
	rules '[{"name": "no limit", "rule": {"==": [{"var": "params.HostConfig.Memory"}, 0]}}]'
	container bad
	container good -m 64m
	# the command of the documentation, with this test's engine, rules and port; there is no bridge to publish a port on
	awk '/^\$ docker run -d/ {on = 1} /^```/ {on = 0} on' "$DE_ROOT/docs/container.md" | sed -e 's/^\$ //' \
		-e "s#/var/run/docker.sock:#$DE_DIR/docker.sock:#" -e "s#-v /opt/docker_enforcer/rules:#-v $RULES:#" \
		-e "s#-p 127.0.0.1:8888:8888#--network host -e LISTEN=127.0.0.1:$PORT#" \
		-e 's#-e MODE=WARN#-e MODE=KILL -e IMMEDIATE_PERIODICAL_START=True#' >"$WORK/run"
	[ "$(wc -l <"$WORK/run")" -gt 4 ]
	bash -eu "$WORK/run"
	await not_running bad
	await logs "metrics come from bpf"
	running good
	running docker-enforcer
	shows '/?show_exemptions=1' '.exemptions[0].name == "/docker-enforcer"'
	shows /containers 'map(.name) | sort == ["/docker-enforcer", "/good"]'
	shows /containers 'all(.metrics.memory_stats.usage > 0)'
	docker stop -t 5 docker-enforcer
	[ "$(docker inspect -f '{{.State.ExitCode}}' docker-enforcer)" = 0 ]
}

@test "the compose file says what the documentation says" {
	python3 - "$DE_ROOT" <<-'END'
		import json, re, subprocess, sys, yaml
		service = yaml.safe_load(open(sys.argv[1] + "/deploy/compose.yaml"))["services"]["docker-enforcer"]
		text = open(sys.argv[1] + "/docs/container.md").read()
		command = re.search(r"docker run -d.*?\n```", text, re.S).group(0)
		assert set(service["cap_add"]) == set(re.findall(r"--cap-add (\w+)", command)), service["cap_add"]
		for volume in service["volumes"][:2]:
		    assert f"-v {volume}" in command, volume
		assert "--pid host" in command and service["pid"] == "host"
		assert "--cgroupns host" in command and service["cgroup"] == "host"
		for option in service["security_opt"]:
		    assert f"--security-opt {option}" in command, option
	END
}
