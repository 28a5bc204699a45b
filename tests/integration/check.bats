# check: what is wrong with rule files, and what is legal but surely not meant, in each form that it is told in.
bats_require_minimum_version 1.5.0
load helper

setup_file() {
	without_dockerd
}

limits='[{"name": "memory", "rule": {"==": [{"var": "params.HostConfig.Memory"}, 0]}, "message": "{name}: -m is missing"},
         {"name": "privileged", "rule": {"var": "params.HostConfig.Privileged"}, "mode": "kill"},
         {"name": "busy", "rule": {">": [{"var": "metrics.cpu_percent"}, 90]}, "for": "1m"}]'

@test "check: all four files, and notes for what is not evaluated everywhere" {
	rules "$limits"
	echo '[{"name": "w", "rule": {"==": [{"var": "violated_rule"}, "memory"]}, "owner": "me", "reason": "r", "expires": "2020-01-01"}]' >"$RULES/whitelist_rules.json"
	echo '[{"name": "r", "rule": {"==": [{"var": "RequestMethod"}, "POST"]}}]' >"$RULES/request_rules.json"
	echo '[{"name": "t", "exec": ["/bin/true"], "rule": {"==": [{"var": "mode"}, "kill"]}}]' >"$RULES/triggers.json"
	run --separate-stderr "$DE_BIN" check "$RULES"
	[ "$status" = 0 ]
	[ "$output" = "6 rules, 0 problems" ]
	[[ "$stderr" == *"rules.json:3: /2: note: reads metrics"* ]]
	[[ "$stderr" == *"whitelist_rules.json:1: /0/expires: note: is past"* ]]
	echo '[{"name": "w", "rule": true, "expires": "tomorrow", "mode": "kill"}]' >"$RULES/whitelist_rules.json"
	echo '[{"name": "r", "rule": {"var": "RequestMehtod"}}]' >"$RULES/request_rules.json"
	echo '[{"name": "t", "exec": ["true"]}, {"name": "u"}, {"name": "v", "log": "{nmae}"}, {"name": "w", "webhook": {"url": "ftp://x"}}]' >"$RULES/triggers.json"
	run --separate-stderr "$DE_BIN" check "$RULES"
	[ "$status" = 1 ]
	for part in "request_rules.json:1: /0/rule/var: RequestMehtod: no such field; did you mean RequestMethod?" \
		"whitelist_rules.json:1: /0/expires: must be a date" "whitelist_rules.json:1: /0/mode: unknown key" \
		"triggers.json:1: /0/exec: must be a list" "triggers.json:1: /1: a trigger needs one of" \
		"triggers.json:1: /2/log: nmae: a verdict has no such field; did you mean name?" \
		"triggers.json:1: /3/webhook: must be an object with \"url\""; do
		grep -qF "$part" <<<"$output"
	done
	[ "${#lines[@]}" = 8 ]
	[ "${lines[-1]}" = "9 rules, 7 problems" ]
}

bad='[
  {"name": "a<b>&\"é", "rule": {"=": [{"var": "name"}, "/x"]}},
  {"name": "ok",
   "rule": {
     ">": [{"var": "metrics.memory_stats.usage"},
           {"bytes": "1GiB"}]},
   "for": "30s"},
  {"name": "typo", "rule": {"some": [{"var": "mounts"},
    {"==": [{"var": "tpye"},
            "bind"]}]}}
]'

@test "check: each problem has its line, and the last line counts, whatever was found" {
	rules "$bad"
	run -1 --separate-stderr "$DE_BIN" check "$RULES"
	[ "${lines[0]}" = "$RULES/rules.json:2: /0/rule/=: unknown operator \"=\"; did you mean \"==\"?" ]
	[[ "${lines[1]}" == "$RULES/rules.json:9: /2/rule/some/1/==/0/var: tpye: no such field"* ]]
	[ "${lines[2]}" = "3 rules, 2 problems" ]
	[[ "$stderr" == "$RULES/rules.json:3: /1: note: reads metrics"* ]]
	echo '[1,
	 2,, 3]' >"$RULES/rules.json"
	run -1 "$DE_BIN" check "$RULES"
	[[ "${lines[0]}" == "$RULES/rules.json:2: /: line 2, column "* ]]
	[ "${lines[-1]}" = "0 rules, 1 problems" ]
	rules '[]'
	run -0 "$DE_BIN" check "$RULES"
	[ "$output" = "0 rules, 0 problems" ]
}

