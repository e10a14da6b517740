#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What is added to files is printed: appended, cut, renamed, rotated as logrotate does, made later; by
# descriptor and by name; many at a time; and the end by signal and by a reader that goes.

# shellcheck source-path=SCRIPTDIR source=check.bash
. "$(dirname "$0")/check.bash"

# start ARGUMENT...: the tool in the background; its output and its messages are one, line by line, to `next`.
start()
{
    rm -f pipe
    mkfifo pipe
    env --default-signal=INT "$tool" tail "$@" >pipe 2>&1 &
    pid=$!
    exec 3<pipe
}

# next LINE WHAT: that is the next line.
next()
{
    local line
    IFS= read -r -t 20 line <&3 || fail "$2: nothing came"
    equal "$1" "$line" "$2"
}

stop()
{
    kill -INT $pid
    wait $pid
    equal 130 $? "$1: exit status"
    exec 3<&-
}

# The kernel does not tell of these at once: the tool looks at intervals, which the test does not wait for.
printf '1\n2\n3\n' >file
start -n 2 -f file
next 2 begins
next 3 begins
echo 4 >>file
next 4 appended
printf 5 >>file
printf '6\n' >>file
next 56 "in two parts"
: >file
echo 7 >>file
next 'nowait tail: file: file truncated' cut
next 7 "after the cut"
mv file other
echo 8 >>other
next 8 "renamed, by descriptor"
mkdir sub
mv other sub/other
echo 9 >>sub/other
next 9 "moved away, by descriptor"
rm sub/other
stop descriptor

# As logrotate does: create ...
echo old >log
start -F log
next old "by name"
mv log log.1
next "nowait tail: 'log' has become inaccessible: No such file or directory" rotated
echo last >>log.1
next 'last' "written to the old one"
echo new >log
next "nowait tail: 'log' has appeared;  following new file" "made anew"
next new "made anew"
echo replacement >log.new
mv log.new log
next "nowait tail: 'log' has been replaced;  following new file" replaced
next replacement replaced
# ... and copytruncate.
cp log log.2
: >log
next 'nowait tail: log: file truncated' copytruncate
echo more >>log
next more copytruncate
rm log
next "nowait tail: 'log' has become inaccessible: No such file or directory" removed
mkdir log
rmdir log
echo back >log
next "nowait tail: 'log' has appeared;  following new file" back
next back back
stop name

# Not there yet, not even its folder; several with titles.
rm -rf later
start -F -s 1 later/file log
next 'nowait tail: later/file: No such file or directory' "not there yet"
next '==> log <==' title
next back title
mkdir later
echo first >later/file
next "nowait tail: 'later/file' has appeared;  following new file" later
next '' title
next '==> later/file <==' title
next first later
echo second >>later/file
next second later
echo again >>log
next '' title
next '==> log <==' title
next again "the other"
stop several

# A link that is set to another file, as `current` often is.
mkdir a b
echo in-a >a/f
echo in-b >b/f
ln -s a/f link
start -F link
next in-a link
echo more-a >>a/f
next more-a link
ln -s b/f link.new
mv -T link.new link
next "nowait tail: 'link' has been replaced;  following new file" "link set anew"
next in-b "link set anew"
echo more-b >>b/f
next more-b "link set anew"
stop link

# Hundreds at a time.
mkdir many
for i in $(seq 300); do : >many/"$i"; done
start -q -f many/*
for i in 300 1 150 2; do
    echo "line of $i" >>many/$i
    next "line of $i" many
done
stop many

# A FIFO is read on, standard input that is a pipe ends.
mkfifo fifo
start -n +1 -f fifo
exec 4>fifo
echo through >&4
next through FIFO
exec 4>&-
exec 4>fifo
echo again >&4
next again "FIFO, another writer"
exec 4>&-
stop FIFO
equal "b" "$(printf 'a\nb\n' | timeout 20 "$tool" tail -n 1 -f)" "a pipe ends"

# Nobody reads any more, and nothing is written either.
{
    timeout 20 "$tool" tail -f a/f
    echo $? >status
} | head -n 1 >out
equal 141 "$(cat status)" "the reader goes"

# None of them can be followed.
run timeout 20 "$tool" tail -f nothing
equal 1 "$status" "nothing to follow"
holds 'no files remaining' err

# Where the kernel does not tell: looked at at intervals.
start -s 1 -n 1 -F /proc/sys/kernel/ostype
next Linux proc
stop proc

finish
