#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# to_thread.test.sh PROGRAM: a line is appended, the lines are counted, and the loop was alive meanwhile.

set -u

seq 1 1000 >lines
"$1" lines >out || { echo "exit status $?"; exit 1; }
[ "$(cat out)" = "1001 lines; the heart went on beating" ] || { cat out; exit 1; }
[ "$(tail -n 1 lines)" = "one more line" ] || { tail -n 1 lines; exit 1; }

"$1" no/such/folder 2>err
[ $? -eq 1 ] || { echo "a missing folder is no error"; exit 1; }
[ "$(cat err)" = "no/such/folder: No such file or directory" ] || { cat err; exit 1; }
