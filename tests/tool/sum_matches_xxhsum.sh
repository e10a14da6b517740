#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# --xxh3 and --xxh128 give the digests of xxhsum, in lines that either program reads.

# shellcheck source-path=SCRIPTDIR source=check.bash
. "$(dirname "$0")/check.bash"
need xxhsum

: >empty
printf a >short
for size in 240 241 1024 65536 262143 262144 262145 3000000; do
    head -c $size /dev/urandom >"size.$size"
done
names=(empty short size.*)

# Tagged lines are the same in all versions of xxhsum; it prints its own name on standard error.
for kind in "--xxh3 -H3" "--xxh128 -H2"; do
    read -r ours theirs <<<"$kind"
    xxhsum "$theirs" --tag "${names[@]}" >want 2>/dev/null
    run "$tool" sum "$ours" --tag "${names[@]}"
    same want out "$ours --tag"
    equal "0:" "$status:$(cat err)" "$ours: status and messages"
    run "$tool" sum "$ours" --strict -c want
    equal 0 "$status" "we check their list $ours"
    "$tool" sum "$ours" "${names[@]}" >list
    run xxhsum "$theirs" -c list
    equal 0 "$status" "they check our list $ours"
    run "$tool" sum "$ours" --strict --quiet -c list
    equal "0:" "$status:$(cat out)" "we check our list $ours"
    echo more >>short
    run "$tool" sum "$ours" --quiet -c list
    equal "1:short: FAILED" "$status:$(cat out)" "a change is seen $ours"
    printf a >short
done

xxhsum -H2 "${names[@]}" >want 2>/dev/null
run "$tool" sum --xxh128 "${names[@]}"
same want out "--xxh128"

finish
