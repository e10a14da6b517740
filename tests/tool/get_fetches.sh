#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# nowait get: files, names, lists, digests, collisions, output to standard output, reports, exit statuses.

# shellcheck source-path=SCRIPTDIR source=check.bash
. "$(dirname "$0")/check.bash"
# shellcheck source-path=SCRIPTDIR source=http.bash
. "$(dirname "$0")/http.bash"
start_peer
content 70000 >want
sum=$(sha256sum <want | cut -d' ' -f1)

# -- one, and where it goes --
run "$tool" get "$url/file/a.bin?size=70000"
equal "0::" "$status:$(cat out):$(ls ./*.part* 2>/dev/null)" "one file"
same want a.bin "one file"
holds '^a.bin: 68\.4 KiB in ' err
run "$tool" get -q "$url/file/a.bin?size=70000"
equal "0::" "$status:$(cat out err):" "-q"
same want a.bin.1 "a name that is taken"
run "$tool" get -q --overwrite "$url/file/a.bin?size=1000"
equal 1000 "$(wc -c <a.bin)" "--overwrite"
[ ! -e a.bin.2 ] || fail "--overwrite made another name"
run "$tool" get -q -O into/deep "$url/file/b?size=70000" "$url/file/c?size=0"
same want into/deep/b "-O"
equal "0:0" "$status:$(wc -c <into/deep/c)" "an empty file"
run "$tool" get -o here "$url/file/b?size=70000"
run "$tool" get -o here "$url/file/b?size=70000"
same want here "-o"
[ ! -e here.1 ] || fail "-o made another name"
for size in 1000 3000000; do
    chmod 750 here
    run "$tool" get -q -o here "$url/file/b?size=$size"
    equal "0:750:$size" "$status:$(stat -c %a:%s here)" "permissions of what is replaced"
done
chmod 4755 here
run "$tool" get -q --overwrite "$url/file/here"
equal "0:755:1000" "$status:$(stat -c %a:%s here)" "set-user-ID is lost"
if [ "$(id -u)" -eq 0 ]; then
    chown 65534:65534 here
    run "$tool" get -q -o here "$url/file/b"
    equal "0:65534:65534" "$status:$(stat -c %u:%g here)" "the owner of what is replaced"
fi
run "$tool" get -o - "$url/file/b?size=70000"
same want out "-o -"
equal "0:" "$status:$(cat err)" "-o -"
"$tool" get -q -o /dev/full "$url/file/b?size=70000" 2>err
equal 5 $? "to /dev/full"
holds '/dev/full|No space' err
[ -c /dev/full ] || fail "/dev/full is no device any more"
"$tool" get -q -o - "$url/file/b?size=70000" >/dev/full 2>err
equal 5 $? "standard output is full"
holds '^nowait get: http://.*: standard output: No space left on device$' err
equal 1 "$(wc -l <err)" "standard output is full: messages"
set -o pipefail
"$tool" get -q -o - "$url/file/b?size=7000000" 2>err | head -c 10 >out
equal "141:10:" "$?:$(wc -c <out):$(cat err)" "nobody reads any more"
set +o pipefail
run "$tool" get -q "$url/chunks/x"
equal 18 "$(wc -c <x)" "a body in chunks"
run "$tool" get -q "$url/redirect/name.txt?to=/file/elsewhere"
equal "0:1000" "$status:$(wc -c <name.txt)" "a redirect"
run "$tool" get -q "${url#http://}/file/noscheme"
equal "0:1000" "$status:$(wc -c <noscheme)" "a URL without a scheme"
run "$tool" get -q "$url/dated/d"
equal "2001-02-03 04:05:06" "$(date -u -r d '+%F %T')" "the time of the file"
run "$tool" get -q --no-times -o d2 "$url/dated/d"
[ "$(date -u -r d2 +%Y)" -gt 2001 ] || fail "--no-times"

# -- lists --
cat >list <<LIST
# a comment, and an empty line

