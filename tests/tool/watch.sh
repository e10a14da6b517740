#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What is told, in each format; commands; the end by count, by signal, and when the folder goes.

# shellcheck source-path=SCRIPTDIR source=check.bash
. "$(dirname "$0")/check.bash"

# start ARGUMENT...: the tool in the background, once it watches; its output goes to ./out.
start()
{
    rm -f ready
    mkfifo ready
    env --default-signal=INT "$tool" watch -v "$@" >out 2>ready &
    pid=$!
    exec 3<ready
    read -r line <&3
    case $line in
    "nowait watch: watching "*) ;;
    *) fail "not ready: '$line'" ;;
    esac
}

ended()
{
    wait $pid
    equal "$1" $? "$2: exit status"
    cat <&3 >err
    exec 3<&-
}

mkdir d
start --debounce=0 --kinds=created,deleted,moved -n 6 d
mkdir -p d/a/b
touch "d/a/b/f
g"
while [ "$(wc -l <out)" -lt 3 ]; do sleep 0.01; done # now the new folders are watched
mv d/a d/z
touch "$(printf 'd/z/\\\xff')"
rm "$(printf 'd/z/\\\xff')"
ended 0 lines
printf '%s\t%s\n' created d/a/ created d/a/b/ created 'd/a/b/f\012g' >want
printf 'moved\td/z/\td/a/\ncreated\td/z/\\134\xff\ndeleted\td/z/\\134\xff\n' >>want
same want out lines

start --debounce=0 --kinds=created,moved --json -n 3 d
touch 'd/"x'
mv 'd/"x' d/y
mkdir d/sub
ended 0 json
cat >want <<'END'
{"kinds": ["created"], "path": "d/\"x", "directory": false}
{"kinds": ["moved"], "path": "d/y", "from": "d/\"x", "directory": false}
{"kinds": ["created"], "path": "d/sub", "directory": true}
END
same want out json

start --debounce=0 --kinds=created,moved -0 -n 2 d
touch d/1
mv d/1 "d/2
"
ended 0 null
printf 'created\0d/1\0moved\0d/2\n\0d/1\0' >want
same want out null

# Not in the folders below; gathered.
start --no-recursive --debounce=100 -1 d
touch d/sub/unseen
echo x >d/seen
ended 0 once
grep -q unseen out && fail "told of a folder below"
holds '^created,modified,closed	d/seen$' out

# A command: its input is the batch, its status ours; what it does with signals is its own.
# shellcheck disable=SC2016 # the commands are not ours
start -1 d -x bash -c 'cat; echo "$1" "$2"; trap -p PIPE; exit 7' name -x --json
echo x >d/new
ended 7 command
printf 'created,modified,closed\td/new\n-x --json\n' >want
same want out command
start -1 d --exec ./nothing
touch d/new
ended 1 "no command"
equal "nowait watch: ./nothing: No such file or directory" "$(cat err)" "no command"

# Never two at a time; what happens meanwhile comes with the next.
start --debounce=0 -n 2 --kinds=created d -x bash -c 'mkdir running || echo twice; cat; touch d/second; rmdir running'
touch d/first
ended 0 "not two at a time"
printf 'created\td/first\ncreated\td/second\n' >want
same want out "not two at a time"

# SIGINT while it waits, and while the command runs, which is told to end.
start d
kill -INT $pid
ended 130 SIGINT
# shellcheck disable=SC2016
start d -x bash -c 'trap "echo told to end; exit" TERM; echo $PPID >running; while :; do sleep 0.01; done'
touch d/again
while [ ! -s running ]; do :; done
kill -INT $pid
ended 130 "SIGINT, command"
equal "told to end" "$(cat out)" "SIGINT, command"

# Two folders, of which one goes; and then the other.
mkdir e f
start e f
while [ ! -s out ]; do touch f/x 2>/dev/null; rm f/x; done
rmdir e
read -r _ <&3 # watching, or gone
rm -r f
ended 1 gone
holds '^gone	e/$' out
holds '^gone	f/$' out

run "$tool" watch nothing
equal 1 "$status" "nothing there"
equal "nowait watch: nothing: No such file or directory" "$(cat err)" "nothing there"
for wrong in --kinds=seen --debounce=x --count=0 -x '--json -0'; do
    # shellcheck disable=SC2086 # two options
    run "$tool" watch $wrong
    equal 2 "$status" "$wrong"
done

finish
