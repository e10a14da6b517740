#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# big_file.test.sh PROGRAM: 3 GiB in lines of 4 MiB and a million short ones are counted in less than 64 MiB.
#
# ctest: cost=9 timeout=180 no-tsan (one thread, three GiB)

set -u

fail() { echo "$*"; cat out err; exit 1; }

# AddressSanitizer keeps what was freed, for a while.
export ASAN_OPTIONS=${ASAN_OPTIONS:-}:quarantine_size_mb=1

: >big
for i in $(seq 768); do
    truncate -s $((i * 4194304 - 1)) big # zeros that take no room on disk
    echo >>big
done
seq 1000001 2000000 >>big
printf end >>big

"$1" big >out 2>err || fail "exit status $?"
[ "$(head -n 1 out)" = "1000769 lines, 3229225475 bytes, the longest line 4194304" ] || fail "the lines"
memory=$(sed -n 's/^memory: \([0-9]*\) KiB at most$/\1/p' out)
[ "$memory" -lt 65536 ] || fail "too much memory"

: >empty
"$1" empty >out 2>err || fail "exit status $?"
[ "$(head -n 1 out)" = "0 lines, 0 bytes, the longest line 0" ] || fail "an empty file"
"$1" missing >out 2>err && fail "a missing file is no error"
[ "$(cat err)" = "missing: No such file or directory" ] || fail "the message"
