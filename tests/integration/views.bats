# What rules see of a request is what they see of the container that dockerd makes of it.
load helper

@test "requests and the containers made of them look the same, field by field" {
	run "$DE_TESTS/differential/views" "$DE_BIN" "$DE_DIR/docker.sock" "${DE_VIEWS_EVERY:-1}"
	echo "$output"
	[ "$status" = 0 ]
}
