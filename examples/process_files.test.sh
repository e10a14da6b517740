#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A hundred files and one that is missing: each has its line, in the order of the arguments.
set -eu

files=()
for i in $(seq 1 100); do
    seq 1 "$i" >"file$i"
    files+=("file$i")
    printf '%8d lines, longest %6d  %s\n' "$i" "${#i}" "file$i" >>expected
done
"$1" "${files[@]}" >printed
cmp expected printed

status=0
"$1" file3 missing file2 >printed || status=$?
[ $status -eq 1 ]
printf '%8d lines, longest %6d  file3\nmissing: No such file or directory\n%8d lines, longest %6d  file2\n' \
    3 1 2 1 | cmp - printed