@test "check: files of other names and an empty folder are said" {
	rm -f "$RULES"/*
	run -1 "$DE_BIN" check "$RULES"
	[[ "$output" == *"rules.json: /: no such file"*"0 rules, 1 problems" ]]
	for name in rules.py rules.yaml rule.json; do
		rm -f "$RULES"/*
		echo "x" >"$RULES/$name"
		run -1 "$DE_BIN" check "$RULES"
		[[ "$output" == *"$name: /: note: is not read; rule files are rules.json"* ]]
		[[ "$output" == *"rules.json: /: no such file"* ]]
	done
}

@test "check --json: stable, with line, pointer and rule" {
	rules "$bad"
	run -1 --separate-stderr "$DE_BIN" check --json --plain "$RULES"
	jq -e --arg f "$RULES/rules.json" '
		(keys == ["notes", "problems", "rules"]) and (.rules | map(.name) == ["a<b>&\"é", "ok", "typo"]) and
		(.problems[0] | .file == $f and .line == 2 and .pointer == "/0/rule/=" and .rule == "a<b>&\"é" and (.text | startswith("unknown operator"))) and
		(.notes[0] | .line == 3 and .pointer == "/1" and .rule == "ok") and
		.rules[1].plain == "violated when memory use is over 1 GiB for 30 s"' <<<"$output"
	[ "$stderr" = "" ]
}

@test "check --github: an annotation for each finding, with nothing in it that ends it early" {
	rules "$bad"
	mkdir "$RULES/rules.d"
	echo '[{"name": 1}]' >"$RULES/rules.d/a,b:c.json"
	run -1 "$DE_BIN" check --github "$RULES"
	grep -qxF "::error file=$RULES/rules.json,line=2,title=/0/rule/=::unknown operator \"=\"; did you mean \"==\"?" <<<"$output"
	grep -qF "::error file=$RULES/rules.d/a%2Cb%3Ac.json,line=1,title=/0/name::must be a string" <<<"$output"
	grep -qF "::warning file=$RULES/rules.json,line=3,title=/1::reads metrics" <<<"$output"
}

@test "check --junit: XML with a case for each rule, and the failed ones" {
	rules "$bad"
	run -1 --separate-stderr "$DE_BIN" check --junit "$RULES"
	echo "$output" >"$WORK/junit.xml"
	python3 -c '
import sys, xml.etree.ElementTree as tree
suite = tree.parse(sys.argv[1]).getroot().find("testsuite")
cases = {c.get("name"): c for c in suite.findall("testcase")}
assert suite.get("tests") == "4" and suite.get("failures") == "2", suite.attrib
assert set(cases) == {"rule files", "a<b>&\"é", "ok", "typo"}, cases
assert cases["ok"].find("failure") is None and "reads metrics" in cases["ok"].find("system-out").text
assert "tpye" in cases["typo"].find("failure").get("message") and ":9: " in cases["typo"].find("failure").text
' "$WORK/junit.xml"
}

@test "check --plain: each rule in plain words" {
	rules "$limits"
	echo '[{"name": "w", "rule": {"==": [{"var": "violated_rule"}, "memory"]}}]' >"$RULES/whitelist_rules.json"
	run -0 --separate-stderr "$DE_BIN" check --plain "$RULES"
	[ "$output" = "$RULES/rules.json: \"memory\": violated when memory limit is not set
$RULES/rules.json: \"privileged\": violated when it is privileged
$RULES/rules.json: \"busy\": violated when CPU use is over 90 % for 1 min
$RULES/whitelist_rules.json: \"w\": exempt when the violated rule is \"memory\"
4 rules, 0 problems" ]
}

@test "check: usage" {
	for help in --help -h; do
		run -0 "$DE_BIN" check "$help"
		[[ "$output" == usage:* ]]
	done
	run -2 --separate-stderr "$DE_BIN" check --bogus
	[[ "$stderr" == *"--bogus"*"usage:"* ]]
	run -2 "$DE_BIN" check "$RULES" "$RULES"
	[[ "$output" == *"one folder at a time"* ]]
	run -2 "$DE_BIN" check "$WORK/absent"
	[[ "$output" == *"$WORK/absent: no such folder"* ]]
}

@test "check: notes on what is surely not meant refuse nothing, have their line, and say what they compared" {
	rules '[
	  {"name": "memory", "rule": {"and": [
	    {"!=": [{"var": "name"}, "db"]},
	    {">": [{"var": "params.HostConfig.Memory"}, 512]}]}}]'
	echo '[{"name": "w", "rule": {"==": [{"var": "violated_rule"}, "memroy"]}}]' >"$RULES/whitelist_rules.json"
	run -0 --separate-stderr "$DE_BIN" check "$RULES"
	[ "$output" = "2 rules, 0 problems" ]
	[ "$stderr" = "$RULES/rules.json:3: /0/rule/and/0/!=: note: name != \"db\": never so, it begins with a slash, as in \"/web\"
$RULES/rules.json:4: /0/rule/and/1/>: note: params.HostConfig.Memory > 512: it is in bytes; write {\"bytes\": \"512MiB\"}
$RULES/whitelist_rules.json:1: /0/rule/==: note: violated_rule == \"memroy\": there is no rule of that name" ]
}
