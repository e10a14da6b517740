#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# bench http sends every request in every way and round, to a server of its own or another one, and says so.

# shellcheck source-path=SCRIPTDIR source=check.bash
. "$(dirname "$0")/check.bash"
# shellcheck source-path=SCRIPTDIR source=http.bash
. "$(dirname "$0")/http.bash"

run "$tool" bench http --json --rounds=3 --requests=20 --concurrency=10 --delay=5ms --size=3000
equal "0:" "$status:$(cat err)" "status and messages"
holds "^  \"backend\": \"${NOWAIT_BACKEND:-(uring|epoll)}\",$" out
for way in 'sequential, a connection each' 'sequential, one connection' concurrent; do
    equal 1 "$(grep -c "^      \"name\": \"$way\",$" out)" "rows of: $way"
done
equal 9 "$(grep -c '^          "answers": 20,$' out)" "runs in which all was answered"
equal 9 "$(grep -c '^          "bytes": 60000,$' out)" "runs in which every byte came"
equal 9 "$(grep -c '^          "failed": 0$' out)" "runs without a failure"
if command -v python3 >/dev/null; then
    python3 - <<'PYTHON' || fail "the numbers are not those of the runs"
import json, statistics
ways = json.load(open("out"))["ways"]
many = [run["seconds"] for run in ways[2]["runs"]]
for way in ways:
    seconds = [run["seconds"] for run in way["runs"]]
    assert abs(way["seconds"] - statistics.median(seconds)) <= 1e-6 * way["seconds"], way
    ratio = statistics.median(a / b for a, b in zip(seconds, many))
    assert abs(way["times_concurrent"] - ratio) <= 1e-6 * ratio, way
assert ways[2]["times_concurrent"] == 1
for way in ways[:2]:  # 20 waits of 5 ms, one after the other
    assert all(run["seconds"] >= 0.1 for run in way["runs"]), way
PYTHON
fi

run "$tool" bench http --rounds=1 --requests=5 --delay=1ms
equal "0:" "$status:$(cat err)" "status and messages of the table"
holds '^5 requests for 1\.00 KiB each, from a server that waits 1\.00 ms before it answers; backend ' out
holds '^concurrent +[0-9.]+ [^ ]*s ' out
holds '#{20}' out # whichever is the fastest
holds '^One after the other took [0-9.]+x the time of concurrent requests ' out

start_peer
run "$tool" bench http --json --rounds=1 --requests=6 "$url/file/x?size=100"
equal 3 "$(grep -c '^          "bytes": 600,$' out)" "another server"
equal 18 "$(grep -c '^GET /file/x' requests)" "requests to it"
run "$tool" bench http --rounds=1 --requests=2 "$url/missing"
equal "0:nowait bench: 6 of the requests have failed" "$status:$(cat err)" "answers that are no success"
run "$tool" bench http --rounds=1 --requests=2 http://127.0.0.1:1/
equal "1:" "$status:$(cat out)" "nobody there"
holds '^nowait bench: http://127.0.0.1:1/: Connection refused$' err

finish
