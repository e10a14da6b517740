#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# HTTP with the programs that OpenSSL ships: s_client asks our server, s_server answers our client.

# shellcheck source-path=SCRIPTDIR source=peers.bash disable=SC2119
. "$(dirname "$0")/peers.bash"
make_certificate mine
make_certificate other

mkdir root
seq 20000 >root/numbers

# -- s_client --
start_site mine.pem mine.key
client() { openssl s_client -quiet -connect "${url#https://}" -CAfile mine.pem -verify_return_error "$@" 2>client.err; }
printf 'GET /files/numbers HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' | client >reply
sed '1,/^\r$/d' reply >got
same root/numbers got "s_client: a file"
for version in -tls1_2 -tls1_3; do
    printf 'GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /status/404 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n' |
        client $version >reply
    equal "200 404" "$(sed -n 's|^HTTP/1.1 \([0-9]*\) .*|\1|p' reply | xargs)" "s_client $version: two requests"
done
printf 'GET / HTTP/1.1\r\n\r\n' | client >reply
holds '^HTTP/1\.1 400 ' reply
openssl s_client -connect "${url#https://}" -tls1_1 -cipher DEFAULT:@SECLEVEL=0 </dev/null >old 2>&1
grep -q 'Cipher is (NONE)' old || fail "s_client: TLS 1.1 was spoken"
printf 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n' | client -alpn http/1.1 >reply
holds '^HTTP/1\.1 200 ' reply
end_site

# -- s_server: it answers any request for a file, by HTTP/1.0 --
serve_openssl()
{
    rm -f s_server.out
    (cd root && exec openssl s_server -accept 127.0.0.1:0 -WWW "$@") >s_server.out 2>&1 &
    started+=($!)
    until grep -q '^ACCEPT ' s_server.out; do
        kill -0 $! 2>/dev/null || { cat s_server.out >&2; exit 1; }
        sleep 0.02
    done
    port=$(sed -n 's/^ACCEPT .*:\([0-9]*\).*/\1/p' s_server.out)
}
serve_openssl -cert ../mine.pem -key ../mine.key
size=$(stat -c %s root/numbers)
answers "200 $size
200 $size" -a mine.pem "https://localhost:$port/numbers" "https://127.0.0.1:$port/numbers"
same root/numbers body.0 "s_server: a file"
same root/numbers body.1 "s_server: a file, again"
answers "failed in TLS: the certificate is signed by nobody who is trusted" "https://localhost:$port/numbers"
answers "failed in TLS: the certificate is signed by nobody who is trusted" -a other.pem "https://localhost:$port/numbers"
answers "200 $size" -k "https://localhost:$port/numbers"
serve_openssl -cert ../mine.pem -key ../mine.key -tls1_2
answers "200 $size" -a mine.pem "https://localhost:$port/numbers"
same root/numbers body.0 "s_server: TLS 1.2"
serve_openssl -cert ../mine.pem -key ../mine.key -tls1_1 -cipher DEFAULT:@SECLEVEL=0
run "$ask" -a mine.pem "https://localhost:$port/numbers"
equal 1 "$status" "s_server: TLS 1.1"
holds '^failed in TLS: ' out

finish
