#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The input is printed, the output has its two lines; what is missing is said, and the exit status tells.
set -eu

printf 'one\ntwo\n' >input
"$1" input output >printed
printf 'one\ntwo\noutput: 31 bytes\n' | cmp - printed
printf 'the first line\nthe second line\n' | cmp - output

status=0
"$1" missing output 2>message || status=$?
[ $status -eq 1 ]
grep -q 'No such file or directory' message

status=0
"$1" input none/output >/dev/null 2>&1 || status=$?
[ $status -eq 1 ]
