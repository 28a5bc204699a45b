# What the documentation shows and no other file runs: links, the trigger's script, names. Its commands run in tests/systemd.
bats_require_minimum_version 1.5.0
load helper

block() { # block PAGE KIND
	awk -v kind="$2" '$0 == "```" kind {on = 1; next} /^```/ {on = 0} on' "$DE_ROOT/docs/$1"
}

@test "every link leads to a file, and to a heading in it" {
	python3 - "$DE_ROOT" <<-'END'
		import os, re, subprocess, sys
		root = sys.argv[1]
		def anchors(path):
		    text = re.sub(r"```.*?```", "", open(path).read(), flags=re.S)
		    return {re.sub(r"[^\w\- ]", "", h.strip().lower()).replace(" ", "-") for h in re.findall(r"^#+ (.*)$", text, re.M)}
		bad = []
		pages = [os.path.join(root, "README.md"), os.path.join(root, "rules/packs/README.md")]
		pages += [os.path.join(root, "docs", f) for f in os.listdir(os.path.join(root, "docs")) if f.endswith(".md")]
		for page in pages:
		    text = re.sub(r"```.*?```", "", open(page).read(), flags=re.S)
		    for target in re.findall(r"\]\(([^)\s]+)\)", text):
		        if re.match(r"https?://", target):
		            continue
		        path, _, anchor = target.partition("#")
		        full = os.path.normpath(os.path.join(os.path.dirname(page), path)) if path else page
		        if not os.path.exists(full):
		            bad.append(f"{page}: {target}: no such file")
		        elif anchor and anchor not in anchors(full):
		            bad.append(f"{page}: {target}: no such heading")
		print("\n".join(bad))
		sys.exit(bool(bad))
	END
}

@test "every page is reached from the README" {
	for page in "$DE_ROOT"/docs/*.md; do
		grep -q "docs/$(basename "$page")" "$DE_ROOT/README.md" || {
			echo "docs/$(basename "$page") is not in the README" >&2
			return 1
		}
	done
}

@test "docs/triggers.md: the verdict has the fields that it shows, and the script understands it" {
	rules "$no_limit"
	cat >"$WORK/keep" <<-END
		#!/bin/sh
		cat >"$WORK/verdict.new" && mv "$WORK/verdict.new" "$WORK/verdict"
	END
	chmod +x "$WORK/keep"
	jq -n --arg p "$WORK/keep" '[{name: "keep", exec: [$p]}]' >"$RULES/triggers.json"
	container bad -l team=red
	start_enforcer IMMEDIATE_PERIODICAL_START=True
	await has_file "$WORK/verdict"
	block triggers.md "json verdict" | jq -S 'map_values(type)' >"$WORK/shown"
	jq -S 'map_values(type)' "$WORK/verdict" >"$WORK/real"
	diff "$WORK/shown" "$WORK/real"
	block triggers.md "sh script" >"$WORK/mail-owner"
	printf '#!/bin/sh\necho "$@" >"%s"\ncat >>"%s"\n' "$WORK/logged" "$WORK/logged" >"$WORK/logger"
	chmod +x "$WORK/logger" "$WORK/mail-owner"
	PATH=$WORK:$PATH DE_NAME=/bad DE_RULE="no limit" "$WORK/mail-owner" <"$WORK/verdict"
	[ "$(cat "$WORK/logged")" = "-t mail-to-red
Container /bad was stopped: no limit" ]
}

@test "every option that the documentation names exists" {
	"$DE_BIN" run --help | grep -oE '^  [A-Z_]+=' | tr -d ' =' | sort -u >"$WORK/options"
	cat "$DE_ROOT"/README.md "$DE_ROOT"/docs/*.md "$DE_ROOT"/deploy/*.yaml | grep -oE '`[A-Z]+_[A-Z_]+(=[^`]*)?`' |
		grep -oE '[A-Z]+_[A-Z_]+' | sort -u | grep -vE '^(DE_|CAP_|CONTAINER_|REQUEST_|CHECK_SOURCE|SYS_|NET_ADMIN|DAC_)' >"$WORK/named"
	[ "$(wc -l <"$WORK/named")" -gt 15 ]
	comm -23 "$WORK/named" "$WORK/options" >"$WORK/unknown"
	cat "$WORK/unknown"
	[ ! -s "$WORK/unknown" ]
}

@test "docs/rules.md names every endpoint, and no other" {
	grep -oE '^	\{"[A-Z]+", "[^"]*", "[a-z_]+"' "$DE_ROOT/userspace/request/routes.c" | grep -oE '[a-z_]+"$' | tr -d '"' | sort -u >"$WORK/routes"
	sed -n '/^#### Endpoints/,/^###* [^#]/p' "$DE_ROOT/docs/rules.md" | tail -n +3 | grep '^|' | tail -n +3 | cut -d'|' -f3 | grep -oE '[a-z_]+' | sort -u >"$WORK/named"
	[ "$(wc -l <"$WORK/routes")" -gt 80 ]
	diff "$WORK/routes" "$WORK/named"
}

@test "docs/faults.md: each line's test is there" {
	local n=0 file text
	while IFS=$'\t' read -r file text; do
		grep -qF -- "$text" <(grep '^@test' "$DE_TESTS/integration/$file.bats") || {
			echo "$file.bats has no test \"$text\""
			return 1
		}
		n=$((n + 1))
	done < <(sed -n 's/^| [^|]* | [^|]* | \(`.*\) |$/\1/p' "$DE_ROOT/docs/faults.md" | sed 's/, `/\n`/g' | sed 's/^`\([a-z]*\)`: /\1\t/')
	[ "$n" -gt 35 ]
}
