# The pages for people: what they show, in a real browser, and that nothing in them can do harm.
bats_require_minimum_version 1.5.0
load helper

html() {
	accepted "text/html,application/xhtml+xml,*/*;q=0.8" "$1"
}

accepted() { # accepted TYPES PATH
	curl -sf --max-time 60 -H "Accept: $1" "http://127.0.0.1:$PORT$2"
}

browse() { # browse CHECK [ARGUMENT]
	NODE_PATH=$DE_ROOT/build/browser/node_modules node "$DE_ROOT/tests/browser/pages.js" "http://127.0.0.1:$PORT" "$@" 3>&-
}

evil='<img src=x onerror=alert(1)><script>alert("2")</script>'"'"'&"'

@test "HTML where Accept names it, JSON otherwise; a strict policy, nothing cached" {
	rules "$no_limit"
	container bad
	start_enforcer IMMEDIATE_PERIODICAL_START=True
	await detected bad "must have memory limit"
	for path in / /recent /containers /containers/bad /host /owners /history /rules /request_rules /whitelist_rules /triggers /config; do
		html "$path" | has '^<!doctype html>'
		for accept in "application/json" "*/*" "application/json, text/html;q=0, */*"; do
			accepted "$accept" "$path" | jq -e 'type | . == "object" or . == "array"'
		done
	done
	for path in / /containers; do
		html "$path" | has "<a href=\"/containers/$(docker inspect -f "{{.Id}}" bad)\"><span class=\"text\" title=\"bad\">bad</span></a>"
		html "$path" | has 'must have memory limit'
	done
	html / | lacks 'must have <'
	[ "$(curl -s -o "$WORK/missing" -w '%{http_code}' -H 'Accept: text/html' "http://127.0.0.1:$PORT/nowhere")" = 404 ]
	grep -q '^<!doctype html>' "$WORK/missing"
	curl -s "http://127.0.0.1:$PORT/nowhere" | jq -e .message
	curl -sI -H "Accept: text/html" "http://127.0.0.1:$PORT/" >"$WORK/headers"
	grep -qi "^content-security-policy: default-src 'none'; style-src 'self'; script-src 'self'" "$WORK/headers"
	not grep -qi "unsafe" "$WORK/headers"
	grep -qi "^cache-control: no-store" "$WORK/headers"
	grep -qi "^vary: accept" "$WORK/headers"
}

@test "pages: what was done, since when, by which rule; counts; secrets of webhooks are not shown" {
	rules '[{"name": "no limit", "description": "Says how much it needs.", "rule": {"==": [{"var": "params.HostConfig.Memory"}, 0]}, "mode": "kill", "action": "pause"}]'
	echo '[{"name": "chat", "enabled": false, "webhook": {"url": "https://example.com/", "headers": {"Authorization": "Bearer hunter2"}}}]' >"$RULES/triggers.json"
	container bad
	start_enforcer IMMEDIATE_PERIODICAL_START=True
	await sample_above containers_stopped_total 0
	shows / '.detections[0] | .action == "paused" and .first_timestamp <= .last_timestamp and .action_timestamp'
	shows /containers '.[0] | .action == "paused" and .violations[0].for_s >= 0'
	html /containers | has '>paused<'
	html /rules | has 'Says how much it needs'
	html /rules | has 'violated when memory limit is not set'
	html /rules | has 'data-label="Detections" class="number">[1-9]'
	shows /triggers '.[0].webhook.headers.Authorization == "(not shown)"'
	html /triggers | has chat
	html /triggers | lacks hunter2
	docker unpause bad
}

@test "exemptions: on the page when asked for, with who answers for them, and counted" {
	rules "$no_limit"
	echo '[{"name": "old", "rule": {"==": [{"var": "name"}, "/legacy"]}, "owner": "ops", "reason": "until spring", "expires": "2099-01-01"}]' >"$RULES/whitelist_rules.json"
	container legacy
	container listed
	start_enforcer IMMEDIATE_PERIODICAL_START=True WHITE_LIST=listed
	await sample_above docker_enforcer_exemptions_total 1
	shows / 'has("exemptions") | not'
	shows '/?show_exemptions=1' '.detections == [] and (.exemptions | length == 2)'
	shows '/?show_exemptions=1' '.exemptions[] | select(.name == "/legacy") |
		.exempt_by == "old" and .owner == "ops" and .reason == "until spring" and .expires[:10] == "2099-01-01" and .rule == "must have memory limit"'
	shows '/?show_exemptions=1' '.exemptions[] | select(.name == "/listed") | .exempt_by | startswith("WHITE_LIST")'
	html '/?show_exemptions=1' | has 'until spring'
}

@test "exemptions: watch notes one once" {
	rules '[{"name": "any", "rule": {">": [{"var": "metrics.memory_stats.usage"}, 0]}}]'
	container listed
	start_enforcer WHITE_LIST=listed RUN_PERIODIC=False METRICS_SOURCE=bpf
	await sample_above docker_enforcer_watch_ticks_total 5
	[ "$(sample docker_enforcer_exemptions_total)" = 1 ]
	detections 0
}

@test "browser: every page fits a phone and a wide screen, light and dark" {
	rules '[{"name": "a rule with a rather long name that goes on and on until it has to be broken somewhere", "rule": true, "for": "1s"}]'
	container "a-container-with-a-long-name-$(printf 'x%.0s' {1..60})" -l "a.long.label=$(printf 'y%.0s' {1..120})"
	start_enforcer CHECK_INTERVAL_S=1 IMMEDIATE_PERIODICAL_START=True
	await sample_above docker_enforcer_checks_total 2
	browse layout
	browse colours
	browse accessible
}

@test "browser: the containers' page updates by itself" {
	start_enforcer
	browse live busy >"$WORK/out" &
	browser=$!
	await grep -q open "$WORK/out"
	container busy -- sh -c 'while :; do :; done'
	wait "$browser"
}

@test "browser: detections are sorted and filtered, also after an update" {
	rules "$no_limit"
	for name in one two three; do container "$name"; done
	start_enforcer IMMEDIATE_PERIODICAL_START=True
	await detected three "must have memory limit"
	browse sort
	browse now
	browse zone
	browse missing
}

@test "browser: an update changes only what is new: selection, focus and what is opened stay" {
	rules "$no_limit"
	for name in one two three; do container "$name"; done
	start_enforcer IMMEDIATE_PERIODICAL_START=True CHECK_INTERVAL_S=2
	await detected three "must have memory limit"
	browse kept
}

@test "browser: what looks like markup in names, labels, rules and messages is text" {
	jq -n --arg e "$evil" '[{name: $e, description: $e, message: ("{labels} " + $e), severity: $e, rule: {"in": [$e, {"val": ["labels", "x"]}]}}]' >"$RULES/rules.json"
	jq -n --arg e "$evil" '[{name: $e, reason: $e, owner: $e, rule: {"==": [{"var": "name"}, "/exempt"]}}]' >"$RULES/whitelist_rules.json"
	jq -n --arg e "$evil" '[{name: $e, log: $e}]' >"$RULES/triggers.json"
	container plain -l x="$evil"
	container exempt -l x="$evil"
	start_enforcer IMMEDIATE_PERIODICAL_START=True DOCKER_CERT_PATH="$evil"
	await detected plain "$evil"
	html '/?show_all_violated_rules=1&show_image_and_labels=1' | has '&lt;script&gt;alert(&quot;2&quot;)'
	browse escaped "$evil"
}
