#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# wrk at our server: many connections, requests one by one and sixteen at a time, files and bodies in chunks: no
# error of any kind, and everybody is served.
#
# ctest: cost=10 timeout=120

# shellcheck source-path=SCRIPTDIR source=peers.bash disable=SC2119
. "$(dirname "$0")/peers.bash"
need wrk

mkdir root
head -c 1000 /dev/urandom >root/small
head -c 3000000 /dev/urandom >root/long
start_site

# wrk_at NAME ARGUMENT...: it counts what went wrong in any way.
cat >count.lua <<'LUA'
local depth = 1
function init(args)
    depth = tonumber(args[1]) or 1
    local one = {}
    for i = 1, depth do one[i] = wrk.format() end
    all = table.concat(one)
end
function request() return all end
function done(summary)
    local e = summary.errors
    print(string.format("RESULT %d %d", summary.requests > 0 and 1 or 0,
        e.connect + e.read + e.write + e.status + e.timeout))
end
LUA
wrk_at()
{
    local name=$1
    shift
    wrk --timeout 30s -s count.lua "$@" >out 2>err
    equal 0 $? "$name: $(cat err)"
    equal "RESULT 1 0" "$(grep RESULT out)" "$name: requests answered, errors"
}

wrk_at "one by one" -t 2 -c 64 -d 1 "$url/"
wrk_at "sixteen at a time" -t 2 -c 64 -d 1 "$url/" -- 16
wrk_at "a small file" -t 2 -c 64 -d 1 "$url/files/small"
wrk_at "small files, sixteen at a time" -t 2 -c 16 -d 1 "$url/files/small" -- 16
wrk_at "a long file" -t 2 -c 32 -d 1 "$url/files/long"
wrk_at "in chunks" -t 2 -c 32 -d 1 "$url/chunks/20"
wrk_at "a thousand connections" -t 2 -c 900 -d 2 "$url/"
end_site

make_certificate mine
start_site mine.pem mine.key
wrk_at "TLS" -t 2 -c 32 -d 1 "$url/files/small"
end_site

finish
