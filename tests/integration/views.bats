# What rules see of a request is what they see of the container that dockerd makes of it, and what the kernel makes of that.
load helper

@test "requests and the containers made of them look the same, field by field" {
	run "$DE_TESTS/differential/views" "$DE_BIN" "$DE_DIR/docker.sock" "${DE_VIEWS_EVERY:-1}"
	echo "$output"
	[ "$status" = 0 ]
}

@test "the views of what Docker understands are what the kernel does" {
	run "$DE_TESTS/differential/results" "$DE_BIN" "$DE_DIR/docker.sock"
	echo "$output"
	[ "$status" = 0 ]
}
