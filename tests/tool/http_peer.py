#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A web server that does what its paths say, well or badly, for the tests of `nowait get`.

Writes its port to ./port, a line for each request to ./requests: method, path, Range, If-Range, Authorization.
"""
import functools
import hashlib
import http.server
import os
import re
import ssl
import sys
import threading
import time
import urllib.parse

lock = threading.Lock()
counts = {}
running = 0
most = 0


@functools.lru_cache(16)
def content(size, version=0):
    """Bytes that are never the same in two versions or at two places. What is shorter begins what is longer."""
    block = b"".join(hashlib.sha256(b"%d %d" % (version, i)).digest() for i in range(-(-min(size, 1 << 20) // 32)))
    return (block * (size // max(len(block), 1) + 1))[:size]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def version_string(self):
        return "peer"

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        self.query = dict(urllib.parse.parse_qsl(url.query, encoding="latin-1"))
        kind = url.path.split("/")[1]
        self.body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        with lock:
            counts[self.path] = counts.get(self.path, 0) + 1
            self.turn = counts[self.path]
            with open("requests", "a") as log:
                log.write("%s %s range=%s if=%s auth=%s\n" % (
                    self.command, self.path, self.headers.get("Range", ""), self.headers.get("If-Range", ""),
                    self.headers.get("Authorization", "")))
        getattr(self, "on_" + kind.replace("-", "_"), self.on_missing)()

    do_HEAD = do_POST = do_PUT = do_GET

    def reply(self, status, body=b"", headers=()):
        self.send_response(status)
        names = [name.lower() for name, _ in headers]
        for name, value in headers:
            self.send_header(name, value)
        if "content-length" not in names and "transfer-encoding" not in names:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def hang_up(self):
        self.wfile.flush()
        self.close_connection = True
        self.connection.shutdown(2)

    def size(self):
        return int(self.query.get("size", "1000"))

    # -- good ones --

    def ranged(self, body, etag, cut=None, extra=()):
        """A range or the whole, as RFC 9110 has it; `cut`: hang up after so many bytes."""
        headers = [("Accept-Ranges", "bytes"), ("ETag", etag), *extra]
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        condition = self.headers.get("If-Range")
        status = 200
        if wanted and (condition is None or condition == etag):
            first = int(wanted[1])
            last = min(int(wanted[2] or len(body)), len(body) - 1)
            if first >= len(body):
                self.reply(416, b"", [("Content-Range", "bytes */%d" % len(body)), *headers])
                return
            headers.append(("Content-Range", "bytes %d-%d/%d" % (first, last, len(body))))
            body = body[first:last + 1]
            status = 206
        if cut is None:
            self.reply(status, body, headers)
            return
        self.reply(status, body[:cut], headers + [("Content-Length", str(len(body)))])
        self.hang_up()

    def on_file(self):
        self.ranged(content(self.size()), '"one"')

    def on_slow(self):
        """Takes a while, and counts how many do so at a time."""
        global running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.2)
        with lock:
            running -= 1  # before the client can send the next request
        self.ranged(content(self.size()), '"one"')

    def on_most(self):
        self.reply(200, b"%d\n" % most)

    def on_whole(self):
        """No ranges, whatever is asked."""
        self.reply(200, content(self.size()), [("ETag", '"one"')])

    def on_name(self):
        self.reply(200, b"named\n", [("Content-Disposition", self.query["value"])])

    def on_dated(self):
        self.reply(200, b"dated\n", [("Last-Modified", "Sat, 03 Feb 2001 04:05:06 GMT")])

    def on_echo(self):
        text = "%s %s\n" % (self.command, self.headers.get("Content-Type", ""))
        for name in ("X-Test", "User-Agent", "Authorization"):
            text += "%s: %s\n" % (name, self.headers.get(name, ""))
        self.reply(200, text.encode() + self.body)

    def on_redirect(self):
        self.reply(302, b"", [("Location", self.query["to"])])

    def on_chunks(self):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for _ in range(3):
            self.wfile.write(b"6\r\nchunk\n\r\n")
        self.wfile.write(b"0\r\n\r\n")

    # -- those that fail at first --

    def on_status(self):
        """`status` for the first `times` requests."""
        if self.turn <= int(self.query.get("times", "1000000")):
            headers = [("Retry-After", self.query["after"])] if "after" in self.query else []
            self.reply(int(self.query["status"]), b"no\n", headers)
        else:
            self.reply(200, b"at last\n")

    def on_cut(self):
        """Hangs up after `at` bytes, each time."""
        self.ranged(content(self.size()), '"one"', int(self.query["at"]))

    def on_cut_whole(self):
        """The same without ranges and validators, once."""
        body = content(self.size())
        if self.turn == 1:
            self.reply(200, body[:100], [("Content-Length", str(len(body)))])
            self.hang_up()
        else:
            self.reply(200, body)

    def on_cut_changed(self):
        """Hangs up in the first version; then there is another one."""
        if self.turn == 1:
            self.ranged(content(self.size(), 1), '"first"', int(self.query["at"]))
        else:
            self.ranged(content(self.size(), 2), '"second"')

    def on_liar_changed(self):
        """The same, and it sends ranges of the second version to those who want the first."""
        if self.turn == 1:
            self.ranged(content(self.size(), 1), '"first"', int(self.query["at"]))
        else:
            del self.headers["If-Range"]
            self.ranged(content(self.size(), 2), '"second"')

    def on_liar_shifted(self):
        """Answers a range with another one."""
        body = content(self.size())
        if "Range" not in self.headers:
            self.ranged(body, '"one"', 500)
        else:
            self.reply(206, body[:10], [("ETag", '"one"'), ("Content-Range", "bytes 0-9/%d" % len(body))])

    def on_liar_silent(self):
        """Answers a range without saying which."""
        body = content(self.size())
        if "Range" not in self.headers:
            self.ranged(body, '"one"', 500)
        else:
            self.reply(206, body[500:], [("ETag", '"one"')])

    def on_liar_unasked(self):
        """Answers with a range where the whole was asked for."""
        body = content(self.size())
        self.reply(206, body[:10], [("ETag", '"one"'), ("Content-Range", "bytes 0-9/%d" % len(body))])

    def on_shy(self):
        """Takes one connection at a time: others get a 503."""
        if "Range" in self.headers and self.turn <= 5:
            self.reply(503, b"", [("Retry-After", "0")])
        else:
            self.ranged(content(self.size()), '"one"')

    def on_changing(self):
        """Another version after the first answer: the pieces do not fit together."""
        version = 1 if self.turn == 1 else 2
        self.ranged(content(self.size(), version), '"version %d"' % version)

    def on_hang(self):
        """Sends half, and waits until the client has gone."""
        body = content(self.size())
        self.reply(200, body[:len(body) // 2], [("Content-Length", str(len(body))), ("ETag", '"one"'),
                                                 ("Accept-Ranges", "bytes")])
        self.wfile.flush()
        open("hanging", "w").close()
        try:
            self.rfile.read(1)
        except OSError:
            pass
        self.close_connection = True

    def on_dribble(self):
        """A byte now and then, until the client has had enough."""
        body = content(self.size())
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            for byte in body:
                self.wfile.write(bytes([byte]))
                time.sleep(0.02)
        except OSError:
            self.close_connection = True

    def on_missing(self):
        self.reply(404, b"no\n")


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128

    def handle_error(self, *_):
        pass  # clients hang up: that is what they are here for


def main():
    server = Server(("127.0.0.1", 0), Handler)
    if len(sys.argv) > 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    open("requests", "w").close()
    with open("port.new", "w") as file:
        file.write("%d\n" % server.server_address[1])
    os.rename("port.new", "port")
    server.serve_forever()


if __name__ == "__main__":
    main()
