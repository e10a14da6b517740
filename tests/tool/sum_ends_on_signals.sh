#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# SIGINT ends the tool by that signal, a reader that goes away by SIGPIPE, a full disk with a message.

# shellcheck source-path=SCRIPTDIR source=check.bash
. "$(dirname "$0")/check.bash"

mkfifo endless messages
seq 100 >file

# A shell's background jobs ignore SIGINT: have it back. Opening the pipe waits until the tool has opened it too.
env --default-signal=INT "$tool" sum file endless file >out 2>err &
pid=$!
exec 3>endless
kill -INT $pid
wait $pid
equal 130 $? "exit status after SIGINT, reading"
equal '' "$(cat err)" "messages after SIGINT"
exec 3>&-

# The same while a worker digests and results wait to be printed.
env --default-signal=INT "$tool" sum endless /dev/zero >out 2>err &
pid=$!
exec 3>endless
kill -INT $pid
wait $pid
equal 130 $? "exit status after SIGINT, digesting"
exec 3>&-

# Progress without a terminal, asked for: lines on standard error while the work goes on.
"$tool" sum --progress endless 2>messages >out &
pid=$!
exec 4<messages 3>endless
printf abc >&3
read -r line <&4
case $line in
"0 files, 3 B, "*"/s") ;;
*) fail "progress line: '$line'" ;;
esac
exec 3>&-
wait $pid
equal 0 $? "exit status with progress"
exec 4<&-
equal "$(printf abc | sha256sum | cut -c-64)" "$(cut -c-64 out)" "digest with progress"

# The reader goes away: more lines than a pipe holds.
for _ in $(seq 3000); do echo file; done >names
{
    env --default-signal=PIPE xargs -a names "$tool" sum 2>err
    echo $? >status
} | head -n 1 >out
# xargs reports a command that was killed as 125.
equal 125 "$(cat status)" "killed by SIGPIPE"
equal "$(sha256sum file)" "$(cat out)" "the line that was read"
grep -v '^xargs:' err && fail "messages after SIGPIPE"

"$tool" sum file >/dev/full 2>err
equal 1 $? "exit status on a full disk"
equal "nowait sum: write error: No space left on device" "$(cat err)" "message on a full disk"
"$tool" sum --help >/dev/full 2>err
equal 1 $? "exit status of --help on a full disk"

finish
