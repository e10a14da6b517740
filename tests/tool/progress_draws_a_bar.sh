#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# On a terminal, progress is one line with a bar that leaves room for the text; it is gone at the end.

# shellcheck source-path=SCRIPTDIR source=check.bash
. "$(dirname "$0")/check.bash"
need script

head -c 32768 /dev/zero >small
head -c 98304 /dev/zero >large # does not go into a pipe that nobody reads
mkfifo printed

# drawn COLUMNS LOCALE PATTERN: what stands on a terminal while a quarter is done.
drawn()
{
    : >screen
    LC_ALL=$2 script -qefc "stty cols $1; '$tool' cat --progress small large >printed" screen >/dev/null &
    exec 3<printed
    until grep -aq '25%' screen; do sleep 0.02; done
    equal 131072 "$(wc -c <&3)" "bytes"
    exec 3<&-
    wait $!
    equal 0 $? "exit status"
    holds "$3" screen
    grep -aq $'\r\033\[K' screen || fail "the line is not taken away"
}

rest='1 file, 32\.0 KiB of 128 KiB \(25%\), [^,]* left, [^,]*/s'
drawn 120 C $'\r\\[######                  \\] '"$rest"
drawn 50 C $'\r'"$rest"
if [ "$(LC_ALL=C.UTF-8 locale charmap 2>/dev/null)" = UTF-8 ]; then
    drawn 120 C.UTF-8 $'\r\\[██████                  \\] '"$rest"
fi

# -- an interrupt takes it away, too --
command -v pkill >/dev/null || finish
: >screen
script -qefc "stty cols 120; exec env --default-signal=INT '$tool' cat --progress small large >printed" screen >/dev/null &
pid=$!
exec 3<printed
until grep -aq '25%' screen; do sleep 0.02; done
pkill -INT -P $pid
cat <&3 >rest # a worker may stand in write(2) until somebody reads
wait $pid
exec 3<&-
tail -c 300 screen | grep -aq $'/s\033\\[K\r\033\\[K' || fail "the line stays after an interrupt"

finish
