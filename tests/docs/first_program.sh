#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# first_program ROOT: the programs in README.md are examples/lines.c and examples/fetch.c, which are built and tested.

set -u

cd "$1" || exit 1
number=0
for program in examples/lines.c examples/fetch.c; do
    number=$((number + 1))
    diff <(awk -v number=$number '/^```/ { inside = $0 == "```c" && ++count == number; next } inside' README.md) \
         <(sed -n '/^#include/,$p' $program) ||
        { echo "README.md (left) and $program differ" >&2; exit 1; }
done
