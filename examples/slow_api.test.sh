#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# slow_api.test.sh PROGRAM: an API that answers the second half of 1,000 requests only when all of it is there gets
# it at once, over as many connections, and one request at a time before.

set -u
# shellcheck source-path=SCRIPTDIR source=../tests/support/web_peer.bash
. "$(dirname "$0")/../tests/support/web_peer.bash"

"$1" "$url/api?alone=500&together=500" 500 >out 2>err || fail "exit status $?"
sed -E 's/[0-9]+\.[0-9]{3} s/T s/; s/^[0-9]+\.[0-9] times/N times/' out | diff - <(printf '%s\n' \
    'one by one: 500 of 500 good, in T s' 'all at once: 500 of 500 good, in T s' 'N times as fast') ||
    fail "what it says"
[ "$(get /seen)" = "1000 requests, 500 connections, 1 and then 500 at a time" ] || fail "what the API has seen"
