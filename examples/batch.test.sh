#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# batch.test.sh PROGRAM: sums in the order of the arguments, known ones among them; a missing file is
# reported and does not stop the rest.

set -u

printf 'foobar' >foobar
: >empty
for i in $(seq 200); do seq "$i" >"file$i"; done

"$1" file{1..200} >forward || { echo "exit status $?"; exit 1; }
[ "$(cut -c 19- forward)" = "$(printf '%s\n' file{1..200})" ] || { echo "not in order"; exit 1; }
# shellcheck disable=SC2046 # one word a name
"$1" $(printf '%s\n' file{1..200} | tac) | tac | diff forward - || exit 1

"$1" foobar missing empty >out 2>err
[ $? -eq 1 ] || { echo "a missing file is no error"; exit 1; }
printf '85944171f73967e8  foobar\ncbf29ce484222325  empty\n' | diff - out || exit 1
[ "$(cat err)" = "missing: No such file or directory" ] || { cat err; exit 1; }
