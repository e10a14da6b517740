#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# web_server.test.sh PROGRAM: files and notes, by curl; 500 clients wait for a note at the same time, and all get it;
# after SIGTERM those who wait are told, a request that has begun is answered, and nobody else is let in.

set -u

for program in curl python3; do
    command -v $program >/dev/null || { echo "$program is not installed"; exit 77; }
done
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
fail() { echo "$*"; cat out err; exit 1; }

# ask ARGUMENT...: the status, the type, the body.
ask() { curl -sS -o body -w '%{http_code} %{content_type} ' "$@" && cat body; echo; }

mkdir -p site/css
echo '<h1>Welcome</h1>' >site/index.html
echo 'h1 { color: teal }' >site/css/a.css
: >out
"$1" site tcp://127.0.0.1:0 >out 2>err &
server=$!
trap 'kill $server 2>/dev/null' EXIT
until grep -q http out; do
    kill -0 $server || fail "it has ended"
    sleep 0.02
done
url=$(sed -n 's|/$||p' out)

{
    ask "$url/"
    ask "$url/css/a.css"
    ask -r 5-9 "$url/css/a.css"
    ask --path-as-is "$url/../out"
    ask "$url/missing"
    ask -d '{"text": "one"}' "$url/api/notes"
    ask "$url/api/notes/1"
    ask -d '{"text": "two"}' "$url/api/notes"
    ask -X DELETE "$url/api/notes/1"
    ask "$url/api/notes/1"
    ask "$url/api/notes/xyz"
    ask -X PUT "$url/api/notes/1"
    head -c 70000 /dev/zero | ask --data-binary @- "$url/api/notes"
} >answers
grep -v '^$' answers | diff - <(cat <<'END'
200 text/html; charset=utf-8 <h1>Welcome</h1>
200 text/css; charset=utf-8 h1 { color: teal }
206 text/css; charset=utf-8 color
400 text/plain; charset=utf-8 400 Bad Request
404 text/plain; charset=utf-8 404 Not Found
201 application/json {"id": 1}
200 application/json {"text": "one"}
201 application/json {"id": 2}
204  
404 text/plain; charset=utf-8 404 Not Found
404 text/plain; charset=utf-8 404 Not Found
405 text/plain; charset=utf-8 405 Method Not Allowed
413 text/plain; charset=utf-8 413 Content Too Large
END
) || fail "the answers"

cat >many.py <<'END'
import os, signal, socket, sys

address, server = ("127.0.0.1", int(sys.argv[1])), int(sys.argv[2])

def connect(request):
    client = socket.create_connection(address)
    client.sendall(request)
    return client

def answer(client):
    data = b""
    while b"\n" not in data.partition(b"\r\n\r\n")[2]:
        piece = client.recv(65536)
        if not piece:
            break
        data += piece
    return data

wait = b"GET /api/next HTTP/1.1\r\nHost: a\r\n\r\n"
post = b"POST /api/notes HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\n"
status = b"GET /api/status HTTP/1.1\r\nHost: a\r\n\r\n"

def until_they_wait(poster):
    while b'"waiting": 500' not in answer(poster):
        poster.sendall(status)

clients = [connect(wait) for _ in range(500)]
poster = connect(status)
until_they_wait(poster)
poster.sendall(post + b"[1,2,3]\n")
assert b"201 Created" in answer(poster)
assert all(answer(client).endswith(b"\r\n\r\n[1,2,3]\n") for client in clients)
print("500 clients have the note")

for client in clients:
    client.sendall(wait)
poster.sendall(status)
until_they_wait(poster)
begun = connect(post.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"))
assert begun.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
os.kill(server, signal.SIGTERM)
assert all(answer(client).startswith(b"HTTP/1.1 503 ") for client in clients)
while True:
    try:
        socket.create_connection(address).close()
    except ConnectionRefusedError:
        break
begun.sendall(b"[4,5,6]\n")
last = answer(begun)
assert last.startswith(b"HTTP/1.1 201 ") and b"Connection: close" in last
assert begun.recv(1) == b""
assert poster.recv(1) == b""
print("nobody was cut off")
END
python3 many.py "${url##*:}" $server >many.out || fail "many clients"
diff many.out - <<'END' || fail "many clients"
500 clients have the note
nobody was cut off
END
wait $server || fail "exit status $?"
diff <(tail -n 1 out) - <<'END' || fail "its end"
4 notes, goodbye
END

"$1" missing tcp://127.0.0.1:0 >out 2>err && fail "a missing folder is no error"
[ "$(cat err)" = "web_server: No such file or directory" ] || fail "the message"
"$1" site tcp://nonsense >out 2>err && fail "an address that is none is no error"
[ "$(cat err)" = "web_server: Invalid argument" ] || fail "the message"
