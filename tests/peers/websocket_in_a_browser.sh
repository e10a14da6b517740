#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A page opens a WebSocket to our server, sends text and bytes, hears them again, and is closed with a status of
# the server's. What the browser offers to compress with is not taken. The same over TLS.
#
# ctest: timeout=120

# shellcheck source-path=SCRIPTDIR source=peers.bash disable=SC2119
. "$(dirname "$0")/peers.bash"
need chromium
need chromedriver
need python3

mkdir home
export HOME=$PWD/home
start_site
python3 "$here/websocket_in_a_browser.py" "$url/talk" || fail "over TCP"
end_site
make_certificate localhost
start_site localhost.pem localhost.key
python3 "$here/websocket_in_a_browser.py" "$url/talk" || fail "over TLS"
end_site

finish
