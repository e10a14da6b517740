#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# read_and_write.test.sh PROGRAM: prints the one, writes the other, and says what went wrong.

set -u

printf 'a\0b\nno newline at the end' >from
"$1" from to >out || { echo "exit status $?"; exit 1; }
cmp from out || exit 1
printf 'first line\nsecond line\n' | cmp - to || exit 1

"$1" missing to2 2>err
[ $? -eq 1 ] || { echo "a missing file is no error"; exit 1; }
[ "$(cat err)" = "read_and_write: No such file or directory" ] || { cat err; exit 1; }
[ ! -e to2 ] || { echo "to2 was made"; exit 1; }

"$1" from /dev/full >/dev/null 2>err
[ $? -eq 1 ] || { echo "a full disk is no error"; exit 1; }
[ "$(cat err)" = "read_and_write: No space left on device" ] || { cat err; exit 1; }
