#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# first_program ROOT: the program in README.md is examples/lines.c, which is built and tested.

set -u

cd "$1" || exit 1
diff <(awk '/^```/ { if (inside) exit; inside = $0 == "```c"; next } inside' README.md) \
     <(sed -n '/^#include/,$p' examples/lines.c) ||
    { echo "README.md (left) and examples/lines.c differ" >&2; exit 1; }
