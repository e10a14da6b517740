#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# hundred_files.test.sh PROGRAM: all come back as they were written, and nothing is left; an error arrives.

set -u

mkdir folder
"$1" folder >out || { echo "exit status $?"; exit 1; }
[ "$(head -n 1 out)" = "100 files written and read back" ] || { cat out; exit 1; }
grep -qE '^concurrently: [0-9]+\.[0-9] ms, blocking: [0-9]+\.[0-9] ms$' out || { cat out; exit 1; }
rmdir folder || exit 1

"$1" folder 2>err
[ $? -eq 1 ] || { echo "a missing folder is no error"; exit 1; }
[ "$(cat err)" = "hundred_files: No such file or directory" ] || { cat err; exit 1; }
