# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2120,SC2154
#
# What the tests of HTTP verbs share: a server that does what its paths say, and what servers.bash has.
# Sourced after check.bash.

# shellcheck source-path=SCRIPTDIR source=../support/servers.bash
. "$(dirname "${BASH_SOURCE[0]}")/../support/servers.bash"

# start_peer [CERT KEY]: http_peer.py; sets $url.
start_peer()
{
    need python3
    rm -f port
    python3 "$(dirname "$0")/http_peer.py" "$@" &
    started+=($!)
    until_there port $!
    if [ $# -gt 0 ]; then url=https://127.0.0.1:$(cat port); else url=http://127.0.0.1:$(cat port); fi
}

# content SIZE [VERSION] >FILE: what http_peer.py sends. The shorter ones begin the longer ones, so that Python is
# not begun for each of them.
content()
{
    local most=9000000 all=.content.${2-0}
    [ "$1" -le $most ] || fail "content: more than $most bytes"
    [ -s "$all" ] || python3 -c "import sys; sys.path.insert(0, '$(dirname "$0")'); sys.dont_write_bytecode = True
import http_peer; sys.stdout.buffer.write(http_peer.content($most, ${2-0}))" >"$all"
    head -c "$1" "$all"
}
