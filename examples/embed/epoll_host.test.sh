#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# epoll_host.test.sh PROGRAM: the task does its work, and the host its own meanwhile. An error arrives.

set -u

seq 1 100000 >numbers
"$1" numbers >out || { echo "exit status $?"; exit 1; }
printf 'numbers: 588895 bytes\nthe host ticked meanwhile\n' | diff - out || exit 1

"$1" missing 2>err
[ $? -eq 1 ] || { echo "a missing file is no error"; exit 1; }
[ "$(cat err)" = "missing: No such file or directory" ] || { cat err; exit 1; }
