#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# cache_size.test.sh PROGRAM: the sums are those of du; a file with two names counts once; what cannot be read is
# told once; what vanishes meanwhile is not told at all.

set -u

fail() { echo "$*"; cat out err; exit 1; }

mkdir -p cache/a/b cache/empty
head -c 100000 /dev/urandom >cache/a/one
head -c 5000 /dev/urandom >cache/a/b/two
ln cache/a/one cache/a/b/once-more
: >cache/nothing

allocated=$(du --block-size=1 -s cache | cut -f1)
"$1" cache >out 2>err || fail "exit status $?"
[ ! -s err ] || fail "messages"
[ "$(cat out)" = "3 files in 4 directories, 105000 bytes, $allocated on disk" ] || fail "the sums"

# Files come and go while they are counted.
while [ ! -e enough ]; do
    mkdir cache/here && echo text >cache/here/now && rm -r cache/here
done 2>/dev/null &
churn=$!
for _ in $(seq 50); do
    "$1" cache >out 2>err || fail "while files come and go: exit status $?"
    [ ! -s err ] || fail "what vanished is told"
done
touch enough
wait $churn

"$1" missing >out 2>err && fail "a missing directory is no error"
[ "$(cat err)" = "missing: No such file or directory" ] || fail "the message"

# Needs somebody who may not read everything, and who can reach the program.
reader=()
[ "$(id -u)" -ne 0 ] || reader=(setpriv --reuid 65534 --regid 65534 --clear-groups)
chmod 755 .
chmod 0 cache/a/b
"${reader[@]}" test -x "$1" && ! "${reader[@]}" ls cache/a/b >/dev/null 2>&1 || exit 0
"${reader[@]}" "$1" cache >out 2>err && fail "a closed directory is no error"
[ "$(cat err)" = "cache/a/b: Permission denied" ] || fail "the closed directory"
grep -q '^2 files in 4 directories, 100000 bytes, ' out || fail "the rest counts"
