#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# cat: a reader that goes away ends it by SIGPIPE without a word, SIGINT by that signal; a full disk is told.

# shellcheck source-path=SCRIPTDIR source=check.bash
. "$(dirname "$0")/check.bash"

seq 100000 >file
for option in -u -n; do
    { env --default-signal=PIPE "$tool" cat $option file file 2>err; echo $? >status; } | head -n 1 >out
    equal 141 "$(cat status)" "$option: killed by SIGPIPE"
    equal '' "$(cat err)" "$option: messages after SIGPIPE"

    (trap '' PIPE && "$tool" cat $option file file 2>err; echo $? >status) | head -n 1 >out
    equal 1 "$(cat status)" "$option: exit status where SIGPIPE is ignored"
    equal "nowait cat: write error: Broken pipe" "$(cat err)" "$option: message where SIGPIPE is ignored"

    "$tool" cat $option file >/dev/full 2>err
    equal 1 $? "$option: exit status on a full disk"
    equal "nowait cat: write error: No space left on device" "$(cat err)" "$option: message on a full disk"

    "$tool" cat $option file >&- 2>err
    equal 1 $? "$option: exit status without standard output"
    holds 'write error: Bad file descriptor' err

    "$tool" cat $option file none 2>&- >out
    equal 1 $? "$option: exit status without standard error"
done
same <(cat -n file) out "without standard error"

"$tool" cat - file <&- >out 2>err
equal 1 $? "exit status without standard input"
equal "nowait cat: -: Bad file descriptor" "$(cat err)" "message without standard input"
same file out "the others are printed"

mkfifo endless
env --default-signal=INT "$tool" cat file endless >out 2>err &
pid=$!
exec 3>endless
printf 'and more\n' >&3
until [ "$(tail -n 1 out)" = "and more" ]; do sleep 0.01; done
kill -INT $pid
wait $pid
equal 130 $? "exit status after SIGINT"
equal '' "$(cat err)" "messages after SIGINT"
exec 3>&-

# What comes is passed on at once.
mkfifo from to
"$tool" cat -n <from >to &
pid=$!
exec 3>from 4<to
for word in one two; do
    echo $word >&3
    read -r number line <&4
    equal $word "$line" "passed on at once"
done
equal 2 "$number" "its number"
exec 3>&-
wait $pid
equal 0 $? "exit status"

finish
