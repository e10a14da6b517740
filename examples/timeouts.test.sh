#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# timeouts.test.sh PROGRAM: each kind of timeout ends the wait that it is for, and no other; no descriptor is left.

set -u
# shellcheck source-path=SCRIPTDIR source=../tests/support/web_peer.bash
. "$(dirname "$0")/../tests/support/web_peer.bash"

# A server that listens and accepts nobody, whose queue is full: further connections get no answer.
cat >full.py <<'END'
import os, socket, time
server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen(0)
queue = []
while True:
    client = socket.socket()
    client.settimeout(0.3)
    queue.append(client)
    try:
        client.connect(server.getsockname())
    except TimeoutError:
        break
with open("full.new", "w") as file:
    file.write("%d\n" % server.getsockname()[1])
os.rename("full.new", "full")
time.sleep(600)
END
python3 full.py &
full=$!
trap 'kill $peer $full 2>/dev/null' EXIT
until [ -s full ]; do
    kill -0 $full || { echo "full.py has ended"; exit 1; }
    sleep 0.02
done
full_url=http://127.0.0.1:$(cat full)/

"$1" "$url" "$full_url" 300 >out 2>err || fail "exit status $?"
cat >expected <<END
connect: GET $full_url: connect: Connection timed out
headers: GET $url/silent: headers: Connection timed out
between two pieces: GET $url/stops: body: Connection timed out
the whole: GET $url/dribbles: body: Connection timed out
the task's deadline: GET $url/silent: headers: Connection timed out
descriptors left open: 0
END
# On a busy machine the time of the whole may be up before an answer has begun.
sed 's|\(dribbles: \)headers|\1body|' out | diff - expected || fail "what it says"
