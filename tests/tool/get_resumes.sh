#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# nowait get goes on where it was interrupted, when and only when it is the same version, in one piece or several.
#
# ctest: cost=8

# shellcheck source-path=SCRIPTDIR source=check.bash
. "$(dirname "$0")/check.bash"
# shellcheck source-path=SCRIPTDIR source=http.bash
. "$(dirname "$0")/http.bash"
start_peer
size=3000000
content $size >want

requests() { sed "s/ auth=.*//" requests; }

# interrupted NAME PATH: half of it is there, as the signal $by leaves it.
by=INT ends=130
interrupted()
{
    rm -f hanging
    env --default-signal="$by" "$tool" get -q -o "$1" "$url/hang/x?size=$size" &
    local pid=$!
    until [ -e hanging ] && [ "$(stat -c %s "$1.part" 2>/dev/null || echo 0)" = $((size / 2)) ]; do sleep 0.02; done
    kill -$by $pid
    wait $pid 2>/dev/null
    equal $ends $? "status after SIG$by"
    [ ! -e "$1" ] || fail "$1 is there"
    cmp -s -n $((size / 2)) want "$1.part" || fail "$1.part is not the first half"
    # The rest comes from a server that does not hang.
    sed -i "s|^url .*|url $url/$2|" "$1.part.state"
}

# -- the same version --
interrupted one "file/x?size=$size"
: >requests
run "$tool" get -c -o one "$url/file/x?size=$size"
equal 0 "$status" "going on"
same want one "going on"
holds 'went on after 1\.43 MiB' err
equal "GET /file/x?size=$size range=bytes=$((size / 2))-$((size - 1)) if=\"one\"" "$(requests)" "the request"
equal one "$(ls one*)" "what is left"

# -- other signals --
rm one
by=TERM ends=143
interrupted one "file/x?size=$size"
run "$tool" get -c -o one "$url/file/x?size=$size"
same want one "going on after SIGTERM"
holds 'went on after 1\.43 MiB' err
by=HUP ends=129
interrupted other "file/x?size=$size"
by=INT ends=130
rm -f hanging other*
(trap '' HUP && exec env --default-signal=INT "$tool" get -q "$url/hang/other?size=$size") &
pid=$!
until [ -e hanging ]; do sleep 0.02; done
kill -HUP $pid
kill -INT $pid
wait $pid
equal 130 $? "status after an ignored SIGHUP, and SIGINT"

# -- all of it was there already: 416 --
interrupted two "file/x?size=$((size / 2))"
sed -i "s/^size .*/size -1/; s/^piece .*/piece 0 -1 $((size / 2))/" two.part.state
run "$tool" get -c -o two "$url/file/x?size=$((size / 2))"
equal "0:$((size / 2))" "$status:$(wc -c <two)" "416 when all is there"

# -- no -c: from the beginning --
interrupted three "file/x?size=$size"
: >requests
run "$tool" get -q -o three "$url/file/x?size=$size"
same want three "without -c"
equal "GET /file/x?size=$size range= if=" "$(requests)" "the request without -c"

# -- a server without ranges --
interrupted four "whole/x?size=$size"
run "$tool" get -q -c -o four "$url/whole/x?size=$size"
same want four "200 instead of 206"

# -- another version meanwhile --
content $size 2 >second
for kind in cut-changed liar-changed; do
    rm -f changed*
    run "$tool" get -q --retries=0 -o changed "$url/$kind/x?size=$size&at=1000000"
    equal 3 "$status" "$kind: cut off"
    equal 1000000 "$(wc -c <changed.part)" "$kind: the part"
    run "$tool" get -c -o changed "$url/$kind/x?size=$size&at=1000000"
    equal 0 "$status" "$kind: status"
    same second changed "$kind: the second version, whole"
    holds 'begun anew: it had changed' err
    rm -f changed*
    run "$tool" get --retry-delay=0 -o changed "$url/$kind/y?size=$size&at=1000000"
    same second changed "$kind: by a retry"
done

