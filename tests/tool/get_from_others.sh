#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# nowait get, from servers that others wrote: nginx, with and without TLS, certificates asked of clients, passwords,
# limits; Python's http.server; and onto a disk that is full.

# shellcheck source-path=SCRIPTDIR source=check.bash
. "$(dirname "$0")/check.bash"
# shellcheck source-path=SCRIPTDIR source=http.bash
. "$(dirname "$0")/http.bash"
need python3

mkdir root
head -c 20000000 /dev/urandom >root/big
for i in $(seq 50); do echo "file $i" >"root/f$i"; done
echo ü >'root/sp ace ü.txt'
(cd root && sha256sum ./*) >sums

# check_server NAME URL [OPTION]...: everything, from this server.
check_server()
{
    local name=$1 url=$2
    shift 2
    rm -rf "got.$name"
    for i in $(seq 50); do echo "$url/f$i"; done >list
    run "$tool" get -q "$@" -O "got.$name" -j 16 --sums sums -i list "$url/big" "$url/sp%20ace%20%C3%BC.txt"
    equal "0:" "$status:$(cat err)" "$name"
    equal 52 "$(find "got.$name" -type f | wc -l)" "$name: files"
    diff -r root "got.$name" >/dev/null || fail "$name: not the same"
    run "$tool" get -q "$@" --retries=0 "$url/none"
    equal 4 "$status" "$name: 404"
    run "$tool" get -I "$@" "$url/big"
    holds '^Content-[Ll]ength: 20000000$' out
}

# -- Python's http.server --
python3 - <<'PYTHON' &
import functools, http.server, os
class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_): pass
class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128
    def handle_error(self, *_): pass
server = Server(("127.0.0.1", 0), functools.partial(Handler, directory="root"))
open("python.new", "w").write(str(server.server_address[1]))
os.rename("python.new", "python.port")
server.serve_forever()
PYTHON
started+=($!)
until_there python.port $!
check_server python "http://127.0.0.1:$(cat python.port)"
run "$tool" get -q -n 4 -O got.pieces "http://127.0.0.1:$(cat python.port)/big"
same root/big got.pieces/big "several connections, no ranges"

# -- a full disk --
if [ "$(id -u)" -eq 0 ] && mkdir full && mount -t tmpfs -o size=2m tmpfs full 2>/dev/null; then
    run "$tool" get -q -O full "http://127.0.0.1:$(cat python.port)/big"
    equal 5 "$status" "a full disk"
    holds 'big\.part.*: No space left on device$' err
    [ ! -e full/big ] || fail "half a file has its name"
    rm -f full/*
    run "$tool" get -q -O full "http://127.0.0.1:$(cat python.port)/f1"
    same root/f1 full/f1 "after a full disk"
    run "$tool" get -q -n 4 -O full "http://127.0.0.1:$(cat python.port)/big"
    equal 5 "$status" "a full disk, several connections"
    umount -l full
fi

# -- nginx --
command -v nginx >/dev/null || { echo "nginx is not installed: the rest was not tried"; finish; }
make_certificate server
make_certificate client
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
plain=$(free_port) tls=$(free_port) mutual=$(free_port)
printf 'me:%s\n' "$(openssl passwd -apr1 secret)" >passwords
chmod 755 .
mkdir -p temp
cat >nginx.conf <<CONF
daemon off;
master_process off;
pid $PWD/nginx.pid;
error_log $PWD/nginx.err;
events { worker_connections 256; }
http {
    access_log $PWD/nginx.access;
    client_body_temp_path $PWD/temp; proxy_temp_path $PWD/temp; fastcgi_temp_path $PWD/temp;
    uwsgi_temp_path $PWD/temp; scgi_temp_path $PWD/temp;
    root $PWD/root;
    ssl_certificate $PWD/server.pem;
    ssl_certificate_key $PWD/server.key;
    gzip on; gzip_types *; gzip_min_length 1;
    server {
        listen 127.0.0.1:$plain;
        location /locked/ { alias $PWD/root/; auth_basic "x"; auth_basic_user_file $PWD/passwords; }
        location /slow/ { alias $PWD/root/; limit_rate 8m; }
        location /moved/ { return 302 /f1; }
    }
    server { listen 127.0.0.1:$tls ssl; }
    server {
        listen 127.0.0.1:$mutual ssl;
        ssl_client_certificate $PWD/client.pem;
        ssl_verify_client on;
    }
}
CONF
nginx -c "$PWD/nginx.conf" 2>nginx.start &
started+=($!)
until "$tool" get -q --retries=0 -o up "http://127.0.0.1:$plain/f1" 2>/dev/null; do
    kill -0 $! || { cat nginx.start >&2; exit 1; }
    sleep 0.05
done
check_server nginx "http://127.0.0.1:$plain"
check_server nginx-tls "https://localhost:$tls" --cacert server.pem
run "$tool" get -q --retries=0 "https://localhost:$tls/f1"
equal 7 "$status" "nginx: not trusted"
run "$tool" get -q -k -o k "https://127.0.0.1:$tls/f1"
same root/f1 k "nginx: -k"
run "$tool" get -q --cacert server.pem --cert client.pem --key client.key -o c "https://localhost:$mutual/f1"
same root/f1 c "nginx: --cert"
run "$tool" get -q --cacert server.pem --retries=0 -o c2 "https://localhost:$mutual/f1"
equal 4 "$status" "nginx: without the certificate that it asks for"
run "$tool" get -q -n 8 -o pieces "http://127.0.0.1:$plain/big"
same root/big pieces "nginx: several connections"
[ "$(grep -c '"GET /big HTTP/1.1" 206' nginx.access)" -ge 7 ] || fail "nginx: no ranges were asked for"
run "$tool" get -q -n 4 --cacert server.pem -o pieces2 "https://localhost:$tls/big"
same root/big pieces2 "nginx: several connections over TLS"
run "$tool" get -q --compressed -o z "http://127.0.0.1:$plain/f2"
same root/f2 z "nginx: --compressed"
run "$tool" get -q -u me:secret -o locked "http://127.0.0.1:$plain/locked/f3"
same root/f3 locked "nginx: -u"
run "$tool" get -q -o locked2 "http://me:secret@127.0.0.1:$plain/locked/f3"
same root/f3 locked2 "nginx: a password in the URL"
run "$tool" get -q -u me:wrong -o locked3 "http://127.0.0.1:$plain/locked/f3"
equal 4 "$status" "nginx: a wrong password"
run "$tool" get -q -o moved "http://127.0.0.1:$plain/moved/"
same root/f1 moved "nginx: a redirect"
run "$tool" get -q --max-redirects=0 -o moved2 "http://127.0.0.1:$plain/moved/"
equal 4 "$status" "nginx: no redirects"

# -- killed and gone on with, until it is there --
for _ in $(seq 40); do
    env --default-signal=INT timeout -s INT 0.4 "$tool" get -q -c -n 2 -o on "http://127.0.0.1:$plain/slow/big" &&
        break
done
same root/big on "nginx: interrupted again and again"
[ "$(grep -c '/slow/big' nginx.access)" -ge 3 ] || fail "nginx: it was not interrupted"

finish
