#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# heartbeat.test.sh PROGRAM: both ways read the same bytes. Read the ordinary way, the heart stands still, and
# the task and its place are told; read with nowait, it beats. The file is a FIFO that has nothing to read for
# as long as it takes to see that.
#
# ctest: no-tsan (ThreadSanitizer holds signals back until the read returns)

set -u

program=$1
fail() { echo "$*"; cat out err 2>/dev/null; exit 1; }

head -c 3000000 /dev/zero >file
"$program" file >out 2>err || fail "exit status $?"
[ "$(wc -l <out)" -eq 2 ] || fail "two lines"
grep -Eqx 'ordinary  3000000 bytes; 0 heartbeats meanwhile, the longest stall [0-9.]+ ms' out || fail "ordinary"
grep -Eqx 'nowait    3000000 bytes; [0-9]+ heartbeats meanwhile, the longest stall [0-9.]+ ms' out || fail "nowait"

mkfifo slow messages

"$program" slow ordinary >out 2>messages &
exec 5<messages 4>slow
while read -r line <&5; do
    echo "$line" >>err
    [[ $line != *"(read_ordinarily+"* ]] || break
done
printf 'at last' >&4
exec 4>&-
cat <&5 >>err # the message's end, or the writer is told that nobody reads
wait $! || fail "ordinary: exit status $?"
grep -Eqx 'ordinary  7 bytes; 0 heartbeats meanwhile, the longest stall [0-9.]+ ms' out || fail "frozen"
grep -Eq '^nowait: task "reader" \(function 0x[0-9a-f]+\) keeps its loop; it is here:$' err || fail "the task's name"

# switches PID: how often it went to sleep, as a heart does after each beat.
switches() { sed -n 's/^voluntary_ctxt_switches:\t//p' "/proc/$1/status"; }

"$program" slow nowait >out 2>err &
exec 4>slow
before=$(switches $!)
until [ "$(switches $!)" -ge $((before + 20)) ]; do sleep 0.01; done
printf 'at last' >&4
exec 4>&-
wait $! || fail "nowait: exit status $?"
beats=$(sed -nE 's/^nowait    7 bytes; ([0-9]+) heartbeats meanwhile, .*/\1/p' out)
[ "${beats:-0}" -ge 10 ] || fail "no heartbeats"

"$program" missing ordinary 2>err && fail "a missing file is no error"
[ "$(cat err)" = "missing: No such file or directory" ] || fail "the message"
