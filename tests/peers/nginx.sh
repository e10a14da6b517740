#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# nginx, which answers our client: files, precompressed ones, codings and chunks made on the way, ranges, errors, all
# of it over TLS, too; connections that die while they are idle. And nginx as a reverse proxy before our server.
#
# ctest: cost=8 timeout=120

# shellcheck source-path=SCRIPTDIR source=peers.bash disable=SC2119
. "$(dirname "$0")/peers.bash"
need nginx
need gzip
make_certificate mine

mkdir root www temp
head -c 3000000 /dev/urandom >big
cp big www/big
cp big root/big
seq 50000 >www/text.txt
cp www/text.txt want
echo precompressed | gzip >www/ready.txt.gz
echo plain >www/ready.txt
for i in $(seq 50); do echo "file $i" >"www/f$i"; done
start_site
inner=$url

# Ports that are free now; should another program take one, nginx says so and the next ones are tried.
free_ports()
{
    local low=$((20000 + RANDOM % 9000))
    plain=$low tls=$((low + 1)) short=$((low + 2)) front=$((low + 3))
}
start_nginx()
{
    cat >nginx.conf <<CONF
daemon off; master_process off; pid $PWD/nginx.pid; error_log $PWD/nginx.err;
events { worker_connections 512; }
http {
    access_log $PWD/nginx.access;
    client_body_temp_path $PWD/temp; proxy_temp_path $PWD/temp; fastcgi_temp_path $PWD/temp;
    uwsgi_temp_path $PWD/temp; scgi_temp_path $PWD/temp;
    types { text/plain txt; } default_type application/octet-stream;
    gzip on; gzip_types text/plain; gzip_min_length 1000; gzip_static on;
    root $PWD/www;
    ssl_certificate $PWD/mine.pem; ssl_certificate_key $PWD/mine.key;
    server {
        listen 127.0.0.1:$plain; listen 127.0.0.1:$tls ssl;
        keepalive_requests 10;
        location /error { return 503 "not now\n"; }
        location /gone { return 444; }
        location /limited { limit_except GET { deny all; } try_files /f1 =404; }
        location /moved { return 301 /f2; }
        location /loop { return 302 /loop; }
    }
    server { listen 127.0.0.1:$short; keepalive_timeout 10ms; }
    upstream inner { server ${inner#http://}; keepalive 8; }
    server {
        listen 127.0.0.1:$front;
        client_max_body_size 0;
        location / { proxy_pass http://inner; proxy_http_version 1.1; proxy_set_header Connection ""; }
        location /streamed/ {
            proxy_pass http://inner/; proxy_http_version 1.1; proxy_set_header Connection "";
            proxy_request_buffering off; proxy_buffering off;
        }
        location /old/ { proxy_pass http://inner/; }
    }
}
CONF
    nginx -e "$PWD/nginx.err" -c "$PWD/nginx.conf" 2>nginx.start &
    nginx_pid=$!
    until [ -s nginx.pid ]; do
        kill -0 $nginx_pid 2>/dev/null || return 1
        sleep 0.02
    done
    started+=("$nginx_pid")
}
chmod 755 .
for _ in 1 2 3 4 5; do
    free_ports
    start_nginx && break
done
[ -s nginx.pid ] || { cat nginx.start nginx.err >&2; exit 1; }

text_bytes=$(stat -c %s want)
for scheme in "http://localhost:$plain" "https://localhost:$tls"; do
    answers "200 3000000" -a mine.pem "$scheme/big"
    same big body.0 "$scheme: a file"
    answers "200 $text_bytes" -a mine.pem "$scheme/text.txt"
    same want body.0 "$scheme: gzip on the way"
    run "$ask" -a mine.pem -h -r -H 'Accept-Encoding: gzip' "$scheme/text.txt"
    holds '^field Transfer-Encoding: chunked' out
    gzip -dc <body.0 >got
    same want got "$scheme: left coded"
    answers "200 14" -a mine.pem "$scheme/ready.txt"
    equal precompressed "$(cat body.0)" "$scheme: precompressed"
    answers "200 6" -a mine.pem -r "$scheme/ready.txt"
    answers "206 4" -a mine.pem -H 'Range: bytes=10-13' "$scheme/big"
    equal "$(tail -c +11 big | head -c 4 | od -tx1)" "$(od -tx1 <body.0)" "$scheme: a range"
    run "$ask" -a mine.pem -H 'Range: bytes=3000000-' "$scheme/big"
    holds '^416 ' out
    answers "503 8" -a mine.pem "$scheme/error"
    answers "200 7" -a mine.pem "$scheme/moved"
    answers "200 0" -a mine.pem -X HEAD "$scheme/big"
    answers "failed in headers: the connection was closed before the end" -a mine.pem "$scheme/gone"
    run "$ask" -a mine.pem "$scheme/loop"
    holds '^failed in redirect: ' out
    run "$ask" -a mine.pem -d big "$scheme/limited"
    grep -qE '^(403|413) ' out || fail "$scheme: a refused upload: $(cat out err)"
    # ten requests a connection, then it closes: nobody notices
    run "$ask" -a mine.pem -n 1000 -j 16 "$scheme/f7"
    equal "1000 200 7" "$(sort out | uniq -c | xargs)" "$scheme: 1,000 requests: $(head -3 err)"
done

# -- it closes what has been idle for 10 ms: before, while or after the next request is sent --
urls=()
for i in $(seq 50); do urls+=("http://localhost:$short/f$i" "http://localhost:$plain/big"); done
run "$ask" "${urls[@]}" "${urls[@]}"
equal 0 "$status" "connections that die while they are idle: $(head -3 err)"
equal 200 "$(grep -c '^200 ' out)" "connections that die while they are idle: answers"

# -- before our server --
front=http://localhost:$front
for way in "" /streamed /old; do
    answers "200 3000000" "$front$way/files/big"
    same big body.0 "reverse proxy $way: a file"
    answers "200 3000000" -d big "$front$way/echo"
    same big body.0 "reverse proxy $way: a body"
    answers "200 3000000" -c <(cat big) "$front$way/echo"
    same big body.0 "reverse proxy $way: a body in chunks"
    answers "200 300000" "$front$way/chunks/300"
    answers "404 4" "$front$way/status/404"
    answers "200 0" -X HEAD "$front$way/files/big"
    run "$ask" "$front$way/cut/0"
    holds '^failed in body: ' out
    run "$ask" -n 300 -j 20 "$front$way/"
    equal "300 200 6" "$(sort out | uniq -c | xargs)" "reverse proxy $way: 300 requests: $(head -3 err)"
done

finish
