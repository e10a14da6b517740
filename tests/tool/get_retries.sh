#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# nowait get tries again what may pass, waits as long as the server asks, and leaves alone what will not change.
#
# ctest: cost=7

# shellcheck source-path=SCRIPTDIR source=check.bash
. "$(dirname "$0")/check.bash"
# shellcheck source-path=SCRIPTDIR source=http.bash
. "$(dirname "$0")/http.bash"
start_peer

# tries WANT-STATUS WANT-TRIES ARGUMENT...: so many requests come, and it ends so.
tries()
{
    local want_status=$1 want_tries=$2
    shift 2
    : >requests
    run "$tool" get --retry-delay=1ms "$@"
    equal "$want_status" "$status" "status: $*"
    equal "$want_tries" "$(wc -l <requests)" "tries: $*"
}

# -- what is tried again --
for code in 408 425 429 500 502 503 504 599; do
    tries 0 3 -q --overwrite "$url/status/a$code?status=$code&times=2"
    equal "at last" "$(cat a$code)" "the file after $code"
done
tries 4 3 -q --retries=2 "$url/status/b?status=503"
holds 'the server answered 503 Service Unavailable$' err
tries 4 1 --retries=0 "$url/status/c?status=503"
tries 4 3 --retries=2 "$url/status/d?status=503"
equal 2 "$(grep -c 'answered 503 Service Unavailable; again in ' err)" "what it tells"
tries 3 3 -q --retries=2 "$url/cut/e?size=100&at=0"

# -- what is not --
for code in 400 401 403 404 410 451 501 505; do
    tries 4 1 "$url/status/x?status=$code"
done
tries 3 0 'ftp://127.0.0.1/x'
: >requests
run "$tool" get --retry-delay=1ms http://name.invalid/x
equal 3 "$status" "a host that is not there"

# -- requests that have an effect --
tries 4 1 -d x "$url/status/p1?status=500&times=2"
tries 0 3 -d x "$url/status/p2?status=503&times=2"
tries 0 3 -X PUT -d x "$url/status/p3?status=500&times=2"
tries 3 1 -d x "$url/cut/p4?size=100&at=0"

# -- Retry-After --
# waited LEAST-MS MOST-MS ARGUMENT...
waited()
{
    local least=$1 most=$2 began took
    shift 2
    began=$(date +%s%N)
    run "$tool" get -q --retry-delay=1ms "$@"
    took=$((($(date +%s%N) - began) / 1000000))
    [ "$took" -ge "$least" ] || fail "waited $took ms, not $least: $*"
    [ "$took" -le "$most" ] || fail "waited $took ms, not at most $most: $*"
}
waited 1000 20000 "$url/status/w1?status=429&times=1&after=1"
equal 0 "$status" "after a second"
soon=$(LC_ALL=C date -u -d '2 seconds' '+%a, %d %b %Y %H:%M:%S GMT' | sed 's/ /%20/g')
waited 700 20000 "$url/status/w2?status=503&times=1&after=$soon"
equal 0 "$status" "at a date"
waited 0 20000 "$url/status/w3?status=503&times=1&after=Sun,%2006%20Nov%201994%2008:49:37%20GMT"
equal 0 "$status" "at a date that has passed"
for nonsense in soon -5 1x '1%202' ''; do
    waited 0 20000 --overwrite "$url/status/w4?status=503&times=1&after=$nonsense"
    equal 0 "$status" "Retry-After: $nonsense"
done
waited 0 20000 "$url/status/w5?status=429&times=1&after=100000"
equal 4 "$status" "longer than it waits"
holds '429 Too Many Requests, and asks to wait 100000 s$' err
waited 0 20000 "$url/status/w6?status=429&times=1&after=99999999999999999999999"
equal 4 "$status" "longer than anything"
waited 0 20000 --retry-longest=500ms "$url/status/w7?status=429&times=1&after=1"
equal 4 "$status" "longer than --retry-longest"

# -- the rate --
began=$(date +%s%N)
run "$tool" get -q --rate=200K "$url/file/r1?size=102400" "$url/file/r2?size=102400"
took=$((($(date +%s%N) - began) / 1000000))
equal 0 "$status" "--rate"
[ "$took" -ge 800 ] || fail "200 KiB at 200 KiB a second took $took ms"

# -- nobody answers --
python3 -c "
import socket, time
server = socket.socket()
server.bind(('127.0.0.1', 0))
server.listen()
open('silent.new', 'w').write(str(server.getsockname()[1]))
import os
os.rename('silent.new', 'silent')
time.sleep(1000)" &
started+=($!)
until_there silent $!
run "$tool" get -q --retries=1 --retry-delay=1ms --timeout=200ms "http://127.0.0.1:$(cat silent)/x"
equal 3 "$status" "--timeout"
holds 'headers: ' err
run "$tool" get -q --retries=0 --max-time=200ms "http://127.0.0.1:$(cat silent)/x"
equal 3 "$status" "--max-time"

# -- a server that dribbles --
run "$tool" get -q --retries=0 --min-rate=10K --min-rate-time=300ms "$url/dribble/d?size=1000000"
equal "3:" "$status:$(ls d d.part 2>/dev/null)" "--min-rate"
holds 'dribble/d.*: it came more slowly than 10\.0 KiB a second for 300 ms$' err
run "$tool" get --retries=1 --retry-delay=1ms --min-rate=10K --min-rate-time=100ms --timeout=0 "$url/hang/h"
equal 3 "$status" "--min-rate and nothing at all"
equal 2 "$(grep -c 'more slowly' err)" "--min-rate: tries"
run "$tool" get -q --min-rate=1 --min-rate-time=1h "$url/dribble/e?size=20"
equal "0:20" "$status:$(wc -c <e)" "--min-rate that is reached"

# -- the server comes back --
port=$(cat port)
end_started
python3 - "$port" <<'PYTHON' &
import http.server, sys, time
time.sleep(0.5)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200), self.end_headers(), self.wfile.write(b"back\n")
    def log_message(self, *_): pass
http.server.HTTPServer.allow_reuse_address = True
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).handle_request()
PYTHON
started+=($!)
run "$tool" get -q --retries=20 --retry-delay=100ms "http://127.0.0.1:$port/back"
equal "0:back" "$status:$(cat back)" "a server that comes back"

finish
