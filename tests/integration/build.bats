# The build: what is made again when something has changed, and what is not.

setup() {
	BUILD=$BATS_TEST_TMPDIR/build
	OBJECT=$BUILD/userspace/base/version.o
}

compile() { # compile VERSION
	make -s -C "$DE_ROOT" BUILD="$BUILD" VERSION="$1" "$OBJECT"
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
