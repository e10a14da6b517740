#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# http_send.test.sh PROGRAM: the form and the JSON arrive as they should, and the file as it is, with its length; also
# an empty file; one that is missing is an error before anything is sent.

set -u
# shellcheck source-path=SCRIPTDIR source=../tests/support/web_peer.bash
. "$(dirname "$0")/../tests/support/web_peer.bash"

head -c 3000001 /dev/urandom >picture
"$1" "$url/echo" "$url/store/picture" picture >out 2>err || fail "exit status $?"
diff out - <<'END' || fail "the answers"
200 POST application/x-www-form-urlencoded, 37
name=Ada+Lovelace&motto=a+%26+b+%3D+c
200 POST application/json, 15
{"name": "Ada"}
201 
END
cmp picture stored.picture || fail "the file"

: >empty
"$1" "$url/echo" "$url/echo" empty >out 2>err || fail "exit status $?"
[ "$(tail -n 2 out)" = "200 PUT image/png, chunked" ] || fail "an empty file"

"$1" "$url/echo" "$url/store/missing" missing >out 2>err && fail "a missing file is no error"
[ "$(cat err)" = "http_send: No such file or directory" ] || fail "the message"
[ ! -e stored.missing ] || fail "a missing file was sent"
