#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# many_urls.test.sh PROGRAM: 40 URLs of one host, one by one, then four at a time and no more, over four connections;
# the results are in order.

set -u
# shellcheck source-path=SCRIPTDIR source=../tests/support/web_peer.bash
. "$(dirname "$0")/../tests/support/web_peer.bash"

urls=()
for i in $(seq 40); do
    urls+=("$url/api/$i?alone=40&together=4")
    echo "200 17 bytes $url/api/$i?alone=40&together=4" >>expected
done
"$1" "${urls[@]}" >out 2>err || fail "exit status $?"
sed -E 's/[0-9]+\.[0-9] ms/T ms/' out | diff - <(printf '%s\n' \
    'one by one: 40 pages in T ms' 'all at once: 40 pages in T ms'; cat expected) || fail "what it says"
[ "$(get /seen)" = "80 requests, 4 connections, 1 and then 4 at a time" ] || fail "what the host has seen"

"$1" "$url/hello" "http://127.0.0.1:1/" "$url/nowhere" >out 2>err || fail "exit status $?"
sed 1,2d out | diff - <(printf '%s\n' "200 13 bytes $url/hello" "http://127.0.0.1:1/: Connection refused" \
    "404 22 bytes $url/nowhere") || fail "one that fails"
