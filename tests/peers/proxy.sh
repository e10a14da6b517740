#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Our client, and curl beside it, through a proxy in Python: to our server in plain HTTP, and through a tunnel over
# TLS; with a password for the proxy, with a wrong one, to a host that is not there.

# shellcheck source-path=SCRIPTDIR source=peers.bash disable=SC2119
. "$(dirname "$0")/peers.bash"
need_python
make_certificate mine

mkdir root
head -c 500000 /dev/urandom >big
cp big root/big
start_site
plain=$url
start_site mine.pem mine.key
secure=${url/127.0.0.1/localhost}

start_python "$here/proxy.py" me:secret
proxy=http://me:secret@127.0.0.1:$port
wrong=http://me:wrong@127.0.0.1:$port
none=http://127.0.0.1:$port

answers "200 6
200 500000" -x "$proxy" "$plain/" "$plain/files/big"
same big body.1 "through a proxy"
answers "200 500000" -x "$proxy" -d big "$plain/echo"
same big body.0 "a body through a proxy"
equal "$(printf 'GET %s/ with\nGET %s/files/big with\nPOST %s/echo with' "$plain" "$plain" "$plain")" "$(cat proxied)" \
    "what the proxy was asked for"

: >proxied
answers "200 6
200 500000" -x "$proxy" -a mine.pem "$secure/" "$secure/files/big"
same big body.1 "through a tunnel"
equal "CONNECT ${secure#https://} with" "$(cat proxied)" "one tunnel for both"
answers "200 500000" -x "$proxy" -a mine.pem -c <(cat big) "$secure/echo"
same big body.0 "a body in chunks through a tunnel"
run "$ask" -x "$proxy" -a mine.pem -n 100 -j 20 "$secure/"
equal "100 200 6" "$(sort out | uniq -c | xargs)" "100 requests through tunnels: $(cat err)"
run "$ask" -x "$proxy" "$secure/"
holds '^failed in TLS: the certificate is signed by nobody who is trusted$' out

for refused in "$wrong" "$none"; do
    run "$ask" -x "$refused" -a mine.pem "$secure/"
    holds '^failed in connect: the proxy refused' out
    answers "failed in headers: the proxy refused" -x "$refused" "$plain/"
done
run "$ask" -x "$proxy" -a mine.pem "https://127.0.0.1:1/"
holds '^failed in connect: the proxy refused' out
run "$ask" -x http://127.0.0.1:1 "$plain/"
holds '^failed in connect: Connection refused' out

# -- as the environment says --
: >proxied
http_proxy=$proxy https_proxy=$proxy run "$ask" -a mine.pem "$plain/" "$secure/"
equal "200 6 200 6" "$(xargs <out)" "http_proxy, https_proxy: $(cat err)"
equal 2 "$(wc -l <proxied)" "http_proxy, https_proxy: requests of the proxy"
: >proxied
http_proxy=$proxy https_proxy=$proxy no_proxy=localhost,127.0.0.1 run "$ask" -a mine.pem "$plain/" "$secure/"
equal "200 6 200 6" "$(xargs <out)" "no_proxy: $(cat err)"
equal 0 "$(wc -l <proxied)" "no_proxy: requests of the proxy"

# -- curl, to see that the proxy is one --
if command -v curl >/dev/null; then
    curl -sS -x "$proxy" --cacert mine.pem -o got "$secure/files/big"
    same big got "curl through a tunnel"
fi

finish
