# The build and its checks: what is made again when something has changed, and what is not.

bats_require_minimum_version 1.5.0

setup() {
	BUILD=$BATS_TEST_TMPDIR/build
}

compile() { # compile OBJECT NAME=VALUE
	make -s -C "$BATS_TEST_DIRNAME/../.." BUILD="$BUILD" "$2" "$BUILD/userspace/base/$1"
}

@test "a new version or folder of rules is built into a folder that has an older one; the same one builds nothing" {
	for made in version.o=VERSION config.o=RULES; do
		object=${made%=*} name=${made#*=}
		compile $object $name=/1.0-of-the-test
		grep -q /1.0-of-the-test "$BUILD/userspace/base/$object"
		compile $object $name=/1.1-of-the-test
		grep -q /1.1-of-the-test "$BUILD/userspace/base/$object"
		before=$(stat -c %y "$BUILD/userspace/base/$object")
		compile $object $name=/1.1-of-the-test
		[ "$(stat -c %y "$BUILD/userspace/base/$object")" = "$before" ]
	done
}

@test "whatever includes a header is made again when it changes: units, fuzz targets, benches" {
	for object in unit/test_base fuzz/fuzz_eval bench/bench_rules; do
		object=$BUILD/tests/$object.o
		make -s -C "$BATS_TEST_DIRNAME/../.." BUILD="$BUILD" "$object"
		make -n -C "$BATS_TEST_DIRNAME/../.." BUILD="$BUILD" -W include/base/json.h "$object" | grep -q -- "-o $object"
	done
}

# planted FILE LINE: what the table of rooms says of the sources with LINE before FILE's first include
planted() {
	local tree=$BATS_TEST_TMPDIR/tree root=$BATS_TEST_DIRNAME/../..
	rm -rf "$tree"
	mkdir "$tree"
	cp -R "$root/include" "$root/userspace" "$tree"
	[ -z "$2" ] || sed -i "0,/^#include/s|^#include|$2\n#include|" "$tree/$1"
	"$root/tests/lint/rooms" "$tree"
}

@test "includes that point upwards, behind a door, or to another room's library are found" {
	planted userspace/base/log.c ""
	run -1 planted userspace/base/log.c '#include "http/http.h"'
	[ "$output" = "userspace/base/log.c: http/http.h: base includes upwards" ]
	run -1 planted userspace/modes/watch.c '#include "http/http.h"'
	run -1 planted include/rules/logic.h '#include "container/container.h"'
	run -1 planted userspace/enforce/judge.c '#include "client_internal.h"'
	run -1 planted include/docker/docker.h '#include "client_internal.h"'
	run -1 planted userspace/view/subject.c '#include <microhttpd.h>'
	run -1 planted userspace/enforce/ledger.c '#include "../modes/inventory_internal.h"'
	# a room may always look down
	planted userspace/cli/main.c '#include "base/log.h"'
}
