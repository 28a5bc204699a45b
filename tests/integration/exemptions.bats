#!/usr/bin/env bats
# Exemptions by WHITE_LIST and IMAGE_WHITE_LIST: as strict as rules, and by what an image was asked for as.
bats_require_minimum_version 1.5.0

load helper
load plugin

refused() { # refused DOCKER'S ARGUMENTS…
	run docker "$@"
	[ "$status" != 0 ] && [[ "$output" == *"must not be privileged"* ]]
}

@test "what is neither a known rule nor a whole expression stops the start" {
	rules '[{"name": "no memory limit (house 1)", "rule": true}]'
	for list in 'web|no memory limit (house 2)' 'web|no such' 'a|b' '(a' 'x,w{1,3}|nothing' '*' '|no memory limit (house 1)'; do
		run -2 timeout 60 env -i PATH="$PATH" DOCKER_SOCKET="$DOCKER_HOST" RULES_DIR="$RULES" STATE_DIR= LISTEN= WHITE_LIST="$list" "$DE_BIN" run
		[[ "$output" == *'cannot start: WHITE_LIST: "'* ]]
	done
	run -2 timeout 60 env -i PATH="$PATH" DOCKER_SOCKET="$DOCKER_HOST" RULES_DIR="$RULES" STATE_DIR= LISTEN= IMAGE_WHITE_LIST=BusyBox "$DE_BIN" run
	[[ "$output" == *'IMAGE_WHITE_LIST: "BusyBox": no image can have that name'* ]]
}

