#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Prints what sha256sum prints, byte for byte: every kind of file, every kind of name, every style of line.

# shellcheck source-path=SCRIPTDIR source=check.bash
. "$(dirname "$0")/check.bash"
peer=(sha256sum) ours=(sum)

mkdir files locked
cd files || exit 1
: >empty
printf 'no end of line' >short
seq 200000 >'large and spaced'
for size in 16384 16385 262143 262144 262145 524288 3000000; do
    head -c $size /dev/urandom >"size.$size"
done
printf a >$'line\nbreak'
printf b >$'carriage\rreturn'
printf c >'back\slash'
printf d >$'not UTF-8 \xff\xc3\x28'
printf e >'-dash'
printf f >"quote'd (and) = bracketed"
printf g >$'back\\slash and\nbreak'
ln -s short link
names=(./* "$PWD/short" -- -dash)

like_peer "files of all kinds" "${names[@]}"
for style in --tag --binary --text --zero "--tag --zero" "-b -z"; do
    # shellcheck disable=SC2086
    like_peer "style $style" $style "${names[@]}"
done

like_peer "a file twice" short short
like_peer "missing files keep their place" short none/at/all empty missing short
like_peer "a directory" short .. empty
like_peer "a component that is a file" short/x
like_peer "a file of /proc, whose size says 0" /proc/version
like_peer "a device" /dev/null
like_peer "a name that is too long" "$(printf '%0300d' 0)"

as_peer <short
run "$tool" sum <short
same want out "standard input by default"
as_peer short - empty <'large and spaced'
run "$tool" sum short - empty <'large and spaced'
same want out "standard input among files"
as_peer < <(seq 300000)
run "$tool" sum < <(seq 300000)
same want out "standard input from a pipe"
run "$tool" sum <(seq 1000)
equal "$(seq 1000 | sha256sum | cut -c-64)" "$(cut -c-64 out)" "a pipe by name"

printf secret >../locked/unreadable
chmod 0 ../locked/unreadable
chmod 755 .. ../locked
if unprivileged test -x "$tool" -a ! -r ../locked/unreadable; then
    unprivileged sha256sum ../locked/unreadable short >want 2>want.err
    unprivileged "$tool" sum ../locked/unreadable short >out 2>err
    equal 1 $? "exit status with an unreadable file"
    sed -i 's/^sha256sum: /nowait sum: /' want.err
    same want out "unreadable file: standard output"
    same want.err err "unreadable file: standard error"
fi

# A message must not move the cursor, or look like two.
run "$tool" sum $'no\e[2J\nsuch'
equal 1 "$(wc -l <err)" "lines of the message"
holds '^nowait sum: no\\033\[2J\\012such: No such file' err

# Many more files than may be open at a time.
mkdir many
for i in $(seq 500); do echo "$i" >"many/$i"; done
sha256sum many/* >want
(ulimit -n 40 && exec "$tool" sum --jobs=4096 many/*) >out 2>err
same want out "few descriptors"
equal '' "$(cat err)" "few descriptors: standard error"
"$tool" sum -j 1 many/* >out
same want out "one job"

finish