# -- cut off again and again --
: >requests
run "$tool" get -q --retry-delay=0 --retries=9 -o cut "$url/cut/x?size=5000&at=1000"
equal 0 "$status" "cut off after each 1000 bytes"
content 5000 >want5
same want5 cut "cut off after each 1000 bytes"
equal 5 "$(wc -l <requests)" "requests for it"
run "$tool" get -q --retry-delay=0 --retries=2 -o - "$url/cut/y?size=3000&at=1000"
equal 0 "$status" "to standard output"
head -c 3000 want5 >want3
content 3000 >want3
same want3 out "to standard output"
run "$tool" get -q --retry-delay=0 -o - "$url/cut-whole/z?size=3000"
equal 5 "$status" "to standard output, no ranges: cannot begin anew"
holds 'cannot be taken back' err
run "$tool" get -q --retry-delay=0 "$url/cut-whole/w?size=3000"
same want3 w "to a file, no ranges: from the beginning"
rm w
run "$tool" get --retry-delay=0 "$url/cut-whole/w?size=3001"
grep -q changed err && fail "it had not changed"

# -- a server that lies about ranges --
for kind in liar-shifted liar-silent liar-unasked; do
    run "$tool" get -q --retry-delay=0 --retries=2 "$url/$kind/$kind?size=1000"
    equal 3 "$status" "$kind"
    holds 'range' err
    [ ! -e $kind ] || fail "$kind: is there"
done
run "$tool" get -q -H 'Range: bytes=0-9' "$url/liar-unasked/asked?size=1000"
equal "0:10" "$status:$(wc -c <asked)" "a range that the user asks for"

# -- several connections --
big=9000000
content $big >wantbig
: >requests
run "$tool" get -q -n 4 "$url/file/big?size=$big"
equal "0:" "$status:$(cat err)" "-n 4"
same wantbig big "-n 4"
[ "$(grep -c 'range=bytes' requests)" -ge 3 ] || fail "no ranges were asked for"
equal 1 "$(grep -c 'range= ' requests)" "whole requests"
run "$tool" get -q -n 4 "$url/whole/nor?size=$big"
equal 0 "$status" "-n 4 without ranges"
same wantbig nor "-n 4 without ranges"
run "$tool" get -q -n 4 --retry-delay=0 "$url/shy/shy?size=$big"
equal 0 "$status" "-n 4 where one is allowed"
same wantbig shy "-n 4 where one is allowed"
content $big 2 >wantbig2
run "$tool" get -q -n 4 --retry-delay=0 "$url/changing/changing?size=$big"
equal 0 "$status" "-n 4 and another version in between"
same wantbig2 changing "-n 4 and another version in between"
run "$tool" get -q -n 4 "$url/file/small?size=100"
equal 100 "$(wc -c <small)" "-n 4 of little"
env --default-signal=INT "$tool" get -q -n 3 --rate=100K "$url/file/rated?size=$big" &
pid=$!
until [ "$(stat -c %s rated.part 2>/dev/null)" = $big ] && [ "$(stat -c %b rated.part)" -gt 0 ]; do sleep 0.02; done
kill -INT $pid
wait $pid
equal "130 4" "$? $(grep -c '^url\|^etag\|^size\|^end' rated.part.state)" "-n 3 interrupted"
: >requests
run "$tool" get -q -c -n 3 "$url/file/rated?size=$big"
equal "0:" "$status:$(cat err)" "-n 3 going on"
same wantbig rated "-n 3 going on"
equal 0 "$(grep -c 'range= ' requests)" "whole requests while going on"
run "$tool" get -q -c -n 1 "$url/file/rated?size=$big"
equal 0 "$status" "again"

# -- the state of an earlier run says nothing of the bytes of one that began anew and was killed --
head -c 4000000 wantbig >stale.part
printf 'nowait get 1\nurl %s\netag "one"\nsize %d\npiece 0 %d 4000000\nend\n' "$url/file/stale?size=$big" $big $big \
    >stale.part.state
"$tool" get -q -n 3 --rate=100K "$url/file/stale?size=$big" &
pid=$!
until [ "$(stat -c %s stale.part)" = $big ]; do sleep 0.02; done
kill -KILL $pid
wait $pid 2>/dev/null
run "$tool" get -q -c "$url/file/stale?size=$big"
equal "0:" "$status:$(cat err)" "going on after SIGKILL"
same wantbig stale "going on after SIGKILL"

# -- a short one that was kept waiting --
rm -f hanging
env --default-signal=INT "$tool" get -q "$url/hang/waiting?size=1000" &
pid=$!
until [ "$(stat -c %s waiting.part 2>/dev/null)" = 500 ]; do sleep 0.02; done
kill -INT $pid
wait $pid
equal 130 $? "a short one interrupted"
sed -i "s|^url .*|url $url/file/waiting|" waiting.part.state
: >requests
run "$tool" get -q -c "$url/file/waiting"
equal 'GET /file/waiting range=bytes=500-999 if="one"' "$(requests)" "the rest of a short one"
content 1000 >want1
same want1 waiting "a short one"

