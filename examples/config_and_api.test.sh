#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# config_and_api.test.sh PROGRAM: the API is asked first, and the config is there before it answers: so neither
# waited for the other.

set -u

fail() { echo "$*"; cat out err; exit 1; }

printf '{ "depth": 3 }\n' >config.json
"$1" config.json 300 >out 2>err || fail "exit status $?"
sed -E 's/[0-9]+\.[0-9] ms/T ms/' out | diff - <(printf '%s\n' \
    'API: asked after T ms' 'config: 15 bytes after T ms' 'API: {"status": "ok"} after T ms' \
    'both after T ms') || fail "what happened, and in which order"
both=$(sed -n 's/^both after \([0-9]*\)\..*/\1/p' out)
[ "$both" -ge 300 ] || fail "the API was not waited for"

"$1" missing 1 >out 2>err && fail "a missing file is no error"
[ "$(cat err)" = "config_and_api: No such file or directory" ] || fail "the message"
