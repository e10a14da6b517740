#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# nowait serve --upload: whole files or none, from those who have the token, where they may be.

# shellcheck source-path=SCRIPTDIR source=check.bash
. "$(dirname "$0")/check.bash"
# shellcheck source-path=SCRIPTDIR source=http.bash
. "$(dirname "$0")/http.bash"
need curl
need python3

mkdir -p root/sub root/.secret outside
ln -s ../outside root/link
ln -s small root/dangling
head -c 3000000 /dev/urandom >big
echo small >small
token=0123456789abcdef
start_serve --upload-token=$token --upload-limit=4M root
auth="Authorization: Bearer $token"

# put WANT URL [OPTION]...: curl sends ./small, or what the options say; the status is WANT.
put()
{
    local want=$1 place=$2
    shift 2
    equal "$want" "$(curl -sS --path-as-is -o reply -w '%{http_code}' "$@" "$url$place")" "PUT $place $*"
}

# -- PUT --
put 201 /big -T big -H "$auth"
same big root/big "a file"
put 201 '/sub/sp%20ace' -T small -H "$auth"
same small "root/sub/sp ace" "a name with a space"
put 201 "/query?token=$token" -T small
put 201 /cookie -T small -b "nowait_upload=$token"
put 201 /chunked -T - -H "$auth" <small
same small root/chunked "in chunks"
put 409 /big -T small -H "$auth"
same big root/big "a file that is there"
put 401 /no -T small
put 401 /no -T small -H 'Authorization: Bearer wrong-token'
put 401 /no -T small -H "Authorization: Bearer ${token}x"
put 401 /no -T small -H "Authorization: Bearer ${token:0:15}"
put 401 /no -T small -H "Authorization: Basic $token"
put 401 '/no?token=' -T small
put 401 /no -T small -b "nowait_upload="
put 404 /none/no -T small -H "$auth"
put 404 /link/no -T small -H "$auth"
put 404 /.secret/no -T small -H "$auth"
put 404 /big/no -T small -H "$auth"
put 409 /dangling -T small -H "$auth"
put 400 /.no -T small -H "$auth"
put 400 /sub/ -X PUT --data-binary @small -H "$auth"
put 400 '/a%0ab' -T small -H "$auth"
put 400 '/-no' -T small -H "$auth"
put 400 /no -T small -H "$auth" -H 'Content-Range: bytes 0-5/10'
head -c 5000000 /dev/zero >large
put 413 /no -T large -H "$auth"
put 413 /no -T - -H "$auth" <large
equal 'root root/.secret root/big root/chunked root/cookie root/dangling root/link root/query root/sub root/sub/sp ace' \
    "$(find root | sort | xargs)" "what is there"
equal '' "$(ls -A outside)" "what is outside"

# -- a client that leaves in the middle --
python3 - "${url##*:}" <<PYTHON
import os, socket, sys, time
client = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
client.sendall(b"PUT /left HTTP/1.1\r\nHost: x\r\n$auth\r\nContent-Length: 1000\r\n\r\n" + b"x" * 500)
while not any(name.startswith(".upload") for name in os.listdir("root")):
    time.sleep(0.01)
client.close()
while any(name.startswith(".upload") for name in os.listdir("root")):
    time.sleep(0.01)
PYTHON
[ ! -e root/left ] || fail "half a file has a name"

# -- what is served while strangers can write --
printf '<script>alert(1)</script>' >root/evil.html
cp root/evil.html root/sub/index.html
curl -sS -D head -o got "$url/evil.html"
holds '^Content-Security-Policy: sandbox' head
curl -sS "$url/sub/" | grep -q '<script>' && fail "an index file was taken"

# -- the address with the token --
curl -sS -D head -o got "$url/sub/?token=$token"
holds '^HTTP/1\.1 303' head
holds '^Location: /sub/' head
holds "^Set-Cookie: nowait_upload=$token; Path=/; HttpOnly; SameSite=Strict" head
curl -sS -D head -o got --path-as-is "$url//evil.example/?token=$token"
grep -q '^Location: //' head && fail "a redirect to another host"
curl -sS -D head -o got "$url/sub/?token=wrong"
holds '^HTTP/1\.1 200' head
grep -q "$token" got && fail "the token is in the page"