# -- a short one whose name is something else --
mkdir taken
run "$tool" get -q -o taken "$url/file/x?size=10"
equal "5:" "$status:$(ls taken)" "a directory"
run "$tool" get -q --checksum "$(printf '%064d' 0)" -o never "$url/file/x?size=10"
equal "6:" "$status:$(ls never* 2>/dev/null)" "another digest"

# -- what is whole is left alone --
run "$tool" get -q "$url/dated/done"
: >requests
run "$tool" get -c "$url/dated/done"
equal "0:done" "$status:$(ls done*)" "-c of what is there"
holds 'is there already' err
run "$tool" get -q -c "$url/file/one?size=$size"
equal "one one.1" "$(echo one*)" "-c of what may be something else"

# -- a state that makes no sense --
for state in garbage "nowait get 1" $'nowait get 1\nurl URL\netag "one"\nsize 1000\npiece 0 1000 5000\nend' \
    $'nowait get 1\nurl URL\netag "one"\nsize 1000\npiece 0 900 500\nend' \
    $'nowait get 1\nurl URL\netag "one"\nsize 1000\npiece 0 1000 500' \
    $'nowait get 1\nurl URL\netag "one"\nsize 1000\npiece 0 500 500\npiece 500 1000 9223372036854775807\nend' \
    $'nowait get 1\nurl http://elsewhere/\netag "one"\nsize 1000\npiece 0 1000 500\nend'; do
    rm -f st*
    head -c 500 /dev/zero >st.part
    echo "${state/URL/$url/file/st}" >st.part.state
    run "$tool" get -q -c -o st "$url/file/st"
    content 1000 >want1
    same want1 st "state: $state"
    equal st "$(ls st st.*  2>/dev/null)" "what is left"
done

# -- what is there as NAME.1 --
echo other >d
run "$tool" get -q -c "$url/dated/d"
equal "0:dated" "$status:$(cat d.1)" "-c beside another file"
run "$tool" get -c "$url/dated/d"
equal "0:" "$status:$(ls d.2 2>/dev/null)" "-c again beside another file"
holds '^d\.1: is there already$' err

# -- a part that is something else --
ln -s elsewhere link.part
run "$tool" get -q -o link "$url/file/x"
equal "5:" "$status:$(ls elsewhere 2>/dev/null)" "a part that is a link"
holds ': link\.part: Too many levels' err
mkfifo fifo.part
run "$tool" get -q -o fifo "$url/file/x"
equal 5 "$status" "a part that is a FIFO"
holds ': fifo\.part: File exists$' err
mkdir dir.part
run "$tool" get -q -o dir "$url/file/x"
equal "5:" "$status:$(ls dir 2>/dev/null)" "a part that is a directory"
holds ': dir\.part: Is a directory$' err

# -- parts among many files --
mkdir many
echo stale >many/f7.part
seq -f "$url/file/f%.0f" 30 >list
run "$tool" get -q -O many -i list
equal "0:30:" "$status:$(find many -size 1000c | wc -l):$(ls many/*.part* 2>/dev/null)" "many files, a part of one"
ln -s elsewhere many/g7.part
seq -f "$url/file/g%.0f" 30 >list
run "$tool" get -q -O many -i list
equal "1:29:" "$status:$(find many -name 'g*' -size 1000c | wc -l):$(ls many/elsewhere 2>/dev/null)" "many files, a link as part"

# -- a private file is to be replaced --
rm -f hanging
install -m 600 /dev/null private
env --default-signal=INT "$tool" get -q --overwrite -o private "$url/hang/private" &
pid=$!
until [ -e hanging ] && [ -s private.part ]; do sleep 0.02; done
equal 600 "$(stat -c %a private.part)" "the part of a private file"
kill -INT $pid
wait $pid

# -- two at the same file --
rm -f hanging
env --default-signal=INT "$tool" get -q -o both "$url/hang/both" &
pid=$!
until [ -e hanging ] && [ -s both.part ]; do sleep 0.02; done
run "$tool" get -o both "$url/file/both"
equal 5 "$status" "another process writes it"
holds ': both\.part: another process is writing it$' err
kill -INT $pid
wait $pid

finish