@test "a rule's name may hold brackets, an expression commas: each exempts from what it says, and no more" {
	rules '[{"name": "not (house 1), ever", "rule": {"var": "params.HostConfig.Privileged"}, "message": "must not be privileged"},
	        {"name": "no ipc", "rule": {"==": [{"var": "params.HostConfig.IpcMode"}, "host"]}, "message": "not the host'"'"'s ipc"}]'
	plugin WHITE_LIST='w{1,3}|not (house 1), ever'
	docker create --network none --privileged --name ww busybox true
	refused create --network none --privileged --name wwww busybox true
	run docker create --network none --ipc host --name www busybox true
	[[ "$output" == *"not the host's ipc"* ]]
}

@test "a reload that takes away a rule that a list names fails, and the old rules stay" {
	rules '[{"name": "one", "rule": {"var": "params.HostConfig.Privileged"}, "message": "must not be privileged"}]'
	plugin WHITE_LIST='web|one'
	rules '[{"name": "renamed", "rule": {"var": "params.HostConfig.Privileged"}, "message": "must not be privileged"}]'
	run -1 "$DE_BIN" reload "$ENFORCER"
	[[ "$output" == *'put the rule back, or restart the enforcer with another list: WHITE_LIST: "web|one": no rule on containers is called "one"'* ]]
	health '.status == "not ok" and (.reasons | any(startswith("the last reload failed")))'
	docker create --network none --privileged --name web busybox true
	refused create --network none --privileged busybox true
	rules '[{"name": "one", "rule": {"var": "params.HostConfig.Privileged"}, "message": "must not be privileged"}, {"name": "more", "rule": false}]'
	"$DE_BIN" reload "$ENFORCER"
	health '.status == "ok"'
}

@test "an image is exempt by what was asked for: a tag put on another one exempts nothing that is run by its id" {
	rules '[{"name": "p", "rule": {"var": "params.HostConfig.Privileged"}, "message": "must not be privileged"}]'
	plugin
	docker tag busybox aaa/ok:1
	id=$(docker image inspect -f '{{.Id}}' busybox)
	stop_enforcer
	plugin IMAGE_WHITE_LIST='aaa/ok:1,busybox@sha256:0000000000000000000000000000000000000000000000000000000000000000'
	for image in "$id" "${id#sha256:}" "$(cut -c 8-19 <<<"$id")" "$(cut -c 8-11 <<<"$id")" busybox busybox:latest; do
		refused create --network none --privileged "$image" true
	done
	for image in aaa/ok:1 docker.io/aaa/ok:1 index.docker.io/aaa/ok:1; do
		docker create --network none --privileged "$image" true
	done
	# a digest decides, whatever tag stands before it: dockerd looks for no tag, and has no such image
	[ "$(create '{"Image": "aaa/ok:1@'"$id"'", "HostConfig": {"Privileged": true}}')" = 403 ]
	stop_enforcer
	plugin IMAGE_WHITE_LIST="$id"
	for image in "$id" "${id#sha256:}" "$(cut -c 8-19 <<<"$id")" busybox aaa/ok:1; do
		docker create --network none --privileged "$image" true
	done
	docker rmi aaa/ok:1
}

@test "a whitelist rule's image is what was asked for too" {
	rules '[{"name": "p", "rule": {"var": "params.HostConfig.Privileged"}, "message": "must not be privileged"}]'
	echo '[{"name": "w", "rule": {"starts_with": [{"var": "image"}, "aaa/ok"]}}]' >"$RULES/whitelist_rules.json"
	plugin
	docker tag busybox aaa/ok:1
	docker create --network none --privileged aaa/ok:1 true
	id=$(docker image inspect -f '{{.Id}}' busybox)
	for image in "$id" "${id#sha256:}" "$(cut -c 8-19 <<<"$id")" busybox; do
		refused create --network none --privileged "$image" true
	done
	# of a digest the tag before it says nothing
	echo '[{"name": "w", "rule": {"starts_with": [{"var": "image"}, "aaa/ok:1"]}}]' >"$RULES/whitelist_rules.json"
	"$DE_BIN" reload "$ENFORCER"
	docker create --network none --privileged aaa/ok:1 true
	[ "$(create '{"Image": "aaa/ok:1@'"$id"'", "HostConfig": {"Privileged": true}}')" = 403 ]
	docker rmi aaa/ok:1
}

@test "what runs is exempt by what it was made from, not by what its image is called since" {
	plugin
	docker run -d --network none --name byid "$(docker image inspect -f '{{.Id}}' busybox)" sleep 1000
	docker run -d --network none --name byname busybox sleep 1000
	docker tag busybox aaa/ok:1
	docker run -d --network none --name bytag aaa/ok:1 sleep 1000
	stop_enforcer
	rules '[{"name": "all", "rule": true}]'
	start_enforcer RUN_AUTHZ=True AUTHZ_LISTEN="unix://$SOCKET" IMMEDIATE_PERIODICAL_START=True IMAGE_WHITE_LIST='aaa/ok:.*'
	await sample_above docker_enforcer_exemptions_total 0
	detected byid all
	detected byname all
	undetected bytag all
	docker rm -f bytag
	docker rmi aaa/ok:1
}

@test "an expression's end is the very end" {
	rules '[{"name": "colour", "rule": {"!": {"matches": [{"var": "labels.c"}, "^(red|blue)$"]}}, "message": "must not be privileged"}]'
	plugin WHITE_LIST='(x|y)$'
	docker create --network none --label c=red busybox true
	[ "$(create '{"Image": "busybox", "Labels": {"c": "red\n"}}')" = 403 ]
}

@test "names of images: dockerd reads each as we do" {
	plugin
	local reference expected answer
	while IFS=$'\t' read -r reference expected; do
		curl -s --max-time 60 --unix-socket "$AUTHZ_DIR/docker.sock" "http://docker/images/$(jq -nr --arg r "$reference" '$r | @uri')/json" >"$WORK/answer"
		answer=$(jq -r '.message // ("No such image: " + (.RepoTags[0]))' "$WORK/answer")
		echo "$reference -> $answer"
		case $expected in
		-) [[ "$answer" == *"invalid "* || "$answer" == *"unsupported digest"* || "$answer" == *"must not be more than"* ]] ;;
		*)
			# as people write it, and without the tag that a digest outdoes
			answer=$(sed -E 's/:[^:@]*@sha/@sha/' <<<"${answer##*o such image: }")
			[ "$answer" = "$(sed -E 's,^docker\.io/(library/([^/]*)$)?,\2,' <<<"$expected")" ]
			;;
		esac
	done <"$DE_TESTS/fixtures/image_names"
}
