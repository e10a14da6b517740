#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A proxy for the tests of the client: CONNECT, and requests with all of their URL, both asked for a password.

    proxy.py [USER:PASSWORD]

Writes its port to ./port, and a line for each request to ./proxied: method, target, whether there was a password.
"""
import base64
import http.client
import http.server
import os
import socket
import sys
import threading
import urllib.parse

wanted = "Basic " + base64.b64encode(sys.argv[1].encode()).decode() if len(sys.argv) > 1 else None
log = open("proxied", "a", buffering=1)


def pass_on(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def allowed(self):
        given = self.headers.get("Proxy-Authorization")
        log.write("%s %s %s\n" % (self.command, self.path, "with" if given else "without"))
        if wanted is None or given == wanted:
            return True
        self.send_response(407)
        self.send_header("Proxy-Authenticate", 'Basic realm="here"')
        self.send_header("Content-Length", "0")
        self.end_headers()
        return False

    def do_CONNECT(self):
        if not self.allowed():
            return
        host, port = self.path.rsplit(":", 1)
        try:
            target = socket.create_connection((host, int(port)))
        except OSError:
            self.send_error(502)
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.flush()
        thread = threading.Thread(target=pass_on, args=(target, self.connection))
        thread.start()
        pass_on(self.connection, target)
        thread.join()
        target.close()
        self.close_connection = True

    def do_GET(self):
        if not self.allowed():
            return
        url = urllib.parse.urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        assert "Proxy-Authorization" not in {name for name, _ in self.pass_fields()}
        onward = http.client.HTTPConnection(url.netloc)
        onward.request(self.command, url.path or "/", body=body or None, headers=dict(self.pass_fields()))
        reply = onward.getresponse()
        content = reply.read()
        self.send_response(reply.status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_PUT = do_GET

    def pass_fields(self):
        for name, value in self.headers.items():
            if name.lower() not in ("proxy-authorization", "connection", "host"):
                yield name, value


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 256

    def handle_error(self, *_):
        pass


server = Server(("127.0.0.1", 0), Handler)
with open("port.new", "w") as file:
    file.write(str(server.server_address[1]))
os.rename("port.new", "port")
server.serve_forever()
