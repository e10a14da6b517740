#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# fetch.test.sh PROGRAM: 160 URLs of a server that answers only when 16 have been asked for, and one where nobody is.

set -u
# shellcheck source-path=SCRIPTDIR source=../tests/support/web_peer.bash
. "$(dirname "$0")/../tests/support/web_peer.bash"

urls=("$url/hello" "http://127.0.0.1:1/")
printf '%s\n' "200, 13 bytes: $url/hello" "http://127.0.0.1:1/: Connection refused" >expected
for i in $(seq 160); do
    urls+=("$url/api/$i?together=16")
    echo "200, 17 bytes: $url/api/$i?together=16" >>expected
done
"$1" "${urls[@]}" >out 2>err || fail "exit status $?"
diff <(sort out) <(sort expected) || fail "the answers"
[ "$(get /seen)" = "160 requests, 16 connections, 0 and then 16 at a time" ] || fail "what the server has seen"
"$1" >out 2>err || fail "without URLs: exit status $?"