$url/file/l1?size=70000 sha256:$sum
$url/file/l2?size=70000	out=other.name
$url/file/l3
LIST
run "$tool" get -q -i list "$url/file/l4"
equal "0:" "$status:$(cat err)" "a list"
same want l1 "l1"
same want other.name "out="
equal "1000 1000" "$(wc -c <l3) $(wc -c <l4)" "the rest of the list"
printf '%s\n' "$url/file/d1" "$url/file/d1" "$url/file/d2?size=2000 out=d1" "$url/file/d3?size=3000 out=d1" >list
run "$tool" get -q -i list
equal "0:1000 1000 2000 3000" "$status:$(stat -c %s d1 d1.? | sort -n | xargs)" "lines of a list that collide"
run "$tool" get -q --overwrite -j 1 -i list
equal "0:3000" "$status:$(stat -c %s d1)" "lines that collide, with --overwrite"
run "$tool" get -q -i - <<<"$url/file/l5"
equal 1000 "$(wc -c <l5)" "a list from standard input"
run "$tool" get -q -i - </dev/null
equal 0 "$status" "an empty list"
for bad in "$url/x out=../up" "$url/x out=.hidden" "$url/x sha256:12" "$url/x out=/etc/passwd"; do
    run "$tool" get -i - <<<"$bad"
    equal 1 "$status" "bad line: $bad"
    holds 'line 1: ' err
done
run "$tool" get -i - <<<"$url/x out=-"
equal "1:" "$status:$(cat out)" "out=- in a list"
holds "^nowait get: -: line 1: 'out=-' cannot be: .* -o - is for one URL$" err
run "$tool" get -i missing
equal 1 "$status" "no list"
holds '^nowait get: missing: No such file' err

# -- digests --
run "$tool" get -q --checksum "sha256:$sum" -o v "$url/file/v?size=70000"
equal "0:" "$status:$(cat err)" "the right digest"
run "$tool" get --checksum "$sum" -o v2 "$url/file/v?size=70001"
equal 6 "$status" "another digest"
holds 'does not have the SHA256 digest expected$' err
equal '' "$(ls v2* 2>/dev/null)" "what is left of it"
run "$tool" get --checksum "$sum" -o - "$url/file/v?size=70000"
same want out "--checksum and -o -"
equal "0:" "$status:$(cat err)" "--checksum and -o -"
run "$tool" get -q --checksum "$sum" -o - "$url/file/v?size=70001"
equal 6 "$status" "another digest, to standard output"
holds 'does not have the SHA256 digest expected$' err
run "$tool" get -q --retries=1 --retry-delay=1ms --checksum "$sum" -o - "$url/cut/v?size=70000&at=40000"
same want out "a digest over two answers"
equal 0 "$status" "a digest over two answers"
content 3000000 >large
run "$tool" get -q --checksum "$(sha256sum <large | cut -d' ' -f1)" -o /dev/stdout "$url/file/v?size=3000000"
equal 0 "$status" "--checksum of what goes to a device"
same large out "what goes to a device"
equal /proc/self/fd/1 "$(readlink /dev/stdout)" "/dev/stdout, for all others"
run "$tool" get -q -o /dev/stdout "$url/file/v?size=70000"
same want out "a short file to a device"
equal "/proc/self/fd/1:" "$(readlink /dev/stdout):$(ls /dev/stdout.* 2>/dev/null)" "/dev/stdout, for all others"
run "$tool" get -q -o /dev/fd/3 "$url/file/v?size=70000" 3>third
equal "0:" "$status:$(cat err)" "to a descriptor"
same want third "to a descriptor"
run "$tool" get -q --checksum "$sum" -o /dev/null "$url/file/v?size=3000000"
equal 6 "$status" "another digest, to a device"
echo "$sum  l1" >sums
run "$tool" get -q --sums sums -o - "$url/file/l1?size=70000"
equal 0 "$status" "--sums and -o -"
run "$tool" get -q --sums sums -o - "$url/file/l1?size=7"
equal 6 "$status" "--sums and -o -: another digest"
rm -f l1
run "$tool" get -q --sums sums "$url/file/l1?size=70000"
equal "0:" "$status:$(cat err)" "--sums"
run "$tool" get --sums sums "$url/file/l1?size=70000" "$url/file/nobody"
equal 1 "$status" "--sums without a digest for one"
holds 'no digest for .*/nobody$' err

