# The rules that the project ships, their schemas, and those in its documentation.
bats_require_minimum_version 1.5.0
load helper

setup_file() {
	without_dockerd
}

# fenced FILE KIND: the blocks of docs/FILE that are marked ```json KIND, one file each, in $BLOCKS
fenced() {
	BLOCKS=$WORK/doc/$1/$2
	mkdir -p "$BLOCKS"
	awk -v kind="$2" -v dir="$BLOCKS" '
		$0 == "```json " kind {n++; on = 1; next}
		$0 == "```" {on = 0}
		on {print > (dir "/" n ".json")}' "$DE_ROOT/docs/$1"
}

@test "docs/rules.md: every example gives what it says" {
	fenced rules.md example
	[ "$(ls "$BLOCKS" | wc -l)" = 6 ]
	run "$DE_BIN" eval --suite "$BLOCKS"/*.json
	echo "$output"
	[ "$status" = 0 ]
	# every operator has its example
	"$DE_BIN" eval --operators | while read -r operator; do
		grep -qF "\"$operator\"" "$DE_ROOT/docs/rules.md" || grep -qF "\`$operator\`" "$DE_ROOT/docs/rules.md"
	done
}

# The notes of the last check are of facts, and of nothing that is surely not meant.
only_facts() {
	run grep -vE "note: (${1:+$1|}reads metrics, so|reads the host and has no|is not read; rule files|is past, so)" <<<"$stderr"
	[ "$output" = "" ]
}

@test "every rule file in the documentation is right" {
	local n=0
	for document in $(cd "$DE_ROOT/docs" && echo *.md); do
		for kind in rules request_rules whitelist_rules triggers; do
			fenced "$document" "$kind"
			for block in "$BLOCKS"/*.json; do
				[ -e "$block" ] || continue
				mkdir "$block.dir"
				echo "[]" >"$block.dir/rules.json"
				cp "$block" "$block.dir/$kind.json"
				run --separate-stderr "$DE_BIN" check "$block.dir"
				echo "$output"
				[ "$status" = 0 ]
				only_facts ".*: there is no rule of that name" # which is in another block
				n=$((n + 1))
			done
		done
	done
	[ "$n" -ge 17 ]
}

@test "every rule test in the documentation passes" {
	for document in rules.md migrating.md; do
		fenced "$document" test
		run "$DE_BIN" test "$BLOCKS"/*.json
		echo "$output"
		[ "$status" = 0 ]
		[[ "${lines[-1]}" == [1-9]*" passed, 0 failed" ]]
	done
}

@test "the shipped rules pass their tests" {
	run "$DE_BIN" test "$DE_ROOT"/rules/packs/*/tests.json "$DE_ROOT"/rules/packs/shared-host/honest.json "$DE_ROOT"/rules/samples/tests.json
	echo "$output"
	[ "$status" = 0 ]
	for folder in "$DE_ROOT"/rules "$DE_ROOT"/rules/samples "$DE_ROOT"/rules/packs/*/; do
		run --separate-stderr "$DE_BIN" check "$folder"
		[ "$status" = 0 ]
		only_facts
	done
}

@test "every shipped rule is tested both ways" {
	for folder in "$DE_ROOT"/rules/samples "$DE_ROOT"/rules/packs/*/; do
		jq -s 'map(.[].name)' "$folder"/rules.json $(ls "$folder"/request_rules.json 2>/dev/null) |
			jq -e --slurpfile suite "$folder/tests.json" '
				.[] as $name | $suite[0].tests |
				{$name, bad: any(.violates | index($name)), good: any(.violates | index($name) | not)}' >"$WORK/ways"
		[ "$(jq -s 'length' "$WORK/ways")" -ge 4 ]
		run jq -r 'select((.bad and .good) | not) | .name' "$WORK/ways"
		[ "$output" = "" ]
	done
}

@test "the default rule files stop nothing" {
	for file in rules request_rules whitelist_rules triggers; do
		[ "$(jq -c . "$DE_ROOT/rules/$file.json")" = "[]" ]
	done
}

@test "the schemas and the loader agree" {
	run "$DE_TESTS/differential/schemas" "$DE_BIN"
	echo "$output"
	[ "$status" = 0 ]
}
