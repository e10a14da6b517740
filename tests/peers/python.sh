#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What Python ships: http.client and urllib ask our server; http.server answers our client.
#
# ctest: cost=5

# shellcheck source-path=SCRIPTDIR source=peers.bash disable=SC2119
. "$(dirname "$0")/peers.bash"
need_python

mkdir root
head -c 3000000 /dev/urandom >big
cp big root/big
echo small >root/small
start_site

cat >ask.py <<'PYTHON'
"""http.client and urllib, as far as they go."""
import http.client, http.cookiejar, socket, sys, urllib.error, urllib.parse, urllib.request
base = sys.argv[1]
host = urllib.parse.urlsplit(base).netloc
big = open("big", "rb").read()

# one connection for all of it
connection = http.client.HTTPConnection(host)
def talk(method, path, **more):
    connection.request(method, path, **more)
    reply = connection.getresponse()
    return reply, reply.read()
def kept():
    assert connection.sock and connection.sock.getsockname() == local, "the connection was not kept"
connection.connect()
local = connection.sock.getsockname()
for times in range(50):
    reply, body = talk("GET", "/")
    assert (reply.status, body) == (200, b"hello\n"), (reply.status, body)
reply, body = talk("GET", "/files/big")
assert body == big and reply.getheader("Content-Length") == "3000000"
reply, body = talk("HEAD", "/files/big")
assert body == b"" and reply.getheader("Content-Length") == "3000000"
reply, body = talk("GET", "/files/big", headers={"Range": "bytes=-7"})
assert (reply.status, body) == (206, big[-7:]), reply.status
reply, body = talk("GET", "/chunks/77")
assert len(body) == 77000 and reply.getheader("Transfer-Encoding") == "chunked"
reply, body = talk("POST", "/echo", body=big[:60000])
assert body == big[:60000]
reply, body = talk("POST", "/echo", body=big)
assert body == big
kept()
reply, body = talk("POST", "/echo", body=iter([big[i:i + 10007] for i in range(0, len(big), 10007)]),
                   encode_chunked=True, headers={"Transfer-Encoding": "chunked"})
assert body == big
for status in (200, 201, 204, 205, 301, 304, 400, 404, 418, 500, 503, 599):
    reply, body = talk("GET", "/status/%d" % status)
    assert reply.status == status, (reply.status, status)
kept()
reply, body = talk("GET", "/", headers={"Connection": "close"})
assert connection.sock is None and body == b"hello\n"
for length in "10":
    try:
        reply, body = talk("GET", "/cut/" + length)
        assert False, "what was cut off is taken for whole"
    except (http.client.IncompleteRead, ConnectionResetError):
        connection.close()

# HTTP/1.0
connection = http.client.HTTPConnection(host)
connection._http_vsn, connection._http_vsn_str = 10, "HTTP/1.0"
reply, body = talk("GET", "/chunks/5")
assert len(body) == 5000 and reply.getheader("Transfer-Encoding") is None

# urllib: redirects, cookies, errors
opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
assert opener.open(base + "/cookies").read() == b'1,"two words",-\n'
assert opener.open(base + "/show").read() == b"1,-,-\n"
assert b"GET /describe?arrived\n" in opener.open(base + "/redirect/302/4").read()
assert b"heard 3\n" in opener.open(base + "/describe", data=b"a=b").read()
try:
    opener.open(base + "/status/404")
    assert False
except urllib.error.HTTPError as error:
    assert error.code == 404 and error.read() == b"404\n"
PYTHON
"$python" ask.py "$url" || fail "http.client and urllib"
end_site

# -- http.server, both versions --
cat >serve.py <<'PYTHON'
import functools, http.server, os, sys
class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = sys.argv[1]
    def log_message(self, *_): pass
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 256
    def handle_error(self, *_): pass
server = Server(("127.0.0.1", 0), functools.partial(Handler, directory="root"))
open("port.new", "w").write(str(server.server_address[1]))
os.rename("port.new", "port")
server.serve_forever()
PYTHON
for version in HTTP/1.0 HTTP/1.1; do
    start_python serve.py $version
    url=http://127.0.0.1:$port
    answers "200 3000000
200 6
404 $(curl -s "$url/none" | wc -c)" "$url/big" "$url/small" "$url/none"
    same big body.0 "http.server, $version: a file"
    answers "200 0" -X HEAD "$url/big"
    answers "200 3000000" -d big "$url/echo"
    same big body.0 "http.server, $version: a body"
    answers "200 3000000" -e -d big "$url/echo"
    same big body.0 "http.server, $version: a body after 100 Continue"
    run "$ask" -n 300 -j 40 "$url/small"
    equal "300 200 6" "$(sort out | uniq -c | xargs)" "http.server, $version: 300 requests, 40 at a time: $(cat err)"
done

finish