# -- failures --
run "$tool" get --retries=0 "$url/missing"
equal 4 "$status" "404"
holds '^nowait get: http://.*/missing: the server answered 404 Not Found$' err
run "$tool" get --retries=0 "$url/missing" "$url/file/good"
equal "1:1000" "$status:$(wc -c <good)" "one of two"
run "$tool" get --retries=0 http://127.0.0.1:1/x
equal 3 "$status" "nobody there"
holds '^nowait get: GET http://127.0.0.1:1/x: connect: Connection refused$' err
run "$tool" get --retries=0 http://127.0.0.1:1/x "$url/missing"
equal 1 "$status" "two failures of different kinds"
run "$tool" get --retries=0 'http://user:secret@127.0.0.1:1/x'
grep -q secret err && fail "the password is shown"
mkdir taken
run "$tool" get -o taken "$url/file/x"
equal 5 "$status" "into a directory's name"
run "$tool" get -O here "$url/file/x"
equal 5 "$status" "-O of a file"
holds '^nowait get: here: Not a directory$' err
run "$tool" get 'http://[::1/x' 'http://a b/'
equal 3 "$status" "no URLs"
equal '' "$(ls ./*.part* 2>/dev/null)" "parts left over"

# -- JSON --
run "$tool" get --json --retries=0 "$url/file/j" "$url/missing" "http://user:secret@${url#http://}/file/k"
equal 1 "$status" "--json"
python3 - <<'PYTHON' || fail "the reports"
import json
reports = {r["url"].rsplit("/", 1)[1]: r for r in map(json.loads, open("out"))}
assert len(reports) == 3
j = reports["j"]
assert j["ok"] and j["status"] == 200 and j["file"] == "j" and j["bytes"] == 1000 and j["attempts"] == 1, j
m = reports["missing"]
assert not m["ok"] and m["status"] == 404 and m["failed"] == "status" and "404" in m["error"] and "file" not in m, m
assert "secret" not in open("out").read()
PYTHON

# -- requests --
run "$tool" get -o - -H 'X-Test: yes' -A agent -d 'a=b' "$url/echo"
equal "$(printf 'POST application/x-www-form-urlencoded\nX-Test: yes\nUser-Agent: agent\nAuthorization: \na=b')" \
    "$(cat out)" "-H, -A, -d"
printf '{}' >body
run "$tool" get -o - -X PUT -H 'Content-Type: application/json' -d @body "$url/echo"
holds '^PUT application/json$' out
equal '{}' "$(tail -n 1 out)" "-d @FILE"
run "$tool" get -o - -d a=b -d @body -d @- "$url/echo" <<<last
equal 'a=b&{}&last' "$(tail -n 1 out)" "-d three times"
run "$tool" get -o - -u me:word "$url/echo"
holds '^Authorization: Basic bWU6d29yZA==$' out
echo token >token
run "$tool" get -o - --bearer @token "$url/echo"
holds '^Authorization: Bearer token$' out
run "$tool" get -o - -F name=value -F file=@body "$url/echo"
holds '^POST multipart/form-data; *boundary=' out
holds 'filename="body"' out
run "$tool" get -I "$url/file/x?size=5"
equal "0:" "$status:$(cat err)" "-I"
holds '^200 OK$' out
holds '^Content-Length: 5' out
run "$tool" get -X HEAD "$url/file/headed?size=5"
equal "0::" "$status:$(cat err):$(ls headed* 2>/dev/null)" "-X HEAD"
holds '^Content-Length: 5' out
run "$tool" get -I "$url/missing"
equal 4 "$status" "-I of what is not there"
holds '^404 Not Found$' out

# -- at a time --
for i in $(seq 12); do echo "$url/slow/at$i"; done >many
run "$tool" get -q -j 12 --per-host 3 -i many
equal 0 "$status" "many"
run "$tool" get -o - "$url/most"
[ "$(cat out)" -le 3 ] || fail "--per-host=3: $(cat out) at a time"
[ "$(cat out)" -ge 2 ] || fail "one at a time"
for i in $(seq 60); do echo "$url/slow/more$i"; done >many
run "$tool" get -q -j 40 --per-host 40 -i many
equal 0 "$status" "many more"
run "$tool" get -o - "$url/most"
[ "$(cat out)" -le 40 ] || fail "-j 40: $(cat out) at a time"
[ "$(cat out)" -gt 16 ] || fail "-j 40 of what takes its time: only $(cat out) at a time"

# -- usage --
for wrong in "" "-o x $url $url" "--checksum 12 $url" "--checksum md5:12 $url" "-H nocolon $url" "-j 0 $url" \
    "--rate 0 $url" "--min-rate 0 $url" "--min-rate-time 0 $url" "-O $url $url" "-O $url" "-O - $url" "-o - --json $url" "-d a -F b=c $url" "-c --compressed $url" "--key k $url" "-F =x $url"; do
    # shellcheck disable=SC2086
    run "$tool" get $wrong
    equal "2:" "$status:$(cat out)" "usage: $wrong"
done

finish
