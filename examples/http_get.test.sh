#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# http_get.test.sh PROGRAM: text, JSON, bytes, a redirect, a status that is no error, and errors that say where.

set -u
# shellcheck source-path=SCRIPTDIR source=../tests/support/web_peer.bash
. "$(dirname "$0")/../tests/support/web_peer.bash"

"$1" "$url/hello" "$url/user" "$url/bytes" "$url/moved" "$url/nowhere" >out 2>err || fail "exit status $?"
diff out - <<END || fail "the answers"
200 OK, text/plain, the answer is 42
Hello, world
200 OK, application/json
{"id": 7, "name": "Ada"}
200 OK, application/octet-stream
256 bytes: 00 01 02 03 04 05 06 07 ...
200 OK, text/plain, the answer is 42
Hello, world
404 Not Found, text/plain
there is no such page
END

"$1" "$url/cut" ftp://127.0.0.1/ "http://user:secret@127.0.0.1:1/" >out 2>err && fail "errors are no errors"
diff err - <<END || fail "the messages"
GET $url/cut: body: the connection was closed before the end
GET ftp://127.0.0.1/: url: Invalid argument: only http://HOST and https://HOST can be asked
GET http://127.0.0.1:1/: connect: Connection refused
END
