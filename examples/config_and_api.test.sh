#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# config_and_api.test.sh PROGRAM: the API answers when the config was read, and not before: so the config does not
# wait for the API, which was asked first.

set -u
# shellcheck source-path=SCRIPTDIR source=../tests/support/web_peer.bash
. "$(dirname "$0")/../tests/support/web_peer.bash"

printf '{ "depth": 3 }\n' >config.json
: >out
"$1" config.json "$url/after?file=go" >out 2>err &
program=$!
until [ -e asked ] && grep -q config out; do
    kill -0 $program || fail "it has ended"
    sleep 0.01
done
touch go
wait $program || fail "exit status $?"
sed -E 's/[0-9]+\.[0-9] ms/T ms/' out | diff - <(printf '%s\n' \
    'API: asked after T ms' 'config: 15 bytes after T ms' 'API: 200 after T ms: {"status": "ok"}' \
    'both after T ms') || fail "what happened, and in which order"

"$1" missing "$url/after?file=go" >out 2>err && fail "a missing file is no error"
[ "$(cat err)" = "config_and_api: No such file or directory" ] || fail "the message"