# -- forms --
form() { equal "$1" "$(curl -sS -o reply -D head -w '%{http_code}' "${@:2}")" "form ${*:2}"; }
form 303 -H "$auth" -F 'file=@small;filename=one' -F 'file=@big;filename=two' "$url/sub/"
holds '^Location: \./\?uploaded=2' head
same small root/sub/one "the first file of a form"
same big root/sub/two "the second file of a form"
form 303 -F "token=$token" -F 'file=@small;filename=three' "$url/sub/"
same small root/sub/three "a form with the token in it"
form 401 -F 'token=wrong' -F 'file=@small;filename=four' "$url/sub/"
form 401 -F 'file=@small;filename=four' -F "token=$token" "$url/sub/"
form 409 -H "$auth" -F 'file=@small;filename=one' "$url/sub/"
form 413 -H "$auth" -F 'file=@large;filename=four' "$url/sub/"
form 400 -H "$auth" -d 'a=b' "$url/sub/"
form 404 -H "$auth" -F 'file=@small' "$url/none/"
form 303 -H "$auth" -F 'file=@small;filename=../../outside/five' "$url/sub/"
same small root/sub/five "a name that is a path"
form 303 -H "$auth" -F 'file=@small;filename=.six' "$url/sub/"
same small root/sub/six "a name with a dot"
[ ! -e root/sub/four ] || fail "a file without a token"
equal '' "$(ls -A outside)$(find root -name '.upload*')" "what is left over"

# -- --overwrite --
start_serve --upload --overwrite root
token=$(sed -n 's/^Upload token: //p' serve.out)
equal 32 ${#token} "the length of a token"
put 200 /big -T small -H "Authorization: Bearer $token"
same small root/big "--overwrite"
put 412 /big -T large -H "Authorization: Bearer $token" -H 'If-None-Match: *'
same small root/big "If-None-Match: *"
put 201 /fresh -T small -H "Authorization: Bearer $token" -H 'If-None-Match: *'
same small root/fresh "If-None-Match: * of what is not there"
printf old >root/kept
touch -d '2001-09-09 01:46:40 UTC' root/kept
tag=$(curl -sS -I "$url/kept" | sed -n 's/^ETag: \(.*\)\r$/\1/p')
put 412 /kept -T small -H "Authorization: Bearer $token" -H 'If-Match: "other"'
put 412 /kept -T small -H "Authorization: Bearer $token" -H "If-Match: W/$tag"
put 412 /kept -T small -H "Authorization: Bearer $token" -H "If-None-Match: \"x\", $tag"
put 412 /kept -T small -H "Authorization: Bearer $token" -H 'If-Unmodified-Since: Sun, 09 Sep 2001 01:46:39 GMT'
printf old >root/recent # changed just now, so that its tag is weak: it was changed since all the same
put 412 /recent -T small -H "Authorization: Bearer $token" -H 'If-Unmodified-Since: Sun, 09 Sep 2001 01:46:39 GMT'
equal old "$(cat root/recent)" "what was changed a moment ago"
put 412 /nothing -T small -H "Authorization: Bearer $token" -H 'If-Match: *'
put 412 /kept -T large -H "Authorization: Bearer $token" -H 'If-Match: "other"' -H 'Expect: 100-continue'
equal old "$(cat root/kept)" "what no condition lets be replaced"
[ ! -e root/nothing ] || fail "If-Match: * of what is not there"
tries=()
for i in 1 2 3 4 5 6 7 8; do
    echo "$i" >"try.$i"
    curl -sS -o /dev/null -w '%{http_code}\n' -T "try.$i" -H "Authorization: Bearer $token" -H "If-Match: $tag" "$url/kept" \
        >"code.$i" &
    tries+=($!)
done
wait "${tries[@]}"
equal '1 200 7 412' "$(cat code.? | sort | uniq -c | xargs)" "eight that would replace the same"
same "try.$(grep -l 200 code.? | tail -c 2)" root/kept "who did"
put 200 /kept -T small -H "Authorization: Bearer $token" -H 'If-Match: *'
put 409 /link -T small -H "Authorization: Bearer $token"
put 409 /sub -T small -H "Authorization: Bearer $token"

# -- a full disk --
if [ "$(id -u)" -eq 0 ] && mkdir full && mount -t tmpfs -o size=1m tmpfs full 2>/dev/null; then
    start_serve --upload-token=0123456789 full
    put 507 /big -T big -H "Authorization: Bearer 0123456789"
    equal '' "$(ls -A full)" "what a full disk leaves"
    put 201 /small -T small -H "Authorization: Bearer 0123456789"
    same small full/small "after a full disk"
    end_started
    umount -l full
fi

finish
