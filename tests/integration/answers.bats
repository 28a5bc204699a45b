#!/usr/bin/env bats
# Answers of dockerd that are odd, and must not matter.
bats_require_minimum_version 1.5.0

load helper

@test "an image whose tags are null is no reason to end" {
	python3 "$BATS_TEST_DIRNAME/fake-dockerd" "$WORK/fake.sock" untagged >"$WORK/fake.log" 2>&1 3>&- &
	FAKE=$!
	await test -S "$WORK/fake.sock"
	rules "$no_limit"
	start_enforcer DOCKER_SOCKET="unix://$WORK/fake.sock" IMMEDIATE_PERIODICAL_START=True DISABLE_METRICS=True
	await detected good "must have memory limit"
	grep -q "GET /images/" "$WORK/fake.log"
}
