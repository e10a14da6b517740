#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A web server that does what its paths say, for the tests of the examples.

Writes its port to ./port. What it has seen of requests to /api, it tells at /seen.
"""
import http.server
import os
import socket
import threading
import urllib.parse

changed = threading.Condition()
seen = {"requests": 0, "connections": set(), "running": 0, "most": [0, 0]}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one piece
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def version_string(self):
        return "peer"

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        self.name = urllib.parse.unquote(url.path)
        self.query = dict(urllib.parse.parse_qsl(url.query))
        getattr(self, "on_" + url.path.split("/")[1], self.on_missing)()

    do_HEAD = do_POST = do_PUT = do_GET

    def number(self, name, default=0):
        return int(self.query.get(name, default))

    def reply(self, body, media_type="text/plain", status=200, headers=()):
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def on_missing(self):
        self.reply(b"there is no such page\n", status=404)

    def on_hello(self):
        self.reply(b"Hello, world\n", headers=[("X-Answer", "42")])

    def on_user(self):
        self.reply(b'{"id": 7, "name": "Ada"}\n', "application/json")

    def on_bytes(self):
        self.reply(bytes(range(256)), "application/octet-stream")

    def on_moved(self):
        self.reply(b"", status=301, headers=[("Location", "/hello")])

    # -- bodies that are sent --

    def body(self):
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        pieces = []
        while True:
            size = int(self.rfile.readline().split(b";")[0], 16)
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
            if size == 0:
                return b"".join(pieces)

    def on_echo(self):
        """What has come, and how."""
        framing = "chunked" if "Transfer-Encoding" in self.headers else self.headers.get("Content-Length", "none")
        head = "%s %s, %s\n" % (self.command, self.headers.get("Content-Type", "untyped"), framing)
        self.reply(head.encode() + self.body())

    def on_store(self):
        """PUT /store/NAME: kept as the file stored.NAME."""
        with open("stored." + os.path.basename(self.name), "wb") as file:
            file.write(self.body())
        self.reply(b"", status=201)

    # -- those that take their time --

    def on_api(self):
        """Of the requests after the first `alone`, so many (`together`) must be here before any is answered."""
        body = b'{"status": "ok"}\n'
        alone, together = self.number("alone"), self.number("together", 1)
        with changed:
            seen["requests"] += 1
            seen["connections"].add(self.client_address)
            seen["running"] += 1
            turn = seen["requests"]
            most = seen["most"]
            most[turn > alone] = max(most[turn > alone], seen["running"])
            changed.notify_all()
            if turn > alone:
                last = alone + -(-(turn - alone) // together) * together
                changed.wait_for(lambda: seen["requests"] >= last)
            seen["running"] -= 1  # before the client can send the next one
        self.reply(body, "application/json")

    def on_seen(self):
        with changed:
            text = "%d requests, %d connections, %d and then %d at a time\n" % (
                seen["requests"], len(seen["connections"]), *seen["most"])
        self.reply(text.encode())

    def on_after(self):
        """Answers when the file `file` is there."""
        open("asked", "w").close()
        while not os.path.exists(self.query["file"]):
            threading.Event().wait(0.01)
        self.reply(b'{"status": "ok"}\n', "application/json")

    def wait_for_its_end(self):
        """Until the client has gone."""
        self.wfile.flush()
        try:
            self.rfile.read(1)
        except OSError:
            pass
        self.close_connection = True

    def on_silent(self):
        self.wait_for_its_end()

    def on_stops(self):
        """Half of the body, and no more."""
        self.reply_begin(1000)
        self.wfile.write(b"x" * 500)
        self.wait_for_its_end()

    def on_dribbles(self):
        """A byte now and then, for ever."""
        self.reply_begin(1 << 40)
        self.connection.settimeout(0.05)
        while True:
            self.wfile.write(b"x")
            self.wfile.flush()
            try:
                if self.connection.recv(1) == b"":
                    break
            except TimeoutError:
                pass
        self.close_connection = True

    def on_cut(self):
        """Half of the body, and the end."""
        self.reply_begin(1000)
        self.wfile.write(b"x" * 500)
        self.wfile.flush()
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def reply_begin(self, size):
        self.send_response(200)
        self.send_header("Content-Length", str(size))
        self.end_headers()

    # -- much --

    def on_big(self):
        """`mib` times a MiB of "nowait\\n" and its like, in chunks."""
        block = (b"nowait " * 150000)[:1 << 20]
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for _ in range(self.number("mib")):
            self.wfile.write(b"100000\r\n" + block + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def on_log(self):
        """/log/N: some thousand lines of a log, a few of them errors."""
        number = int(self.name.split("/")[2])
        lines = ["%06d %s of %d\n" % (i, "ERROR" if i % 1000 == number else "info", number) for i in range(5000)]
        self.reply("".join(lines).encode())

    # -- a site --

    def on_site(self):
        """/site/N has links to 2N+1 and 2N+2, one back, one to a picture, one elsewhere, one that is broken."""
        with open("visited", "a") as file:
            file.write(self.path + "\n")
        last = self.name.rsplit("/", 1)[1]
        if last == "picture":
            self.reply(b'<a href="/site/not-a-link">', "image/png")
        elif not last.isdecimal():
            self.on_missing()
        else:
            n = int(last)
            self.reply((
                '<html><a href="%d">left</a> <a class=x href=\'/site/%d#there\'>right</a> <A HREF="./%d">up</A>\n'
                '<a href="picture">p</a> <a href="http://elsewhere.invalid/">e</a> <a href="mailto:a@b.c">m</a>\n'
                '<a href="gone-%d">broken</a></html>\n'
                % (2 * n + 1, 2 * n + 2, max(n - 1, 0) // 2, n)).encode(), "text/html; charset=utf-8")


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 1024

    def handle_error(self, *_):
        pass  # clients hang up: that is what some of them are here for


def main():
    server = Server(("127.0.0.1", 0), Handler)
    with open("port.new", "w") as file:
        file.write("%d\n" % server.server_address[1])
    os.rename("port.new", "port")
    server.serve_forever()


if __name__ == "__main__":
    main()
