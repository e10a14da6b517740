#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# lines.test.sh PROGRAM: it counts as wc does, also at the edges, and an unreadable file is an error.

set -u

printf 'one\ntwo\nthree\n' >three
printf 'no newline at the end' >none
: >empty
seq 1 200000 >long              # longer than one buffer

"$1" three none empty long >out || { echo "exit status $?"; exit 1; }
LC_ALL=C sort -k 2 out >got
printf '0 empty\n200000 long\n0 none\n3 three\n' >expected
diff expected got || exit 1

"$1" || { echo "without files: exit status $?"; exit 1; }

"$1" three missing >out 2>err
[ $? -eq 1 ] || { echo "a missing file is no error"; exit 1; }
[ "$(cat err)" = "missing: No such file or directory" ] || { cat err; exit 1; }
