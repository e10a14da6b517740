#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What comes in stands in the files, byte for byte, however it is fed: lines of all lengths, NUL bytes, a last
# line without its end; no file is larger than asked; files that are moved away, or rotated, meanwhile.

# shellcheck source-path=SCRIPTDIR source=check.bash
. "$(dirname "$0")/check.bash"

# joined: all files of ./log, oldest first.
joined()
{
    find . -name 'log.*' | sort -rV | xargs -r cat
    cat log
}

# until COMMAND...: wait for what will happen.
until_true()
{
    until "$@"; do sleep 0.01; done
}

awk 'BEGIN { srand(7); for (i = 0; i < 20000; i++) { n = int(rand() * 120); s = i " "; while (length(s) < n) s = s "x"; print s } }' >input
printf 'nul \0 byte\n\n\ttab\n\xff\xfe\n' >>input

# As it is, without rotation and with it.
"$tool" log log <input || fail "status $?"
same input log "no rotation"
rm log
"$tool" log -s 50K -k 100 log <input || fail "status $?"
joined >out
same input out "rotated"
equal '' "$(find . -name 'log*' -size +51200c)" "files that are too large"
[ "$(find . -name 'log.*' | wc -l)" -gt 20 ] || fail "too few files"
rm log*

# Only so many are kept, the youngest.
"$tool" log -s 10K -k 3 log <input
equal 'log log.1 log.2 log.3' "$(echo log*)" "files that are kept"
joined >out
tail -c "$(stat -c %s out)" input >want
same want out "the end of the input"
rm log*

# A last line without its end gets one. What is there is appended to, and a torn end is removed.
printf 'one\ntwo' | "$tool" log log
printf 'one\ntwo\n' >want
same want log "last line without its end"
printf torn >>log
echo three | "$tool" log log
echo three >>want
same want log "appended"
rm log

# Long lines are split.
printf '12345\n123456\n1234567890123\n\n' | "$tool" log -l 5 log
printf '12345\n12345\n6\n12345\n67890\n123\n\n' >want
same want log "split lines"
rm log

# Times.
printf 'a\nb\n' | "$tool" log -t log
equal 2 "$(grep -Ecx '2[0-9]{3}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]\.[0-9]{6}Z [ab]' log)" "lines with a time"
rm log
echo a | TZ=KTM-5:45 "$tool" log --time='%z ' --local log
equal "+0545 a" "$(cat log)" "a time of one's own"
rm log

# --tee, --sync
"$tool" log --tee --sync=each log <input >out || fail "status $?"
same input log "log beside the copy"
same input out "copy"
rm log
"$tool" log --sync=interval=1ms log <input
same input log "synced"
rm log

# Fed through a pipe, while the file is moved away, as logrotate does, and while it is rotated.
mkfifo pipe
"$tool" log -k 10 log <pipe &
pid=$!
exec 3>pipe
echo one >&3
until_true grep -qs one log
mv log moved
kill -HUP $pid
until_true [ -e log ]
echo two >&3
until_true grep -q two log
kill -USR1 $pid
until_true [ -e log.1 ]
echo three >&3
exec 3>&-
wait $pid
equal 0 $? "status"
equal "one|two|three" "$(cat moved)|$(cat log.1)|$(cat log)" "files after signals"
rm log* moved

# Signals while it is fed: nothing is lost.
"$tool" log -k 1000 log <pipe &
pid=$!
exec 3>pipe
until_true [ -e log ]
head -n 9000 input >&3
for n in $(seq 20); do
    kill -USR1 $pid
    kill -HUP $pid
    sed -n "$((9000 + n))p" input >&3
done
tail -n +9021 input >&3
exec 3>&-
wait $pid
joined >out
same input out "signals while it is fed"
rm log*

# The memory does not grow with the input: 48 MiB through a few buffers.
peak()
{
    "$@" <pipe &
    pid=$!
    exec 3>pipe
    until_true [ -e log ]
    cat "$bulk" >&3
    until_true grep -qs 'the end' log
    awk '$1 == "VmHWM:" { print $2 }' "/proc/$pid/status" >peak
    exec 3>&-
    wait $pid
}
echo 'the end' >end
bulk=end
peak "$tool" log -s 1M -k 2 log
small=$(cat peak)
rm log*
for _ in $(seq 40); do cat input; done >many
echo 'the end' >>many
bulk=many
peak "$tool" log -s 1M -k 2 log
bound=8192
(ulimit -v 400000 && "$tool" --version >/dev/null 2>&1) || bound=24576 # a sanitizer has memory of its own
[ "$(($(cat peak) - small))" -lt $bound ] || fail "memory grew from $small to $(cat peak) KiB"
rm log* many peak end

# SIGTERM: what is in the pipe is logged, the partial line too.
"$tool" log log <pipe &
pid=$!
exec 3>pipe
printf 'one\ntwo\nthr' >&3
until_true grep -qs one log
kill -TERM $pid
wait $pid
equal 0 $? "status after SIGTERM"
exec 3>&-
printf 'one\ntwo\nthr\n' >want
same want log "after SIGTERM"
rm log pipe

# Mistakes.
run "$tool" log
equal 2 "$status" "status without FILE"
holds 'FILE is missing' err
run "$tool" log a b
equal 2 "$status" "status with two files"
for option in --size=1X --size=-1 --age=x --keep=0 --sync=often --sync=interval= --full=panic --line-limit=0; do
    run "$tool" log $option log
    equal 2 "$status" "status of $option"
done
run "$tool" log missing/log </dev/null
equal 1 "$status" "status of a missing folder"
equal "nowait log: missing/log: No such file or directory" "$(cat err)" "message"
printf 'one\ntw' >same
# shellcheck disable=SC2094 # it is the point
run "$tool" log same <same
equal 1 "$status" "status when the log is the input"
equal 'nowait log: same: input file is output file' "$(cat err)" "message"
equal $'one\ntw' "$(cat same)" "the input is left alone"
run "$tool" log /dev/full <want
equal 1 "$status" "status on a full disk"
holds '^nowait log: /dev/full: No space left on device$' err
holds "^nowait log: [0-9]+ bytes were lost$" err

finish
