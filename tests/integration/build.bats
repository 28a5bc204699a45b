# The build: what is made again when something has changed, and what is not.

setup() {
	BUILD=$BATS_TEST_TMPDIR/build
	OBJECT=$BUILD/userspace/base/version.o
}

compile() { # compile VERSION
	make -s -C "$BATS_TEST_DIRNAME/../.." BUILD="$BUILD" VERSION="$1" "$OBJECT"
}

@test "a new version is built into a folder that has an older one; the same one builds nothing" {
	compile 1.0-of-the-test
	grep -q 1.0-of-the-test "$OBJECT"
	compile 1.1-of-the-test
	grep -q 1.1-of-the-test "$OBJECT"
	before=$(stat -c %y "$OBJECT")
	compile 1.1-of-the-test
	[ "$(stat -c %y "$OBJECT")" = "$before" ]
}

@test "whatever includes a header is made again when it changes: units, fuzz targets, benches" {
	for object in unit/test_base fuzz/fuzz_eval bench/bench_rules; do
		object=$BUILD/tests/$object.o
		make -s -C "$BATS_TEST_DIRNAME/../.." BUILD="$BUILD" "$object"
		make -n -C "$BATS_TEST_DIRNAME/../.." BUILD="$BUILD" -W include/base/json.h "$object" | grep -q -- "-o $object"
	done
}
