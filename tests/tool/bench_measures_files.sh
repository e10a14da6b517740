#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# bench files reads every file in every way and every round, and says so in a table and in JSON.

# shellcheck source-path=SCRIPTDIR source=check.bash
. "$(dirname "$0")/check.bash"

mkdir -p tree/a/b
for i in $(seq 200); do head -c $((i * 7)) /dev/zero >"tree/a/$i"; done
head -c 300000 /dev/zero >tree/a/b/large
: >tree/empty
ln -s a tree/link
files=$(find tree -type f | wc -l)
bytes=$(find tree -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum }')

run "$tool" bench files --json --rounds=3 --concurrency=8 tree
equal "0:" "$status:$(cat err)" "status and messages"
holds "^  \"backend\": \"${NOWAIT_BACKEND:-(uring|epoll)}\",$" out
holds '^  "folder": "tree",$' out
holds "^  \"files\": $files,$" out
holds "^  \"bytes\": $bytes,$" out
holds '^  "rounds": 3,$' out
for way in blocking 'async, one at a time' 'async, concurrent' 'thread pool' idle; do
    equal 1 "$(grep -c "^      \"name\": \"$way\",$" out)" "rows of: $way"
done
# Four ways that read, three rounds each; the idle loop reads nothing.
equal 12 "$(grep -c "^          \"bytes\": $bytes,$" out)" "runs that read every byte"
equal 12 "$(grep -c "^          \"files\": $files,$" out)" "runs that read every file"
equal 15 "$(grep -c '^          "failed": 0$' out)" "runs without a failure"
if command -v python3 >/dev/null; then
    python3 - <<'PYTHON' || fail "the medians are not those of the runs"
import json, statistics
report = json.load(open("out"))
for way in report["ways"]:
    runs = way["runs"]
    seconds = statistics.median(run["seconds"] for run in runs)
    assert abs(way["seconds"] - seconds) <= 1e-6 * seconds, way
    assert abs(way["stall_ns"] - statistics.median(run["stall_ns"] for run in runs)) < 1, way
    assert way["worst_stall_ns"] == max(run["stall_ns"] for run in runs), way
    assert seconds > 0 and abs(way["files_per_second"] - runs[0]["files"] / seconds) <= 1e-3 / seconds, way
PYTHON
fi

run "$tool" bench files --rounds=1 --cold tree
equal "0:" "$status:$(cat err)" "status and messages, cold"
holds "^$files files, .*, below tree; backend ${NOWAIT_BACKEND:-(uring|epoll)}$" out
for way in blocking 'async, one at a time' 'async, concurrent' 'thread pool' idle; do
    holds "^$way " out
done
holds '^In a typical round, blocking reads held up every other task for .*, concurrent async for ' out
holds "^The same files took .* the blocking loop's time with concurrent async, " out
holds '#' out

run "$tool" bench files --rounds=1 --files=10 --json tree
holds '^  "files": 10,$' out
run "$tool" bench files --rounds=1 tree/a/b/large
equal 0 "$status" "a single file"
mkdir nothing
run "$tool" bench files nothing
equal "1:" "$status:$(cat out)" "an empty folder"
equal "nowait bench: nothing: no files to read" "$(cat err)" "message for an empty folder"
run "$tool" bench files missing
equal 1 "$status" "a folder that does not exist"
holds '^nowait bench: missing: No such file' err

finish
