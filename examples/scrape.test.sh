#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# scrape.test.sh PROGRAM: a site of pages that link to two others, back, to a picture, to nothing and elsewhere: to a
# depth of 3, each page is asked for once, and others are left alone.

set -u
# shellcheck source-path=SCRIPTDIR source=../tests/support/web_peer.bash
. "$(dirname "$0")/../tests/support/web_peer.bash"

"$1" "$url/site/0" 3 >out 2>err || fail "exit status $?"
{
    seq -f "200 $url/site/%g" 0 14
    seq -f "404 $url/site/gone-%g" 0 6
    echo "200 $url/site/picture"
} | sort | diff <(sort out) - || fail "the pages"
[ "$(head -n 1 out)" = "200 $url/site/0" ] || fail "the order"
sed 's/.* //' out | sort | diff <(sed "s|^|$url|" visited | sort) - || fail "a page was asked for twice, or another one"

"$1" "$url/site/0" 0 >out 2>err || fail "exit status $?"
[ "$(cat out)" = "200 $url/site/0" ] || fail "a depth of 0"
"$1" http://127.0.0.1:1/ 1 >out 2>err || fail "exit status $?"
[ "$(cat out)" = "http://127.0.0.1:1/: Connection refused" ] || fail "nobody there"
"$1" nonsense 1 >out 2>err && fail "what is no URL is no error"
[ "$(cat err)" = "scrape: Invalid argument" ] || fail "the message"
