#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# lines.test.sh PROGRAM: it counts lines, also one without its newline; a file that cannot be read is reported, and
# the others are counted all the same.

set -u

printf 'one\ntwo\nthree\n' >three
printf 'no newline at the end' >none
: >empty
seq 1 200000 >long              # longer than one buffer

"$1" three none empty long >out || { echo "exit status $?"; exit 1; }
printf '3 three\n1 none\n0 empty\n200000 long\n' | diff - out || exit 1

"$1" || { echo "without files: exit status $?"; exit 1; }

"$1" three missing / none >out 2>err
[ $? -eq 1 ] || { echo "what cannot be read is no error"; exit 1; }
printf '3 three\n1 none\n' | diff - out || exit 1
printf 'missing: No such file or directory\n/: Is a directory\n' | diff - err || exit 1
