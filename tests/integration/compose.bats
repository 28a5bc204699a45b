# judge on compose files: each service as the create request that compose makes of it.
bats_require_minimum_version 1.5.0
load helper

setup_file() {
	without_dockerd
}

@test "judge: services of a compose file are known by themselves, named, and judged as create requests" {
	rules '[{"name": "privileged", "rule": {"var": "security.privileged"}, "message": "{name}"},
	        {"name": "memory", "rule": {"==": [{"var": "params.HostConfig.Memory"}, 0]}}]'
	mkdir "$WORK/My Shop"
	cat >"$WORK/My Shop/compose.yaml" <<-'END'
		x-base: &base
		  image: busybox:${TAG}
		  mem_limit: 64m
		services:
		  web: {<<: *base, privileged: true}
		  db: {image: "${IMAGE:-db}", container_name: thedb, deploy: {resources: {limits: {memory: 1g}}}}
		  job: {extends: web, mem_limit: "0", privileged: false}
	END
	echo 'TAG="1"' >"$WORK/My Shop/.env"
	file="$WORK/My Shop/compose.yaml"
	run -1 "$DE_BIN" judge --rules "$RULES" "$file"
	[ "$output" = "$file: service web: violates: privileged: /myshop-web-1
$file: service db: violates nothing
$file: service job: violates: memory" ]
	TAG=1 run -1 "$DE_BIN" judge --rules "$RULES" --as compose - <"$file"
	run -1 --separate-stderr "$DE_BIN" judge --rules "$RULES" --json "$file"
	[ "$(jq -r '.as + " " + .service + " " + .name + " " + (.violated | tostring)' <<<"$output")" = "compose web /myshop-web-1 true
compose db /thedb false
compose job /myshop-job-1 true" ]
	rm "$WORK/My Shop/.env"
	run -2 "$DE_BIN" judge --rules "$RULES" "$file"
	[[ "$output" == *'${TAG}: is not set'* ]]
	TAG=2 run -1 "$DE_BIN" judge --rules "$RULES" --view "$file"
	[[ "$output" == *'"image":"busybox:2"'* ]]
	echo '{"services": {"web": {"image": "a", "privilegd": true}}}' >"$WORK/compose.json"
	run -2 "$DE_BIN" judge --rules "$RULES" "$WORK/compose.json"
	[[ "$output" == *"services.web: privilegd: not known, or not supported here; did you mean privileged?"* ]]
	echo 'web: {image: a}' >"$WORK/x.yml"
	run -2 "$DE_BIN" judge --rules "$RULES" --as compose "$WORK/x.yml"
	[[ "$output" == *"web: not known"* ]]
}

@test "judge: what rules see of a compose file is what they see of the requests that docker-compose sends" {
	rules '[]'
	for form in compose compose-v3; do
		mkdir -p "$WORK/$form/shop" "$WORK/$form/sent"
		cp "$DE_TESTS/fixtures/$form.yml" "$WORK/$form/shop/docker-compose.yml"
		printf '# of the file\nA=file\nZ=two words\nQ="quoted"\n' >"$WORK/$form/shop/vars.env"
		touch "$WORK/$form/shop/key.pem" "$WORK/$form/shop/app.conf"
		"$DE_TESTS/integration/compose-recorder" "$WORK/$form/docker.sock" "$WORK/$form/sent" 3>&- &
		recorder=$!
		await test -S "$WORK/$form/docker.sock"
		run -0 env -C "$WORK/$form/shop" DOCKER_HOST="unix://$WORK/$form/docker.sock" docker-compose --compatibility up --no-start
		kill $recorder
		run "$DE_TESTS/integration/compose-compare" "$DE_BIN" "$RULES" "$WORK/$form/shop/docker-compose.yml" "$WORK/$form/sent"
		echo "$output"
		[ "$status$output" = 0 ]
	done
}
