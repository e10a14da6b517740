#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The ends of files, as tail prints them: options and sizes in many combinations, files, pipes, standard input.
#
# ctest: cost=10 timeout=180

# shellcheck source-path=SCRIPTDIR source=check.bash
. "$(dirname "$0")/check.bash"

need tail
peer=(tail) ours=(tail)

# With and without an end of the last line, of sizes around those of the blocks (128 KiB).
: >empty
printf '\n' >newline
printf 'no end' >noend
printf 'one\ntwo\n\n\nfive' >few
seq 30 >lines
head -c 131071 /dev/zero | tr '\0' x >long_line
{ head -c 131072 /dev/zero | tr '\0' x; echo; } >long_ended
seq 100000 >many
{ seq 50000; printf 'last'; } >many_noend
head -c 300000 /dev/urandom >random
printf 'a\0b\nc\0d\0' >zeros
yes '' | head -n 200000 >newlines
files=(empty newline noend few lines long_line long_ended many many_noend random zeros newlines)

for count in 0 1 2 10 131072 131073 99999999999 +0 +2 +131073; do
    for unit in -n -c; do
        for file in "${files[@]}"; do
            tail $unit "$count" "$file" >want
            "$tool" tail $unit "$count" "$file" >out || fail "$unit $count $file: status $?"
            same want out "$unit $count $file"
        done
        for file in noend many_noend newlines; do
            tail $unit "$count" <"$file" >want
            "$tool" tail $unit "$count" <"$file" >out || fail "$unit $count <$file: status $?"
            same want out "$unit $count <$file"
            # shellcheck disable=SC2002 # a pipe is what is meant
            cat "$file" | tail $unit "$count" >want
            # shellcheck disable=SC2002
            cat "$file" | "$tool" tail $unit "$count" >out || fail "cat $file | $unit $count: status $?"
            same want out "cat $file | $unit $count"
        done
    done
done

like_peer "zero-terminated" -z -n 2 zeros few
like_peer "several" few lines empty
same <(tail few - lines <noend) <("$tool" tail few - lines <noend) "several, from standard input"
like_peer "quiet" -q few lines
like_peer "verbose" -v few
like_peer "suffixes" -c 2K many
like_peer "suffixes" -c 1kB many
like_peer "suffixes" -n +2b many
like_peer "the last option wins" -n 3 -c 4 few
like_peer "nothing to print" -n 0 nothing

# Words differ from tail's: as many messages, and the rest is the same.
peer_messages()
{
    as_peer "$@"
    run "$tool" tail "$@"
    same want out "$*: standard output"
    equal "$(wc -l <want.err)" "$(wc -l <err)" "$*: messages"
    equal "$want_status" "$status" "$*: exit status"
}
mkdir folder
peer_messages nothing few
peer_messages few folder lines
run "$tool" tail nothing
equal "nowait tail: nothing: No such file or directory" "$(cat err)" "message"

# Standard input that has been read in part, and what is left in it.
for n in 2 100; do
    { head -c 5 >/dev/null; tail -n $n; head -c 1 | wc -c; } <lines >want
    { head -c 5 >/dev/null; "$tool" tail -n $n; head -c 1 | wc -c; } <lines >out
    same want out "from the middle, $n lines"
done

# /proc has files without a size.
same <(tail -n 3 /proc/version) <("$tool" tail -n 3 /proc/version) /proc/version

# GiBs cost nothing: the file is read from behind, and a pipe keeps no more than its end.
truncate -s 5G huge
printf 'x\ny\n' >>huge
(
    much=60M # a sanitizer takes more memory than there is, and time
    (ulimit -v 400000 && "$tool" --version >/dev/null 2>&1) && ulimit -v 400000 && much=600M
    timeout 20 "$tool" tail -n 1 huge
    timeout 20 "$tool" tail -c +5368709121 huge
    yes 'a line that comes again and again' | head -c $much | timeout 60 "$tool" tail -n 1000 | wc -l
) >out
printf 'y\nx\ny\n999\n' >want
same want out "much"

for wrong in '-n x' '-c' '-c 1X' '-n' '--follow=it' '-s x' '-5x'; do
    # shellcheck disable=SC2086 # two words
    run "$tool" tail $wrong few
    equal 2 "$status" "$wrong"
done

finish
