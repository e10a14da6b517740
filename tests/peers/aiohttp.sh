#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# aiohttp at both ends: bodies with a length, in chunks, coded, after "100 Continue"; trailers, cookies, redirects,
# replies that are cut off, hundreds at a time.
#
# ctest: cost=5

# shellcheck source-path=SCRIPTDIR source=peers.bash disable=SC2119
. "$(dirname "$0")/peers.bash"
need_python aiohttp

mkdir root
head -c 3000000 /dev/urandom >big
cp big root/big
seq 30000 >root/text.txt
gzip -k root/text.txt
echo small >small

# -- it asks --
start_site
"$python" "$here/aiohttp_client.py" "$url" || fail "aiohttp as the client"
end_site

# -- it answers --
start_python "$here/aiohttp_server.py"
url=http://127.0.0.1:$port
answers "200 3000000" "$url/files/big"
same big body.0 "a file"
answers "206 10" -H 'Range: bytes=5-14' "$url/files/big"
answers "200 3000000
200 3000000" -d big "$url/echo" "$url/echo"
same big body.1 "a body with a length"
answers "200 3000000" -c <(cat big) "$url/echo"
same big body.0 "a body in chunks"
answers "200 3000000" -c <(cat big) -t 'X-Trailer: 1' "$url/echo"
same big body.0 "a body in chunks with a trailer"
answers "200 3000000" -e -d big "$url/echo"
same big body.0 "a body after 100 Continue"
answers "200 3000000" -e -c <(cat big) "$url/echo"
same big body.0 "a body in chunks after 100 Continue"
for coding in gzip deflate; do
    run "$ask" -h -c <(cat big) "$url/echo?coding=$coding"
    holds '^200 3000000$' out
    holds "^field Content-Encoding: $coding" out
    same big body.0 "$coding"
done
run "$ask" -c <(cat small) "$url/describe"
equal "POST /describe framing chunked bytes 6" "$(xargs <body.0)" "a small body in chunks"
run "$ask" -X PUT -d small "$url/describe"
equal "PUT /describe framing 6 bytes 6" "$(xargs <body.0)" "a small body"
run "$ask" -b "$url/cookies" "$url/show"
equal "everywhere=1; here=2" "$(sed 's/,/; /' <body.0)" "cookies"
equal "everywhere=1" "$(cat body.1)" "cookies elsewhere"
for status in 301 302 303 307 308; do
    run "$ask" "$url/redirect/$status/3"
    equal "GET /describe framing none bytes 0" "$(xargs <body.0)" "redirects, $status"
done
for status in 301 302 303; do
    run "$ask" -X POST -H 'Content-Type: a/b' "$url/redirect/$status/2"
    equal "GET /describe framing none bytes 0" "$(xargs <body.0)" "redirects of POST, $status"
done
run "$ask" -d small "$url/redirect/307/1"
equal "POST /describe framing 6 bytes 6" "$(xargs <body.0)" "a redirect with a body"
for length in 1 0; do
    run "$ask" "$url/cut/$length"
    holds '^failed in body: the connection was closed before the end$' out
done
run "$ask" -n 500 -j 50 "$url/files/text.txt"
equal "500 200 $(stat -c %s root/text.txt)" "$(sort out | uniq -c | xargs)" "500 requests, 50 at a time: $(head -3 err)"

finish
