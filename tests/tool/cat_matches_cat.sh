#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Files, pipes, options and errors come out of nowait cat as out of cat(1), byte for byte.
#
# ctest: cost=5

# shellcheck source-path=SCRIPTDIR source=check.bash
. "$(dirname "$0")/check.bash"

ours=(cat)
peer=(cat)
as_peer()
{
    "${peer[@]}" "$@" >want 2>want.err <<<"standard input"
    want_status=$?
    sed -i "s/^cat: /nowait cat: /" want.err
}

# like_cat ARGUMENT...: the same output, messages and exit status, with a line on standard input.
like_cat()
{
    as_peer "$@"
    run "$tool" cat "$@" <<<"standard input"
    same want out "cat $*: standard output"
    same want.err err "cat $*: standard error"
    equal "$want_status" "$status" "cat $*: exit status"
}

printf 'one\ntwo\nthree\n' >three
printf 'no newline at the end' >open
printf '\n\n\ntext\n\n\n\nmore\n\n' >blank
printf 'a\r\nb\rc\r\r\n\r' >returns
printf '\nnext\n' >begins_empty
printf 'x\ty\001\177\200\377\n\211\212\n' >controls
: >empty
head -c 300000 /dev/urandom >random # over the edges of pieces
seq 1100000 >numbers                # line numbers that need more than six places
head -c 200000 /dev/zero | tr '\0' '\n' >newlines
mkdir folder
files=(three open blank returns begins_empty controls empty random newlines)

for option in '' -n -b -s -E -T -v -A -e -t -u -nb -bE -nE -sn -sb -sbE -bnsA -nET -vT -vE --number --show-all; do
    like_cat ${option:+"$option"} "${files[@]}"
    like_cat ${option:+"$option"} open - begins_empty open open
    like_cat ${option:+"$option"} returns begins_empty returns returns
done
like_cat numbers
like_cat -n numbers
like_cat
like_cat -
like_cat three - - three
like_cat -- three
like_cat three folder missing open
like_cat missing
like_cat -n folder three
like_cat /proc/self/mounts /proc/version
like_cat --squeeze-blank --number-nonblank blank

# Many small pieces, and what is cut in the middle of a line.
for i in $(seq 50); do printf '\r'; printf 'x\n\n'; [ $((i % 10)) -ne 0 ] || sleep 0.01; done >pieces
(while read -r -N 7 part; do printf %s "$part"; done; printf %s "$part") <pieces | "$tool" cat -bsE >out
cat -bsE pieces >want
same want out "from a pipe in small pieces"

# Where standard output is a file: written at its position, appended to, cut by nobody.
for redirect in '>' '>>' '1<>'; do
    printf 'what was there before is longer than a line\n' >ours.file
    cp ours.file peers.file
    eval "'$tool' cat three random $redirect ours.file"
    eval "cat three random $redirect peers.file"
    same peers.file ours.file "with $redirect"
done

# A position in standard input is kept, and moved.
{ read -r _; "$tool" cat; } <three >out
printf 'two\nthree\n' | cmp -s - out || fail "standard input from the middle"
{ "$tool" cat - ; cat; } <three >out
same three out "standard input is at its end afterwards"

# A file is not copied behind its own end; an empty one is.
cp three same
# shellcheck disable=SC2094
"$tool" cat same >>same 2>err
equal 1 $? "exit status of a file onto itself"
equal "nowait cat: same: input file is output file" "$(cat err)" "message"
same three same "a file onto itself"
"$tool" cat -n three same open 1<>same 2>err
equal 1 $? "exit status of a file onto itself, with options"
: >same
# shellcheck disable=SC2094
"$tool" cat same >>same 2>err
equal 0 $? "exit status of an empty file onto itself"

# Larger than any buffer, with a hole, to a file and to a pipe.
truncate -s 40M big
echo end >>big
"$tool" cat big >out
same big out "40 MiB to a file"
"$tool" cat big | cmp -s - big || fail "40 MiB to a pipe"
"$tool" cat -s big | cmp -s - big || fail "40 MiB through the options"

run "$tool" cat --progress big
same big out "with progress"

"$tool" cat --nonsense 2>err
equal 2 $? "an option that is not there"

finish
