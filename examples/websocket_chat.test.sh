#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Twenty join, speak and leave at the same time: each hears itself, last, and nothing but what was said.
set -eu

env --default-signal=INT "$1" tcp://127.0.0.1:0 >url &
server=$!
trap 'kill $server 2>/dev/null || :' EXIT
while [ ! -s url ]; do
    kill -0 $server || { echo "the server has ended"; exit 1; }
    sleep 0.01
done
url=$(cat url)

speakers=()
for i in {1..20}; do
    "$1" say "$url" "member $i" "hello, grüße" >"heard.$i" &
    speakers+=($!)
done
for speaker in "${speakers[@]}"; do
    wait "$speaker"
done
for i in {1..20}; do
    [ "$(tail -n 1 "heard.$i")" = "member $i: hello, grüße" ]
    if grep -Evx 'member ([1-9]|1[0-9]|20): hello, grüße' "heard.$i"; then
        exit 1
    fi
done

kill -INT $server
wait $server
trap - EXIT
if "$1" say "$url" nobody nothing 2>error; then
    exit 1
fi
grep -qx 'websocket_chat: Connection refused' error
