#!/usr/bin/env bats
# What containers' owners write is kept, queued and sent on by the byte, not only by the number.
bats_require_minimum_version 1.5.0

load helper
load engine

setup_file() {
	without_dockerd
}

# many N: so many requests; a tenth where each byte takes tens of times as long
many() {
	if instrumented; then echo $(($1 / 10)); else echo "$1"; fi
}

# grew_by AT_MOST BEFORE AFTER: in MiB; under a sanitizer, which keeps what is freed for a while, by anything
grew_by() {
	instrumented || [ "$3" -lt $(($2 + $1)) ]
}

rss_mib() {
	awk '/^VmRSS:/ {print int($2 / 1024)}' "/proc/$ENFORCER/status"
}

# refused_creates N LABELS [LENGTH]: N creates of other names, each with so many labels (of LENGTH bytes), all refused
refused_creates() {
	python3 - "$WORK/plugin.sock" "$1" "$2" "${3:-1}" <<-'END'
		import base64, http.client, json, socket, sys
		path, n, labels, length = sys.argv[1], *map(int, sys.argv[2:5])
		class Unix(http.client.HTTPConnection):
		    def connect(self):
		        self.sock = socket.socket(socket.AF_UNIX)
		        self.sock.connect(path)
		body = base64.b64encode(json.dumps({"Image": "i", "Labels": {f"l{i}": "v" * length for i in range(labels)}}).encode()).decode()
		c = Unix("p")
		for i in range(n):
		    message = {"RequestMethod": "POST", "RequestUri": f"/v1.41/containers/create?name=n{i}", "RequestBody": body,
		               "RequestHeaders": {"Content-Type": "application/json"}, "User": "eve"}
		    c.request("POST", "/AuthZPlugin.AuthZReq", json.dumps(message))
		    answer = json.loads(c.getresponse().read())
		    assert not answer["Allow"], answer
		    assert len(answer["Msg"]) < 5000
	END
}

on_engine() { # with the plugin, and no metrics
	start_engine
	start_on_engine RUN_AUTHZ=True AUTHZ_LISTEN="unix://$WORK/plugin.sock" MODE=KILL DISABLE_METRICS=True RUN_PERIODIC=False WHITE_LIST= "$@"
}

@test "1,000 refused creates with 890 kB of labels each: the ledger, the page and the message stay small" {
	rules '[{"name": "all", "rule": true, "message": "refused: {labels.l0}"}]'
	on_engine
	refused_creates 20 1 890000
	before=$(rss_mib)
	refused_creates "$(many 1000)" 1 890000
	after=$(rss_mib)
	get '/?show_image_and_labels=1' >"$WORK/page"
	page=$(rss_mib)
	echo "RSS in MiB: $before, after 1,000 creates $after, with the page $page; the page has $(wc -c <"$WORK/page") bytes"
	jq -e --argjson n "$(many 1000)" '.detections | length == $n and all(.labels.l0 | endswith("…"))' "$WORK/page"
	jq -e '.detections | all(.message | endswith("…"))' "$WORK/page"
	[ "$(wc -c <"$WORK/page")" -lt 20000000 ]
	grew_by 40 "$before" "$after"
	grew_by 100 "$before" "$page"
}

@test "refused creates with 15,000 labels each: how many were left out is said" {
	rules '[{"name": "all", "rule": true}]'
	on_engine
	refused_creates 20 15000
	before=$(rss_mib)
	refused_creates 300 15000
	after=$(rss_mib)
	get '/?show_image_and_labels=1' >"$WORK/page"
	echo "RSS in MiB: $before, after 300 creates $after, with the page $(rss_mib); the page has $(wc -c <"$WORK/page") bytes"
	jq -e '.detections | length == 300 and all(.labels | length < 200 and .["…"] == "\(15000 - length + 1) more")' "$WORK/page"
	grew_by 60 "$before" "$after"
}

@test "the ledger has a bound in bytes: the oldest goes first" {
	rules '[{"name": "all", "rule": true}]'
	on_engine
	refused_creates 4000 100 100
	get '/' >"$WORK/page"
	jq -e '.detections | length > 500 and length < 4000 and (map(.id) | index("n3999") and (index("n0") | not))' "$WORK/page"
}

@test "a webhook that is away and 800 refused creates: what waits is bounded, and what it cannot hold is counted" {
	rules '[{"name": "all", "rule": true, "message": "refused: {labels.l0}"}]'
	# nobody listens there: each attempt is followed by a pause
	echo '[{"name": "hung", "webhook": {"url": "http://127.0.0.1:1/"}}]' >"$RULES/triggers.json"
	on_engine
	refused_creates 20 1000 800
	before=$(rss_mib)
	refused_creates 800 1000 800
	after=$(rss_mib)
	echo "RSS in MiB: $before, after 800 creates $after; dropped $(sample docker_enforcer_triggers_dropped_total)"
	sample_above docker_enforcer_triggers_dropped_total 0
	[ "$(grep -c 'triggers: 1000 wait already, or 4 MiB of them' "$LOG")" = 1 ]
	grew_by 40 "$before" "$after"
}

@test "a trigger's program starts whatever a container is called or labelled, with variables that are cut" {
	rules '[{"name": "all", "rule": true, "message": "{labels.l0}"}]'
	cat >"$WORK/program" <<-END
		#!/bin/sh
		cat >"$WORK/verdict"
		printf '%s' "\$DE_MESSAGE" >"$WORK/message"
	END
	chmod +x "$WORK/program"
	echo '[{"name": "run", "exec": ["'"$WORK/program"'"]}]' >"$RULES/triggers.json"
	on_engine
	refused_creates 1 1 140000
	await has_file "$WORK/message"
	[ "$(wc -c <"$WORK/message")" -le 2048 ]
	[[ "$(cat "$WORK/message")" == vvvv*v… ]]
	jq -e '.labels.l0 | endswith("…") and length < 300' "$WORK/verdict"
	[ "$(sample docker_enforcer_triggers_failed_total)" = 0 ]
}

@test "names, images and URIs as long as a request may be: log, audit log and pages cut them" {
	rules '[{"name": "all", "rule": true}]'
	on_engine AUDIT_LOG="$WORK/audit" LOG_FORMAT=json
	name=$(printf 'n%.0s' {1..500000})
	jq -nc --rawfile n <(printf %s "$name") --arg b "$(printf '{"Image": "i"}' | base64)" '{RequestMethod: "POST", RequestUri: ("/v1.41/containers/create?name=" + $n),
		RequestBody: $b, RequestHeaders: {"Content-Type": "application/json"}, User: $n}' >"$WORK/message"
	curl -sf --unix-socket "$WORK/plugin.sock" --data-binary "@$WORK/message" http://p/AuthZPlugin.AuthZReq | jq -e '.Allow == false'
	await has_file "$WORK/audit"
	[ "$(wc -c <"$WORK/audit")" -lt 10000 ]
	[ "$(grep -c 'authorization refused' "$LOG")" = 1 ]
	[ "$(wc -c <"$LOG")" -lt 20000 ]
	[ "$(get / | wc -c)" -lt 10000 ]
}
