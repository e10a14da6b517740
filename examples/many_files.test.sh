#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Both versions write and read back a hundred files; the program compares what it read.
set -eu

mkdir folder
"$1" folder >printed
grep -Eqx 'blocking:   100 files written in [0-9.]+ ms, read in [0-9.]+ ms' printed
grep -Eqx 'concurrent: 100 files written in [0-9.]+ ms, read in [0-9.]+ ms' printed
[ "$(wc -l <printed)" -eq 2 ]
[ "$(find folder -type f -size 64k | wc -l)" -eq 100 ]

status=0
"$1" missing >/dev/null 2>&1 || status=$?
[ $status -eq 1 ]
